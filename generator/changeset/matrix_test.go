package changeset_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/changeset"
	"example.com/scaffold/generator/tree"
)

// The versions of a file: 1 and 2 are the templates', u is an edit elsewhere in the file, c one at the same place as 2.
// m is what 2 and u make together, ! what 2 and c make.
var versions = map[string]string{
	"1": "1\n2\n3\n4\nfive\n",
	"2": "1\n2\n3\n4\nFIVE\n",
	"u": "one\n2\n3\n4\nfive\n",
	"c": "1\n2\n3\n4\nmine\n",
	"m": "one\n2\n3\n4\nFIVE\n",
	"!": "1\n2\n3\n4\n<<<<<<< yours\nmine\n||||||| base\nfive\n=======\nFIVE\n>>>>>>> scaffold\n",
}

// matrix is the table of DESIGN §6: base, disk and next ("-" is absent), then for files that merge, for files that are
// not text, and for files that are created once: the action and what is on disk after it. "+2" is version 2 beside it.
var matrix = []struct{ row, text, binary, once string }{
	{"1 1 1", "keep 1", "keep 1", "keep 1"},
	{"1 2 2", "keep 2", "keep 2", "keep 2"},
	{"1 1 2", "update 2", "update 2", "leave 1"},
	{"1 u 1", "leave u", "leave u", "leave u"},
	{"1 2 1", "leave 2", "leave 2", "leave 2"},
	{"1 u 2", "merge m", "conflict u +2", "leave u"},
	{"1 c 2", "conflict !", "conflict c +2", "leave c"},
	{"- - 1", "create 1", "create 1", "create 1"},
	{"- 1 1", "keep 1", "keep 1", "keep 1"},
	{"- u 1", "conflict u +1", "conflict u +1", "leave u"},
	{"1 - 1", "leave -", "leave -", "leave -"},
	{"1 - 2", "leave -", "leave -", "leave -"},
	{"1 1 -", "delete -", "delete -", "keep 1"},
	{"1 u -", "conflict u", "conflict u", "keep u"},
	{"1 - -", "keep -", "keep -", "keep -"},
	{"- u -", "keep u", "keep u", "keep u"},
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

func TestMatrix(t *testing.T) {
	same := func(s string) string { return s }
	bom := func(s string) string { return "\ufeff" + s }
	for _, variant := range []struct {
		name            string
		disk, templates func(string) string
		expect          string
	}{
		{"text", same, same, "text"},
		{"CRLF on disk", crlf, same, "text"},
		{"CRLF in the set", same, crlf, "text"},
		{"CRLF everywhere", crlf, crlf, "text"},
		{"byte order mark on disk", bom, same, "text"},
		{"byte order mark everywhere", bom, bom, "text"},
		{"both on disk", func(s string) string { return bom(crlf(s)) }, same, "text"},
		{"no final newline", func(s string) string { return strings.TrimSuffix(s, "\n") }, func(s string) string { return strings.TrimSuffix(s, "\n") }, "text"},
		{"NUL", func(s string) string { return s + "\x00\r\n" }, func(s string) string { return s + "\x00\r\n" }, "binary"},
		{"latin-1", func(s string) string { return s + "\xe9\n" }, func(s string) string { return s + "\xe9\n" }, "binary"},
		{"large", func(s string) string { return s + strings.Repeat("long\n", 1<<18) }, func(s string) string { return s + strings.Repeat("long\n", 1<<18) }, "binary"},
		{"once", same, same, "once"},
		{"once and not text", func(s string) string { return s + "\x00" }, func(s string) string { return s + "\x00" }, "once"},
	} {
		for _, tt := range matrix {
			t.Run(variant.name+" "+tt.row, func(t *testing.T) {
				once := variant.expect == "once"
				base, disk, next := build(tt.row, variant.disk, variant.templates, once)
				want := strings.Fields(map[string]string{"text": tt.text, "binary": tt.binary, "once": tt.once}[variant.expect])
				sameForm := variant.disk("\n") == variant.templates("\n")
				if tt.row == "1 1 -" && !once && !sameForm {
					want = []string{"conflict", "1"} // a change of line ends is a change when the file would be deleted
				}
				after, c := update(t, disk, changeset.Input{Base: base, Next: next})
				step := stepOf(c, "f")
				require.Equal(t, want[0], cmpAction(step), step.Reason)
				form := variant.disk
				if want[0] == "create" {
					form = variant.templates
				}
				check(t, after, "f", want[1], form)
				beside := "-"
				if len(want) > 2 {
					beside = want[2][1:]
				}
				check(t, after, "f.scaffold-new", beside, variant.templates)
			})
		}
	}
}

func cmpAction(step changeset.Step) string {
	if step.Action == "" {
		return "keep"
	}
	return string(step.Action)
}

func build(row string, onDisk, inSet func(string) string, once bool) (base tree.Tree, disk world, next tree.Tree) {
	v := strings.Fields(row)
	base, disk, next = tree.Tree{}, world{}, tree.Tree{}
	if v[0] != "-" {
		base["f"] = tree.File{Data: []byte(inSet(versions[v[0]])), Once: once}
	}
	if v[1] != "-" {
		disk["f"] = text(onDisk(versions[v[1]]))
	}
	if v[2] != "-" {
		next["f"] = tree.File{Data: []byte(inSet(versions[v[2]])), Once: once}
	}
	return base, disk, next
}

func check(t *testing.T, w world, path, version string, form func(string) string) {
	node, there := w[path]
	require.Equal(t, version != "-", there, "%s is there", path)
	if !there {
		return
	}
	want := form(versions[version])
	if version == "!" && !strings.HasSuffix(want, "\n") {
		want += "\n" // a marker line is a whole line
	}
	require.Equal(t, want, string(node.Data))
}

// TestModes goes through all executable bits of base, disk and next, with each kind of content change.
func TestModes(t *testing.T) {
	for _, row := range []string{"1 1 1", "1 1 2", "1 u 1", "1 u 2", "1 c 2", "1 2 2", "- 1 1", "1 1 -"} {
		for bits := range 8 {
			inBase, onDisk, inNext := bits&4 != 0, bits&2 != 0, bits&1 != 0
			t.Run(fmt.Sprint(row, inBase, onDisk, inNext), func(t *testing.T) {
				base, disk, next := build(row, func(s string) string { return s }, func(s string) string { return s }, false)
				set := func(files tree.Tree, exec bool) {
					if file, there := files["f"]; there {
						file.Exec = exec
						files["f"] = file
					}
				}
				set(base, inBase)
				set(next, inNext)
				mode := fs.FileMode(0o640)
				if onDisk {
					mode = 0o750
				}
				disk["f"] = regular(string(disk["f"].Data), mode)
				want := mode
				_, known := base["f"]
				if known && onDisk == inBase && inNext != inBase {
					want = mode ^ 0o110
				}
				after, c := update(t, disk, changeset.Input{Base: base, Next: next})
				if len(next) == 0 {
					require.Equal(t, changeset.Delete, stepOf(c, "f").Action)
					return
				}
				require.Equal(t, want, modeOf(after, "f"))
				contents := strings.Fields(row)
				if want != mode && (contents[1] == contents[2] || contents[0] == contents[2]) {
					require.Equal(t, changeset.Chmod, stepOf(c, "f").Action)
					require.Equal(t, want, stepOf(c, "f").Mode)
					require.Equal(t, disk["f"].Data, after["f"].Data)
				}
			})
		}
	}
}

func TestNewModes(t *testing.T) {
	next := tree.Tree{"a": {}, "b": {Exec: true}, ".env": {Secret: true, Data: []byte("K=v\n")}}
	after, c := update(t, world{}, changeset.Input{Next: next})
	require.Equal(t, fs.FileMode(0o644), modeOf(after, "a"))
	require.Equal(t, fs.FileMode(0o755), modeOf(after, "b"))
	require.Equal(t, fs.FileMode(0o600), modeOf(after, ".env"))
	require.Nil(t, c.Base[".env"].Data)
	require.True(t, stepOf(c, ".env").Writes[0].Secret)
	require.False(t, stepOf(c, "a").Writes[0].Secret)
}

// TestSecret: each render has other secrets, what is on disk stays.
func TestSecret(t *testing.T) {
	base := tree.Tree{".env": {Secret: true, Once: true}}
	next := tree.Tree{".env": {Secret: true, Once: true, Data: []byte("K=new\n")}}
	after, c := update(t, world{".env": text("K=old\n")}, changeset.Input{Base: base, Next: next})
	require.Equal(t, "K=old\n", string(after[".env"].Data))
	require.Empty(t, c.Steps)
	require.Equal(t, 1, c.Kept)
	after, _ = update(t, world{".env": text("K=mine\n")}, changeset.Input{Next: next})
	require.Equal(t, "K=mine\n", string(after[".env"].Data))
	after, _ = update(t, world{}, changeset.Input{Base: base, Next: next})
	require.Empty(t, after)
	after, _ = update(t, world{".env": text("K=old\n")}, changeset.Input{Base: base, Next: tree.Tree{".env": {Data: []byte("K=\n")}}})
	require.Equal(t, "K=old\n", string(after[".env"].Data))
}

// TestOnceStaysKnown: a file that the set drops and brings back is not written a second time.
func TestOnceStaysKnown(t *testing.T) {
	once := tree.Tree{"notes.md": {Once: true, Data: []byte("1\n")}}
	disk, c := update(t, world{}, changeset.Input{Next: once})
	require.Contains(t, disk, "notes.md")
	delete(disk, "notes.md")
	_, c = update(t, disk, changeset.Input{Base: c.Base, Next: tree.Tree{}})
	require.Contains(t, c.Base, "notes.md")
	after, _ := update(t, disk, changeset.Input{Base: c.Base, Next: once})
	require.NotContains(t, after, "notes.md")
	after, _ = update(t, disk, changeset.Input{Base: c.Base, Next: once, Restore: []string{"notes.md"}})
	require.Contains(t, after, "notes.md")
	for _, path := range []string{"notes.md", "docs/notes.md"} {
		base := tree.Tree{path: {Once: true}}
		for _, next := range []string{"notes.md/x", "Notes.md", "NOTES.md/x", "docs", "Docs", "Docs/x", "docs/notes.md/x", "docs/x"} {
			// update writes the base and reads it, which refuses names that can't stand together
			update(t, world{}, changeset.Input{Base: base, Next: tree.Tree{next: {}}})
		}
	}
}

// TestOnceNoMore: what was created once and is managed now is updated only while nobody changed it.
func TestOnceNoMore(t *testing.T) {
	base := tree.Tree{"f": {Once: true, Data: []byte("1\n")}}
	next := tree.Tree{"f": {Data: []byte("2\n")}}
	after, _ := update(t, world{"f": text("1\n")}, changeset.Input{Base: base, Next: next})
	require.Equal(t, "2\n", string(after["f"].Data))
	after, _ = update(t, world{"f": text("mine\n")}, changeset.Input{Base: base, Next: next})
	require.Equal(t, "mine\n", string(after["f"].Data))
}
