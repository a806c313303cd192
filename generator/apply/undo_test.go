package apply_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/apply"
	"example.com/scaffold/generator/changeset"
)

func TestUndoIsDeep(t *testing.T) {
	root := fill(t, map[string]string{"a.txt": "0", "d/keep": "k"})
	var was []map[string]string
	for i := range 14 {
		was = append(was, project(listing(t, root)))
		files := map[string]string{"a.txt": fmt.Sprint("edit ", i), fmt.Sprintf("n%d/f.txt", i): "f"}
		if i > 0 {
			files[fmt.Sprintf("n%d/f.txt", i-1)] = "-"
		}
		require.NoError(t, do(t, root, change(t, root, files)))
	}
	for i := 13; i >= 0; i-- {
		_, err := undo(t, root)
		require.NoError(t, err)
		require.Equal(t, was[i], project(listing(t, root)))
	}
}

// project is a listing without the undo records.
func project(all map[string]string) map[string]string {
	for p := range all {
		if strings.HasPrefix(p, ".scaffold/undo/") {
			delete(all, p)
		}
	}
	return all
}

func TestUndoKeepsItsRecordsFew(t *testing.T) {
	root := fill(t, map[string]string{"a.txt": "0"})
	for i := range 25 {
		require.NoError(t, do(t, root, change(t, root, map[string]string{"a.txt": fmt.Sprint(i, " ")})))
	}
	entries, err := os.ReadDir(filepath.Join(root, ".scaffold/undo"))
	require.NoError(t, err)
	require.Len(t, entries, 20)
	require.Equal(t, "000025", entries[19].Name())
}

func TestUndoRefusesEdits(t *testing.T) {
	edits := map[string]func(name string) error{
		"bytes":   func(name string) error { return os.WriteFile(name, []byte("mine"), 0o644) },
		"mode":    func(name string) error { return os.Chmod(name, 0o700) },
		"removed": os.Remove,
		"link": func(name string) error {
			if err := os.Remove(name); err != nil {
				return err
			}
			return os.Symlink("b.txt", name)
		},
		"folder": func(name string) error {
			if err := os.Remove(name); err != nil {
				return err
			}
			return os.Mkdir(name, 0o755)
		},
	}
	for name, edit := range edits {
		t.Run(name, func(t *testing.T) {
			root := fill(t, map[string]string{"a.txt": "old", "b.txt": "old", "c.txt": "old"})
			require.NoError(t, do(t, root, change(t, root, map[string]string{"a.txt": "new", "b.txt": "new", "c.txt": "new"})))
			for _, p := range []string{"a.txt", "c.txt", ".scaffold/answers.yaml"} {
				require.NoError(t, os.Chmod(filepath.Join(root, p), 0o644))
			}
			require.NoError(t, edit(filepath.Join(root, "a.txt")))
			require.NoError(t, edit(filepath.Join(root, "c.txt")))
			before := listing(t, root)
			_, err := undo(t, root)
			var edited *apply.EditedError
			require.ErrorAs(t, err, &edited)
			require.Equal(t, []string{"a.txt", "c.txt"}, edited.Paths)
			require.ErrorContains(t, err, "a.txt, c.txt")
			require.Equal(t, before, listing(t, root))
		})
	}
}

func TestUndoRefusesEditedAnswers(t *testing.T) {
	root := fill(t, map[string]string{"a.txt": "old"})
	require.NoError(t, do(t, root, change(t, root, map[string]string{"a.txt": "new"})))
	require.NoError(t, os.WriteFile(filepath.Join(root, ".scaffold/answers.yaml"), []byte("mine"), 0o644))
	before := listing(t, root)
	_, err := undo(t, root)
	require.ErrorContains(t, err, ".scaffold/answers.yaml")
	require.Equal(t, before, listing(t, root))
}

func TestUndoGoesOnWhereAFileIsBackAlready(t *testing.T) {
	root := fill(t, map[string]string{"a.txt": "old", "b.txt": "old"})
	before := listing(t, root)
	require.NoError(t, do(t, root, change(t, root, map[string]string{"a.txt": "new", "b.txt": "new", "n/c.txt": "new"})))
	require.NoError(t, os.WriteFile(filepath.Join(root, "a.txt"), []byte("old"), 0o644))
	require.NoError(t, os.RemoveAll(filepath.Join(root, "n")))
	_, err := undo(t, root)
	require.NoError(t, err)
	require.Equal(t, before, listing(t, root))
}

func TestUndoDryRunWritesNothing(t *testing.T) {
	root := fill(t, map[string]string{"a.txt": "old"})
	require.NoError(t, do(t, root, change(t, root, map[string]string{"a.txt": "new"})))
	before := listing(t, root)
	lock, _, err := apply.Acquire(root)
	require.NoError(t, err)
	report, err := lock.Undo(ctx, true)
	require.NoError(t, err)
	require.NoError(t, lock.Close())
	require.Equal(t, before, listing(t, root))
	require.Len(t, report.Writes, 1)
	require.Equal(t, "old", string(report.Writes[0].After.Data))
	require.Contains(t, report.State, "answers.yaml")
}

// unpack returns the bytes of an undo record.
func unpack(t *testing.T, root string) string {
	data, err := os.ReadFile(filepath.Join(root, ".scaffold/undo/000001"))
	require.NoError(t, err)
	z, err := gzip.NewReader(bytes.NewReader(data))
	require.NoError(t, err)
	text, err := io.ReadAll(z)
	require.NoError(t, err)
	return string(text)
}

func TestUndoRecordsHoldNoSecret(t *testing.T) {
	root := fill(t, map[string]string{"old/.env": "KEY=hunter2", "a.txt": "plain"})
	require.NoError(t, os.Chmod(filepath.Join(root, "old/.env"), 0o600))
	before := listing(t, root)
	c := change(t, root, map[string]string{"old/.env": "-", "new/.env": "KEY=hunter2", "a.txt": "other"})
	for i := range c.Writes {
		c.Writes[i].Secret = strings.HasSuffix(c.Writes[i].Path, ".env")
	}
	require.NoError(t, do(t, root, c))
	require.NotContains(t, unpack(t, root), "hunter2")
	require.Contains(t, unpack(t, root), "plain")
	after := listing(t, root)
	require.Equal(t, "-rw------- KEY=hunter2", after["new/.env"])
	require.True(t, strings.HasPrefix(after[".scaffold/undo/000001"], "-rw------- "))
	_, err := undo(t, root)
	require.NoError(t, err)
	require.Equal(t, before, listing(t, root))
}

// pack writes an undo record.
func pack(t *testing.T, root, head, rest string) {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, err := z.Write([]byte(head + "\n" + rest))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	put(t, root, map[string]string{".scaffold/undo/000001": out.String()})
}

const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func TestHostileUndoRecords(t *testing.T) {
	entry := func(p string) string {
		return `{"version":1,"command":"update","entries":[{"path":"` + p + `","before":{},"after":{"kind":"file","mode":420,"sum":"` + empty + `"}}]}`
	}
	records := map[string]string{
		"parent": entry("../decoy"), "absolute": entry("/etc/passwd"), "inner parent": entry("a/../../decoy"), "git": entry(".git/config"),
		"state": entry(".scaffold/lock"), "record": entry(".scaffold/undo/000002"), "control": entry(`a\u001bb`),
		"garbage": "{", "version": `{"version":2,"command":"update","entries":[]}`, "no entries": `{"version":1,"command":"update","entries":[]}`,
		"command":        `{"version":1,"command":"\u001b[2J","entries":[]}`,
		"unknown key":    `{"version":1,"command":"update","entries":[],"more":1}`,
		"foreign folder": strings.Replace(entry("a.txt"), `"entries"`, `"made":["d"],"entries"`, 1),
		"missing bytes":  `{"version":1,"command":"update","entries":[{"path":"a.txt","before":{"kind":"file","mode":420,"size":9,"sum":"` + empty + `"},"after":{}}]}`,
		"huge":           `{"version":1,"command":"update","entries":[{"path":"a.txt","before":{"kind":"file","mode":420,"size":99999999999,"sum":"` + empty + `"},"after":{}}]}`,
	}
	for name, head := range records {
		t.Run(name, func(t *testing.T) {
			top := folderFor(t)
			root := filepath.Join(top, "project")
			put(t, top, map[string]string{"decoy": "", "project/a.txt": "", "project/.git/config": ""})
			require.NoError(t, os.Mkdir(filepath.Join(root, "d"), 0o755))
			pack(t, root, head, "")
			before := listing(t, top)
			_, err := undo(t, root)
			require.ErrorContains(t, err, ".scaffold/undo/000001")
			require.Equal(t, before, listing(t, top))
		})
	}
	t.Run("bomb", func(t *testing.T) {
		root := folderFor(t)
		pack(t, root, strings.Repeat(" ", 80<<20), "")
		_, err := undo(t, root)
		require.ErrorContains(t, err, "too long")
	})
}

// TestUndoRecordThatIsNoUse: to delete it is advice for a damaged one alone, and gives up those before it.
func TestUndoRecordThatIsNoUse(t *testing.T) {
	const last = ".scaffold/undo/000002"
	root := fill(t, map[string]string{"a.txt": "0"})
	for i := range 2 {
		require.NoError(t, do(t, root, change(t, root, map[string]string{"a.txt": fmt.Sprint("edit ", i)})))
	}
	before := listing(t, root)
	denied := &apply.Fault{At: -1, Err: syscall.EACCES}
	denied.Before = func(op, p string) {
		if op == "open" && p == last {
			denied.At = len(denied.Log)
		}
	}
	require.EqualError(t, runUndo(denied, root), last+": permission denied")
	require.Equal(t, before, listing(t, root))

	require.NoError(t, os.Truncate(filepath.Join(root, last), 20))
	_, err := undo(t, root)
	require.ErrorContains(t, err, last+": damaged: ")
	require.ErrorContains(t, err, "; nothing was touched; delete this file to give up this undo and those before it")
	require.NoError(t, os.Remove(filepath.Join(root, last)))
	before = listing(t, root)
	_, err = undo(t, root)
	require.ErrorContains(t, err, "edited since")
	require.Equal(t, before, listing(t, root))
}

func TestSecretThatIsGoneIsNotUndone(t *testing.T) {
	root := fill(t, map[string]string{".env": "KEY=hunter2", "a.txt": "1"})
	c := change(t, root, map[string]string{".env": "-", "a.txt": "2"})
	for i := range c.Writes {
		c.Writes[i].Secret = c.Writes[i].Path == ".env"
	}
	require.NoError(t, do(t, root, c))
	before := listing(t, root)
	_, err := undo(t, root)
	require.ErrorContains(t, err, ".env")
	require.Equal(t, before, listing(t, root))
}

func TestRefusedPlans(t *testing.T) {
	plans := map[string][]changeset.Write{
		"outside": {{Path: "../x", After: text("")}}, "git": {{Path: ".git/hooks/x", After: text("")}}, "state": {{Path: ".Scaffold/x", After: text("")}},
		"twice": {{Path: "n", After: text("1")}, {Path: "n", After: text("2")}}, "below a file": {{Path: "n", After: text("1")}, {Path: "n/m", After: text("2")}},
		"special":                    {{Path: "n", Before: changeset.Node{Kind: changeset.Special}, After: text("2")}},
		"link":                       {{Path: "n", Before: changeset.Node{Kind: changeset.Link}, After: text("2")}},
		"below a file of the user's": {{Path: "a.txt/n", After: text("2")}},
		"not as planned":             {{Path: "a.txt", Before: text("other"), After: text("2")}},
		"not absent":                 {{Path: "a.txt", After: text("2")}},
		"not there":                  {{Path: "n", Before: text("1"), After: text("2")}},
		"user's file in the way":     {{Path: "d", Before: changeset.Node{Kind: changeset.Folder}, After: text("2")}},
	}
	for name, list := range plans {
		t.Run(name, func(t *testing.T) {
			root := fill(t, map[string]string{"a.txt": "a", "d/mine.txt": "m"})
			before := listing(t, root)
			require.Error(t, do(t, root, apply.Change{Command: "update", Writes: list}))
			require.Equal(t, before, listing(t, root))
		})
	}
	for _, name := range []string{"../x", "lock", "journal", "agents/../x.md", "agents/a/b.md", "agents/CON.md", "undo/000001"} {
		root := fill(t, nil)
		require.Error(t, do(t, root, apply.Change{Command: "update", State: map[string][]byte{name: nil}}), name)
		require.Error(t, do(t, root, apply.Change{Command: "update", State: map[string][]byte{name: []byte("x")}}), name)
		require.Len(t, listing(t, root), 1)
	}
}

func TestNothingToDoWritesNothing(t *testing.T) {
	root := fill(t, map[string]string{"a.txt": "a"})
	before := listing(t, root)
	require.NoError(t, do(t, root, apply.Change{Command: "update", Writes: []changeset.Write{{Path: "a.txt", Before: text("a"), After: text("a")}}}))
	require.Equal(t, before, listing(t, root))
}
