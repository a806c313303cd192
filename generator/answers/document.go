// Package answers holds the answers to a set's questions: the document that people write and scaffold keeps, and the
// way from what was given, stored, asked or left out to typed values.
package answers

import (
	"slices"
	"strconv"

	"go.yaml.in/yaml/v4"

	"example.com/scaffold/generator/layer"
	"example.com/scaffold/generator/layer/strict"
	"example.com/scaffold/generator/resource"
)

// Version is the version of the document that this program reads and writes.
const Version = 1

// Values are typed answers by question: text and choice are a string, multi is a []string, bool a bool, int an int.
type Values = map[string]any

// Document is the answers of a project, as .scaffold/answers.yaml holds them and --answers gives them.
type Document struct {
	Version   int
	Templates Templates
	Answers   map[string]any // as written: scalars as their text, lists as []any; typed after Put
	Agents    []string
	Resources []resource.Spec

	file    string
	data    []byte           // as it was read
	doc     *strict.Document // nil in a new document
	bare    bool             // it was a mapping of answers and nothing else
	answers map[string]*strict.Field
	order   []string // of the answers that Put took
}

// Templates names the set that a project is rendered from.
type Templates struct {
	Name    string `yaml:"name" json:"name"`
	Version string `yaml:"version" json:"version"`
	Path    string `yaml:"path,omitempty" json:"path,omitempty"` // below the project's root; empty for the built-in set
}

// New returns an empty document.
func New() *Document {
	return &Document{Version: Version, Answers: map[string]any{}}
}

var documentKeys = []string{"version", "templates", "answers", "agents", "resources"}

// Parse reads a document: the full form, or a bare mapping of answers. The file's name is for errors. Whether the
// answers fit the questions is for Resolve to say.
func Parse(data []byte, file string) (*Document, error) {
	doc, err := strict.Parse(data, file)
	if err != nil {
		return nil, err
	}
	d := New()
	d.file, d.data, d.doc = file, data, doc
	fields, err := doc.Fields(doc.Root, "the answers")
	if err != nil {
		return nil, err
	}
	if !isFull(fields) {
		d.bare = true
		return d, d.readAnswers(doc.Root)
	}
	if fields, err = doc.Fields(doc.Root, "the answers file", documentKeys...); err != nil {
		return nil, err
	}
	for _, f := range fields {
		if err := d.read(f); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// isFull tells the full form from a bare mapping by keys that no question has.
func isFull(fields []strict.Field) bool {
	return slices.ContainsFunc(fields, func(f strict.Field) bool { return f.Key == "answers" || f.Key == "version" })
}

func (d *Document) read(f strict.Field) (err error) {
	switch f.Key {
	case "version":
		d.Version, err = d.doc.Int(f.Value, "version")
		if err == nil && d.Version > Version {
			return d.doc.Errorf(f.Value, "version %d is newer than this program knows (%d); install a newer scaffold", d.Version, Version)
		}
		if err == nil && d.Version < 1 {
			return d.doc.Errorf(f.Value, "version must be %d", Version)
		}
	case "templates":
		err = d.readTemplates(f.Value)
	case "answers":
		err = d.readAnswers(f.Value)
	case "agents":
		d.Agents, err = d.doc.Texts(f.Value, "agents")
	case "resources":
		err = d.readResources(f.Value)
	}
	return err
}

func (d *Document) readTemplates(n *yaml.Node) error {
	fields, err := d.doc.Fields(n, "templates", "name", "version", "path")
	if err != nil {
		return err
	}
	for _, f := range fields {
		text, err := d.doc.Scalar(f.Value, f.Key)
		if err != nil {
			return err
		}
		switch f.Key {
		case "name":
			d.Templates.Name = text
		case "version":
			d.Templates.Version = text
		case "path":
			d.Templates.Path = text
		}
	}
	return nil
}

func (d *Document) readAnswers(n *yaml.Node) error {
	if n != nil && n.ShortTag() == "!!null" {
		return nil
	}
	fields, err := d.doc.Fields(n, "answers")
	if err != nil {
		return err
	}
	d.answers = make(map[string]*strict.Field, len(fields))
	for i, f := range fields {
		d.answers[f.Key] = &fields[i]
		switch f.Value.Kind {
		case yaml.ScalarNode:
			d.Answers[f.Key] = f.Value.Value
		default:
			if d.Answers[f.Key], err = d.doc.Plain(f.Value, f.Key); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Document) readResources(n *yaml.Node) error {
	items, err := d.doc.Items(n, "resources")
	if err != nil {
		return err
	}
	for _, item := range items {
		spec, err := layer.ReadSpec(d.doc, item)
		if err != nil {
			return err
		}
		d.Resources = append(d.Resources, spec)
	}
	return nil
}

// text is a typed value as a scalar holds it.
func text(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	}
	return ""
}
