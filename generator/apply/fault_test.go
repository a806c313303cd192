package apply_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
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
	_, err := f.Run(root, func(l *apply.Lock) error { return l.Apply(ctx, c) })
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

// TestOrder proves the order of a run by the seam's log.
func TestOrder(t *testing.T) {
	g := newStage(t, stories()[0], apply.Fault{})
	at := func(prefix string) int {
		i := slices.IndexFunc(g.log, func(l string) bool { return strings.HasPrefix(l, prefix) })
		require.GreaterOrEqual(t, i, 0, prefix)
		return i
	}
	last := func(test func(string) bool) int {
		i := len(g.log) - 1
		for i >= 0 && !test(g.log[i]) {
			i--
		}
		return i
	}
	target := func(l string) bool {
		f := strings.Fields(l)
		return (f[0] == "link" || f[0] == "rename") && strings.HasSuffix(f[1], ".new") && !strings.HasPrefix(f[2], ".scaffold/")
	}
	state := func(l string) bool {
		f := strings.Fields(l)
		return (f[0] == "link" || f[0] == "rename") && strings.HasPrefix(f[len(f)-1], ".scaffold/") && strings.HasSuffix(f[1], ".new")
	}
	journal := at("rename .scaffold/journal-new .scaffold/journal")
	require.Less(t, at("sync .scaffold/journal-new"), journal)
	for i, l := range g.log {
		op, p, _ := strings.Cut(l, " ")
		if i < journal {
			require.True(t, slices.Contains([]string{"stat", "open", "read", "close", "readdir"}, op) || strings.HasPrefix(p, ".scaffold/journal"), l)
		}
		if op == "create" {
			require.True(t, strings.HasPrefix(path.Base(p), ".scaffold-") || p == ".scaffold/journal-new", l)
		}
		if target(l) || state(l) {
			fresh := strings.Fields(l)[1]
			order := []int{at("create " + fresh), at("write " + fresh), at("sync " + fresh), at("close " + fresh), i}
			require.True(t, slices.IsSorted(order), l)
		}
	}
	record := at("create .scaffold/undo/.scaffold-")
	done := at("rename .scaffold/journal .scaffold/journal-done")
	stateStart := slices.IndexFunc(g.log, state)
	require.Less(t, last(target), stateStart)
	require.Less(t, stateStart, record)
	require.Less(t, record, done)
	require.Equal(t, "remove .scaffold/journal-done", g.log[last(func(l string) bool { return strings.HasPrefix(l, "remove ") || strings.HasPrefix(l, "rmdir ") })])
	for _, l := range g.log[done+1:] {
		op, p, _ := strings.Cut(l, " ")
		require.True(t, op != "remove" || strings.HasPrefix(path.Base(p), ".scaffold-") || p == ".scaffold/journal-done" || strings.HasSuffix(path.Dir(p), ".old") || strings.Contains(p, ".old/"), l)
	}
}

// TestExchangedRename proves that a rename which the system refuses is not copied around.
func TestExchangedRename(t *testing.T) {
	g := newStage(t, stories()[0], apply.Fault{})
	root := g.fresh(t)
	err := g.run(&apply.Fault{At: -1, Rename: syscall.EXDEV}, root)
	require.ErrorIs(t, err, syscall.EXDEV)
	require.Equal(t, "before", g.whole(t, root, "EXDEV"))
}

// TestLateEdit changes a file at each operation of a run: the new bytes are there at the end, whatever came of the run.
func TestLateEdit(t *testing.T) {
	g := newStage(t, stories()[0], apply.Fault{})
	read := slices.Index(g.log, "close .scaffold/answers.yaml") // from here on the plan has it
	for _, target := range []string{"app/p0/f00.py", "gone/deep/only.py", "app/p2/new.py", "pack/one.py", ".scaffold/answers.yaml"} {
		for n := range g.log {
			if thin(n, 19) || target == ".scaffold/answers.yaml" && n <= read {
				continue
			}
			root := g.copied(t, nil)
			edited := false
			var f apply.Fault
			f = apply.Fault{At: -1, Before: func(op, p string) {
				if len(f.Log) == n && !edited {
					edited = true
					name := filepath.Join(root, filepath.FromSlash(target))
					if os.WriteFile(name, []byte("LATE"), 0o644) != nil {
						edited = false
					}
				}
			}}
			err := g.run(&f, root)
			if !edited {
				require.NoError(t, os.RemoveAll(root))
				continue
			}
			data, readErr := os.ReadFile(filepath.Join(root, filepath.FromSlash(target)))
			what := fmt.Sprintf("%s at %d: %s: %v", target, n, g.log[n], err)
			require.NoError(t, readErr, what)
			require.Equal(t, "LATE", string(data), what)
			if err != nil && !errors.Is(err, apply.ErrStopped) {
				now := listing(t, root)
				now[target] = g.before[target]
				if g.before[target] == "" {
					delete(now, target)
				}
				require.Equal(t, g.before, now, what)
			}
			require.NoError(t, os.RemoveAll(root))
		}
	}
}

func TestCreateFaults(t *testing.T) {
	c := apply.Change{Command: "new", Writes: []changeset.Write{
		{Path: "app/main.py", After: text("m\n")}, {Path: "app/api/items.py", After: text("i\n")},
		{Path: ".env", After: changeset.Node{Kind: changeset.Regular, Data: []byte("s"), Mode: 0o600}, Secret: true},
	}, State: map[string][]byte{"answers.yaml": []byte("v\n"), "base.txtar": []byte("b\n"), "agents/x.md": []byte("x\n")}}
	dir := folderFor(t)
	var f apply.Fault
	f.At = -1
	require.NoError(t, os.Mkdir(filepath.Join(dir, "good"), 0o755))
	require.NoError(t, f.New(ctx, filepath.Join(dir, "good/up/shop"), c))
	want := listing(t, filepath.Join(dir, "good"))
	log := f.Log
	for n := range log {
		for _, fault := range []apply.Fault{{Err: syscall.EIO}, {Err: syscall.ENOSPC, Half: true}, {}, {Half: true}} {
			if fault.Half && !strings.HasPrefix(log[n], "write ") {
				continue
			}
			fault.At = n
			what := fmt.Sprintf("%v at %d: %s", fault.Err, n, log[n])
			top := filepath.Join(dir, fmt.Sprintf("t%d", n))
			require.NoError(t, os.Mkdir(top, 0o755))
			err := fault.New(ctx, filepath.Join(top, "up/shop"), c)
			switch {
			case fault.Err != nil && err != nil:
				require.ErrorIs(t, err, fault.Err, what)
				require.Len(t, listing(t, top), 1, what)
			case fault.Err != nil:
				require.Equal(t, want, listing(t, top), what)
			default:
				require.ErrorIs(t, err, apply.ErrStopped, what)
				if err := apply.Create(ctx, filepath.Join(top, "up/shop"), c); err != nil {
					require.ErrorContains(t, err, "is there already", what)
				}
				require.Equal(t, want, listing(t, top), what)
			}
			require.NoError(t, os.RemoveAll(top))
		}
	}
}
