// Package frontmatter reads the YAML block at the head of a Markdown file as strict YAML 1.2 or as
// leniently as agent tools do, and writes it back in one fixed form.
package frontmatter

import (
	"regexp"
	"strings"
)

// Kind says what a Value is.
type Kind uint8

// The kinds of a Value. Plain is a number, a boolean or null by the YAML 1.2 core schema.
const (
	Text Kind = iota
	Plain
	List
	Map
)

// Style is how a scalar was written.
type Style uint8

// The styles of a scalar.
const (
	Bare Style = iota
	Single
	Double
	Block
)

// Value is one YAML value. Aliases are expanded, merge keys applied, and of equal keys the last has won.
type Value struct {
	Kind    Kind
	Style   Style
	Flow    bool   // a list or map in brackets
	Line    int32  // 1-based, in the text that was read
	Column  int32  // 1-based
	Text    string // of a scalar; a Plain keeps its spelling
	Items   []Value
	Entries []Entry
	note    *note
}

// Entry is a key of a map and its value.
type Entry struct{ Key, Value Value }

// note holds the comments around a value.
type note struct {
	head, foot []string
	tail       string
}

// String makes a text value.
func String(s string) Value { return Value{Kind: Text, Text: s} }

// IsNull reports whether v is null: `~`, `null` or nothing at all.
func (v Value) IsNull() bool {
	switch v.Text {
	case "", "~", "null", "Null", "NULL":
		return v.Kind == Plain
	}
	return false
}

// Scalar reports whether v is neither a list nor a map.
func (v Value) Scalar() bool { return v.Kind == Text || v.Kind == Plain }

// Get returns the value of the text key in a map.
func (v Value) Get(key string) (Value, bool) {
	for _, e := range v.Entries {
		if e.Key.Scalar() && e.Key.Text == key {
			return e.Value, true
		}
	}
	return Value{}, false
}

// Equal reports whether v and w mean the same and spell their scalars alike.
func (v Value) Equal(w Value) bool {
	if v.Kind != w.Kind || v.Text != w.Text && !(v.IsNull() && w.IsNull()) {
		return false
	}
	if len(v.Items) != len(w.Items) || len(v.Entries) != len(w.Entries) {
		return false
	}
	for i := range v.Items {
		if !v.Items[i].Equal(w.Items[i]) {
			return false
		}
	}
	for i := range v.Entries {
		if !v.Entries[i].Key.Equal(w.Entries[i].Key) || !v.Entries[i].Value.Equal(w.Entries[i].Value) {
			return false
		}
	}
	return true
}

// core matches the plain scalars that YAML 1.2 core does not read as strings.
var core = regexp.MustCompile(`^(?:|~|null|Null|NULL|true|True|TRUE|false|False|FALSE|` +
	`[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|` +
	`[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|` +
	`[-+]?\.(?:inf|Inf|INF)|\.nan|\.NaN|\.NAN)$`)

// older matches what YAML 1.1 readers take for something else than a string.
var older = regexp.MustCompile(`^(?i:y|n|yes|no|on|off|=|<<|[-+]?[0-9][0-9_,.:]*|[-+]?0[box][0-9a-f_]*|` +
	`[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*|[-+]?\.?(?:inf|nan)|[-+]?[0-9._]+e[-+]?[0-9]*)$`)

// readsAsString reports whether every YAML reader takes the bare word s for a string.
func readsAsString(s string) bool {
	return !core.MatchString(s) && !older.MatchString(s) && !older.MatchString(strings.ToLower(s))
}
