package frontmatter

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// value builds one node.
func (b *builder) value(n *yaml.Node) (Value, error) {
	nodes, uses := b.nodes, b.uses
	v, err := b.bare(n)
	if err != nil {
		return v, err
	}
	if b.nodes > maxNodes {
		return v, position(n, "too many values")
	}
	if b.uses > maxAliases {
		return v, position(n, "too many uses of aliases")
	}
	if n.Anchor != "" && n.Kind != yaml.AliasNode {
		b.built[n] = anchored{v, b.nodes - nodes, b.uses - uses}
	}
	return v, nil
}

// bare builds one node without the limits.
func (b *builder) bare(n *yaml.Node) (Value, error) {
	b.nodes++
	switch n.Kind {
	case yaml.AliasNode:
		return b.alias(n)
	case yaml.SequenceNode:
		v := Value{Kind: List, Flow: n.Style&yaml.FlowStyle != 0, Line: int32(n.Line), Column: int32(n.Column), note: b.notes(n)}
		for _, c := range n.Content {
			item, err := b.value(c)
			if err != nil {
				return v, err
			}
			v.Items = append(v.Items, item)
		}
		return v, nil
	case yaml.MappingNode:
		return b.mapping(n)
	}
	return b.scalar(n), nil
}

// alias returns the value of the anchor, counting all it costs.
func (b *builder) alias(n *yaml.Node) (Value, error) {
	a, ok := b.built[n.Alias]
	if !ok {
		return Value{}, position(n, "an alias inside its own anchor")
	}
	b.nodes += a.nodes
	b.uses += 1 + a.uses
	return a.value, nil
}

// scalar builds a text or plain value.
func (b *builder) scalar(n *yaml.Node) Value {
	v := Value{Kind: Text, Line: int32(n.Line), Column: int32(n.Column), note: b.notes(n)}
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		v.Style = Double
	case n.Style&yaml.SingleQuotedStyle != 0:
		v.Style = Single
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		v.Style = Block
	}
	v.Text = b.stand.Show(n.Value, v.Style == Double)
	tagged := n.Style&yaml.TaggedStyle != 0
	switch {
	case n.Tag == "!" || tagged && !strings.HasPrefix(n.Tag, "!!") || tagged && n.Tag == "!!str":
	case tagged && (n.Tag == "!!int" || n.Tag == "!!float" || n.Tag == "!!bool" || n.Tag == "!!null"), !tagged && v.Style == Bare:
		if core.MatchString(v.Text) {
			v.Kind = Plain
		}
	}
	return v
}

// mapping builds a map: the last of equal keys wins, in the place of the first; merge keys are applied.
func (b *builder) mapping(n *yaml.Node) (Value, error) {
	v := Value{Kind: Map, Flow: n.Style&yaml.FlowStyle != 0, Line: int32(n.Line), Column: int32(n.Column), note: b.notes(n)}
	places := map[string]int{}
	var merged []Value
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, err := b.value(n.Content[i])
		if err != nil {
			return v, err
		}
		val, err := b.value(n.Content[i+1])
		if err != nil {
			return v, err
		}
		if maps, ok := merge(key, val); ok {
			merged = append(merged, maps...)
			continue
		}
		id := identity(key)
		if b.keys += len(id); b.keys > 4*MaxBytes {
			return v, position(n.Content[i], "keys that are too large")
		}
		if at, ok := places[id]; ok {
			if b.duplicate == nil {
				b.duplicate = position(n.Content[i], "the key "+Quote(id[1:])+" stands twice")
				b.duplicate.Fix = "write the key once"
			}
			v.Entries[at].Value = val
			continue
		}
		places[id] = len(v.Entries)
		v.Entries = append(v.Entries, Entry{key, val})
	}
	return b.merged(v, places, merged), nil
}

// merge reports whether key is a merge key, and the maps it brings.
func merge(key, val Value) ([]Value, bool) {
	if key.Text != "<<" || key.Kind != Text || key.Style != Bare {
		return nil, false
	}
	if val.Kind == Map {
		return []Value{val}, true
	}
	for _, item := range val.Items {
		if item.Kind != Map {
			return nil, false
		}
	}
	return val.Items, val.Kind == List && len(val.Items) > 0
}

// merged adds the entries of maps whose keys v has not.
func (b *builder) merged(v Value, places map[string]int, maps []Value) Value {
	for _, m := range maps {
		for _, e := range m.Entries {
			id := identity(e.Key)
			if _, ok := places[id]; !ok {
				places[id] = len(v.Entries)
				v.Entries = append(v.Entries, e)
			}
		}
	}
	return v
}

// identity is what two equal keys share: a mark for the kind and the text.
func identity(key Value) string {
	switch {
	case key.IsNull():
		return "p"
	case key.Kind == Plain:
		return "p" + key.Text
	case key.Kind == Text:
		return "t" + key.Text
	}
	return "c" + string(appendFlow(nil, key))
}

// notes gathers the comments at nodes.
func (b *builder) notes(nodes ...*yaml.Node) *note {
	var c note
	for _, n := range nodes {
		c.head = append(c.head, b.comment(n.HeadComment)...)
		if lines := b.comment(n.LineComment); len(lines) == 1 && c.tail == "" {
			c.tail = lines[0]
		}
		c.foot = append(c.foot, b.comment(n.FootComment)...)
	}
	if len(c.head)+len(c.foot) == 0 && c.tail == "" {
		return nil
	}
	return &c
}

// comment splits a comment into lines; a line that can't be written again is left out.
func (b *builder) comment(s string) []string {
	if s == "" {
		return nil
	}
	var lines []string
	for line := range strings.SplitSeq(b.stand.Show(s, false), "\n") {
		line = strings.Trim(line, " \t\r")
		if strings.HasPrefix(line, "#") && !strings.Contains(line, "---") && !strings.ContainsFunc(line, escaped) {
			lines = append(lines, line)
		}
	}
	return lines
}
