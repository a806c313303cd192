// Package agent reads, checks and writes agent definitions: Markdown files with a YAML front matter that
// coding tools load as sub-agents. A definition is data: nothing in it is run or parsed as a template.
package agent

import (
	"bytes"
	"slices"
	"strings"

	"example.com/scaffold/generator/agent/frontmatter"
)

// MaxBytes is the size above which Claude Code does not load a definition.
const MaxBytes = 1 << 20

// disallowed is the field of the tools that are taken away.
const disallowed = "disallowedTools"

// Reading says how the values of a File were got.
type Reading string

// The readings, from the best to the last resort.
const (
	ReadStrict Reading = "strict" // as YAML
	ReadQuoted Reading = "quoted" // as YAML, after the line repair that Claude Code does
	ReadNone   Reading = "none"   // by key at the line's start only
)

// Loads says which readers take a definition: strict YAML (most tools), Claude Code, and Claude Code with CRLF line ends.
type Loads struct {
	StrictYAML bool `json:"strict_yaml"`
	Claude     bool `json:"claude"`
	ClaudeCRLF bool `json:"claude_crlf"`
}

// Field is one key of the front matter with its value. Lines are 1-based lines of the file.
type Field struct {
	Name      string
	Value     frontmatter.Value
	Line, End int
}

// File is an agent definition that was read. Any bytes give a File; Loads and Emit say what it is worth.
type File struct {
	Name           string   // "" when there is none that is a string
	Description    string   // "" when there is none that is a string
	Tools          []string // the allow-list; nil means all tools
	Disallowed     []string
	Fields         []Field // in the file's order, each key once
	Body           []byte  // after the closing fence, CRLF made LF
	Read           Reading
	FramingDiffers bool // Claude Code ends the front matter elsewhere than other tools
	Duplicate      bool // a key stands twice at the top level

	loads    Loads
	data     []byte
	lines    []string // of the file, without line ends
	bodyLine int      // of the body's first line
	front    frontmatter.Value
	framed   bool    // there is a front matter with an end
	strict   reading // by other tools
	claude   reading // by Claude Code
}

// Loads returns the verdicts of the readers.
func (f File) Loads() Loads { return f.loads }

// Field returns the field of that name.
func (f File) Field(name string) (Field, bool) {
	for _, field := range f.Fields {
		if field.Name == name {
			return field, true
		}
	}
	return Field{}, false
}

// Read reads a definition. Values are taken as Claude Code reads them; if it does not load the file, as strict YAML does;
// else by the keys that begin a line.
func Read(data []byte) File {
	f := File{data: data, Read: ReadNone, lines: splitLines(data), bodyLine: 1, Body: lineFeeds(bytes.TrimPrefix(data, []byte("\uFEFF")))}
	strict := readStrict(data)
	claude := readClaude(data)
	f.strict, f.claude = strict, claude
	f.loads = Loads{strict.ok, claude.loads(), readClaude(carriageReturns(data)).loads()}
	f.FramingDiffers = strict.frame != claude.frame || !strict.framed
	best := claude
	switch {
	case claude.loads():
	case strict.ok:
		best = strict
	case !claude.ok:
		best = readKeys(data, strict, claude)
	}
	f.take(best)
	return f
}

// take sets the values of f from the reading.
func (f *File) take(r reading) {
	f.Read, f.framed, f.front, f.Duplicate = r.how, r.framed, r.doc.Value, r.doc.Duplicate
	if r.framed {
		f.Body = lineFeeds(f.data[r.frame.Body:])
		f.bodyLine = 1 + bytes.Count(f.data[:r.frame.Body], []byte("\n"))
	}
	for _, e := range r.doc.Entries {
		line := int(e.Key.Line) + r.frame.Line - 1
		f.Fields = append(f.Fields, Field{Name: e.Key.Text, Value: e.Value, Line: line})
	}
	f.ends()
	f.Name = textOf(f.front, "name")
	f.Description = textOf(f.front, "description")
	f.Tools = toolsOf(f.front, "tools")
	f.Disallowed = toolsOf(f.front, disallowed)
}

// ends sets the last line of each field: the one before the next field, or before the closing fence.
func (f *File) ends() {
	begins := make([]int, 0, len(f.Fields)+1)
	for _, field := range f.Fields {
		begins = append(begins, field.Line)
	}
	begins = append(begins, max(f.bodyLine-1, 1))
	slices.Sort(begins)
	for i := range f.Fields {
		field := &f.Fields[i]
		next, _ := slices.BinarySearch(begins, field.Line+1)
		field.End = field.Line
		if next < len(begins) {
			field.End = begins[next] - 1
		}
	}
}

// textOf returns the string under key, or "".
func textOf(m frontmatter.Value, key string) string {
	if v, ok := m.Get(key); ok && v.Kind == frontmatter.Text {
		return v.Text
	}
	return ""
}

// toolsOf returns the tokens of a comma string or list; nil when there is none.
func toolsOf(m frontmatter.Value, key string) []string {
	v, ok := m.Get(key)
	if !ok || v.IsNull() {
		return nil
	}
	tokens := []string{}
	if v.Scalar() {
		return append(tokens, splitTools(v.Text)...)
	}
	for _, item := range v.Items {
		if !item.IsNull() {
			tokens = append(tokens, splitTools(item.Text)...)
		}
	}
	return tokens
}

// splitTools splits at commas outside parentheses and trims.
func splitTools(s string) []string {
	var tokens []string
	depth, start := 0, 0
	for i, r := range s + "," {
		switch {
		case r == '(':
			depth++
		case r == ')' && depth > 0:
			depth--
		case r == ',' && (depth == 0 || i == len(s)):
			if token := strings.TrimSpace(s[start:i]); token != "" {
				tokens = append(tokens, token)
			}
			start = i + 1
		}
	}
	return tokens
}

// lineFeeds makes CRLF LF; a lone CR stays.
func lineFeeds(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")) }

// carriageReturns makes every line end CRLF, as a Windows checkout does.
func carriageReturns(b []byte) []byte {
	return bytes.ReplaceAll(lineFeeds(b), []byte("\n"), []byte("\r\n"))
}

// splitLines returns the lines of a file without their ends.
func splitLines(data []byte) []string {
	lines := strings.Split(string(lineFeeds(bytes.TrimPrefix(data, []byte("\uFEFF")))), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}
