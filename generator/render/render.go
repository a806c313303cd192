// Package render makes the tree of a project from a template set and the data of the project.
//
// A template sees plain data and calls only the functions of an explicit list: none reads a clock, chance, the
// environment, the network, files or the system's rules for paths. Text of answers, agents and resources is data: it
// is never parsed as a template. Rendering ends, whatever the templates hold, within the limits of limits.go.
package render

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"example.com/scaffold/generator/layer"
	"example.com/scaffold/generator/tree"
)

// Output is a rendered tree and what the layers say about its paths.
type Output struct {
	Tree  tree.Tree
	Moved map[string]string // old path -> new path
	Union []string          // patterns of paths
	// Revisions holds the identifier of every file with __revision__ in its path, by the path with that word still in it.
	Revisions map[string]Revision
}

// Render renders the layers that the answers in data select. Random is where randomSecret takes its bytes from.
func Render(ctx context.Context, set *layer.Set, data Data, random io.Reader) (Output, error) {
	return (*Programs)(nil).Render(ctx, set, data, random)
}

// Render is Render for one of many answers to the same set.
func (p *Programs) Render(ctx context.Context, set *layer.Set, data Data, random io.Reader) (Output, error) {
	r := newRenderer(ctx, set, data, random)
	r.programs = p
	layers := set.Selected(data.Answers, data.before)
	for _, l := range layers {
		r.contribute(l)
	}
	for _, l := range layers {
		if err := r.plan(l); err != nil {
			return Output{}, err
		}
	}
	if err := r.number(); err != nil {
		return Output{}, err
	}
	r.dropNamed()
	for i := range r.jobs {
		if err := r.render(&r.jobs[i]); err != nil {
			return Output{}, err
		}
	}
	if err := r.check(); err != nil {
		return Output{}, err
	}
	return Output{Tree: r.tree, Moved: r.moved, Union: r.union, Revisions: r.revisions}, nil
}

// Check parses every template of the set, those of layers that no answers select too.
func Check(set *layer.Set) error {
	r := newRenderer(context.Background(), set, Data{}, nil)
	for _, l := range set.Layers {
		for _, f := range l.Files {
			if !f.Template {
				continue
			}
			if _, err := r.parse(r.place(f.Source), f.Data); err != nil {
				return err
			}
		}
	}
	return nil
}

// renderer is the state of one Render.
type renderer struct {
	ctx       context.Context
	set       *layer.Set
	data      Data
	base      map[string]any // what every template sees
	lists     map[string][]any
	limits    *limits
	functions map[string]any
	programs  *Programs
	parsed    map[string]*program // by source, where it is rendered more than once
	scratch   []byte              // what is being rendered
	jobs      []job
	tree      tree.Tree
	sources   map[string]string // path -> the source that writes it
	moved     map[string]string
	union     []string
	revisions map[string]Revision
}

// job is one file to render for one item.
type job struct {
	layer  layer.Layer
	file   layer.File
	item   item
	path   string
	number revision
}

// item is what an each layer is rendered for; the zero item is what any other layer is rendered for.
type item struct {
	each  string
	name  string
	value any
}

func newRenderer(ctx context.Context, set *layer.Set, data Data, random io.Reader) *renderer {
	r := &renderer{
		ctx: ctx, set: set, data: data, limits: newLimits(ctx), parsed: map[string]*program{},
		tree: tree.Tree{}, sources: map[string]string{}, moved: map[string]string{}, revisions: map[string]Revision{},
		lists: make(map[string][]any, len(set.Lists)),
	}
	r.functions = functions(r.limits, random)
	for _, name := range set.Lists {
		r.lists[name] = []any{}
	}
	r.base = map[string]any{
		"Answers": data.Answers, "Project": data.Project, "Agents": data.Agents, "Resources": data.Resources, "Contributes": r.lists,
	}
	return r
}

func (r *renderer) contribute(l layer.Layer) {
	for name, values := range l.Contributes {
		r.lists[name] = append(r.lists[name], values...)
	}
	for _, glob := range l.Union {
		if !slices.Contains(r.union, glob) {
			r.union = append(r.union, glob)
		}
	}
}

// items are what the layer is rendered for.
func (r *renderer) items(l layer.Layer) []item {
	var items []item
	each, past := l.Each, r.data.Past[l.RevisionFolder()]
	switch each {
	case layer.EachResource:
		for _, res := range r.data.Resources {
			items = append(items, item{each, res.Name, res})
		}
	case layer.EachDropped:
		for _, res := range past.Dropped {
			items = append(items, item{each, res.Name, res})
		}
	case layer.EachChanged:
		for _, change := range past.Changed {
			items = append(items, item{each, change.Name, change})
		}
	case layer.EachAgent:
		for _, a := range r.data.Agents {
			items = append(items, item{each, a.Name, a})
		}
	case layer.EachTests:
		for _, folder := range r.data.TestFolders {
			items = append(items, item{each, folder, folder})
		}
	case layer.EachJournal:
		for _, j := range r.data.Journals {
			items = append(items, item{each, j.Name, j})
		}
	default:
		return []item{{}}
	}
	return items
}

// plan adds the jobs and the moves of a layer.
func (r *renderer) plan(l layer.Layer) error {
	for _, it := range r.items(l) {
		if strings.Contains(it.name, "/") && !it.named() {
			return fmt.Errorf("%s %q: a name with a slash can't be part of a path", it.each, it.name)
		}
		for _, f := range l.Files {
			if err := r.addJob(l, f, it); err != nil {
				return err
			}
		}
		for _, old := range slices.Sorted(maps.Keys(l.Moved)) {
			if err := r.move(l, r.put(it, old, r.data.Answers), r.put(it, l.Moved[old], r.data.Answers)); err != nil {
				return err
			}
		}
	}
	return nil
}

// addJob adds a file of the layer. Where an answer in its path is another than last time, the file moves.
func (r *renderer) addJob(l layer.Layer, f layer.File, it item) error {
	for _, q := range r.set.Questions {
		if answer, ok := r.data.Answers[q.Name].(string); ok && answer == "" && strings.Contains(f.Path, "__"+q.Name+"__") {
			return fmt.Errorf("%s: the answer %s is a part of this name, and it is empty; give --set %[2]s=VALUE", r.place(f.Source), q.Name)
		}
	}
	now, before := r.put(it, f.Path, r.data.Answers), r.put(it, f.Path, r.data.Applied)
	if err := tree.CheckPath(now); err != nil {
		return fmt.Errorf("%s: %w", r.place(f.Source), err)
	}
	r.jobs = append(r.jobs, job{layer: l, file: f, item: it, path: now})
	if r.data.Applied == nil || now == before {
		return nil
	}
	return r.move(l, before, now)
}

// put puts the item's name and the answers into a path: __resource__, and __question__ of a text or choice. What is put in
// is data: a word of that form in it stays.
func (r *renderer) put(it item, name string, answers map[string]any) string {
	if !strings.Contains(name, "__") {
		return name
	}
	var words []string
	if it.each != "" {
		words = append(words, "__"+it.word()+"__", it.name)
	}
	for _, q := range r.set.Questions {
		if answer, ok := answers[q.Name].(string); ok && answer != "" {
			words = append(words, "__"+q.Name+"__", answer)
		}
	}
	return strings.NewReplacer(words...).Replace(name)
}

// word is what stands for the item in paths and data: a dropped or changed resource is a resource there.
func (it item) word() string {
	if it.each == layer.EachDropped || it.each == layer.EachChanged {
		return layer.EachResource
	}
	return it.each
}

// resource is the name of the resource that the item is, or "".
func (it item) resource() string {
	if it.word() == layer.EachResource {
		return it.name
	}
	return ""
}

func (r *renderer) move(l layer.Layer, from, to string) error {
	for _, name := range []string{from, to} {
		if err := tree.CheckPath(name); err != nil {
			return fmt.Errorf("%s: moved: %w", r.place(path.Join(l.Path, "layer.yaml")), err)
		}
	}
	if other, twice := r.moved[from]; twice && other != to {
		return fmt.Errorf("%s: moved: %s moves to %s, but another layer moves it to %s", r.place(path.Join(l.Path, "layer.yaml")), from, to, other)
	}
	r.moved[from] = to
	return nil
}

// named tells that the item is a path which an agent names: it is rendered only where no other layer writes there.
func (it item) named() bool { return it.each == layer.EachJournal || it.each == layer.EachTests }

// dropNamed leaves out the paths that agents name and that another layer writes, or writes into.
func (r *renderer) dropNamed() {
	written := map[string]bool{}
	for _, j := range r.jobs {
		for at := j.path; !j.item.named() && at != "."; at = path.Dir(at) {
			written[at] = true
		}
	}
	r.jobs = slices.DeleteFunc(r.jobs, func(j job) bool {
		return j.item.each == layer.EachJournal && written[j.path] || j.item.each == layer.EachTests && written[j.item.name]
	})
}

// place is a file of the set as errors name it.
func (r *renderer) place(source string) string { return path.Join(r.set.Label, source) }

func (r *renderer) render(j *job) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	switch other, twice := r.sources[j.path]; {
	case twice && other == j.file.Source && j.item.each != "":
		return fmt.Errorf("%s: writes %s twice, because it is rendered for each %s; put __%[3]s__ into its name", r.place(other), j.path, j.item.word())
	case twice:
		return fmt.Errorf("%s: writes %s, and so does %s", r.place(j.file.Source), j.path, r.place(other))
	}
	file := tree.File{Data: j.file.Data}
	var err error
	if file.Secret, err = matches(j.layer.Secret, j.path); err != nil {
		return err
	}
	if file.Once, err = matches(j.layer.Once, j.path); err != nil {
		return err
	}
	file.Once = file.Once || file.Secret
	if j.file.Template {
		if file.Data, err = r.execute(j, file.Secret); err != nil {
			return err
		}
	}
	file.Exec = bytes.HasPrefix(file.Data, []byte("#!"))
	r.tree[j.path], r.sources[j.path] = file, j.file.Source
	return nil
}

func matches(globs []string, name string) (bool, error) {
	for _, glob := range globs {
		if ok, err := doublestar.Match(glob, name); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// check checks the whole tree, and names the sources of the paths in the error.
func (r *renderer) check() error {
	err := r.tree.Check()
	if err == nil {
		return nil
	}
	var named []string
	for _, name := range r.tree.Paths() {
		if strings.Contains(err.Error(), fmt.Sprintf("%q", name)) {
			named = append(named, fmt.Sprintf("%s is written by %s", name, r.place(r.sources[name])))
		}
	}
	return fmt.Errorf("%s: %w%s", r.set.Label, err, clause(named))
}

func clause(named []string) string {
	if len(named) == 0 {
		return ""
	}
	return " (" + strings.Join(named, ", ") + ")"
}
