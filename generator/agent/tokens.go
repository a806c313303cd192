package agent

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"example.com/scaffold/generator/agent/catalog"
)

// token is one tool of a list, where it stands, and the field that lists it.
type token struct {
	name      string // without arguments
	line, col int
	field     string
}

// maxMisses is how many tools of a list are looked for in vain before the field's own place is given.
const maxMisses = 50

// tokens returns the tools of the named fields, each once in a field.
func (f File) tokens(fields ...string) []token {
	lists := map[string][]string{"tools": f.Tools, disallowed: f.Disallowed}
	var all []token
	for _, name := range fields {
		field, ok := f.Field(name)
		if !ok {
			continue
		}
		seen := map[string]bool{}
		here, col, misses := place{field.Line, 0}, 1, 0
		for _, text := range lists[name] {
			bare := bareTool(text)
			if seen[bare] {
				continue
			}
			seen[bare] = true
			t := token{bare, max(field.Line, 1), 1, name}
			if misses < maxMisses {
				if at, ok := f.find(field, here, bare); ok {
					if at.line != here.line || at.offset < here.offset {
						here, col = place{at.line, 0}, 1
					}
					col += utf8.RuneCountInString(f.lines[at.line-1][here.offset:at.offset])
					t.line, t.col, here = at.line, col, at
				} else {
					misses++
				}
			}
			all = append(all, t)
		}
	}
	return all
}

// place is a line of the file, 1-based, and a byte offset in it.
type place struct{ line, offset int }

// find looks for a word in a field's lines, from a place on and then from the field's start.
func (f File) find(field Field, from place, word string) (place, bool) {
	for _, p := range []place{from, {field.Line, 0}} {
		for ; p.line >= 1 && p.line <= field.End && p.line <= len(f.lines); p = (place{p.line + 1, 0}) {
			if at := wordIndex(f.lines[p.line-1], p.offset, word); at >= 0 {
				return place{p.line, at}, true
			}
		}
	}
	return place{}, false
}

// locate returns the line and column of a word in a field's lines, or those of the field.
func (f File) locate(field Field, word string) (line, col int) {
	if at, ok := f.find(field, place{field.Line, 0}, word); ok {
		return at.line, column(f.lines[at.line-1], at.offset)
	}
	return max(field.Line, 1), 1
}

// wordIndex finds word, from an offset on, where it is no part of a longer name.
func wordIndex(line string, from int, word string) int {
	for word != "" && from <= len(line) {
		at := strings.Index(line[from:], word)
		if at < 0 {
			return -1
		}
		at += from
		end := at + len(word)
		if (at == 0 || !nameByte(line[at-1])) && (end == len(line) || !nameByte(line[end])) {
			return at
		}
		from = end
	}
	return -1
}

// nameByte reports whether c can be part of a tool's name.
func nameByte(c byte) bool {
	return c == '_' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// bareTool is a tool's name without its arguments in parentheses.
func bareTool(text string) string {
	name, _, _ := strings.Cut(text, "(")
	if name = strings.TrimSpace(name); name == "" {
		return text
	}
	return name
}

// bareTools drops the arguments of all tools.
func bareTools(tools []string) []string {
	names := make([]string, len(tools))
	for i, t := range tools {
		names[i] = bareTool(t)
	}
	return names
}

// mcpTool splits mcp__server__tool; the tool is "" or "*" for the whole server. A server's name there is letters, digits, `_` and `-`.
func mcpTool(token string) (server, tool string, ok bool) {
	rest, ok := strings.CutPrefix(token, "mcp__")
	server, tool, _ = strings.Cut(rest, "__")
	odd := strings.ContainsFunc(server, func(r rune) bool { return r >= utf8.RuneSelf || !nameByte(byte(r)) })
	return server, tool, ok && server != "" && !odd
}

// servers returns the MCP servers of the allow-list but those of the editor, sorted.
func (f File) servers() []string {
	set := map[string]bool{}
	for _, token := range f.Tools {
		if server, _, ok := mcpTool(token); ok {
			if known, _ := catalog.Facts().Server(server); !known.Editor {
				set[server] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(set))
}
