package apply_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/apply"
	"example.com/scaffold/generator/changeset"
)

// story is one run that is failed and stopped at each of its operations.
type story struct {
	name string
	// setup makes the project in an empty folder.
	setup func(t testing.TB, root string)
	run   func(f *apply.Fault, root string) error
	// sample leaves the whole matrix to the build tag e2e.
	sample bool
}

func stories() []story {
	return []story{
		{"update of 40 files", setupForty, runForty, false},
		{"undo of it", func(t testing.TB, root string) {
			setupForty(t, root)
			require.NoError(t, runForty(&apply.Fault{At: -1}, root))
		}, runUndo, true},
		{"into a folder without state", setupPlain, runPlain, false},
		{"undo of that", func(t testing.TB, root string) {
			setupPlain(t, root)
			require.NoError(t, runPlain(&apply.Fault{At: -1}, root))
		}, runUndo, true},
	}
}

func put(t testing.TB, root string, files map[string]string) {
	for name, data := range files {
		full := filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(full), 0o755))
		require.NoError(t, os.WriteFile(full, []byte(data), 0o644))
	}
}

func setupPlain(t testing.TB, root string) {
	put(t, root, map[string]string{"README.md": "mine\n", "src/a.py": "a\n"})
	require.NoError(t, os.Mkdir(filepath.Join(root, "empty"), 0o700))
}

func runPlain(f *apply.Fault, root string) error {
	return apply1(f, root, apply.Change{
		Command: "adopt",
		Writes: []changeset.Write{
			{Path: "empty/x.txt", After: text("x\n")},
			{Path: "docs/deep/y.txt", After: text("y\n")},
			{Path: ".env", After: text("SECRET=1\n"), Secret: true},
		},
		State: map[string][]byte{"answers.yaml": []byte("version: 1\n"), "agents/p.md": []byte("p\n")},
	})
}

func apply1(f *apply.Fault, root string, c apply.Change) error {
	with := ctx
	if f.Ctx != nil {
		with = f.Ctx
	}
	_, err := f.Run(root, func(l *apply.Lock) error { return l.Apply(with, c) })
	return err
}

func runUndo(f *apply.Fault, root string) error {
	_, err := f.Run(root, func(l *apply.Lock) error {
		_, err := l.Undo(ctx, false)
		return err
	})
	return err
}

// setupForty makes a project of 40 files with a state.
func setupForty(t testing.TB, root string) {
	files := map[string]string{
		".scaffold/answers.yaml": "version: 1\n", ".scaffold/base.txtar": "base 1\n", ".scaffold/agents/old.md": "old\n",
		".scaffold/.gitignore": "mine\n", "gone/deep/only.py": "gone\n", "shape": "a file\n",
		"pack/one.py": "one\n", "pack/in/two.py": "two\n", "mine.txt": "mine\n", "run.sh": "#!/bin/sh\n",
	}
	for i := range 30 {
		files[fmt.Sprintf("app/p%d/f%02d.py", i%3, i)] = fmt.Sprintf("line %d\n", i)
	}
	put(t, root, files)
	require.NoError(t, os.Chmod(filepath.Join(root, "app/p0/f00.py"), 0o640))
	require.NoError(t, os.Chmod(filepath.Join(root, "gone/deep"), 0o711))
}

func runForty(f *apply.Fault, root string) error {
	file := func(data string, mode os.FileMode) changeset.Node {
		return changeset.Node{Kind: changeset.Regular, Data: []byte(data), Mode: mode}
	}
	absent := changeset.Node{}
	return apply1(f, root, apply.Change{
		Command: "update",
		Writes: []changeset.Write{
			{Path: "app/p0/f00.py", Before: file("line 0\n", 0o640), After: file("new 0\n", 0o640)},
			{Path: "app/p1/f01.py", Before: file("line 1\n", 0o644), After: file("new 1\n", 0o644)},
			{Path: "run.sh", Before: file("#!/bin/sh\n", 0o644), After: file("#!/bin/sh\n", 0o755)},
			{Path: "app/p2/new.py", After: file("created\n", 0o644)},
			{Path: "fresh/deep/new.py", After: file("created\n", 0o644)},
			{Path: ".env", After: file("SECRET=2\n", 0o600), Secret: true},
			{Path: "gone/deep/only.py", Before: file("gone\n", 0o644), After: absent},
			{Path: "shape", Before: file("a file\n", 0o644), After: absent},
			{Path: "shape/of/x.py", After: file("x\n", 0o644)},
			{Path: "pack/one.py", Before: file("one\n", 0o644), After: absent},
			{Path: "pack/in/two.py", Before: file("two\n", 0o644), After: absent},
			{Path: "pack", Before: changeset.Node{Kind: changeset.Folder, Mode: 0o755, Children: []string{"in", "one.py"}}, After: file("a file\n", 0o644)},
		},
		State: map[string][]byte{
			"answers.yaml": []byte("version: 1\nnew: 2\n"), "base.txtar": []byte("base 2\n"),
			"agents/old.md": nil, "agents/new.md": []byte("new\n"),
		},
	})
}

// folderFor returns an empty folder for one run, in memory where the system has such a place.
func folderFor(t testing.TB) string {
	t.Helper()
	base := ""
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		base = "/dev/shm"
	}
	dir, err := os.MkdirTemp(base, "apply")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// stage holds what a story's folder is before and after, and how many operations it takes.
type stage struct {
	story
	dir           string
	template      string
	before, after map[string]string
	log           []string
}

func newStage(t *testing.T, s story, base apply.Fault) *stage {
	g := &stage{story: s, dir: folderFor(t)}
	g.template = filepath.Join(g.dir, "template")
	require.NoError(t, os.Mkdir(g.template, 0o755))
	s.setup(t, g.template)
	g.before = listing(t, g.template)
	start := g.before
	t.Cleanup(func() {
		require.Equal(t, start, listing(t, g.template), "a hard link outside the project was written to")
	})
	root := g.fresh(t)
	f := base
	f.At = -1
	require.NoError(t, s.run(&f, root))
	g.after, g.log = listing(t, root), f.Log
	require.NotEqual(t, g.before, g.after)
	return g
}

// fresh makes a project of hard links to the template's files, which the writer must never write to.
func (g *stage) fresh(t *testing.T) string { return g.copied(t, os.Link) }

func (g *stage) copied(t *testing.T, link func(from, to string) error) string {
	root, err := os.MkdirTemp(g.dir, "run")
	require.NoError(t, err)
	require.NoError(t, os.Remove(root))
	copyTree(t, g.template, root, link)
	return root
}

func copyTree(t testing.TB, from, to string, link func(from, to string) error) {
	info, err := os.Lstat(from)
	require.NoError(t, err)
	if !info.IsDir() {
		if link != nil {
			require.NoError(t, link(from, to))
			return
		}
		data, err := os.ReadFile(from)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(to, data, info.Mode()))
		require.NoError(t, os.Chmod(to, info.Mode()))
		return
	}
	require.NoError(t, os.Mkdir(to, 0o755))
	entries, err := os.ReadDir(from)
	require.NoError(t, err)
	for _, entry := range entries {
		copyTree(t, filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name()), link)
	}
	require.NoError(t, os.Chmod(to, info.Mode()))
}

// whole checks that a folder is before or after, and says which.
func (g *stage) whole(t *testing.T, root string, what string) string {
	now := listing(t, root)
	switch {
	case maps.Equal(now, g.before):
		return "before"
	case maps.Equal(now, g.after):
		return "after"
	}
	for p, text := range now {
		if g.before[p] != text {
			t.Errorf("%s: %s is %.300q, was %.100q, was to be %.100q", what, p, text, g.before[p], g.after[p])
		}
		delete(g.before, p)
	}
	t.Fatalf("%s: neither before nor after; missing: %v", what, slices.Sorted(maps.Keys(g.before)))
	return ""
}

// recovered runs a command that does nothing, as the next run of a person does.
func recovered(f *apply.Fault, root string) (string, error) {
	return f.Run(root, func(*apply.Lock) error { return nil })
}

func TestFailureAtEachOperation(t *testing.T) {
	for _, s := range stories() {
		for _, noLink := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s noLink=%v", s.name, noLink), func(t *testing.T) {
				t.Parallel()
				failEach(t, newStage(t, s, apply.Fault{NoLink: noLink}), noLink)
			})
		}
	}
}

// every says how much of a matrix an ordinary run of the tests takes.
func (g *stage) every(more bool) int {
	if more || g.sample {
		return 17
	}
	return 3
}

func failEach(t *testing.T, g *stage, noLink bool) {
	faults := []apply.Fault{
		{Err: syscall.EIO},
		{Err: syscall.ENOSPC, Half: true},
		{Err: syscall.ENOSPC, Sticky: true},
		{Err: syscall.EACCES},
		{Err: syscall.EPERM},
		{Err: syscall.EXDEV},
	}
	for kind, fault := range faults {
		for n := range g.log {
			op, _, _ := strings.Cut(g.log[n], " ")
			if fault.Half && op != "write" || !fault.Half && thin(n+kind, g.every(kind > 0 || noLink)) {
				continue
			}
			f := fault
			f.At, f.NoLink = n, noLink
			root := g.fresh(t)
			err := g.run(&f, root)
			what := fmt.Sprintf("%v at %d: %s", fault.Err, n, g.log[n])
			if err != nil {
				require.Equal(t, "before", g.whole(t, root, what), what)
				require.ErrorIs(t, err, fault.Err, what)
			} else {
				// A failure that doesn't matter: behind the end, or at a link that a rename stands in for.
				said, err := recovered(&apply.Fault{At: -1}, root)
				require.NoError(t, err, what)
				require.Equal(t, "after", g.whole(t, root, what+" "+said), what)
				done := slices.IndexFunc(g.log, func(l string) bool { return strings.HasPrefix(l, "rename .scaffold/journal ") })
				require.True(t, n > done || op == "link" || fault.Sticky, what)
			}
			require.NoError(t, os.RemoveAll(root))
		}
	}
}

func TestStopAtEachOperation(t *testing.T) {
	for _, s := range stories() {
		for _, noLink := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s noLink=%v", s.name, noLink), func(t *testing.T) {
				t.Parallel()
				stopEach(t, newStage(t, s, apply.Fault{NoLink: noLink}), noLink)
			})
		}
	}
}

func stopEach(t *testing.T, g *stage, noLink bool) {
	seen := map[string]int{}
	for n := range g.log {
		for _, half := range []bool{false, true} {
			if half && !strings.HasPrefix(g.log[n], "write ") || (noLink || g.sample) && thin(n, 11) {
				continue
			}
			fault := apply.Fault{At: n, Half: half, NoLink: noLink}
			root := g.fresh(t)
			what := fmt.Sprintf("stopped at %d: %s", n, g.log[n])
			require.ErrorIs(t, g.run(&fault, root), apply.ErrStopped, what)
			stopped := len(listing(t, root))
			f := apply.Fault{At: -1, NoLink: noLink}
			said, err := recovered(&f, root)
			require.NoError(t, err, what)
			which := g.whole(t, root, what)
			seen[which]++
			switch {
			case strings.Contains(said, "took it back"), strings.Contains(said, "before it changed anything"):
				require.Equal(t, "before", which, what)
			case strings.Contains(said, "finished it"):
				require.Equal(t, "after", which, what)
			default:
				require.InDelta(t, stopped, len(listing(t, root)), 1, what)
			}
			require.NoError(t, os.RemoveAll(root))
			for m := range f.Log {
				if thin(n*5+m, 151) {
					continue
				}
				g.stopTwice(t, n, m, noLink)
			}
		}
	}
	require.Positive(t, seen["before"])
	require.Positive(t, seen["after"])
}

// stopTwice stops the run at n, and the next one, which recovers, at m.
func (g *stage) stopTwice(t *testing.T, n, m int, noLink bool) {
	root := g.fresh(t)
	what := fmt.Sprintf("stopped at %d: %s, and the recovery at %d", n, g.log[n], m)
	require.ErrorIs(t, g.run(&apply.Fault{At: n, NoLink: noLink}, root), apply.ErrStopped, what)
	_, err := recovered(&apply.Fault{At: m, NoLink: noLink}, root)
	if err != nil {
		require.ErrorIs(t, err, apply.ErrStopped, what)
	}
	_, err = recovered(&apply.Fault{At: -1, NoLink: noLink}, root)
	require.NoError(t, err, what)
	g.whole(t, root, what)
	require.NoError(t, os.RemoveAll(root))
}

// TestJournalIsNamedOnce: where the journal can't be written, the error has its path once.
func TestJournalIsNamedOnce(t *testing.T) {
	for _, op := range []string{"create", "write", "sync", "rename"} {
		full := &apply.Fault{At: -1, Err: syscall.ENOSPC}
		full.Before = func(now, p string) {
			if now == op && strings.HasPrefix(p, ".scaffold/journal-new") {
				full.At = len(full.Log)
			}
		}
		root := folderFor(t)
		setupPlain(t, root)
		require.EqualError(t, runPlain(full, root), ".scaffold/journal: no space left on device", op)
	}
}
