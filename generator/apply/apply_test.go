package apply_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/apply"
	"example.com/scaffold/generator/changeset"
)

// listing is a folder as text: path to kind, mode and bytes; what scaffold hides from git is left out.
func listing(t testing.TB, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		rel, err := filepath.Rel(root, name)
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		text := info.Mode().String()
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(name)
			require.NoError(t, err)
			text += " " + string(data)
		}
		found[filepath.ToSlash(rel)] = text
		return nil
	}))
	return found
}

// fill makes a folder from paths and bytes; a path that ends in a slash is an empty folder.
func fill(t testing.TB, files map[string]string) string {
	t.Helper()
	root := folderFor(t)
	for name, data := range files {
		full := filepath.Join(root, filepath.FromSlash(name))
		if strings.HasSuffix(name, "/") {
			require.NoError(t, os.MkdirAll(full, 0o755))
			continue
		}
		require.NoError(t, os.MkdirAll(filepath.Dir(full), 0o755))
		require.NoError(t, os.WriteFile(full, []byte(data), 0o644))
	}
	return root
}

var ctx = context.Background()

func text(s string) changeset.Node {
	return changeset.Node{Kind: changeset.Regular, Data: []byte(s), Mode: 0o644}
}

// writes makes the writes that bring the folder from what stands there to want; "-" removes.
func writes(t testing.TB, root string, want map[string]string) []changeset.Write {
	t.Helper()
	var paths []string
	for p := range want {
		paths = append(paths, p)
	}
	disk, err := apply.Snapshot(root, paths)
	require.NoError(t, err)
	var list []changeset.Write
	for p, data := range want {
		w := changeset.Write{Path: p, Before: disk[p]}
		if data != "-" {
			w.After = text(data)
			if w.Before.Kind == changeset.Regular {
				w.After.Mode = w.Before.Mode
			}
		}
		list = append(list, w)
	}
	return list
}

func change(t testing.TB, root string, files map[string]string) apply.Change {
	return apply.Change{Command: "update", Writes: writes(t, root, files), State: map[string][]byte{"answers.yaml": []byte("version: 1\n" + files["a.txt"])}}
}

func do(t testing.TB, root string, c apply.Change) error {
	t.Helper()
	lock, said, err := apply.Acquire(root)
	require.NoError(t, err)
	require.Empty(t, said)
	defer func() { require.NoError(t, lock.Close()) }()
	return lock.Apply(ctx, c)
}

func undo(t testing.TB, root string) (apply.UndoReport, error) {
	t.Helper()
	lock, _, err := apply.Acquire(root)
	require.NoError(t, err)
	defer func() { require.NoError(t, lock.Close()) }()
	return lock.Undo(context.Background(), false)
}

func TestApplyAndUndo(t *testing.T) {
	steps := []struct {
		name  string
		start map[string]string
		want  map[string]string
	}{
		{"create", map[string]string{"keep.txt": "k"}, map[string]string{"a.txt": "A\n", "d/e/f.txt": "F"}},
		{"update", map[string]string{"a.txt": "old", "d/b.txt": "old"}, map[string]string{"a.txt": "new", "d/b.txt": "new"}},
		{"delete with its folders", map[string]string{"a.txt": "1", "d/e/f.txt": "2", "d/e/g.txt": "3"}, map[string]string{"d/e/f.txt": "-", "d/e/g.txt": "-"}},
		{"delete beside a file of the user's", map[string]string{"d/e/f.txt": "2", "d/mine.txt": "m"}, map[string]string{"d/e/f.txt": "-"}},
		{"file gives way to folder", map[string]string{"x": "file", "z": "z"}, map[string]string{"x": "-", "x/a/b.txt": "in"}},
		{"folder gives way to file", map[string]string{"x/a/b.txt": "in", "x/c.txt": "c"}, map[string]string{"x/a/b.txt": "-", "x/c.txt": "-", "x": "file"}},
		{"into an empty folder", map[string]string{"d/": ""}, map[string]string{"d/a.txt": "a"}},
		{"long names", map[string]string{strings.Repeat("n", 255): "old"}, map[string]string{strings.Repeat("n", 255): "new", strings.Repeat("m", 255): "new"}},
		{"move", map[string]string{"old/a.txt": "a"}, map[string]string{"old/a.txt": "-", "new/a.txt": "a"}},
	}
	for _, tt := range steps {
		t.Run(tt.name, func(t *testing.T) {
			root := fill(t, tt.start)
			before := listing(t, root)
			require.NoError(t, do(t, root, change(t, root, tt.want)))
			after := listing(t, root)
			for p, data := range tt.want {
				got, there := after[p]
				if data == "-" {
					require.False(t, there && !strings.HasPrefix(got, "d"), p)
					continue
				}
				require.True(t, strings.HasSuffix(got, " "+data), p)
			}
			require.Equal(t, "-rw-r--r-- * -text\n", after[".scaffold/.gitattributes"])
			for p := range after {
				require.NotContains(t, p, ".scaffold-")
				require.NotContains(t, p, "journal")
			}
			report, err := undo(t, root)
			require.NoError(t, err)
			require.Equal(t, "update", report.Command)
			require.Equal(t, before, listing(t, root))
			_, err = undo(t, root)
			require.ErrorIs(t, err, apply.ErrNothingToUndo)
			require.Equal(t, before, listing(t, root))
		})
	}
}

func TestCreate(t *testing.T) {
	dir := t.TempDir()
	root := filepath.Join(dir, "a", "b", "shop")
	c := apply.Change{Command: "new", Writes: []changeset.Write{
		{Path: "app/main.py", After: text("m")},
		{Path: ".env", After: changeset.Node{Kind: changeset.Regular, Data: []byte("s"), Mode: 0o600}, Secret: true},
		{Path: "run.sh", After: changeset.Node{Kind: changeset.Regular, Data: []byte("#!"), Mode: 0o755}},
	}, State: map[string][]byte{"answers.yaml": []byte("v"), "agents/x.md": []byte("x")}}
	require.NoError(t, apply.Create(ctx, root, c))
	got := listing(t, root)
	require.Equal(t, "-rw------- s", got[".env"])
	require.Equal(t, "-rwxr-xr-x #!", got["run.sh"])
	require.Equal(t, "-rw-r--r-- x", got[".scaffold/agents/x.md"])
	report, err := undo(t, root)
	require.NoError(t, err)
	require.Len(t, report.Writes, 3)
	require.Equal(t, map[string]string{".": got["."]}, listing(t, root))
}
