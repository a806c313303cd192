package resource

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// mappingKeys are the keys of a field in the mapping form.
var mappingKeys = []string{"name", "type", "args", "size", "optional", "default", "mods"}

// UnmarshalYAML reads either form.
func (f *FieldSpec) UnmarshalYAML(node *yaml.Node) error {
	switch node.Kind {
	case yaml.ScalarNode:
		f.Text = node.Value
		return nil
	case yaml.MappingNode:
		f.Map = &Mapping{}
		return f.Map.read(node)
	default:
		return fmt.Errorf("line %d, column %d: a field is a string such as \"name:str{1..80}\", or a mapping with %s",
			node.Line, node.Column, strings.Join(mappingKeys, " "))
	}
}

// MarshalYAML writes the form that was read.
func (f FieldSpec) MarshalYAML() (any, error) {
	if f.Map != nil {
		return f.Map, nil
	}
	return f.Text, nil
}

// String is the field in the string form, whichever form it was given in.
func (f FieldSpec) String() string {
	if f.Map == nil {
		return f.Text
	}
	m := f.Map
	var b strings.Builder
	b.WriteString(m.Name + ":" + m.Type)
	if len(m.Args) > 0 {
		b.WriteString("(" + strings.Join(m.Args, ",") + ")")
	}
	if m.Size != "" {
		b.WriteString("{" + m.Size + "}")
	}
	if m.Optional {
		b.WriteString("?")
	}
	if m.Default != nil {
		b.WriteString("=" + *m.Default)
	}
	for _, mod := range m.Mods {
		b.WriteString("!" + mod)
	}
	return b.String()
}

// Equal tells whether both make the same resource, in whichever form their fields were given.
func (s Spec) Equal(other Spec) bool {
	return s.Name == other.Name && s.Singular == other.Singular && s.NoOwner == other.NoOwner && s.EqualFields(other)
}

// EqualFields tells whether both have the same fields.
func (s Spec) EqualFields(other Spec) bool {
	return slices.EqualFunc(s.Fields, other.Fields, func(a, b FieldSpec) bool { return a.String() == b.String() })
}

func (m *Mapping) read(node *yaml.Node) error {
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if !slices.Contains(mappingKeys, key.Value) {
			return fmt.Errorf("line %d, column %d: unknown key %q of a field; the keys are %s",
				key.Line, key.Column, key.Value, strings.Join(mappingKeys, " "))
		}
		if seen[key.Value] {
			return fmt.Errorf("line %d, column %d: the key %q is given twice", key.Line, key.Column, key.Value)
		}
		seen[key.Value] = true
		if err := m.set(key.Value, value); err != nil {
			return fmt.Errorf("line %d, column %d: %s %w", value.Line, value.Column, key.Value, err)
		}
	}
	return nil
}

func (m *Mapping) set(key string, value *yaml.Node) (err error) {
	switch key {
	case "args":
		m.Args, err = scalars(value)
	case "mods":
		m.Mods, err = scalars(value)
	case "optional":
		err = value.Decode(&m.Optional)
	case "default":
		var text string
		text, err = scalar(value)
		m.Default = &text
	case "name":
		m.Name, err = scalar(value)
	case "type":
		m.Type, err = scalar(value)
	case "size":
		m.Size, err = scalar(value)
	}
	return err
}

// scalar takes the text of a scalar as written, so that 1.10 stays 1.10.
func scalar(node *yaml.Node) (string, error) {
	if node.Kind != yaml.ScalarNode {
		return "", fmt.Errorf("must be a single value")
	}
	return node.Value, nil
}

func scalars(node *yaml.Node) ([]string, error) {
	if node.Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("must be a list")
	}
	texts := []string{}
	for _, item := range node.Content {
		text, err := scalar(item)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// parts is the field cut up, from either form.
func (f FieldSpec) parts() (raw, *refusal) {
	if f.Map == nil {
		r, err := scan(f.Text)
		r.place = f.Place
		return r, err
	}
	m := f.Map
	text := f.String()
	r := raw{text: text, place: f.Place, name: part{text: m.Name}, typ: part{text: m.Type}, optional: m.Optional}
	if len(text) > maxFieldLength {
		return r, refuse(part{}, "", "a field is at most %d bytes long", maxFieldLength)
	}
	for _, arg := range m.Args {
		r.args, r.hasArgs = append(r.args, part{text: arg}), true
	}
	if m.Size != "" {
		r.size = &part{text: m.Size}
	}
	if m.Default != nil {
		r.def = &part{text: *m.Default}
	}
	for _, mod := range m.Mods {
		r.mods = append(r.mods, part{text: mod})
	}
	// The project keeps a field in the string form.
	if again, err := scan(text); err != nil || !again.equal(r) {
		return r, refuse(part{}, "leave it out", "the string form %q would say something else; a default can't hold a ! or a line break", text)
	}
	return r, nil
}
