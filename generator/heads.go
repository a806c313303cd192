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

// readHeads gives, for each of the folders, the revisions in it that none follows, sorted: those that people wrote included.
func readHeads(root string, folders []string) (map[string][]string, error) {
	heads := map[string][]string{}
	for _, folder := range folders {
		found, err := headsOf(root, folder)
		if err != nil {
			return nil, err
		}
		heads[folder] = found
	}
	return heads, nil
}

func headsOf(root, folder string) ([]string, error) {
	disk, err := apply.Snapshot(root, []string{folder})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, name := range disk[folder].Children {
		if path.Ext(name) == ".py" {
			names = append(names, path.Join(folder, name))
		}
	}
	if disk, err = apply.Snapshot(root, names); err != nil {
		return nil, err
	}
	var heads []string
	followed := map[string]bool{}
	for _, name := range names {
		if disk[name].Kind != changeset.Regular {
			continue
		}
		text := string(disk[name].Data)
		if match := revisionLine.FindStringSubmatch(text); match != nil {
			heads = append(heads, match[1])
		}
		for _, down := range quoted.FindAllStringSubmatch(strings.Join(downLine.FindStringSubmatch(text), " "), -1) {
			followed[down[1]] = true
		}
	}
	slices.Sort(heads)
	return slices.DeleteFunc(heads, func(id string) bool { return followed[id] }), nil
}
