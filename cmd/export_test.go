package cmd

import (
	"strings"

	"github.com/spf13/cobra"

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

// CommandPaths returns the words of every command but cobra's completion, the program's name left out.
func CommandPaths() []string {
	var paths []string
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Name() == "completion" {
			return
		}
		if !c.Hidden {
			paths = append(paths, strings.TrimSpace(strings.TrimPrefix(c.CommandPath(), "scaffold")))
		}
		for _, child := range c.Commands() {
			walk(child)
		}
	}
	walk(newRoot(&app{}))
	return paths
}
