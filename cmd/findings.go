package cmd

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"example.com/scaffold/cmd/prompt"
)

// finding is something that check or lint has to say about a file.
type finding struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"` // error, warning or info
	Path     string `json:"path"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Message  string `json:"message"`
	Fix      string `json:"fix"`
}

// problems counts the findings that leave something to do.
func problems(findings []finding) int {
	n := 0
	for _, f := range findings {
		if f.Severity != "info" {
			n++
		}
	}
	return n
}

func sortFindings(findings []finding) {
	slices.SortStableFunc(findings, func(a, b finding) int {
		if c := strings.Compare(a.Path, b.Path); c != 0 {
			return c
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		if a.Column != b.Column {
			return a.Column - b.Column
		}
		return strings.Compare(a.Rule+a.Message, b.Rule+b.Message)
	})
}

// place is the finding's path with line and column, as compilers print it.
func (f finding) place() string {
	at := f.Path
	if f.Line > 0 {
		at += fmt.Sprintf(":%d", f.Line)
		if f.Column > 0 {
			at += fmt.Sprintf(":%d", f.Column)
		}
	}
	return at
}

func printFindings(w io.Writer, p paint, findings []finding) {
	for _, f := range findings {
		fmt.Fprintf(w, "%s: %s: %s [%s]\n", prompt.Printable(f.place()), p.severity(f.Severity), prompt.Printable(f.Message), f.Rule)
		if f.Fix != "" {
			fmt.Fprintf(w, "    %s\n", prompt.Printable(f.Fix))
		}
	}
}

// tally is a count of the findings in words: "2 errors, 1 warning".
func tally(findings []finding) string {
	counts := map[string]int{}
	for _, f := range findings {
		counts[f.Severity]++
	}
	var words []string
	for _, severity := range []string{"error", "warning"} {
		if counts[severity] > 0 {
			words = append(words, plural(counts[severity], severity))
		}
	}
	if counts["info"] > 0 {
		words = append(words, fmt.Sprintf("%d for information", counts["info"]))
	}
	if len(words) == 0 {
		return "nothing found"
	}
	return strings.Join(words, ", ")
}

// annotations writes the findings as workflow commands, which GitHub shows beside the lines of a pull request.
func annotations(w io.Writer, prefix string, findings []finding) {
	for _, f := range findings {
		kind := map[string]string{"error": "error", "warning": "warning"}[f.Severity]
		if kind == "" {
			kind = "notice"
		}
		properties := "file=" + property(prefix+f.Path)
		if f.Line > 0 {
			properties += fmt.Sprintf(",line=%d", f.Line)
			if f.Column > 0 {
				properties += fmt.Sprintf(",col=%d", f.Column)
			}
		}
		message := f.Message
		if f.Fix != "" {
			message += "\n" + f.Fix
		}
		fmt.Fprintf(w, "::%s %s,title=%s::%s\n", kind, properties, property(f.Rule), commandText(message))
	}
}

// commandText escapes a workflow command's message; nothing in it can begin a command of its own.
func commandText(s string) string {
	s = prompt.PrintableLines(s)
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// property escapes a workflow command's property.
func property(s string) string {
	s = prompt.Printable(s)
	return strings.NewReplacer("%", "%25", ":", "%3A", ",", "%2C").Replace(s)
}
