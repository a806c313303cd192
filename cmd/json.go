package cmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf8"
)

// jsonVersion is the version of every JSON object that the program prints.
const jsonVersion = 1

type jsonStep struct {
	Path   string `json:"path"`
	From   string `json:"from,omitempty"`
	Action string `json:"action"`
	Reason string `json:"reason"`
	Mode   string `json:"mode"`
}

type jsonChange struct {
	Version   int        `json:"version"`
	Command   string     `json:"command"`
	Root      string     `json:"root"`
	Steps     []jsonStep `json:"steps"`
	Conflicts []string   `json:"conflicts"`
	Kept      int        `json:"kept"`
	Written   bool       `json:"written"`
	Diff      string     `json:"diff,omitempty"`
}

// json writes the report for a program.
func (c change) json(w io.Writer) error {
	report := jsonChange{
		Version: jsonVersion, Command: c.Command, Root: c.Root, Steps: []jsonStep{},
		Conflicts: append([]string{}, c.Conflicts...), Kept: c.Kept, Written: c.Written, Diff: c.Diff,
	}
	for _, step := range c.Steps {
		report.Steps = append(report.Steps, jsonStep{
			Path: step.Path, From: step.From, Action: string(step.Action), Reason: step.Reason,
			Mode: fmt.Sprintf("%04o", step.Mode.Perm()),
		})
	}
	return writeJSON(w, report)
}

// writeJSON writes one object, indented, in ASCII where a character would act on a terminal.
func writeJSON(w io.Writer, v any) error {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(escapeControls(buf.Bytes()))
	return err
}

// escapeControls writes the control characters that JSON allows raw (DEL, C1, bidirectional marks) as \u escapes. They
// can stand in strings only.
func escapeControls(data []byte) []byte {
	if bytes.IndexFunc(data, raw) < 0 {
		return data
	}
	var out bytes.Buffer
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		if raw(r) {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.Write(data[:n])
		}
		data = data[n:]
	}
	return out.Bytes()
}

func raw(r rune) bool {
	return r >= 0x7f && r < 0x10000 && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
}
