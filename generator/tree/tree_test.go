package tree_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	pathpkg "path"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

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
		"x/.scaffold/y", ".\u017fcaffold/x", ".scaffold.", "git~2", "Git~10/x", "a\u200bb", "a\u2060b", "a\ufeffb", "a\u206ab", "COM0", "lpt9.tar.gz", "Com\u00b2.x", "conin$",
	} {
		require.Error(t, tree.CheckPath(path), "%q", path)
	}
}

func TestCheckPathTakes(t *testing.T) {
	for _, path := range []string{
		"a", "a/b.txt", ".gitignore", ".github/workflows/ci.yml", " leading", "!x", "[a]", "#x", "it's", "ü/é.md", "😀.md", "👩‍💻.md", "..a", "...b",
		strings.Repeat("x", 255), "console.py", "com.py", "com10", "lpt", "a/.scaffold-x", "scaffold", "git", "git~", "git~x", ".gitkeep", "a b/c d", ".scaffolding", "\u00a0x\u3000", "na\u0131ve", "com1x", "nul-1",
	} {
		require.NoError(t, tree.CheckPath(path), "%q", path)
	}
}

func TestWord(t *testing.T) {
	for path, want := range map[string]string{
		"app/main.py": "app/main.py", "ü/x-1.md": "ü/x-1.md",
		"b b.txt": "'b b.txt'", "!x": "'!x'", "[a]": "'[a]'", "#x": "'#x'", "it's": `'it'\''s'`, "$(x)": "'$(x)'", "~": "'~'", "-x": "'-x'", "": "''", "a;b": "'a;b'", "\u00a0x": "'\u00a0x'",
	} {
		require.Equal(t, want, tree.Word(path))
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
		{"a\u200db", "ab"},
		{"\u212a", "k"},
		{"\u03a3", "\u03c2"},
		{"\ufb01x", "FIX"},
	} {
		files := tree.Tree{tt.a: {}, tt.b: {}}
		err := files.Check()
		require.Error(t, err, "%q %q", tt.a, tt.b)
		require.Equal(t, 4, strings.Count(err.Error(), `"`), "both names are in %s", err)
	}
	require.NoError(t, tree.Tree{"a/b/c": {}, "a/b/d": {}, "a/e": {}, "b": {}}.Check())
}

var contents = []string{
	"", "\n", "a", "a\n", "a\r\nb\r\n", "-- x --\n", "a\n-- x --\nb", "a\n-- x --\r\nb\r\n", ">q\n-- y --\n>", "\x00\x01", "\xff\xfe", "\ufeffbom\n",
	"-- ", "a\n-- ", "<<<<<<< yours\n=======\n>>>>>>> scaffold\n", strings.Repeat("\x00long", 100), "\n\n\n", "sha256 x\n", "\r", "a\r\nb", "a\r\nb\n", "a\r\r\n", "\r\n", "-- x --\r\n-- y --\r\n", "a\rb\n",
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
	for _, path := range []string{" x", "\u00a0x", "x\u3000", "-- x --", "-- ", "😀"} {
		f.Add(path, []byte("a\n"), false, true)
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

func FuzzCheckPath(f *testing.F) {
	for _, path := range []string{"a/b", ".g\u200cit", "con.txt", "../x", "a\u202eb", "x\\..\\y", "Git~1", " x", "a.", "\xff", "．git"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if tree.CheckPath(path) != nil {
			return
		}
		require.True(t, filepath.IsLocal(filepath.FromSlash(path)))
		require.True(t, fs.ValidPath(path))
		require.Equal(t, path, pathpkg.Clean(path))
		require.True(t, utf8.ValidString(path))
		folded := tree.Fold(path)
		require.NotContains(t, strings.Split(folded, "/"), ".git")
		require.NotContains(t, strings.Split(folded, "/"), ".scaffold")
		require.Equal(t, folded, tree.Fold(folded))
		require.Error(t, tree.Tree{path: {}, path + "/x": {}}.Check())
		if upper := strings.ToUpper(path); upper != path && tree.Fold(upper) == folded {
			require.Error(t, tree.Tree{path: {}, upper: {}}.Check())
		}
	})
}

func BenchmarkForm10000(b *testing.B) {
	files := tree.Tree{}
	for i := range 10_000 {
		files[fmt.Sprintf("app/part%03d/file%05d.py", i%100, i)] = tree.File{Data: []byte(strings.Repeat("some line of a file\n", 100))}
	}
	b.Run("Format", func(b *testing.B) {
		for b.Loop() {
			tree.Format(nil, files)
		}
	})
	form := tree.Format(nil, files)
	b.Run("Parse", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := tree.Parse(form); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Check", func(b *testing.B) {
		for b.Loop() {
			if err := files.Check(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// FuzzParse gives the fuzzed files the right checksum, so that more than the checksum is tried.
func FuzzParse(f *testing.F) {
	f.Add([]byte("-- a --\n"))
	f.Add([]byte("-- a\texec,once --\nx\n-- b\tquoted --\n>-- x --\n-- c\tbase64 --\nAAE=\n-- d\tcrlf,unended --\nx\n"))
	f.Add([]byte("-- b --\n-- a --\n-- a --\n-- ../x --\n"))
	f.Add([]byte("-- a --"))
	f.Add([]byte("-- a --\r\n--  b --\nx"))
	f.Add([]byte("-- .env\tsecret --\nK=v\n"))
	f.Add([]byte("-- \" x\" --\n-- \"x\" --\n"))
	f.Fuzz(func(t *testing.T, files []byte) {
		form := fmt.Appendf(nil, "{}\nsha256 %x\n%s", sha256.Sum256(append([]byte("{}\n"), files...)), files)
		comment, parsed, err := tree.Parse(form)
		if err != nil {
			return
		}
		require.Equal(t, string(form), string(tree.Format(comment, parsed)))
		require.NoError(t, parsed.Check())
	})
}
