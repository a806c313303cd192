package generator

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"example.com/scaffold/generator/apply"
	"example.com/scaffold/generator/changeset"
	"example.com/scaffold/generator/layer"
	"example.com/scaffold/generator/render"
)

// What a revision says about itself, in either of the forms that Alembic writes: with a type or without.
var (
	revisionLine = regexp.MustCompile(`(?m)^revision(?:\s*:[^=\n]*)?\s*=\s*["']([^"'\n]+)["']`)
	downLine     = regexp.MustCompile(`(?m)^down_revision(?:\s*:[^=\n]*)?\s*=\s*(\([^)]*\)|[^\n]*)`)
	numberForm   = regexp.MustCompile(`^[0-9]{4,6}$`)
	quoted       = regexp.MustCompile(`["']([^"'\n]+)["']`)
)

// onDisk are the revisions in a folder of the project, a person's included.
type onDisk struct {
	ids   map[string]string // by the path of the file
	heads []string          // the identifiers that no other follows, sorted
}

// readRevisions reads the revisions in the folders of the project.
func readRevisions(root string, folders []string) (map[string]onDisk, error) {
	all := map[string]onDisk{}
	for _, folder := range folders {
		found, err := revisionsOf(root, folder)
		if err != nil {
			return nil, err
		}
		all[folder] = found
	}
	return all, nil
}

func revisionsOf(root, folder string) (onDisk, error) {
	found := onDisk{ids: map[string]string{}}
	disk, err := apply.Snapshot(root, []string{folder})
	if err != nil {
		return found, err
	}
	var names []string
	for _, name := range disk[folder].Children {
		if path.Ext(name) == ".py" {
			names = append(names, path.Join(folder, name))
		}
	}
	if disk, err = apply.Snapshot(root, names); err != nil {
		return found, err
	}
	followed := map[string]bool{}
	for _, name := range names {
		if disk[name].Kind != changeset.Regular {
			continue
		}
		text := string(disk[name].Data)
		if match := revisionLine.FindStringSubmatch(text); match != nil {
			found.ids[name] = match[1]
			found.heads = append(found.heads, match[1])
		}
		for _, down := range quoted.FindAllStringSubmatch(strings.Join(downLine.FindStringSubmatch(text), " "), -1) {
			followed[down[1]] = true
		}
	}
	slices.Sort(found.heads)
	found.heads = slices.DeleteFunc(found.heads, func(id string) bool { return followed[id] })
	return found, nil
}

// numbers are the identifiers that are numbers as scaffold gives them, in order.
func (d onDisk) numbers() []int {
	var numbers []int
	for _, id := range d.ids {
		if numberForm.MatchString(id) {
			n, _ := strconv.Atoi(id)
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers
}

// known gives what stands for the revisions on disk where nothing is recorded of them: a rendered one has the identifier of the
// latest file of its name, and every other number in its folder is taken.
func known(rendered map[string]render.Revision, folders map[string]onDisk) map[string]render.Revision {
	found := map[string]render.Revision{}
	for key, revision := range rendered {
		before, behind, _ := strings.Cut(key, layer.RevisionWord)
		for name, id := range folders[path.Dir(key)].ids {
			if name == before+id+behind && id > found[key].ID {
				revision.ID, revision.Down = id, ""
				found[key] = revision
			}
		}
	}
	for folder, disk := range folders {
		for _, n := range disk.numbers() {
			id := fmt.Sprintf("%04d", n)
			rendered := func(key string) bool { return path.Dir(key) == folder && found[key].ID == id }
			if !slices.ContainsFunc(slices.Collect(maps.Keys(found)), rendered) {
				found[path.Join(folder, "#"+id)] = render.Revision{ID: id}
			}
		}
	}
	return found
}
