package render

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"example.com/scaffold/generator/layer"
	"example.com/scaffold/generator/resource"
)

// Data is what templates see, beside the contributions of the layers. It is plain: no value of it reads anything.
type Data struct {
	Answers     map[string]any
	Project     Project
	Agents      []Agent
	Resources   resource.List
	Journals    []Journal // what an each: journal layer is rendered for, where no other layer writes the path
	TestFolders []string  // what an each: test_folder layer is rendered for, where no other layer writes into the folder
	// Applied are the answers as last applied: a path that holds an answer moves when the answer changes.
	Applied map[string]any
	// Past is what the revisions of a folder were last rendered for. Without an entry the folder is new.
	Past map[string]Past
	// Revisions are those of the project so far, in the form of Output.Revisions. Their identifiers stay as they are; a new
	// revision is numbered after all of them.
	Revisions map[string]Revision
	// Heads are the revisions on disk that none follows, by their folder. The first new revision in it follows the one there is.
	Heads map[string][]string
	// OnDisk are the identifiers of the revisions on disk, by their folder and file, a person's included. A new one is numbered after
	// them too. Where a file of its name is there that no record knows and that none follows, as after a merge, it is that one.
	OnDisk map[string]map[string]string
	// Unrecorded says that nothing is recorded of what is on disk: any file of a revision's name is that revision, the latest of several.
	Unrecorded bool
}

// Past is what the revisions of a folder know: the answers then, and what has become of the resources since.
type Past struct {
	Answers map[string]any
	Dropped resource.List     // they are no longer there
	Changed []resource.Change // their tables are others now
}

// Revision is a database revision that was rendered: its identifier, and the resource that it is of, if any.
type Revision struct {
	ID       string `json:"id"`
	Resource string `json:"resource,omitempty"`
	Down     string `json:"down,omitempty"` // the one before it, where that was written by hand
	// Once tells that it is for this run alone: where the same comes again, that is another one.
	Once bool `json:"-"`
}

// Project is what templates know about the project as a whole.
type Project struct {
	Name        string // as people write it: "Café Shop"
	Slug        string // a distribution name: "cafe-shop"
	Snake       string // "cafe_shop"
	Description string
	Sections    []string // of a plan
	Journal     []string // the journal files, "dev-journal/PRD.md"
	TestPaths   []string
	Servers     []Server
	Templates   Templates
}

// Server is a server of the Model Context Protocol: its name and its stanza of .mcp.json.
type Server struct {
	Name string
	JSON string
}

// Templates names the set that a project is rendered from.
type Templates struct {
	Name    string
	Version string
}

// Agent is one agent definition.
type Agent struct {
	Name        string
	Description string
	Text        string // the whole file, as it is emitted
	Planner     bool
	Sections    []string
	Journal     []string
	Tools       []string
	Servers     []string
}

// Journal is one journal file: "dev-journal/PRD.md" and "PRD".
type Journal struct {
	Path string
	Name string
}

// revision is what a file sees as .Revision: its own identifier, and the one before it or "".
type revision struct {
	ID   string
	Down string
}

// number gives every file with __revision__ in its path its identifier and the one that it follows. Each folder is a chain of its
// own, in which a new revision is numbered after all that were ever there.
func (r *renderer) number() error {
	chains := map[string][]*job{}
	for i := range r.jobs {
		if j := &r.jobs[i]; strings.Contains(j.path, layer.RevisionWord) {
			chains[path.Dir(j.path)] = append(chains[path.Dir(j.path)], j)
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(chains)) {
		if err := r.chain(folder, inOrder(chains[folder])); err != nil {
			return err
		}
	}
	return nil
}

// undoes tells that a revision takes back what an earlier one made.
func (j *job) undoes() bool { return j.layer.Gone != nil || j.item.each == layer.EachDropped }

// once tells that a revision is for this run alone.
func (j *job) once() bool { return j.undoes() || j.item.each == layer.EachChanged }

// inOrder puts the revisions of features first, then those of resources, which may refer to them, then what undoes an earlier
// revision, in reverse order: what came last goes first.
func inOrder(jobs []*job) []*job {
	var features, resources, undo []*job
	for _, j := range jobs {
		switch {
		case j.undoes():
			undo = append(undo, j)
		case j.item.each == "":
			features = append(features, j)
		default:
			resources = append(resources, j)
		}
	}
	slices.Reverse(undo)
	return slices.Concat(features, resources, undo)
}

// numberForm is the form of the identifiers that scaffold gives: a number.
var numberForm = regexp.MustCompile(`^[0-9]{4,6}$`)

// chain numbers the revisions of one folder.
func (r *renderer) chain(folder string, jobs []*job) error {
	last, ids, heads := 0, map[string]bool{}, r.data.Heads[folder]
	recorded := map[string]bool{}
	take := func(id string) {
		n, _ := strconv.Atoi(id)
		last, ids[id] = max(last, n), true
	}
	for name, known := range r.data.Revisions {
		if path.Dir(name) == folder {
			recorded[known.ID] = true
			take(known.ID)
		}
	}
	for _, id := range r.data.OnDisk[folder] {
		if numberForm.MatchString(id) {
			take(id)
		}
	}
	for _, j := range jobs {
		rev, known := r.data.Revisions[j.path]
		if known = known && !j.once(); !known {
			rev, known = r.found(folder, j, recorded)
		}
		if !known {
			if len(heads) > 1 {
				return fmt.Errorf("%s: more than one revision that none follows: %s; join them with `alembic merge heads`", folder, strings.Join(heads, ", "))
			}
			rev = Revision{ID: fmt.Sprintf("%04d", last+1), Resource: j.item.resource()}
			if len(heads) == 1 && heads[0] != fmt.Sprintf("%04d", last) {
				rev.Down = heads[0]
			}
			take(rev.ID)
			heads = nil
		}
		rev.Once = j.once()
		r.revisions[j.path] = rev
		j.number.ID, j.number.Down, j.path = rev.ID, rev.Down, strings.ReplaceAll(j.path, layer.RevisionWord, rev.ID)
	}
	ordered := slices.Sorted(maps.Keys(ids))
	for _, j := range jobs {
		if at, ok := slices.BinarySearch(ordered, j.number.ID); ok && at > 0 && j.number.Down == "" {
			j.number.Down = ordered[at-1]
		}
	}
	return nil
}

// found is the revision on disk that has the name of the job's and that is not recorded.
func (r *renderer) found(folder string, j *job, recorded map[string]bool) (Revision, bool) {
	rev := Revision{Resource: j.item.resource()}
	for name, id := range r.data.OnDisk[folder] {
		candidate := !recorded[id] && numberForm.MatchString(id) && (r.data.Unrecorded || slices.Contains(r.data.Heads[folder], id))
		if candidate && id > rev.ID && name == strings.ReplaceAll(j.path, layer.RevisionWord, id) {
			rev.ID = id
		}
	}
	return rev, rev.ID != ""
}

// before are the answers that what a layer makes was last rendered for; nil where it is new.
func (d Data) before(l layer.Layer) map[string]any {
	if folder := l.RevisionFolder(); folder != "" {
		return d.Past[folder].Answers
	}
	return d.Applied
}
