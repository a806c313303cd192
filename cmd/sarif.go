package cmd

import (
	"fmt"
	"io"
	"strings"
)

// The part of SARIF 2.1.0 (OASIS, 2020-03-27) that a list of findings needs.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool struct {
			Driver sarifDriver `json:"driver"`
		} `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID string `json:"id"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI       string `json:"uri"`
		URIBaseID string `json:"uriBaseId"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
	}
)

const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

// writeSARIF writes the findings as a SARIF log. Paths are below prefix, which is "" or ends in a slash.
func writeSARIF(w io.Writer, prefix string, findings []finding) error {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "scaffold", Version: version, Rules: []sarifRule{}}
	rules := map[string]int{}
	for _, f := range findings {
		rules[f.Rule] = 0
	}
	for i, id := range sortedKeys(rules) {
		rules[id] = i
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{ID: id})
	}
	for _, f := range findings {
		run.Results = append(run.Results, sarifResultOf(f, prefix, rules[f.Rule]))
	}
	return writeJSON(w, sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}})
}

func sarifResultOf(f finding, prefix string, rule int) sarifResult {
	level := map[string]string{"error": "error", "warning": "warning"}[f.Severity]
	if level == "" {
		level = "note"
	}
	text := f.Message
	if f.Fix != "" {
		text += "\n" + f.Fix
	}
	place := sarifPhysical{Artifact: sarifArtifact{URI: pathURI(prefix + f.Path), URIBaseID: "%SRCROOT%"}}
	if f.Line > 0 {
		place.Region = &sarifRegion{StartLine: f.Line, StartColumn: max(f.Column, 0)}
	}
	return sarifResult{
		RuleID: f.Rule, RuleIndex: rule, Level: level, Message: sarifText{text},
		Locations: []sarifLocation{{place}},
	}
}

// pathURI is a slash-separated path as a relative URI reference (RFC 3986).
func pathURI(path string) string {
	const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/!$&'()*+,;=@"
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if strings.IndexByte(plain, path[i]) >= 0 {
			b.WriteByte(path[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", path[i])
		}
	}
	return b.String()
}
