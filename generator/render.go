package generator

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"example.com/scaffold/generator/agent"
	"example.com/scaffold/generator/answers"
	"example.com/scaffold/generator/layer"
	"example.com/scaffold/generator/render"
	"example.com/scaffold/generator/resource"
	"example.com/scaffold/generator/tree"
)

// renderTime bounds the rendering of a tree, whatever its templates hold.
const renderTime = 30 * time.Second

// defaultSections are those of a plan where no agent lists its own.
var defaultSections = []string{
	"Architecture Overview", "Implementation Steps", "Dependencies", "Security Considerations", "Testing Plan", "Code Examples",
}

// source is what a tree is rendered from.
type source struct {
	set     *layer.Set
	values  answers.Values
	specs   []resource.Spec
	agents  []definition
	last    applied           // the run before
	disk    map[string]onDisk // the revisions on disk, by folder
	adopted bool              // nothing is recorded of them
}

// render gives the next tree.
func (s source) render() (render.Output, error) {
	resources, err := resource.Parse(s.specs, contextOf(s.values))
	if err != nil {
		return render.Output{}, err
	}
	if len(resources) > 0 && !s.set.HasEach(layer.EachResource) {
		return render.Output{}, fmt.Errorf("%s: resources: the template set %s has no layer for resources; take them out", s.specs[0].Place, s.set.Name)
	}
	past, err := s.past(resources)
	if err != nil {
		return render.Output{}, err
	}
	data := render.Data{
		Answers: s.values, Resources: resources, Past: past, Revisions: s.last.Revisions,
		Heads: map[string][]string{}, OnDisk: map[string]map[string]string{}, Unrecorded: s.adopted, Applied: s.last.values(),
	}
	for folder, disk := range s.disk {
		data.Heads[folder], data.OnDisk[folder] = disk.heads, disk.ids
	}
	if err := s.addAgents(&data); err != nil {
		return render.Output{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), renderTime)
	defer cancel()
	return render.Render(ctx, s.set, data, rand.Reader)
}

// contextOf is what the answers say about all resources.
func contextOf(values answers.Values) resource.Context {
	users := values["auth"] != nil && values["auth"] != "none"
	database, _ := values["database"].(string)
	return resource.Context{Users: users, Database: database}
}

// past is what became of the resources since the revisions of each folder were rendered last.
func (s source) past(now resource.List) (map[string]render.Past, error) {
	folders := map[string]render.Past{}
	for folder, chain := range s.last.Chains {
		values := typed(chain.Answers)
		before, err := resource.Parse(chain.Resources, contextOf(values))
		if err != nil {
			return nil, fmt.Errorf("%s/%s: %w", StateDir, baseFile, err)
		}
		dropped := slices.DeleteFunc(slices.Clone(before), func(r resource.Resource) bool {
			return slices.ContainsFunc(now, func(other resource.Resource) bool { return other.Name == r.Name })
		})
		folders[folder] = render.Past{Answers: values, Dropped: dropped, Changed: resource.Changes(before, now)}
	}
	return folders, nil
}

// addAgents fills what templates see of the agents, and what the agents make of the project.
func (s source) addAgents(data *render.Data) error {
	repairs, _ := s.values["agent_repairs"].([]string)
	project := projectOf(s.set, s.values)
	files := []agent.File{}
	spelt := spellingsOf(s.set, s.values)
	for i, def := range s.agents {
		text, err := def.file.Project(repairs, namesBut(s.agents, i))
		if err != nil {
			return fmt.Errorf("%s: %w", def.path, err)
		}
		contract := def.file.Contract()
		if err := spelt.name(def, slices.Concat(contract.Journal, contract.TestPaths)); err != nil {
			return err
		}
		data.Agents = append(data.Agents, render.Agent{
			Name: def.name, Description: def.file.Description, Text: string(text), Planner: contract.Planner,
			Sections: agent.Texts(contract.Sections), Journal: agent.Texts(contract.Journal),
			Tools: def.file.Tools, Servers: agent.Texts(contract.Servers),
		})
		if len(project.Sections) == 0 {
			project.Sections = agent.Texts(contract.Sections)
		}
		project.Journal = union(project.Journal, agent.Texts(contract.Journal))
		project.TestPaths = union(project.TestPaths, agent.Texts(contract.TestPaths))
		files = append(files, def.file)
	}
	if len(project.Sections) == 0 {
		project.Sections = defaultSections
	}
	servers, _ := agent.Servers(files)
	for _, server := range servers {
		var stanza bytes.Buffer
		if err := json.Indent(&stanza, []byte(server.Stanza), "", "  "); err != nil {
			return fmt.Errorf("%s: %w", server.Name, err)
		}
		project.Servers = append(project.Servers, render.Server{Name: server.Name, JSON: stanza.String()})
	}
	for _, file := range project.Journal {
		name := strings.TrimSuffix(strings.TrimPrefix(file, agent.JournalFolder), path.Ext(file))
		data.Journals = append(data.Journals, render.Journal{Path: file, Name: name})
	}
	data.TestFolders = testFolders(project.TestPaths)
	data.Project = project
	return nil
}

// testFolders are the folders of the test paths that agents name, but tests/ itself. A name with an extension and no slash at
// its end is a file.
func testFolders(paths []string) []string {
	var folders []string
	for _, name := range paths {
		folder := name
		if strings.HasSuffix(name, "/") || path.Ext(name) != "" {
			folder = path.Dir(name)
		}
		if folder != "tests" {
			folders = union(folders, []string{folder})
		}
	}
	return folders
}

// projectOf names the project by its answers.
func projectOf(set *layer.Set, values answers.Values) render.Project {
	name, _ := values["project_name"].(string)
	if name == "" {
		name = "Project"
	}
	description, _ := values["description"].(string)
	slug := slugOf(name)
	return render.Project{
		Name: name, Slug: slug, Snake: strings.ReplaceAll(slug, "-", "_"), Description: description,
		Templates: render.Templates{Name: set.Name, Version: set.Version},
	}
}

// namesBut returns the names of all definitions but the one at i.
func namesBut(agents []definition, i int) []string {
	names := []string{}
	for j, def := range agents {
		if j != i {
			names = append(names, def.name)
		}
	}
	return names
}

// union returns a with what b adds to it; paths that are equal on some system are one.
func union(a, b []string) []string {
	for _, item := range b {
		if !slices.ContainsFunc(a, func(other string) bool { return tree.Fold(other) == tree.Fold(item) }) {
			a = append(a, item)
		}
	}
	return a
}
