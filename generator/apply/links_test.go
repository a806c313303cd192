//go:build unix

package apply_test

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/apply"
	"example.com/scaffold/generator/changeset"
)

func TestLinksAreNotFollowed(t *testing.T) {
	top := folderFor(t)
	root := filepath.Join(top, "p")
	put(t, top, map[string]string{"out/x.txt": "x", "p/app/x.txt": "x", "p/app/y.txt": "y", "p/in/x.txt": "x"})
	c := change(t, root, map[string]string{"app/x.txt": "new", "app/y.txt": "-", "app/n.txt": "new"})
	for _, target := range []string{"../out", filepath.Join(top, "out"), "in", "app", "nowhere"} {
		require.NoError(t, os.Rename(filepath.Join(root, "app"), filepath.Join(top, "aside")))
		require.NoError(t, os.Symlink(target, filepath.Join(root, "app")))
		before := listing(t, top)
		require.Error(t, do(t, root, c), target)
		require.Equal(t, before, listing(t, top), target)
		disk, err := apply.Snapshot(root, []string{"app/x.txt"})
		require.NoError(t, err)
		require.Equal(t, changeset.Disk{"app": {Kind: changeset.Link, Mode: disk["app"].Mode}}, disk)
		require.NoError(t, os.Remove(filepath.Join(root, "app")))
		require.NoError(t, os.Rename(filepath.Join(top, "aside"), filepath.Join(root, "app")))
	}
	require.NoError(t, do(t, root, c))
}

// TestFolderSwappedInTheMiddle exchanges a parent for a link at each operation of a run.
func TestFolderSwappedInTheMiddle(t *testing.T) {
	for n := 0; ; n += 1 + n/20 {
		top := folderFor(t)
		root := filepath.Join(top, "p")
		put(t, top, map[string]string{"out/x.txt": "x", "out/y.txt": "y", "p/app/x.txt": "x", "p/app/y.txt": "y"})
		c := change(t, root, map[string]string{"app/x.txt": "new", "app/y.txt": "-", "app/n.txt": "new"})
		outside := listing(t, filepath.Join(top, "out"))
		var f apply.Fault
		f = apply.Fault{At: -1, Before: func(string, string) {
			if len(f.Log) == n {
				require.NoError(t, os.Rename(filepath.Join(root, "app"), filepath.Join(root, "aside")))
				require.NoError(t, os.Symlink("../out", filepath.Join(root, "app")))
			}
		}}
		_ = apply1(&f, root, c)
		require.Equal(t, outside, listing(t, filepath.Join(top, "out")), n)
		if len(f.Log) <= n {
			return
		}
	}
}

func TestSpecialFilesAreNotOpened(t *testing.T) {
	root := fill(t, map[string]string{"a.txt": "a"})
	require.NoError(t, syscall.Mkfifo(filepath.Join(root, "fifo"), 0o644))
	socket, err := net.Listen("unix", filepath.Join(root, "socket"))
	require.NoError(t, err)
	defer socket.Close()
	disk, err := apply.Snapshot(root, []string{"fifo", "socket", "fifo/x"})
	require.NoError(t, err)
	require.Equal(t, changeset.Special, disk["fifo"].Kind)
	require.Equal(t, changeset.Special, disk["socket"].Kind)
	for _, p := range []string{"fifo", "socket"} {
		require.Error(t, do(t, root, apply.Change{Command: "update", Writes: []changeset.Write{{Path: p, Before: text("x"), After: text("y")}}}))
		require.Error(t, do(t, root, apply.Change{Command: "update", Writes: []changeset.Write{{Path: p, After: text("y")}}}))
	}
	for _, name := range []string{"answers.yaml", "journal", "undo"} {
		root := fill(t, map[string]string{".scaffold/base.txtar": "b"})
		require.NoError(t, syscall.Mkfifo(filepath.Join(root, ".scaffold", name), 0o644))
		_, err := apply.ReadState(root)
		if name != "journal" {
			require.Error(t, err, name)
		}
		_, err = apply.Recover(root)
		if name == "journal" {
			require.ErrorContains(t, err, "FIFO")
		}
	}
}

func TestHardLinkOutside(t *testing.T) {
	top := folderFor(t)
	put(t, top, map[string]string{"out/a": "a", "out/b": "b", "out/c": "c", "p/x": ""})
	root := filepath.Join(top, "p")
	for _, name := range []string{"a", "b", "c"} {
		require.NoError(t, os.Link(filepath.Join(top, "out", name), filepath.Join(root, name)))
	}
	outside := listing(t, filepath.Join(top, "out"))
	c := change(t, root, map[string]string{"a": "new", "b": "-", "c": "c"})
	for i := range c.Writes {
		if c.Writes[i].Path == "c" {
			c.Writes[i].After.Mode = 0o755
		}
	}
	require.NoError(t, do(t, root, c))
	require.Equal(t, "-rwxr-xr-x c", listing(t, root)["c"])
	require.Equal(t, outside, listing(t, filepath.Join(top, "out")))
	_, err := undo(t, root)
	require.NoError(t, err)
	require.Equal(t, outside, listing(t, filepath.Join(top, "out")))
	require.Equal(t, "-rw-r--r-- a", listing(t, root)["a"])
}

func TestStateLinksAreRefused(t *testing.T) {
	for _, link := range []string{".scaffold", ".scaffold/answers.yaml", ".scaffold/base.txtar", ".scaffold/agents", ".scaffold/agents/a.md", ".scaffold/undo", ".scaffold/undo/000001", ".scaffold/journal", ".scaffold/.gitignore"} {
		top := folderFor(t)
		root := filepath.Join(top, "p")
		put(t, top, map[string]string{
			"p/.scaffold/answers.yaml": "a", "p/.scaffold/base.txtar": "b", "p/.scaffold/agents/a.md": "a", "p/.scaffold/undo/000001": "u",
			"p/.scaffold/journal": "j", "p/.scaffold/.gitignore": "i", "p/a.txt": "a",
		})
		at := filepath.Join(root, link)
		require.NoError(t, os.Rename(at, filepath.Join(top, "out")))
		require.NoError(t, os.Symlink(filepath.Join(top, "out"), at))
		if link != ".scaffold/journal" && link != ".scaffold" {
			require.NoError(t, os.Remove(filepath.Join(root, ".scaffold/journal")))
		}
		before := listing(t, top)
		_, err := apply.ReadState(root)
		require.ErrorContains(t, err, link)
		require.ErrorContains(t, err, "symbolic link")
		lock, _, err := apply.Acquire(root)
		if err == nil {
			require.Error(t, lock.Apply(ctx, apply.Change{Command: "update", State: map[string][]byte{"answers.yaml": []byte("new")}}), link)
			_, err = lock.Undo(ctx, false)
			require.Error(t, err, link)
			require.NoError(t, lock.Close())
		}
		require.Equal(t, before, listing(t, top), link)
	}
}
