package generator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"example.com/scaffold/generator/agent"
	"example.com/scaffold/generator/answers"
	"example.com/scaffold/generator/apply"
	"example.com/scaffold/generator/render"
	"example.com/scaffold/generator/resource"
	"example.com/scaffold/generator/tree"
)

const (
	answersFile = "answers.yaml"
	baseFile    = "base.txtar"
	agentsDir   = "agents/"
)

// stateVersion is the version of the answers and of the base that this program writes and reads.
const stateVersion = 1

// applied is what the base says about the run that wrote it: the answers as last applied. It is one line of JSON in
// the comment of base.txtar.
type applied struct {
	Version   int                        `json:"version"`
	Templates answers.Templates          `json:"templates"`
	Answers   map[string]any             `json:"answers"`
	Agents    []string                   `json:"agents"`
	Resources []resource.Spec            `json:"resources"`
	Revisions map[string]render.Revision `json:"revisions,omitempty"` // all that were ever rendered, by path; see keepRevisions
	Chains    map[string]chain           `json:"chains,omitempty"`    // by the folder of the revisions
}

// chain is what the revisions of a folder were last rendered for. It is older than the rest where the database is another now.
type chain struct {
	Answers   map[string]any  `json:"answers"`
	Resources []resource.Spec `json:"resources"`
}

// values are the answers as last applied; nil for a new project.
func (a applied) values() answers.Values { return typed(a.Answers) }

// typed gives answers their types again: JSON knows neither ints nor lists of texts.
func typed(plain map[string]any) answers.Values {
	if plain == nil {
		return nil
	}
	values := answers.Values{}
	for name, value := range plain {
		switch v := value.(type) {
		case []any:
			list := []string{}
			for _, item := range v {
				list = append(list, fmt.Sprint(item))
			}
			values[name] = list
		case json.Number:
			n, _ := strconv.Atoi(v.String())
			values[name] = n
		default:
			values[name] = value
		}
	}
	return values
}

// state is everything below .scaffold/ that a run reads.
type state struct {
	files    map[string][]byte
	document *answers.Document
	base     tree.Tree
	applied  applied
	agents   []definition // in the order of the answers
}

// definition is a stored agent definition.
type definition struct {
	name string
	path string // for messages
	data []byte
	file agent.File
}

// readState reads and checks the state of the project at root. All of it is untrusted.
func readState(root string) (*state, error) {
	files, err := apply.ReadState(root)
	if err != nil {
		return nil, err
	}
	s := &state{files: files}
	if _, ok := files[answersFile]; !ok {
		return nil, fmt.Errorf("%s/%s is missing: restore it from version control, or run `scaffold adopt`", StateDir, answersFile)
	}
	if s.document, err = answers.Parse(files[answersFile], StateDir+"/"+answersFile); err != nil {
		return nil, err
	}
	if s.document.Templates.Name == "" {
		return nil, fmt.Errorf("%s/%s: templates: the name of the set is missing, so the file is not whole: restore it from version control", StateDir, answersFile)
	}
	if err := s.readBase(); err != nil {
		return nil, err
	}
	return s, s.readAgents()
}

// gitMarker begins the first line of a conflict that git leaves.
var gitMarker = []byte("<<<<<<< ")

func (s *state) readBase() error {
	name := StateDir + "/" + baseFile
	data, ok := s.files[baseFile]
	if !ok {
		return fmt.Errorf("%s is missing: restore it from version control, or run `scaffold adopt`, which makes a new one from the folder", name)
	}
	comment, base, err := tree.Parse(data)
	if err != nil && bytes.Contains(data, []byte("\n=======\n")) && (bytes.HasPrefix(data, gitMarker) || bytes.Contains(data, append([]byte("\n"), gitMarker...))) {
		return fmt.Errorf("%s: git left its conflict markers in it: settle the other files, take either side of this one whole (`git checkout --ours %[1]s`) and run `scaffold update`; where there is none, run `scaffold adopt`", name)
	}
	if err != nil {
		return fmt.Errorf("%s: %w; restore it from version control, or run `scaffold adopt`", name, err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(comment)))
	decoder.UseNumber()
	if err := decoder.Decode(&s.applied); err != nil {
		return fmt.Errorf("%s:1: the answers as last applied can't be read: %w; restore it from version control, or run `scaffold adopt`", name, err)
	}
	if s.applied.Version > stateVersion {
		return fmt.Errorf("%s:1: version %d is newer than this program knows (%d); install a newer scaffold", name, s.applied.Version, stateVersion)
	}
	s.base = base
	return nil
}

// salvage reads from a damaged base what can't be rendered again: the history of the revisions. Where git put its conflict markers
// into the base, that of both sides is taken.
func salvage(base []byte) applied {
	found := applied{}
	head, _, _ := bytes.Cut(base, []byte("\n-- "))
	for line := range bytes.Lines(head) {
		var side applied
		decoder := json.NewDecoder(bytes.NewReader(line))
		decoder.UseNumber()
		if decoder.Decode(&side) != nil || side.Version != stateVersion {
			continue
		}
		if found.Revisions == nil {
			found.Revisions, found.Chains = map[string]render.Revision{}, side.Chains
		}
		for name, revision := range side.Revisions {
			if revision.ID > found.Revisions[name].ID {
				found.Revisions[name] = revision
			}
		}
	}
	return found
}

func (s *state) readAgents() error {
	for _, name := range s.document.Agents {
		path := agentsDir + name + ".md"
		data, ok := s.files[path]
		if !ok {
			return fmt.Errorf("%s/%s: agents names %q, but %s/%s is missing: restore it, or take the name out of the list", StateDir, answersFile, name, StateDir, path)
		}
		def, err := readDefinition(StateDir+"/"+path, data)
		if err != nil {
			return err
		}
		if def.name != name {
			return fmt.Errorf("%s/%s: its name is %q, but the answers list it as %q", StateDir, path, def.name, name)
		}
		s.agents = append(s.agents, def)
	}
	return nil
}

// readDefinition reads an agent file and refuses one that a project can't hold.
func readDefinition(path string, data []byte) (definition, error) {
	file := agent.Read(data)
	if _, err := file.Emit(); err != nil {
		return definition{}, fmt.Errorf("%s: %w", path, err)
	}
	if err := agent.CheckName(file.Name); err != nil {
		return definition{}, fmt.Errorf("%s: %w", path, err)
	}
	return definition{name: file.Name, path: path, data: data, file: file}, nil
}

// encodeBase gives the bytes of base.txtar.
func encodeBase(base tree.Tree, last applied) ([]byte, error) {
	comment, err := json.Marshal(last)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", baseFile, err)
	}
	return tree.Format(append(comment, '\n'), base), nil
}

// keep gives the history of the revisions after a run: those of before and those rendered now. One that is not rendered any more
// is done with: it keeps its identifier, but when what it made comes back, that is a new revision. A folder in which
// nothing was rendered is another database's: its revisions, and what they know, wait as they are.
func (a applied) keep(before applied, now map[string]render.Revision) applied {
	a.Revisions, a.Chains = map[string]render.Revision{}, maps.Clone(before.Chains)
	done := func(name string, revision render.Revision) string { return path.Join(path.Dir(name), "#"+revision.ID) }
	for name, revision := range now {
		if a.Chains == nil {
			a.Chains = map[string]chain{}
		}
		a.Chains[path.Dir(name)] = chain{Answers: a.Answers, Resources: a.Resources}
		if revision.Once {
			name = done(name, revision)
		}
		a.Revisions[name] = revision
	}
	inUse := func(folder string) bool {
		return slices.ContainsFunc(slices.Collect(maps.Keys(now)), func(name string) bool { return path.Dir(name) == folder })
	}
	for name, revision := range before.Revisions {
		if again, rendered := now[name]; rendered && again.ID == revision.ID {
			continue
		}
		if inUse(path.Dir(name)) {
			name = done(name, revision)
		}
		a.Revisions[name] = revision
	}
	return a
}
