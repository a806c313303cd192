// Package resource reads the field grammar and gives resources, their fields and their migrations as data that
// templates can print.
//
// A Spec is what the answers hold; Parse checks it and returns a List of Resources. Everything that a template needs to
// know about Python (types, imports, literals, sample values) is a method here, so that templates hold no logic.
package resource

// Spec is one resource as the answers hold it: unchecked, by people or by plans.
type Spec struct {
	Name     string      `yaml:"name" json:"name"`
	Singular string      `yaml:"singular,omitempty" json:"singular,omitempty"`
	Fields   []FieldSpec `yaml:"fields" json:"fields"`
	NoOwner  bool        `yaml:"no_owner,omitempty" json:"no_owner,omitempty"`
}

// FieldSpec is one field as the answers hold it: a string of the grammar, or a mapping with the keys name, type, args,
// size, optional, default and mods. Build one from a string with FieldSpec{Text: "name:str{1..80}"}.
type FieldSpec struct {
	Text string   // the string form; empty when the mapping form was used
	Map  *Mapping // the mapping form
	Line int      // where it stands in the answers, 1-based; 0 when unknown
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
	Database string // "sqlite" or "postgres"
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
}

// Parse checks the specs and returns the resources in the same order. The error joins every refusal, each with the
// resource, the field string and the position in it, the reason and what to do.
func Parse(specs []Spec, ctx Context) (List, error) {
	return nil, nil
}
