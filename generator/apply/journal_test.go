package apply_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/apply"
)

// made is a journal of a run that made the file at path with these bytes.
func made(path, data string) string {
	return fmt.Sprintf(`{"version":1,"command":"update","id":"0123abcd","entries":[{"path":%q,"before":{},"after":{"kind":"file","mode":420,"size":%d,"sum":"%x"}}]}`,
		path, len(data), sha256.Sum256([]byte(data)))
}

func TestDamagedJournals(t *testing.T) {
	journals := map[string]string{
		"empty": "", "garbage": "<<<<<<< yours", "parent": made("../decoy", "d"), "absolute": made("/etc/hostname", "d"),
		"inner parent": made("a/../../decoy", "d"), "git": made(".git/config", "g"), "git in disguise": made("sub/.GIT/config", "g"),
		"lock": made(".scaffold/lock", "l"), "journal": made(".scaffold/journal", "l"), "state elsewhere": made(".SCAFFOLD/answers.yaml", "l"),
		"newer": strings.Replace(made("a.txt", "a"), `"version":1`, `"version":2`, 1), "id with a path": strings.Replace(made("a.txt", "a"), "0123abcd", "../../..", 1),
		"unknown key": strings.Replace(made("a.txt", "a"), `"id"`, `"x":1,"id"`, 1), "trailing": made("a.txt", "a") + "{}",
		"foreign folder": strings.Replace(made("a.txt", "a"), `"entries"`, `"folders":["d"],"entries"`, 1),
		"folder outside": strings.Replace(made("a.txt", "a"), `"entries"`, `"leave":["../empty"],"entries"`, 1),
		"command":        strings.Replace(made("a.txt", "a"), `update`, `\u001b]0;x`, 1),
		"no sum":         strings.Replace(made("a.txt", "a"), `"sum":"`, `"sum":"x`, 1),
		"huge":           strings.Repeat("[", 65<<20), "deep": strings.Repeat("[", 1<<20),
	}
	for name, journal := range journals {
		for _, file := range []string{"journal", "journal-done"} {
			t.Run(name+" "+file, func(t *testing.T) {
				top := folderFor(t)
				put(t, top, map[string]string{
					"decoy": "d", "p/a.txt": "a", "p/.git/config": "g", "p/sub/.GIT/config": "g", "p/.scaffold/lock": "l",
					"p/.scaffold/answers.yaml": "l", "p/.scaffold/" + file: journal,
				})
				for _, dir := range []string{"empty", "p/d"} {
					require.NoError(t, os.Mkdir(filepath.Join(top, dir), 0o755))
				}
				before := listing(t, top)
				_, err := apply.Recover(filepath.Join(top, "p"))
				require.ErrorContains(t, err, ".scaffold/"+file)
				require.ErrorContains(t, err, "nothing was touched")
				require.NotContains(t, err.Error(), "\x1b")
				_, _, err = apply.Acquire(filepath.Join(top, "p"))
				require.Error(t, err)
				require.Equal(t, before, listing(t, top))
			})
		}
	}
}

// TestJournalOfAnother proves that a journal that came with a clone deletes and moves nothing, though it is in its
// form and tells the bytes that are there.
func TestJournalOfAnother(t *testing.T) {
	for name, journal := range map[string]string{
		"made":    made("a.txt", "a"),
		"changed": strings.Replace(made("a.txt", "a"), `"before":{}`, fmt.Sprintf(`"before":{"kind":"file","mode":420,"size":1,"sum":"%x"}`, sha256.Sum256([]byte("b"))), 1),
	} {
		for _, file := range []string{"journal", "journal-done"} {
			root := fill(t, map[string]string{"a.txt": "a", "b.txt": "b", ".scaffold/answers.yaml": "v"})
			before := listing(t, root)
			put(t, root, map[string]string{".scaffold/" + file: journal})
			said, err := apply.Recover(root)
			require.NoError(t, err, name)
			require.NotEmpty(t, said)
			require.Equal(t, before, listing(t, root), name)
		}
	}
}

// TestEditedAfterTheStop proves that the edit of a person in a stopped project is refused, not taken back.
func TestEditedAfterTheStop(t *testing.T) {
	g := newStage(t, stories()[0], apply.Fault{})
	refused := 0
	for n := range g.log {
		if thin(n, 7) {
			continue
		}
		root := g.copied(t, nil)
		require.ErrorIs(t, g.run(&apply.Fault{At: n}, root), apply.ErrStopped)
		name := filepath.Join(root, "app/p0/f00.py")
		require.NoError(t, os.WriteFile(name, []byte("EDIT"), 0o640))
		_, err := apply.Recover(root)
		data, readErr := os.ReadFile(name)
		require.NoError(t, readErr)
		require.Equal(t, "EDIT", string(data), g.log[n])
		if err == nil {
			continue
		}
		refused++
		require.ErrorContains(t, err, "app/p0/f00.py")
		require.NoError(t, os.Rename(name, name+".mine"))
		_, err = apply.Recover(root)
		require.NoError(t, err)
		require.NoError(t, os.Remove(name+".mine"))
		require.Equal(t, "before", g.whole(t, root, g.log[n]))
	}
	require.Positive(t, refused)
}

func TestRecoverWritesNothingWithoutCause(t *testing.T) {
	root := fill(t, map[string]string{"a.txt": "a", ".scaffold/answers.yaml": "v"})
	before := listing(t, root)
	said, err := apply.Recover(root)
	require.NoError(t, err)
	require.Empty(t, said)
	require.Equal(t, before, listing(t, root))
	said, err = apply.Recover(filepath.Join(root, "nowhere"))
	require.NoError(t, err)
	require.Empty(t, said)
}

func TestCreateSweepsOnlyWhatIsItsOwn(t *testing.T) {
	top := fill(t, map[string]string{
		".scaffold-new-0123456789abcdef/notes.txt":               "a person's",
		".scaffold-new-0123456789abcde0/.scaffold/.gitignore":    "another's\n",
		".scaffold-new-0123456789abcde1/.scaffold/answers.yaml":  "a person's",
		".scaffold-new-0123456789abcde2":                         "a file",
		".scaffold-new-x/":                                       "",
		".scaffold-new-0123456789abcde3/":                        "dead",
		".scaffold-new-0123456789abcde4/.scaffold/":              "dead",
		".scaffold-new-0123456789abcde5/.scaffold/.gitignore":    "/lock\n/jou",
		".scaffold-new-0123456789abcde6/.scaffold/.gitignore":    "/lock\n/journal\n/journal-*\n/undo/\n.scaffold-*\n",
		".scaffold-new-0123456789abcde6/app/half/made/file.py":   "dead",
		".scaffold-new-0123456789abcde6/.scaffold/agents/old.md": "dead",
	})
	require.NoError(t, apply.Create(ctx, filepath.Join(top, "shop"), apply.Change{Command: "new", State: map[string][]byte{"answers.yaml": []byte("v")}}))
	entries, err := os.ReadDir(top)
	require.NoError(t, err)
	var left []string
	for _, e := range entries {
		left = append(left, strings.TrimPrefix(e.Name(), ".scaffold-new-"))
	}
	require.Equal(t, []string{"0123456789abcde0", "0123456789abcde1", "0123456789abcde2", "0123456789abcdef", "x", "shop"}, left)
}

func TestCreateRefusesWhatIsThere(t *testing.T) {
	top := fill(t, map[string]string{"file": "f", "dir/": ""})
	require.NoError(t, os.Symlink("nowhere", filepath.Join(top, "link")))
	before := listing(t, top)
	for _, p := range []string{"file", "dir", "link", "file/below"} {
		require.Error(t, apply.Create(ctx, filepath.Join(top, p), change(t, top, map[string]string{"n.txt": "n"})), p)
		require.Equal(t, before, listing(t, top))
	}
}

func TestReadState(t *testing.T) {
	root := fill(t, map[string]string{
		".scaffold/answers.yaml": "a", ".scaffold/base.txtar": "b", ".scaffold/agents/x.md": "x", ".scaffold/agents/notes.txt": "n",
		".scaffold/.gitignore": "i", ".scaffold/undo/000001": "u", ".scaffold/other": "o",
	})
	state, err := apply.ReadState(root)
	require.NoError(t, err)
	require.Equal(t, map[string][]byte{"answers.yaml": []byte("a"), "base.txtar": []byte("b"), "agents/x.md": []byte("x")}, state)
	state, err = apply.ReadState(folderFor(t))
	require.NoError(t, err)
	require.Empty(t, state)
	require.NoError(t, os.Truncate(filepath.Join(root, ".scaffold/answers.yaml"), 17<<20))
	_, err = apply.ReadState(root)
	require.ErrorContains(t, err, ".scaffold/answers.yaml: larger than 16 MB")
}

func TestSnapshot(t *testing.T) {
	root := fill(t, map[string]string{"a.txt": "a", "d/e/f.txt": "f", "d/g.txt": "g"})
	disk, err := apply.Snapshot(root, []string{"a.txt", "d/e/f.txt", "d/e/none", "d", "a.txt/below", "none/at/all"})
	require.NoError(t, err)
	require.Len(t, disk, 4)
	require.Equal(t, "f", string(disk["d/e/f.txt"].Data))
	require.Equal(t, os.FileMode(0o644), disk["a.txt"].Mode)
	require.Equal(t, []string{"e", "g.txt"}, disk["d"].Children)
	require.Nil(t, disk["d/e"].Children)
	for _, p := range []string{"../x", "/etc/passwd", "a//b", ".git/config", ""} {
		_, err := apply.Snapshot(root, []string{p})
		require.Error(t, err, p)
	}
	disk, err = apply.Snapshot(filepath.Join(root, "nowhere"), []string{"a.txt"})
	require.NoError(t, err)
	require.Empty(t, disk)
}

func FuzzJournal(f *testing.F) {
	f.Add([]byte(made("a.txt", "a")))
	f.Add([]byte(made("../decoy", "d")))
	f.Add([]byte(`{"version":1,"command":"update","id":"0123abcd","folders":["x"],"leave":["d"],"entries":[{"path":"x/a","before":{"kind":"folder"},"after":{"kind":"file"}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		top := folderFor(t)
		put(t, top, map[string]string{"decoy": "d", "p/a.txt": "a", "p/d/b.txt": "b", "p/.git/config": "g", "p/.scaffold/answers.yaml": "v"})
		before := listing(t, top)
		for _, file := range []string{"journal", "journal-done"} {
			put(t, top, map[string]string{"p/.scaffold/" + file: string(data)})
			_, _ = apply.Recover(filepath.Join(top, "p"))
			_ = os.Remove(filepath.Join(top, "p/.scaffold", file))
			require.Equal(t, before, listing(t, top))
		}
	})
}

func FuzzUndoRecord(f *testing.F) {
	f.Add([]byte(`{"version":1,"command":"update","entries":[{"path":"../decoy","before":{},"after":{"kind":"file","mode":420,"size":1,"sum":""}}]}` + "\n"))
	f.Add([]byte(`{"version":1,"command":"update","entries":[{"path":"none","before":{"kind":"file","mode":420,"size":0,"sum":"` + empty + `"},"after":{}}]}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		top := folderFor(t)
		put(t, top, map[string]string{"decoy": "d", "p/.git/config": "g", "p/.scaffold/answers.yaml": "v"})
		before := listing(t, filepath.Join(top, "p/.git"))
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		_, _ = z.Write(data)
		require.NoError(t, z.Close())
		put(t, top, map[string]string{"p/.scaffold/undo/000001": out.String()})
		_, _ = undo(t, filepath.Join(top, "p"))
		require.Equal(t, "-rw-r--r-- d", listing(t, top)["decoy"])
		require.Equal(t, before, listing(t, filepath.Join(top, "p/.git")))
	})
}
