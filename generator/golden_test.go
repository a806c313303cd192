package generator_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator"
	"example.com/scaffold/generator/tree"
)

var update = flag.Bool("update", false, "write the golden files")

// goldens are the answers whose trees are kept. The first is kept whole, of the others only what differs from it.
var goldens = []struct {
	name string
	sets []string
}{
	{"default", nil},
	{"postgres-gitlab", []string{"database=postgres", "ci=gitlab"}},
	{"no-users", []string{"auth=none"}},
	{"bare", []string{"example=no", "ci=none", "auth=none"}},
}

func TestGoldenTrees(t *testing.T) {
	var whole tree.Tree
	for _, golden := range goldens {
		files := rendered(t, golden.sets...)
		if whole == nil {
			whole = files
		} else {
			for path, file := range whole {
				if same, ok := files[path]; ok && bytes.Equal(same.Data, file.Data) {
					delete(files, path)
				}
			}
		}
		name := filepath.Join("..", "testdata", "golden", golden.name+".txtar")
		form := tree.Format(nil, files)
		if *update {
			require.NoError(t, os.WriteFile(name, form, 0o644))
		}
		want, err := os.ReadFile(name)
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, form), "%s is not what the templates make; run `make golden` and read the diff", name)
	}
}

// rendered is the tree of a new project named Shop with these answers, and the built-in planner.
func rendered(t *testing.T, sets ...string) tree.Tree {
	t.Helper()
	set, err := generator.OpenSet("")
	require.NoError(t, err)
	run, err := generator.New(generator.NewOptions{Dir: filepath.Join(t.TempDir(), "shop"), Set: set, Sets: sets})
	require.NoError(t, err)
	return run.Changeset.Base
}
