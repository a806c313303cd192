package tree_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/tree"
)

func TestCheckPathRefuses(t *testing.T) {
	for _, path := range []string{
		"", "/abs", "../x", "a/../../b", "a/..", ".", "a/.", "a//b", "a/", `x\..\y`, `C:\x`, `\\srv\x`, "a:b", "C:x",
		".git", ".git/hooks/pre-commit", ".GIT/x", ".git ", ".git.", "git~1", "GIT~1/x", ".g\u200cit", "sub/.git/config", ".ｇｉｔ", ".g\u00adit", ".git\u200e",
		"a\x00b", "a\nb", "a\rb", "a\tb", "a\x1bb", "a\x7fb", "a\u0085b", "a\u202eb", "a\u2066b", "a\u2028b", "a\xffb",
		"CON", "con.txt", "aux.txt", "LPT1", "nul.py", "COM¹", "a/prn", "NUL .txt", "a.", "a ", "b./c", "b /c",
		"a*", "a?", `a"`, "a<", "a>", "a|b", strings.Repeat("x", 256), "d/" + strings.Repeat("é", 128),
		strings.Repeat("d/", 2100) + "x", ".scaffold", ".scaffold/x", ".Scaffold/x", "SCAFFO~1/x", ".scaff\u200bold/a",
	} {
		require.Error(t, tree.CheckPath(path), "%q", path)
	}
}

func TestCheckPathTakes(t *testing.T) {
	for _, path := range []string{
		"a", "a/b.txt", ".gitignore", ".github/workflows/ci.yml", " leading", "!x", "[a]", "#x", "it's", "ü/é.md", "😀.md", "👩‍💻.md", "..a", "...b",
		strings.Repeat("x", 255), "console.py", "com.py", "com10", "lpt", "a/.scaffold-x", "x/.scaffold/y", "git~2", "a b/c d",
	} {
		require.NoError(t, tree.CheckPath(path), "%q", path)
	}
}

func TestCheckCollisions(t *testing.T) {
	for _, tt := range []struct{ a, b string }{
		{"README.md", "readme.md"},
		{"a/x", "A/y"},
		{"\u00e9.txt", "e\u0301.txt"},
		{"a", "a/b"},
		{"A", "a/b"},
		{"stra\u00dfe", "STRASSE"},
		{"x/a/b/c", "x/A"},
		{"dir\u00e9/x", "dire\u0301/y"},
	} {
		files := tree.Tree{tt.a: {}, tt.b: {}}
		err := files.Check()
		require.Error(t, err, "%q %q", tt.a, tt.b)
	}
	require.NoError(t, tree.Tree{"a/b/c": {}, "a/b/d": {}, "a/e": {}, "b": {}}.Check())
}

var contents = []string{
	"", "\n", "a", "a\n", "a\r\nb\r\n", "-- x --\n", "a\n-- x --\nb", "a\n-- x --\r\nb\r\n", ">q\n-- y --\n>", "\x00\x01", "\xff\xfe", "\ufeffbom\n",
	"-- ", "a\n-- ", "<<<<<<< yours\n=======\n>>>>>>> scaffold\n", strings.Repeat("\x00long", 100), "\n\n\n", "sha256 x\n",
}

func TestFormIsExact(t *testing.T) {
	files := tree.Tree{}
	for i, content := range contents {
		files[fmt.Sprintf("f%02d", i)] = tree.File{Data: []byte(content), Exec: i%2 == 0, Once: i%3 == 0}
	}
	files[" leading"], files["-- x --"] = tree.File{Data: []byte("a\n")}, tree.File{}
	comment := []byte("{\"version\":1}\n")
	form := tree.Format(comment, files)
	gotComment, got, err := tree.Parse(form)
	require.NoError(t, err)
	require.Equal(t, comment, gotComment)
	require.Len(t, got, len(files))
	for path, file := range files {
		require.True(t, bytes.Equal(file.Data, got[path].Data), "%q", path)
		require.Equal(t, file.Exec, got[path].Exec, path)
		require.Equal(t, file.Once, got[path].Once, path)
	}
	require.Equal(t, form, tree.Format(comment, got))
}

func TestSecretHasNoBytes(t *testing.T) {
	form := tree.Format(nil, tree.Tree{".env": {Data: []byte("KEY=hunter2\n"), Once: true, Secret: true}})
	require.NotContains(t, string(form), "hunter2")
	_, got, err := tree.Parse(form)
	require.NoError(t, err)
	require.True(t, got[".env"].Secret)
	require.True(t, got[".env"].Once)
}

func TestParseRefusesDamage(t *testing.T) {
	form := tree.Format([]byte("{}\n"), tree.Tree{"a": {Data: []byte("one\n")}, "b": {Data: []byte("two\n")}})
	for i := range form {
		_, _, err := tree.Parse(form[:i])
		require.Error(t, err, "cut at %d", i)
		changed := bytes.Clone(form)
		changed[i] ^= 1
		_, _, err = tree.Parse(changed)
		require.Error(t, err, "changed at %d", i)
	}
	for _, path := range []string{"../x", "/x", ".git/config", ".scaffold/x", "a/../../b"} {
		_, _, err := tree.Parse(tree.Format(nil, tree.Tree{path: {}}))
		require.Error(t, err, path)
	}
}

func FuzzForm(f *testing.F) {
	for _, content := range contents {
		f.Add("path", []byte(content), true, false)
	}
	f.Fuzz(func(t *testing.T, path string, data []byte, exec, once bool) {
		if tree.CheckPath(path) != nil {
			return
		}
		files := tree.Tree{path: {Data: data, Exec: exec, Once: once}}
		_, got, err := tree.Parse(tree.Format(nil, files))
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, got[path].Data))
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("sha256 00\n-- a --\n"))
	f.Add(tree.Format([]byte("{}\n"), tree.Tree{"a": {Data: []byte("x")}}))
	f.Fuzz(func(t *testing.T, form []byte) {
		comment, files, err := tree.Parse(form)
		if err == nil {
			require.Equal(t, form, tree.Format(comment, files))
		}
	})
}
