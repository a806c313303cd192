package frontmatter

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"example.com/scaffold/generator/standin"
)

// The limits of one front matter. They bound what hostile text can cost.
const (
	MaxBytes   = 1 << 20 // of the text
	maxNodes   = 1 << 18 // of values, with aliases expanded
	maxAliases = 100     // uses of aliases, with aliases expanded
)

// Error says where YAML text is wrong: line and column are 1-based, in the text that was read. Fix is what mends it; without one,
// it is most often to quote the value.
type Error struct {
	Line, Column int
	Message, Fix string
}

// Error returns "line:column: message".
func (e *Error) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message) }

// Document is a front matter that was read: a map, and whether a key stood twice at its top level.
type Document struct {
	Value
	Duplicate bool
}

// Strict reads text as one YAML 1.2 document whose root is a map: UTF-8, no control characters, no duplicate key.
func Strict(text []byte) (Document, error) {
	if err := printable(text); err != nil {
		return Document{}, err
	}
	b := builder{strict: true}
	return b.read(string(text))
}

// Lenient reads text as Claude Code does: the last of equal keys wins, tabs may indent, control characters but NUL pass.
func Lenient(text []byte) (Document, error) {
	s := strings.ToValidUTF8(string(text), "\uFFFD")
	if i := strings.IndexByte(s, 0); i >= 0 {
		return Document{}, at(s, i, "a NUL byte", "remove it")
	}
	b := builder{}
	doc, err := b.read(s)
	if err == nil || !strings.Contains(s, "\t") {
		return doc, err
	}
	again := builder{}
	if d, e := again.read(blankTabs(s)); e == nil {
		return d, nil
	}
	return doc, err
}

// printable refuses what a YAML 1.2 stream can't hold.
func printable(text []byte) error {
	if len(text) > MaxBytes {
		return &Error{1, 1, "more than 1 MiB", "shorten it"}
	}
	s := string(text)
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			return at(s, i, "bytes that are not UTF-8", "write them as UTF-8")
		case control(r):
			return at(s, i, fmt.Sprintf("the control character U+%04X", r), "remove it")
		}
	}
	return nil
}

// misread reports whether the YAML library takes r for something else than YAML 1.2 does, as it does U+0085 and U+2028/2029,
// which are no line breaks there; or refuses it.
func misread(r rune) bool { return r == 0x85 || r == 0x2028 || r == 0x2029 || control(r) }

// control reports whether r is outside the printable set of YAML 1.2.
func control(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r >= 0x7F && r <= 0x9F && r != 0x85 || r == 0xFFFE || r == 0xFFFF
}

// at makes an Error for the byte offset i of s.
func at(s string, i int, message, fix string) *Error {
	before := s[:i]
	line := strings.Count(before, "\n")
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return &Error{line + 1, column + 1, message, fix}
}

// blankTabs makes each tab that indents a line one blank.
func blankTabs(s string) string {
	var b strings.Builder
	indent := true
	for i := range len(s) {
		c := s[i]
		if indent && c == '\t' {
			c = ' '
		}
		indent = c == '\n' || indent && c == ' '
		b.WriteByte(c)
	}
	return b.String()
}

// builder turns YAML nodes into values and counts what they cost.
type builder struct {
	strict    bool
	stand     standin.Set
	nodes     int
	uses      int
	keys      int // bytes of keys
	built     map[*yaml.Node]anchored
	duplicate *Error
}

// anchored is the value of an anchor with what each use of it costs.
type anchored struct {
	value       Value
	nodes, uses int
}

// read parses text and builds its root.
func (b *builder) read(text string) (doc Document, err error) {
	if len(text) > MaxBytes {
		return doc, &Error{1, 1, "more than 1 MiB", "shorten it"}
	}
	b.stand = standin.New(text, standin.Surrogates, misread)
	b.built = map[*yaml.Node]anchored{}
	node, err := compose(b.stand.Hide(text))
	if err != nil {
		return doc, err
	}
	root := node
	if node.Kind == yaml.DocumentNode && len(node.Content) > 0 {
		root = node.Content[0]
	}
	if root.Kind != yaml.MappingNode {
		return doc, position(root, "the front matter is not a map of keys")
	}
	doc.Value, err = b.mapping(root)
	if err != nil {
		return doc, err
	}
	doc.Duplicate = top(root)
	if b.strict && b.duplicate != nil {
		return doc, b.duplicate
	}
	doc.note = b.notes(node, root)
	return doc, nil
}

// compose runs the YAML library; should it panic, that is an error of the text.
func compose(text string) (node *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &Error{1, 1, fmt.Sprint("the YAML reader gave up: ", r), "simplify it"}
		}
	}()
	node = &yaml.Node{}
	if err := yaml.Load([]byte(text), node); err != nil {
		return nil, located(err)
	}
	return node, nil
}

// located keeps the mark of the library's error.
func located(err error) *Error {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		return &Error{1, 1, strings.TrimPrefix(err.Error(), "yaml: "), ""}
	}
	message := strings.TrimPrefix(load.Message, "yaml: ")
	if load.ContextMsg != "" {
		message += " " + load.ContextMsg
	}
	return &Error{max(load.Mark.Line, 1), max(load.Mark.Column, 1), message, ""}
}

// position makes an Error at a node.
func position(n *yaml.Node, message string) *Error {
	return &Error{max(n.Line, 1), max(n.Column, 1), message, ""}
}

// top reports whether two keys of the root are equal.
func top(root *yaml.Node) bool {
	seen := map[string]bool{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if k := root.Content[i]; k.Kind == yaml.ScalarNode {
			if seen[k.Value] {
				return true
			}
			seen[k.Value] = true
		}
	}
	return false
}
