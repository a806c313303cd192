package apply_test

import (
	"errors"
	"fmt"
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
		{Path: "app/main.py", After: text("m\n")},
		{Path: "app/api/items.py", After: text("i\n")},
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
