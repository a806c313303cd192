// Package layer reads a template set: its questions, its layers, and which of the layers a set of answers selects.
//
// A set is a folder with templates.yaml; a layer is any folder below it that holds a layer.yaml. The rest of a layer's
// folder mirrors the project. Nothing in a set is executed, and all of it is untrusted: it is read within the limits
// below, and refused with label/file:line:column where it is not as it should be.
package layer

import (
	"maps"
	"path"
	"slices"
	"strings"

	"example.com/scaffold/generator/resource"
)

// The names of the files that make a set.
const (
	setFile   = "templates.yaml"
	layerFile = "layer.yaml"
	suffix    = ".tmpl"
)

// Limits of a set.
const (
	maxFiles    = 50_000
	maxDepth    = 50
	maxFile     = 16 << 20  // bytes of one file
	maxTemplate = 1 << 20   // bytes of one template
	maxSet      = 256 << 20 // bytes of all files
)

// The kinds of questions.
const (
	KindText   = "text"   // string
	KindChoice = "choice" // string, one of the choices
	KindMulti  = "multi"  // []string, some of the choices, in their order
	KindBool   = "bool"   // bool
	KindInt    = "int"    // int
)

// What an each layer is rendered for.
const (
	EachResource = "resource"
	EachAgent    = "agent"
	EachJournal  = "journal"
	EachTests    = "test_folder"
	EachDropped  = "dropped" // a resource that was there when the project was rendered last; in paths it is __resource__
	EachChanged  = "changed" // a resource whose table is another than when the project was rendered last; __resource__ too
)

// RevisionWord stands in the path of a database revision for its identifier.
const RevisionWord = "__revision__"

// Set is a template set.
type Set struct {
	Name      string
	Version   string
	Label     string // begins every error about the set
	Questions []Question
	Layers    []Layer       // in path order, but for those that come after another
	Resources []SetResource // what the set itself brings to a new project
	Lists     []string      // every name under contributes in any layer, sorted
}

// Question is one question that the answers answer.
type Question struct {
	Name    string
	Kind    string
	Prompt  string
	Help    string
	Choices []Choice
	Default any // typed by the kind; nil: an answer is required
	When    When
	Pattern string // text: what the whole value must match, RE2
	Message string // what a wrong value is answered with; may be empty
	Line    int    // in templates.yaml

	pattern *pattern // of Pattern, once it is read
}

// Choice is one of the values of a choice or multi question.
type Choice struct {
	Value  string
	Help   string
	Family string // what a condition may say for this choice and all others that name it; "" is none
}

// SetResource is a resource that the set brings when its condition holds.
type SetResource struct {
	When When
	Spec resource.Spec
}

// Layer is one folder of files, with the rules for them.
type Layer struct {
	Path        string // below the set
	Summary     string
	When        When
	Gone        When     // where it is there, the layer is chosen by the one run in which this ceases to hold
	Each        string   // one of the Each constants, or ""
	After       []string // layers that come first: their revisions are older, their contributions further up
	Once        []string
	Secret      []string
	Union       []string
	Moved       map[string]string // old path -> new path
	Contributes map[string][]any
	Files       []File // in path order
}

// File is one file of a layer.
type File struct {
	Source   string // below the set, for messages
	Path     string // in the project, before names are put in
	Data     []byte
	Template bool
}

// Question returns the question of that name.
func (s *Set) Question(name string) (Question, bool) {
	i := slices.IndexFunc(s.Questions, func(q Question) bool { return q.Name == name })
	if i < 0 {
		return Question{}, false
	}
	return s.Questions[i], true
}

// Selected returns the layers whose conditions hold, in the order of the set. Before gives the answers that a layer was last rendered
// for, nil where it is new.
func (s *Set) Selected(values map[string]any, before func(Layer) map[string]any) []Layer {
	var selected []Layer
	for _, l := range s.Layers {
		if l.When.Holds(values) && (l.Gone == nil || l.Gone.Holds(before(l)) && !l.Gone.Holds(values)) {
			selected = append(selected, l)
		}
	}
	return selected
}

// RevisionFolder is the folder of the project in which the layer writes database revisions, or "".
func (l Layer) RevisionFolder() string {
	for _, f := range l.Files {
		if strings.Contains(f.Path, RevisionWord) {
			return path.Dir(f.Path)
		}
	}
	return ""
}

// RevisionFolders are those of all layers, sorted.
func (s *Set) RevisionFolders() []string {
	folders := map[string]bool{}
	for _, l := range s.Layers {
		folders[l.RevisionFolder()] = true
	}
	delete(folders, "")
	return slices.Sorted(maps.Keys(folders))
}

// Brings returns the resources that the set itself brings with these answers.
func (s *Set) Brings(values map[string]any) []resource.Spec {
	var specs []resource.Spec
	for _, r := range s.Resources {
		if r.When.Holds(values) {
			specs = append(specs, r.Spec)
		}
	}
	return specs
}

// HasEach tells that some layer of the set is rendered for each of a kind.
func (s *Set) HasEach(kind string) bool {
	return slices.ContainsFunc(s.Layers, func(l Layer) bool { return l.Each == kind })
}
