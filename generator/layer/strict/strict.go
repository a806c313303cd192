// Package strict reads a YAML document as data that people wrote and programs must trust: bounded in size, depth and
// number of values, without aliases, tags of its own or keys given twice. Every error begins with file:line:column.
package strict

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"example.com/scaffold/generator/standin"
)

// Limits of a document. A value of 1 MB fits; what is refused would need more than some 300 MB to read.
const (
	MaxBytes = 4 << 20
	maxDepth = 100
	maxMarks = 300_000
)

// Document is one document that was read.
type Document struct {
	File string     // for errors
	Root *yaml.Node // nil in an empty document
	Tree *yaml.Node // the document node, which holds Root and the comments around it
}

// Parse reads data, which must hold one document or none. A byte order mark and CRLF are read as if they were not there, and a
// pair of surrogate escapes, as JSON has them, as the character that it is.
func Parse(data []byte, file string) (*Document, error) {
	d := &Document{File: file}
	switch {
	case len(data) > MaxBytes:
		return nil, fmt.Errorf("%s:1:1: %d bytes are too large a file; at most %d are read", file, len(data), MaxBytes)
	case !utf8.Valid(data):
		line, column := badUTF8(data)
		return nil, fmt.Errorf("%s:%d:%d: not valid UTF-8", file, line, column)
	case marks(data) > maxMarks:
		return nil, fmt.Errorf("%s:1:1: too many values; at most %d lines, commas and marks are read", file, maxMarks)
	}
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")) // the library would keep each CR in a comment
	hidden := standin.New(string(data), standin.Pairs, func(rune) bool { return false })
	var tree yaml.Node
	err := yaml.Load([]byte(hidden.Hide(string(data))), &tree, yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(maxDepth))))
	if err != nil {
		if empty(data) {
			return d, nil
		}
		return nil, d.syntax(data, err)
	}
	show(&tree, hidden)
	if tree.Kind == yaml.DocumentNode && len(tree.Content) == 1 {
		d.Tree, d.Root = &tree, tree.Content[0]
		if d.Root.ShortTag() == "!!null" && d.Root.Value == "" {
			d.Root = nil
		}
	}
	return d, d.check(d.Root, 0)
}

// show puts back what was hidden from the YAML library.
func show(n *yaml.Node, hidden standin.Set) {
	n.Value = hidden.Show(n.Value, n.Style&yaml.DoubleQuotedStyle != 0)
	for _, comment := range []*string{&n.HeadComment, &n.LineComment, &n.FootComment} {
		*comment = hidden.Show(*comment, false)
	}
	for _, child := range n.Content {
		show(child, hidden)
	}
}

// marks counts the characters that values are made of, each of which costs the YAML reader far more than a byte.
func marks(data []byte) int {
	count := 0
	for _, c := range data {
		switch c {
		case '\n', '\r', ',', '&', '!', '*':
			count++
		}
	}
	return count
}

// empty tells that data holds nothing but blanks and comments.
func empty(data []byte) bool {
	for line := range bytes.Lines(bytes.TrimPrefix(data, []byte("\ufeff"))) {
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] != '#' {
			return false
		}
	}
	return true
}

func badUTF8(data []byte) (line, column int) {
	line, column = 1, 1
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 {
			break
		}
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
		data = data[size:]
	}
	return line, column
}

// syntax names the place of an error of the YAML reader, and what it most often comes from.
func (d *Document) syntax(data []byte, err error) error {
	number := 0
	for line := range bytes.Lines(data) {
		number++
		for _, marker := range []string{"<<<<<<<", "|||||||", "=======", ">>>>>>>"} {
			if rest, ok := bytes.CutPrefix(bytes.TrimRight(line, "\r\n"), []byte(marker)); ok && (len(rest) == 0 || rest[0] == ' ') {
				return fmt.Errorf("%s:%d:1: a conflict marker; resolve the conflict first", d.File, number)
			}
		}
	}
	message, line, column := err.Error(), 1, 1
	var load *yaml.LoadError
	if errors.As(err, &load) {
		message = load.Message
		if load.Mark.Line > 0 {
			line, column = load.Mark.Line, max(load.Mark.Column, 1)
		}
	}
	return fmt.Errorf("%s:%d:%d: not valid YAML: %s", d.File, line, column, strings.TrimPrefix(message, "yaml: "))
}

// check refuses what a node may not hold, anywhere in the document.
func (d *Document) check(n *yaml.Node, depth int) error {
	if n == nil {
		return nil
	}
	if depth > maxDepth {
		return d.Errorf(n, "nested more than %d levels deep", maxDepth)
	}
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return d.Errorf(n, "anchors and aliases are not read here; write the value out")
	}
	switch n.ShortTag() {
	case "!!str", "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq", "!!timestamp":
	default:
		return d.Errorf(n, "the tag %s is not read here; write a plain value", n.ShortTag())
	}
	if n.Kind == yaml.MappingNode {
		if err := d.checkKeys(n); err != nil {
			return err
		}
	}
	for _, child := range n.Content {
		if err := d.check(child, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (d *Document) checkKeys(n *yaml.Node) error {
	seen := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode {
			return d.Errorf(key, "a key must be a single word")
		}
		if line, twice := seen[key.Value]; twice {
			return d.Errorf(key, "the key %q is given twice; it is on line %d too", key.Value, line)
		}
		seen[key.Value] = key.Line
	}
	return nil
}

// Errorf is an error at a node.
func (d *Document) Errorf(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s: %w", d.Place(n), fmt.Errorf(format, args...))
}

// Place is where a node stands: file:line:column. No node stands at the start of the file.
func (d *Document) Place(n *yaml.Node) string {
	line, column := 1, 1
	if n != nil && n.Line > 0 {
		line, column = n.Line, n.Column
	}
	return fmt.Sprintf("%s:%d:%d", d.File, line, column)
}
