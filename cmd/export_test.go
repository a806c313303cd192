package cmd

import (
	"strings"

	"example.com/scaffold/cmd/prompt"
)

// Names that tests of this package's reports use.
type (
	// Finding is finding.
	Finding = finding
	// Change is change.
	Change = change
)

var (
	WriteSARIF    = writeSARIF
	Annotations   = annotations
	SortFindings  = sortFindings
	ShellWord     = shellWord
	ForeignPython = foreignPython
)

// Human is the plain report of a change.
func (c change) Human() string {
	var b strings.Builder
	c.human(&b, paint{})
	return b.String()
}

// JSON is the report for programs.
func (c change) JSON() (string, error) {
	var b strings.Builder
	err := c.json(&b)
	return b.String(), err
}

// NewInterview asks by p.
func NewInterview(p prompt.Prompter) *interview { return &interview{p} }
