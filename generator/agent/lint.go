package agent

import (
	"slices"
	"sort"

	"example.com/scaffold/generator/agent/catalog"
	"example.com/scaffold/generator/agent/frontmatter"
)

// Severity says how bad a finding is.
type Severity string

// The severities. An error or a warning ends a lint with exit code 3.
const (
	Err  Severity = "error"
	Warn Severity = "warning"
	Info Severity = "info"
)

// Finding is one thing that is wrong with a definition. Line and Column are 1-based.
type Finding struct {
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	Line     int      `json:"line"`
	Column   int      `json:"column"`
	Message  string   `json:"message"`
	Fix      string   `json:"fix"`
}

// LintOptions is what a definition is checked against.
type LintOptions struct {
	Path       string            // of the file, for the name it should have; "" checks no name
	Exists     func(string) bool // whether a path that the text names exists; nil checks none
	MCPServers []string          // the servers that the project's .mcp.json declares
	Others     []string          // names of the other agents that are given, this file's own left out
}

// maxMessage is the longest message, in characters.
const maxMessage = 500

// linter is a definition under check.
type linter struct {
	File
	options LintOptions
	facts   *catalog.Catalog
	body    []bodyLine
	tokens  []token // of both lists
	found   []Finding
	rule    string
}

// rules are all checks, by id.
var rules = []struct {
	id    string
	check func(*linter)
}{
	{"A001", (*linter).strictYAML},
	{"A002", (*linter).carriageReturn},
	{"A003", (*linter).framing},
	{"A004", (*linter).encoding},
	{"A005", (*linter).required},
	{"A006", (*linter).name},
	{"A007", (*linter).keys},
	{"A008", (*linter).values},
	{"A009", (*linter).model},
	{"A010", (*linter).goneTools},
	{"A011", (*linter).unknownTools},
	{"A012", (*linter).lostTools},
	{"A013", (*linter).noTool},
	{"A014", (*linter).undeclaredServers},
	{"A015", (*linter).serverTools},
	{"A016", (*linter).bodyTools},
	{"A017", (*linter).mustUse},
	{"A018", (*linter).otherAgent},
	{"A019", (*linter).imports},
	{"A020", (*linter).missingPaths},
	{"A021", (*linter).planner},
	{"A022", (*linter).longDescription},
	{"A023", (*linter).hidden},
	{"A024", (*linter).secrets},
	{"A025", (*linter).bypass},
	{"A026", (*linter).literalNewline},
	{"A027", (*linter).cutValue},
	{"A028", (*linter).hashColor},
	{"A029", (*linter).longBody},
}

// Lint checks the definition by every rule. Findings are ordered by line, then rule, then column. Of a file that is too large to
// be loaded nothing else is said.
func (f File) Lint(o LintOptions) []Finding {
	if len(f.data) > MaxBytes {
		return []Finding{{"A005", Err, 1, 1, "the file is over 1 MiB; Claude Code does not load it", "shorten it"}}
	}
	l := &linter{File: f, options: o, facts: catalog.Facts(), body: f.body(), tokens: f.tokens("tools", disallowed)}
	for _, r := range rules {
		l.rule = r.id
		r.check(l)
	}
	sort.SliceStable(l.found, func(i, j int) bool {
		a, b := l.found[i], l.found[j]
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		if a.Rule != b.Rule {
			return a.Rule < b.Rule
		}
		return a.Column < b.Column
	})
	return l.found
}

// Clean reports whether no finding is an error or a warning.
func Clean(findings []Finding) bool {
	for _, f := range findings {
		if f.Severity != Info {
			return false
		}
	}
	return true
}

// add records a finding of the current rule.
func (l *linter) add(s Severity, line, col int, message, fix string) {
	l.found = append(l.found, Finding{l.rule, s, max(line, 1), max(col, 1), frontmatter.Visible(message, maxMessage), frontmatter.Visible(fix, maxMessage)})
}

// at records a finding at a field.
func (l *linter) at(s Severity, f Field, message, fix string) { l.add(s, f.Line, 1, message, fix) }

// has reports whether the list holds the word.
func has(list []string, word string) bool {
	return slices.Contains(list, word)
}

// show writes a value's scalar for a message, short.
func show(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "…"
	}
	return frontmatter.Quote(s)
}
