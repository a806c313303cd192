package cmd_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
)

const plainSet = `
-- set/templates.yaml --
name: tiny
version: "1"
questions:
  - {name: title, kind: text, prompt: Title?, default: Demo}
-- set/all/layer.yaml --
summary: in every project
-- set/all/a.txt --
a
-- set/all/b/c.txt --
c
-- decoy/file --
not yours
`

// hostileNames are names of files in a set, with what the message must name beside the file. What tree.CheckPath refuses
// is in the table of package tree; here are those that a file system can hold (T1–T13).
var hostileNames = map[string][]string{
	"git's own folder":         {".git/hooks/pre-commit"},
	"git's in capitals":        {".GIT/config"},
	"git's short name":         {"git~1/config"},
	"git's with a hidden sign": {".g\u200cit/config"},
	"git's below":              {"sub/.git/config"},
	"git's as a file":          {"sub/.git"},
	"git's with a dot":         {".git./config"},
	"the suffix leaves git's":  {".git.tmpl"},
	"the suffix leaves ..":     {"sub/...tmpl"},
	"the suffix leaves .":      {"sub/..tmpl"},
	"the suffix leaves none":   {"sub/.tmpl"},
	"the suffix leaves a dot":  {"sub/x..tmpl"},
	"state":                    {".scaffold/answers.yaml"},
	"state in capitals":        {".Scaffold/base.txtar"},
	"backslashes":              {`sub\..\..\up`},
	"a drive":                  {"C:x"},
	"a stream":                 {"a.txt:stream"},
	"a newline":                {"a\nb"},
	"a carriage return":        {"a\rb"},
	"a tab":                    {"a\tb"},
	"an escape":                {"a\x1b[2Jb"},
	"a delete":                 {"a\x7fb"},
	"turned text":              {"a\u202egpj.exe"},
	"no UTF-8":                 {"a\xffb"},
	"a device":                 {"CON"},
	"a device with a suffix":   {"aux.txt"},
	"a device as a folder":     {"lpt1/x"},
	"a device in Python":       {"nul.py"},
	"a dot at the end":         {"x."},
	"a blank at the end":       {"x "},
	"an asterisk":              {"x*"},
	"a question mark":          {"x?"},
	"a quote":                  {`x"y`},
	"a pipe":                   {"x|y"},
	"a less-than":              {"x<y"},
	"twice by the suffix":      {"x", "x.tmpl"},
	"twice when folded":        {"README.md", "readme.md"},
	"twice by sharp s":         {"straße", "STRASSE"},
	"twice when composed":      {"\u00e9.txt", "e\u0301.txt"},
	"folders twice":            {"Sub/x", "sub/y"},
	"a file and its folder":    {"SUB", "sub/y"},
}

// TestHostileFiles: a set with such a file is refused, for a new project and for one that is there, before anything is
// written; the message is one line, names a file, and moves no cursor.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("other systems can't hold these names")
	}
	for name, files := range hostileNames {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			put(t, dir, plainSet)
			made := scaffold(t, dir, "new", "p", "--yes", "--templates", "set")
			require.Equal(t, 0, made.code, made.errors)
			for _, file := range files {
				putFile(t, filepath.Join(dir, "set", "all", file), "hostile\n")
			}
			before := listed(t, dir)
			for _, args := range [][]string{
				{"new", "q", "--yes", "--templates", "set"},
				{"-C", "p", "update", "--yes", "--templates", "../set"},
				{"-C", "p", "diff", "--templates", "../set"},
			} {
				got := scaffold(t, dir, args...)
				require.Equal(t, 1, got.code, "%s%s", got.out, got.errors)
				require.Empty(t, got.out)
				require.Regexp(t, `^scaffold: [^\n]+\n$`, got.errors)
				require.NotRegexp(t, "[\x00-\x09\x0b-\x1f\x7f\u202e\u200c]", got.errors)
			}
			require.Equal(t, before, listed(t, dir))
		})
	}
}

// hostileMoves are entries of `moved`, old and new; each is refused, or has no effect on what is there.
var hostileMoves = [][2]string{
	{"../decoy/file", "a.txt"},
	{"/etc/hostname", "a.txt"},
	{".git/config", "a.txt"},
	{".scaffold/answers.yaml", "a.txt"},
	{"", "a.txt"},
	{"a/../../decoy/file", "a.txt"},
	{".", "a.txt"},
	{"own.txt", "a.txt"},
	{"own", "b"},
	{"C:/x", "a.txt"},
	{"gone.txt", "../decoy/new"},
	{"gone.txt", "/tmp/x"},
	{"gone.txt", ".git/config"},
	{"gone.txt", ".scaffold/base.txtar"},
	{"gone.txt", ""},
	{"gone.txt", ".."},
}

// TestHostileMoves: a `moved` reads, moves and deletes nothing outside, of git, of the state or of the user's.
func TestHostileMoves(t *testing.T) {
	t.Parallel()
	for _, move := range hostileMoves {
		t.Run(strings.ReplaceAll(strings.Join(move[:], " to "), "/", "|"), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			put(t, dir, plainSet)
			made := scaffold(t, dir, "new", "p", "--yes", "--templates", "set")
			require.Equal(t, 0, made.code, made.errors)
			put(t, filepath.Join(dir, "p"), "-- own.txt --\nown\n-- own/c.txt --\nown\n-- .git/config --\n[core]\n")
			before := listed(t, dir)
			putFile(t, filepath.Join(dir, "set", "all", "layer.yaml"), fmt.Sprintf("summary: x\nmoved: {%q: %q}\n", move[0], move[1]))
			set := listed(t, filepath.Join(dir, "set"))
			got := scaffold(t, dir, "-C", "p", "update", "--yes", "--templates", "../set")
			require.Contains(t, []int{0, 1}, got.code, "%s%s", got.out, got.errors)
			if got.code == 0 {
				require.Contains(t, got.out, "nothing to do")
			}
			require.Equal(t, set, listed(t, filepath.Join(dir, "set")))
			after := compare(before, listed(t, dir))
			for _, line := range strings.Split(strings.TrimSpace(after), "\n") {
				require.Contains(t, line, `"set`, "changed beside the set")
			}
		})
	}
}

// sealed is a base with more files, in order and with the right checksum, as somebody could make it.
func sealed(base string, names ...string) string {
	archive := txtar.Parse([]byte(base))
	comment, _, _ := strings.Cut(string(archive.Comment), "sha256 ")
	for _, name := range names {
		archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte("not yours\n")})
	}
	slices.SortFunc(archive.Files, func(a, b txtar.File) int { return strings.Compare(a.Name, b.Name) })
	files := string(txtar.Format(&txtar.Archive{Files: archive.Files}))
	return fmt.Sprintf("%ssha256 %x\n%s", comment, sha256.Sum256([]byte(comment+files)), files)
}

// TestHostileBase: a base that another wrote is refused, or has no effect on what isn't rendered (T28, T29).
func TestHostileBase(t *testing.T) {
	t.Parallel()
	with := func(names ...string) func(string) string {
		return func(s string) string { return sealed(s, names...) }
	}
	for name, edit := range map[string]func(string) string{
		"up":             with("../decoy/file"),
		"absolute":       with("/etc/hostname"),
		"up in the way":  with("x/../../decoy/file"),
		"git":            with(".git/config"),
		"state":          with(".scaffold/answers.yaml"),
		"a device":       with("sub/con.txt"),
		"control":        with("a\x1b[2J"),
		"twice":          with("a.txt"),
		"twice folded":   with("A.TXT"),
		"file in file":   with("a.txt/x"),
		"the user's own": with("own.txt"),
		"unsealed":       func(s string) string { return strings.Replace(s, "\na\n", "\nb\n", 1) },
		"markers":        func(s string) string { return "<<<<<<< ours\n" + s + "=======\n>>>>>>> theirs\n" },
		"cut":            func(s string) string { return s[:len(s)/3] },
		"empty":          func(string) string { return "" },
		"garbage":        func(string) string { return "\x00\xff\n-- " },
		"no comment":     func(s string) string { return s[strings.Index(s, "-- "):] },
		"a newer one":    func(s string) string { return sealed(strings.Replace(s, `"version":1`, `"version":2`, 1)) },
		"a wrong type":   func(s string) string { return sealed(strings.Replace(s, `"version":1`, `"version":"x"`, 1)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			put(t, dir, plainSet)
			made := scaffold(t, dir, "new", "p", "--yes", "--templates", "set")
			require.Equal(t, 0, made.code, made.errors)
			put(t, filepath.Join(dir, "p"), "-- own.txt --\nown\n-- .git/config --\n[core]\n")
			base := filepath.Join(dir, "p", ".scaffold", "base.txtar")
			data, err := os.ReadFile(base)
			require.NoError(t, err)
			changed := edit(string(data))
			require.NotEqual(t, string(data), changed)
			require.NoError(t, os.WriteFile(base, []byte(changed), 0o644))
			before := listed(t, dir)
			got := scaffold(t, dir, "-C", "p", "update", "--yes", "--templates", "../set")
			checked := scaffold(t, dir, "-C", "p", "check", "--templates", "../set")
			if name == "the user's own" {
				require.Equal(t, 3, got.code, "%s%s", got.out, got.errors)
				data, err := os.ReadFile(filepath.Join(dir, "p", "own.txt"))
				require.NoError(t, err)
				require.Equal(t, "own\n", string(data))
				return
			}
			require.Equal(t, 1, got.code, "%s%s", got.out, got.errors)
			require.Regexp(t, `^scaffold: \.scaffold/base\.txtar[^\n\x1b]+\n$`, got.errors)
			require.Equal(t, name == "markers", strings.Contains(got.errors, "git left its conflict markers"), got.errors)
			require.Equal(t, name == "unsealed", strings.Contains(got.errors, "is of other bytes"), got.errors)
			if !strings.Contains(got.errors, "install a newer") {
				require.Contains(t, got.errors, "scaffold adopt")
			}
			require.Equal(t, 3, checked.code, checked.out)
			require.Equal(t, before, listed(t, dir))
		})
	}
}

// TestHostileDocuments: answers and sets that would fill time or memory, or are not what they say, are refused within
// seconds (T23, P9), and nothing is written.
func TestHostileDocuments(t *testing.T) {
	t.Parallel()
	bomb := "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
	for i := range 12 {
		bomb += fmt.Sprintf("a%d: &a%[1]d [*a%[2]d, *a%[2]d, *a%[2]d, *a%[2]d, *a%[2]d, *a%[2]d, *a%[2]d, *a%[2]d, *a%[2]d]\n", i+1, i)
	}
	for name, text := range map[string]string{
		"alias bomb":     bomb,
		"levels":         "title: " + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000),
		"levels in rows": "title: " + strings.Repeat("- ", 100_000) + "x",
		"twice":          "title: a\ntitle: b\n",
		"markers":        "<<<<<<< yours\ntitle: a\n=======\ntitle: b\n>>>>>>> scaffold\n",
		"a list":         "title: [a, b]\n",
		"a mapping":      "title: {a: b}\n",
		"unknown key":    "titel: a\n",
		"no UTF-8":       "title: \xff\n",
		"NUL":            "title: a\x00b\n",
		"a tag":          "title: !!python/object:os.system x\n",
		"two documents":  "title: a\n---\ntitle: b\n",
		"fifty MB":       "title: " + strings.Repeat("x", 50<<20),
		"a newer one":    "version: 7\nanswers: {title: a}\n",
		"merge key":      "x: &x {title: a}\n<<: *x\n",
		"an alias":       "title: &a x\nother: *a\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			put(t, dir, plainSet)
			putFile(t, filepath.Join(dir, "answers.yaml"), text)
			putFile(t, filepath.Join(dir, "hostile", "templates.yaml"), "name: tiny\nversion: \"1\"\n"+text)
			before := listed(t, dir)
			start := time.Now()
			got := scaffold(t, dir, "new", "p", "--yes", "--templates", "set", "--answers", "answers.yaml")
			require.Equal(t, 1, got.code, "%.300s%.300s", got.out, got.errors)
			require.Regexp(t, `^scaffold: answers\.yaml`, got.errors)
			require.Less(t, len(got.errors), 1000)
			got = scaffold(t, dir, "new", "p", "--yes", "--templates", "hostile")
			require.Equal(t, 1, got.code, "%.300s%.300s", got.out, got.errors)
			require.Contains(t, got.errors, "hostile/templates.yaml")
			require.Less(t, len(got.errors), 1000)
			require.Less(t, time.Since(start), 2*time.Minute)
			require.Equal(t, before, listed(t, dir))
		})
	}
}

// TestLargeInputs: thousands of questions, an answer of a megabyte and a folder fifty deep are taken within seconds; beyond the
// limits a set is refused.
func TestLargeInputs(t *testing.T) {
	t.Parallel()
	dir, start := t.TempDir(), time.Now()
	put(t, dir, plainSet)
	questions := strings.Builder{}
	for i := range 5000 {
		fmt.Fprintf(&questions, "  - {name: q%d, kind: text, prompt: Q?, default: a}\n", i)
	}
	putFile(t, filepath.Join(dir, "set", "templates.yaml"), "name: tiny\nversion: \"1\"\nquestions:\n"+questions.String())
	putFile(t, filepath.Join(dir, "set", "all", "q.txt.tmpl"), "{{ .Answers.q4999 }}\n")
	putFile(t, filepath.Join(dir, "set", "all", strings.Repeat("d/", 40), "deep.txt"), "deep\n")
	putFile(t, filepath.Join(dir, "answers.yaml"), "q4999: "+strings.Repeat("x", 1<<20)+"\n")
	made := scaffold(t, dir, "new", "p", "--yes", "--templates", "set", "--answers", "answers.yaml")
	require.Equal(t, 0, made.code, "%.300s", made.errors)
	again := scaffold(t, dir, "-C", "p", "update", "--yes", "--templates", "../set")
	require.Contains(t, again.out, "nothing to do")
	require.Less(t, time.Since(start), 2*time.Minute)

	putFile(t, filepath.Join(dir, "deep", "templates.yaml"), "name: tiny\nversion: \"1\"\n")
	putFile(t, filepath.Join(dir, "deep", strings.Repeat("d/", 60), "x"), "x\n")
	got := scaffold(t, dir, "new", "q", "--yes", "--templates", "deep")
	require.Equal(t, 1, got.code)
	require.Contains(t, got.errors, "more than 50 folders deep")
	require.NoDirExists(t, filepath.Join(dir, "q"))
}
