// Package resource reads the field grammar and gives resources, their fields and their migrations as data that
// templates can print.
//
// A Spec is what the answers hold; Parse checks it and returns a List of Resources. Everything that a template needs to
// know about Python (types, imports, literals, sample values) is a method here, so that templates hold no logic.
package resource

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Spec is one resource as the answers hold it: unchecked, by people or by plans.
type Spec struct {
	Name     string      `yaml:"name" json:"name"`
	Singular string      `yaml:"singular,omitempty" json:"singular,omitempty"`
	Fields   []FieldSpec `yaml:"fields" json:"fields"`
	NoOwner  bool        `yaml:"no_owner,omitempty" json:"no_owner,omitempty"`
	Place    string      `yaml:"-" json:"-"` // file:line:column, for errors; empty when unknown
}

// FieldSpec is one field as the answers hold it: a string of the grammar, or a mapping with the keys name, type, args,
// size, optional, default and mods. Build one from a string with FieldSpec{Text: "name:str{1..80}"}.
type FieldSpec struct {
	Text  string   // the string form; empty when the mapping form was used
	Map   *Mapping // the mapping form
	Place string   // file:line:column, for errors; empty when unknown
}

// Mapping is a field in the mapping form. Size, Default and Mods are written as in the string form.
type Mapping struct {
	Name     string   `yaml:"name"`
	Type     string   `yaml:"type"`
	Args     []string `yaml:"args,omitempty"`
	Size     string   `yaml:"size,omitempty"`
	Optional bool     `yaml:"optional,omitempty"`
	Default  *string  `yaml:"default,omitempty"`
	Mods     []string `yaml:"mods,omitempty"`
}

// Context is what the project says about all of its resources.
type Context struct {
	Users    bool   // the project has users: a resource belongs to its creator unless its NoOwner is set
	Database string // "sqlite", "postgres" or "mongodb"
}

// List is every resource of a project, in the order of the answers. Templates see it as .Resources.
type List []Resource

// Resource is one checked resource. Its methods give the Python that templates print.
type Resource struct {
	Name     string  // plural, snake case: the stem, the table and the path ("order_lines")
	Singular string  // "order_line"
	Class    string  // "OrderLine"
	Fields   []Field // in the order of the answers
	Owned    bool    // every row belongs to the user who made it
	SignIn   bool    // every route needs a user

	mongodb bool // the rows are documents
}

// Parse checks the specs and returns the resources in the same order. The error joins every refusal, each an *Error
// with its place, the resource, the field, the position in it, the reason and what to do.
func Parse(specs []Spec, ctx Context) (List, error) {
	if len(specs) > maxResources {
		first := specs[maxResources]
		return nil, &Error{Place: first.Place, Resource: first.Name, Message: fmt.Sprintf("at most %d resources are allowed", maxResources)}
	}
	var list List
	var errs []error
	taken := map[string]bool{}
	for _, spec := range specs {
		r, err := parse(spec, ctx)
		for _, name := range append([]string{r.Name, r.Singular}, r.modelClasses()...) {
			if taken[name] && err == nil {
				err = &Error{Place: spec.Place, Resource: spec.Name, Message: fmt.Sprintf("another resource already has the name %q", name)}
			}
			taken[name] = true
		}
		errs, list = append(errs, err), append(list, r)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return list, nil
}

func parse(spec Spec, ctx Context) (Resource, error) {
	r, refused := judgeResource(spec)
	if refused != nil {
		return r, refused.of(spec, raw{})
	}
	r.mongodb = ctx.mongodb()
	r.SignIn = ctx.Users
	r.Owned = ctx.Users && !spec.NoOwner
	var errs []error
	switch n := len(spec.Fields); {
	case n == 0:
		return r, &Error{Place: spec.Place, Resource: spec.Name, Message: "it has no fields", Fix: "give at least one, such as name:str{1..80}"}
	case n > maxFields:
		return r, &Error{Place: spec.Place, Resource: spec.Name, Message: fmt.Sprintf("it has %d fields; at most %d are allowed", n, maxFields)}
	}
	for _, fieldSpec := range spec.Fields {
		f, cut, refused := r.field(fieldSpec, ctx)
		if refused != nil {
			errs = append(errs, refused.of(spec, cut))
			continue
		}
		r.Fields = append(r.Fields, f)
	}
	if err := errors.Join(errs...); err != nil {
		return r, err
	}
	r.name()
	return r, nil
}

// modelClasses are the row and its enums.
func (r Resource) modelClasses() []string {
	classes := []string{r.Class}
	for _, f := range r.Enums() {
		classes = append(classes, f.EnumClass())
	}
	return classes
}

// classes are those of the models and the schemas.
func (r Resource) classes() []string {
	classes := r.modelClasses()
	for _, suffix := range []string{"Create", "Update", "Read", "Query"} {
		classes = append(classes, r.Class+suffix)
	}
	return classes
}

// field judges one field beside those that came before it.
func (r Resource) field(spec FieldSpec, ctx Context) (Field, raw, *refusal) {
	cut, err := spec.parts()
	if err != nil {
		return Field{}, cut, err
	}
	f, err := judge(cut, ctx)
	f.class = r.Class
	if nameErr := judgeName(cut, f, r.Singular, r.Owned); nameErr != nil {
		return f, cut, nameErr
	}
	if err != nil {
		return f, cut, err
	}
	for _, other := range r.Fields {
		if other.Name == f.Name {
			return f, cut, refuse(cut.name, "", "two fields are named %q", f.Name)
		}
	}
	if f.Kind == "enum" && slices.Contains(r.classes(), f.EnumClass()) {
		return f, cut, refuse(cut.name, "use another name", "there is a class %s already", f.EnumClass())
	}
	for _, name := range r.identifiers(f) {
		if len(name) > maxIdentifier {
			return f, cut, refuse(cut.name, "use a shorter name", "%s would have %d characters, and PostgreSQL takes %d", name, len(name), maxIdentifier)
		}
	}
	return f, cut, nil
}

func (refused *refusal) of(spec Spec, r raw) *Error {
	return &Error{
		Place: cmp.Or(r.place, spec.Place), Resource: spec.Name, Field: r.text, Column: refused.column,
		Message: refused.message, Fix: refused.fix,
	}
}
