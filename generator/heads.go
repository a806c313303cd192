package generator

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"example.com/scaffold/generator/apply"
	"example.com/scaffold/generator/changeset"
)

// What a revision says about itself, in either of the forms that Alembic writes: with a type or without.
var (
	revisionLine = regexp.MustCompile(`(?m)^revision(?:\s*:[^=\n]*)?\s*=\s*["']([^"'\n]+)["']`)
	downLine     = regexp.MustCompile(`(?m)^down_revision(?:\s*:[^=\n]*)?\s*=\s*(\([^)]*\)|[^\n]*)`)
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
