package changeset_test

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/changeset"
	"example.com/scaffold/generator/tree"
)

// world is a project folder in memory: what stands at each path. Folders above files need no entry.
type world map[string]changeset.Node

func text(data string) changeset.Node { return regular(data, 0o644) }

func folder() changeset.Node { return changeset.Node{Kind: changeset.Folder, Mode: 0o755} }

// disk is what a snapshot of paths would give, and nothing more.
func (w world) disk(paths []string) changeset.Disk {
	all := maps.Clone(w)
	for _, name := range slices.Sorted(maps.Keys(w)) {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if _, known := all[dir]; !known {
				all[dir] = folder()
			}
		}
	}
	found := changeset.Disk{}
	for _, name := range paths {
		node, there := all[name]
		if !there {
			continue
		}
		if node.Kind == changeset.Folder {
			for _, child := range slices.Sorted(maps.Keys(all)) {
				if path.Dir(child) == name {
					node.Children = append(node.Children, path.Base(child))
				}
			}
		}
		found[name] = node
	}
	return found
}

// write does what the writer does, and refuses what the writer would.
func (w world) write(t *testing.T, c changeset.Changeset) world {
	after := maps.Clone(w)
	var writes []changeset.Write
	seen := map[string]bool{}
	for _, step := range c.Steps {
		for _, write := range step.Writes {
			require.False(t, seen[write.Path], "%s is written twice", write.Path)
			seen[write.Path] = true
			require.NoError(t, tree.CheckPath(write.Path))
			writes = append(writes, write)
		}
	}
	for _, write := range writes {
		if write.After.Kind == changeset.Absent {
			require.Equal(t, string(after[write.Path].Data), string(write.Before.Data))
			delete(after, write.Path)
		}
	}
	for _, write := range writes {
		if write.After.Kind != changeset.Regular {
			continue
		}
		require.NotContains(t, []changeset.Kind{changeset.Link, changeset.Special}, write.Before.Kind)
		delete(after, write.Path)
		for other, node := range after {
			require.False(t, strings.HasPrefix(other, write.Path+"/") && node.Kind != changeset.Folder, "%s is in the way of %s", other, write.Path)
			require.False(t, strings.HasPrefix(write.Path, other+"/") && node.Kind != changeset.Folder, "%s is in the way of %s", other, write.Path)
		}
		after[write.Path] = write.After
	}
	return after
}

// plan plans with what Paths asks for.
func plan(w world, in changeset.Input) (changeset.Changeset, error) {
	in.Disk = w.disk(changeset.Paths(in))
	return changeset.Plan(in)
}

// update plans and writes, and checks what holds for every update: a second one has nothing to write, the base survives
// being written and read, and steps are in order.
func update(t *testing.T, w world, in changeset.Input) (world, changeset.Changeset) {
	c, err := plan(w, in)
	require.NoError(t, err)
	twin, err := plan(w, in)
	require.NoError(t, err)
	require.Equal(t, c, twin, "two plans of one input differ")
	require.True(t, slices.IsSortedFunc(c.Steps, func(a, b changeset.Step) int { return strings.Compare(a.Path, b.Path) }))
	for _, step := range c.Steps {
		require.NotEmpty(t, step.Reason, step.Path)
		require.NotEmpty(t, step.Action, step.Path)
		require.Equal(t, step.Action == changeset.Conflict, slices.Contains(c.Conflicts, step.Path))
	}
	after := w.write(t, c)
	_, base, err := tree.Parse(tree.Format(nil, c.Base))
	require.NoError(t, err)
	if slices.ContainsFunc(c.Steps, func(s changeset.Step) bool { return strings.Contains(s.Reason, "marker lines") }) {
		return after, c
	}
	in.Base, in.Restore = base, nil
	again, err := plan(after, in)
	require.NoError(t, err)
	for _, step := range again.Steps {
		require.Empty(t, step.Writes, "a second update writes %s: %s", step.Path, step.Reason)
	}
	return after, c
}

// stepOf returns the step of a path; one with no action when there is none.
func stepOf(c changeset.Changeset, path string) changeset.Step {
	for _, step := range c.Steps {
		if step.Path == path {
			return step
		}
	}
	return changeset.Step{}
}

func modeOf(w world, path string) fs.FileMode { return w[path].Mode }
