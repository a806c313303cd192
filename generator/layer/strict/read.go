package strict

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Field is one key of a mapping and its value.
type Field struct {
	Key   string
	Name  *yaml.Node // where the key stands
	Value *yaml.Node
}

// Fields returns the entries of a mapping in order. With keys given, another key is an error.
func (d *Document) Fields(n *yaml.Node, what string, keys ...string) ([]Field, error) {
	if n == nil {
		return nil, nil
	}
	if n.Kind != yaml.MappingNode {
		return nil, d.Errorf(n, "%s must be a mapping, not %s", what, describe(n))
	}
	fields := make([]Field, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if len(keys) > 0 && !slices.Contains(keys, key.Value) {
			return nil, d.Errorf(key, "unknown key %q in %s%s", key.Value, what, hint(key.Value, keys))
		}
		fields = append(fields, Field{Key: key.Value, Name: key, Value: n.Content[i+1]})
	}
	return fields, nil
}

func hint(word string, known []string) string {
	if near := Nearest(word, known); near != "" {
		return "; did you mean " + strconv.Quote(near) + "?"
	}
	return "; the keys are " + strings.Join(known, ", ")
}

// Items returns the values of a list.
func (d *Document) Items(n *yaml.Node, what string) ([]*yaml.Node, error) {
	if n.Kind != yaml.SequenceNode {
		return nil, d.Errorf(n, "%s must be a list, not %s", what, describe(n))
	}
	return n.Content, nil
}

// Scalar returns the text of a single value as it is written: 1.10 stays 1.10, and yes stays yes.
func (d *Document) Scalar(n *yaml.Node, what string) (string, error) {
	if n.Kind != yaml.ScalarNode {
		return "", d.Errorf(n, "%s must be a text, not %s", what, describe(n))
	}
	return n.Value, nil
}

// Text returns the text of a single value, which must not be empty.
func (d *Document) Text(n *yaml.Node, what string) (string, error) {
	text, err := d.Scalar(n, what)
	if err == nil && text == "" {
		return "", d.Errorf(n, "%s is empty", what)
	}
	return text, err
}

// Texts returns the texts of a list, none of them empty.
func (d *Document) Texts(n *yaml.Node, what string) ([]string, error) {
	items, err := d.Items(n, what)
	if err != nil {
		return nil, err
	}
	texts := make([]string, 0, len(items))
	for _, item := range items {
		text, err := d.Text(item, "an item of "+what)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// Bool returns true or false, in the words of YAML 1.2.
func (d *Document) Bool(n *yaml.Node, what string) (bool, error) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" {
		return false, d.Errorf(n, "%s must be true or false, not %s", what, describe(n))
	}
	return strings.EqualFold(n.Value, "true"), nil
}

// Int returns a whole number in decimal digits.
func (d *Document) Int(n *yaml.Node, what string) (int, error) {
	value, err := strconv.Atoi(n.Value)
	if err == nil && len(n.Value) > 1 && n.Value[0] == '0' {
		return 0, d.Errorf(n, "%s is written with a 0 before it, which YAML reads in two ways: %s", what, clip(n.Value))
	}
	if n.Kind != yaml.ScalarNode || n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 || err != nil {
		if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!int" {
			return 0, d.Errorf(n, "%s is not a whole number that fits: %s", what, clip(n.Value))
		}
		return 0, d.Errorf(n, "%s must be a whole number, not %s", what, describe(n))
	}
	return value, nil
}

// Plain returns any value as plain data: string, bool, int, float64, []any and map[string]any. Null is refused, since
// a template would print it as a word.
func (d *Document) Plain(n *yaml.Node, what string) (any, error) {
	switch n.Kind {
	case yaml.MappingNode:
		all := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			value, err := d.Plain(n.Content[i+1], what)
			if err != nil {
				return nil, err
			}
			all[n.Content[i].Value] = value
		}
		return all, nil
	case yaml.SequenceNode:
		all := make([]any, 0, len(n.Content))
		for _, item := range n.Content {
			value, err := d.Plain(item, what)
			if err != nil {
				return nil, err
			}
			all = append(all, value)
		}
		return all, nil
	}
	return d.plainScalar(n, what)
}

func (d *Document) plainScalar(n *yaml.Node, what string) (any, error) {
	switch n.ShortTag() {
	case "!!null":
		return nil, d.Errorf(n, "%s holds an empty value; quote it if a text is meant", what)
	case "!!bool":
		return d.Bool(n, what)
	case "!!int":
		return d.Int(n, what)
	case "!!float":
		value, err := strconv.ParseFloat(n.Value, 64)
		if err != nil || math.IsInf(value, 0) || math.IsNaN(value) {
			return nil, d.Errorf(n, "%s: %s is not a number; quote it if a text is meant", what, clip(n.Value))
		}
		return value, nil
	}
	return n.Value, nil
}

// describe names what a node is, for a message that wanted something else.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	if n.ShortTag() == "!!null" {
		return "nothing"
	}
	return strconv.Quote(clip(n.Value))
}

// clip shortens a value for a message.
func clip(text string) string {
	const longest = 60
	if runes := []rune(text[:min(len(text), 4*longest)]); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return text
}
