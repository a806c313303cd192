package render

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"example.com/scaffold/generator/resource"
)

// Data is what templates see, beside the contributions of the layers. It is plain: no value of it reads anything.
type Data struct {
	Answers     map[string]any
	Project     Project
	Agents      []Agent
	Resources   resource.List
	Dropped     resource.List // resources that the project had when it was rendered last
	Journals    []Journal     // what an each: journal layer is rendered for, where no other layer writes the path
	TestFolders []string      // what an each: test_folder layer is rendered for, where no other layer writes into the folder
	// Applied are the answers as last applied: a path that holds an answer moves when the answer changes.
	Applied map[string]any
	// Revisions are those of the project so far, in the form of Output.Revisions. Their identifiers stay as they are; a new
	// revision is numbered after all of them.
	Revisions map[string]Revision
	// Heads are the revisions on disk that none follows. The first new revision follows the one there is.
	Heads []string
}

// Revision is a database revision that was rendered: its identifier, and the resource that it is of, if any.
type Revision struct {
	ID       string `json:"id"`
	Resource string `json:"resource,omitempty"`
	Down     string `json:"down,omitempty"` // the one before it, where that was written by hand
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

const revisionWord = "__revision__"

// number gives every file with __revision__ in its path its identifier and the one that it follows.
func (r *renderer) number() error {
	last, ids, heads := 0, []string{}, r.data.Heads
	for _, known := range r.data.Revisions {
		n, _ := strconv.Atoi(known.ID)
		last, ids = max(last, n), append(ids, known.ID)
	}
	for i := range r.jobs {
		j := &r.jobs[i]
		if !strings.Contains(j.path, revisionWord) {
			continue
		}
		rev, known := r.data.Revisions[j.path]
		if !known {
			if len(heads) > 1 {
				return fmt.Errorf("migrations: more than one revision that none follows: %s; join them with `alembic merge heads`", strings.Join(heads, ", "))
			}
			last++
			rev = Revision{ID: fmt.Sprintf("%04d", last), Resource: j.item.resource()}
			if len(heads) == 1 && !slices.Contains(ids, heads[0]) {
				rev.Down = heads[0]
			}
			ids, heads = append(ids, rev.ID), nil
		}
		r.revisions[j.path] = rev
		j.number.ID, j.number.Down, j.path = rev.ID, rev.Down, strings.ReplaceAll(j.path, revisionWord, rev.ID)
	}
	slices.Sort(ids)
	for i := range r.jobs {
		if at, ok := slices.BinarySearch(ids, r.jobs[i].number.ID); ok && at > 0 && r.jobs[i].number.Down == "" {
			r.jobs[i].number.Down = ids[at-1]
		}
	}
	return nil
}
