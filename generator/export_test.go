package generator

import (
	"context"
	"crypto/rand"

	"example.com/scaffold/generator/answers"
	"example.com/scaffold/generator/layer"
	"example.com/scaffold/generator/render"
	"example.com/scaffold/generator/resource"
	"example.com/scaffold/generator/tree"
)

// Variants renders new projects of one set with many answers: its templates are parsed once, and the planner is read once.
// Several may render at a time.
type Variants struct {
	set      *layer.Set
	data     render.Data // but for the answers and what follows from them
	programs *render.Programs
}

// NewVariants reads what all projects share.
func NewVariants(set *layer.Set, values answers.Values) (*Variants, error) {
	planner := builtinPlanner()
	def, err := readDefinition(planner.Path, planner.Data)
	if err != nil {
		return nil, err
	}
	v := &Variants{set: set, programs: render.NewPrograms()}
	return v, source{set: set, values: values, agents: []definition{def}}.addAgents(&v.data)
}

// Tree renders the project that these answers make.
func (v *Variants) Tree(values answers.Values) (tree.Tree, error) {
	specs, _ := bring(v.set, nil, nil, values)
	resources, err := resource.Parse(specs, contextOf(values))
	if err != nil {
		return nil, err
	}
	data := v.data
	data.Answers, data.Resources = values, resources
	out, err := v.programs.Render(context.Background(), v.set, data, rand.Reader)
	return out.Tree, err
}
