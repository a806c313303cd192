//go:build unix

package apply_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/apply"
	"example.com/scaffold/generator/changeset"
)

const helperName = "APPLY_TEST_HELPER"

// TestMain lets the test binary be a process of its own that makes one change, under an umask, until it is killed.
func TestMain(m *testing.M) {
	root := os.Getenv(helperName)
	if root == "" {
		os.Exit(m.Run())
	}
	if mask, err := strconv.ParseInt(os.Getenv("APPLY_TEST_UMASK"), 8, 32); err == nil {
		syscall.Umask(int(mask))
	}
	if err := helper(root, os.Getenv("APPLY_TEST_DOES")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func helper(root, does string) error {
	if does == "create" {
		fmt.Println("go")
		return apply.Create(ctx, root, big(nil))
	}
	lock, _, err := apply.Acquire(root)
	if err != nil {
		return err
	}
	if does == "hold" {
		fmt.Println("go")
		time.Sleep(time.Minute)
	}
	disk, err := apply.Snapshot(root, bigPaths())
	if err != nil {
		return err
	}
	if does == "undo" {
		fmt.Println("go")
		_, err = lock.Undo(ctx, false)
		return err
	}
	fmt.Println("go")
	return lock.Apply(ctx, big(disk))
}

func bigPaths() []string {
	var paths []string
	for i := range 60 {
		paths = append(paths, fmt.Sprintf("d%d/f%d.txt", i%7, i))
	}
	return paths
}

// big is a change of 60 files: a third created, a third updated, a third removed where they are there.
func big(disk changeset.Disk) apply.Change {
	c := apply.Change{Command: "update", State: map[string][]byte{"answers.yaml": []byte("big\n"), "base.txtar": []byte("big\n")}}
	for i, p := range bigPaths() {
		w := changeset.Write{Path: p, Before: disk[p], After: text(fmt.Sprint("after ", i))}
		switch {
		case w.Before.Kind == changeset.Regular && i%3 == 2:
			w.After = changeset.Node{}
		case w.Before.Kind == changeset.Regular:
			w.After.Mode = w.Before.Mode
		}
		c.Writes = append(c.Writes, w)
	}
	return c
}

func bigProject(t testing.TB) string {
	files := map[string]string{"mine.txt": "mine", ".scaffold/answers.yaml": "before\n", ".scaffold/base.txtar": "before\n"}
	for i, p := range bigPaths() {
		if i%3 != 0 {
			files[p] = fmt.Sprint("before ", i)
		}
	}
	return fill(t, files)
}

func command(root, does string, env ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append([]string{helperName + "=" + root, "APPLY_TEST_DOES=" + does}, env...)
	return cmd
}

func TestKilled(t *testing.T) {
	for _, does := range []string{"update", "undo", "create"} {
		t.Run(does, func(t *testing.T) {
			t.Parallel()
			seen := map[string]int{}
			whole := killOnce(t, does, time.Minute, seen)
			for i := range kills {
				killOnce(t, does, time.Duration(i)*whole/kills, seen)
			}
			t.Logf("%s takes %v: %v", does, whole, seen)
		})
	}
}

// killOnce starts a command, kills it after a time unless it ended, and looks at what the next one finds. It returns how
// long the command lived.
func killOnce(t *testing.T, does string, after time.Duration, seen map[string]int) time.Duration {
	root := filepath.Join(t.TempDir(), "p") // on a disk, where a run takes long enough
	copyTree(t, bigProject(t), root, nil)
	if does == "undo" {
		require.NoError(t, command(root, "update").Run())
	}
	if does == "create" {
		root = filepath.Join(t.TempDir(), "up", "shop")
	}
	var before map[string]string
	if does != "create" {
		before = listing(t, root)
	}
	cmd := command(root, does)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = out.Read(make([]byte, 3))
	require.NoError(t, err)
	begun := time.Now()
	killer := time.AfterFunc(after, func() { cmd.Process.Kill() })
	ended := cmd.Wait()
	lived := time.Since(begun)
	killer.Stop()
	if does == "create" {
		if err := command(root, does).Run(); err != nil {
			_, err = os.Stat(filepath.Join(root, ".scaffold/answers.yaml"))
			require.NoError(t, err)
		}
		require.Len(t, names(t, filepath.Dir(root)), 1, "a folder to build in was left")
		require.Len(t, names(t, filepath.Join(root, ".scaffold/undo")), 1)
		return lived
	}
	said, err := apply.Recover(root)
	require.NoError(t, err)
	now := listing(t, root)
	for p := range now {
		require.NotContains(t, p, ".scaffold-", said)
		require.NotContains(t, p, "journal", said)
	}
	state := now[".scaffold/answers.yaml"]
	which := strings.TrimSpace(state[strings.Index(state, " "):])
	seen[which]++
	if ended == nil || strings.Contains(said, "finished") {
		require.NotEqual(t, before, now)
		return lived
	}
	if strings.Contains(said, "took it back") {
		require.Equal(t, before, now)
	}
	for i, p := range bigPaths() {
		data, err := os.ReadFile(filepath.Join(root, p))
		switch {
		case which == "before" && i%3 == 0, which == "big" && i%3 == 2:
			require.ErrorIs(t, err, fs.ErrNotExist, p)
		case which == "before":
			require.Equal(t, fmt.Sprint("before ", i), string(data), p)
		default:
			require.Equal(t, fmt.Sprint("after ", i), string(data), p)
		}
	}
	return lived
}

func names(t *testing.T, dir string) []string {
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var found []string
	for _, e := range entries {
		found = append(found, e.Name())
	}
	return found
}

func TestDeadLockDoesNotBlock(t *testing.T) {
	root := bigProject(t)
	cmd := command(root, "hold")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = out.Read(make([]byte, 3))
	require.NoError(t, err)
	before := listing(t, root)
	_, _, err = apply.Acquire(root)
	require.ErrorContains(t, err, "another scaffold command is at work here")
	_, err = apply.Recover(root)
	require.ErrorContains(t, err, "another scaffold command is at work here")
	require.Equal(t, before, listing(t, root))
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	require.NoError(t, do(t, root, change(t, root, map[string]string{"a.txt": "a"})))
}

func TestEightAtOnce(t *testing.T) {
	root := fill(t, map[string]string{"count": "0"})
	var done atomic.Int32
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			lock, _, err := apply.Acquire(root)
			if err != nil {
				if !strings.Contains(err.Error(), "another scaffold command is at work here") {
					t.Error(err)
				}
				return
			}
			disk, err := apply.Snapshot(root, []string{"count"})
			if err == nil {
				n, _ := strconv.Atoi(string(disk["count"].Data))
				err = lock.Apply(ctx, apply.Change{Command: "update", Writes: []changeset.Write{{Path: "count", Before: disk["count"], After: text(strconv.Itoa(n + 1))}}})
				done.Add(1)
			}
			if err != nil {
				t.Error(err)
			}
			if err := lock.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	data, err := os.ReadFile(filepath.Join(root, "count"))
	require.NoError(t, err)
	require.Positive(t, done.Load())
	require.Equal(t, strconv.Itoa(int(done.Load())), string(data))
}

func TestUmask(t *testing.T) {
	for mask, want := range map[string][3]fs.FileMode{"000": {0o664, 0o775, 0o600}, "022": {0o644, 0o755, 0o600}, "077": {0o600, 0o700, 0o600}} {
		root := filepath.Join(folderFor(t), "shop")
		require.NoError(t, command(root, "create", "APPLY_TEST_UMASK="+mask).Run())
		modes := [3]fs.FileMode{}
		for i, p := range []string{"d0/f0.txt", "d0", ".scaffold/undo/000001"} {
			info, err := os.Stat(filepath.Join(root, p))
			require.NoError(t, err)
			modes[i] = info.Mode().Perm()
		}
		require.Equal(t, want, modes, mask)
	}
}

func TestReadOnlyFolder(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("not run: an ordinary user can be tried by root only")
	}
	top, err := os.MkdirTemp("/var/tmp", "apply")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(top) })
	root := filepath.Join(top, "p")
	copyTree(t, bigProject(t), root, nil)
	require.NoError(t, filepath.WalkDir(top, func(name string, _ fs.DirEntry, _ error) error { return os.Chown(name, 65534, 65534) }))
	binary := filepath.Join(top, "helper")
	copyTree(t, os.Args[0], binary, nil)
	require.NoError(t, os.Chmod(binary, 0o755))
	for _, deny := range []struct {
		path string
		mode fs.FileMode
	}{{"d3", 0o555}, {".scaffold", 0o555}, {"d3", 0}, {"d2/f2.txt", 0}, {".scaffold/base.txtar", 0}} {
		at := filepath.Join(root, deny.path)
		was, err := os.Stat(at)
		require.NoError(t, err)
		require.NoError(t, os.Chmod(at, deny.mode))
		before := listing(t, root)
		cmd := command(root, "update")
		cmd.Path = binary
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		said, err := cmd.CombinedOutput()
		require.Error(t, err, deny.path)
		require.Contains(t, string(said), deny.path)
		require.Contains(t, string(said), "permission denied")
		require.Equal(t, before, listing(t, root))
		require.NoError(t, os.Chmod(at, was.Mode().Perm()))
	}
}

func TestImmutableFile(t *testing.T) {
	root := filepath.Join(t.TempDir(), "p")
	copyTree(t, bigProject(t), root, nil)
	name := filepath.Join(root, "d4/f4.txt")
	if said, err := exec.Command("chattr", "+i", name).CombinedOutput(); err != nil {
		t.Skipf("not run: this machine makes no file immutable: %s", said)
	}
	t.Cleanup(func() { exec.Command("chattr", "-i", name).Run() })
	before := listing(t, root)
	disk, err := apply.Snapshot(root, bigPaths())
	require.NoError(t, err)
	require.ErrorContains(t, do(t, root, big(disk)), "d4/f4.txt")
	require.Equal(t, before, listing(t, root))
}

func TestFullDisk(t *testing.T) {
	root := t.TempDir()
	if err := mountSmall(root); err != nil {
		t.Skipf("not run: this machine mounts no small file system: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(root, 0)) })
	put(t, root, map[string]string{"a.txt": "a", "b/c.txt": "c", ".scaffold/answers.yaml": "v"})
	before := listing(t, root)
	c := change(t, root, map[string]string{"a.txt": "new", "b/c.txt": "-", "n/big.bin": strings.Repeat("x", 1<<20)})
	err := do(t, root, c)
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.ErrorContains(t, err, "n/big.bin")
	require.Equal(t, before, listing(t, root))
	require.NoError(t, os.WriteFile(filepath.Join(root, "fill"), nil, 0o644))
	for n := 1 << 20; n > 0; n /= 2 {
		f, err := os.OpenFile(filepath.Join(root, "fill"), os.O_APPEND|os.O_WRONLY, 0)
		require.NoError(t, err)
		f.Write(make([]byte, n))
		f.Close()
	}
	before = listing(t, root)
	require.ErrorIs(t, do(t, root, change(t, root, map[string]string{"a.txt": "new"})), syscall.ENOSPC)
	require.Equal(t, before, listing(t, root))
}

func TestCancelled(t *testing.T) {
	g := newStage(t, stories()[0], apply.Fault{})
	for n := range g.log {
		if thin(n, 7) {
			continue
		}
		root := g.fresh(t)
		cancelled, cancel := context.WithCancel(ctx)
		var f apply.Fault
		f = apply.Fault{At: -1, Ctx: cancelled, Before: func(string, string) {
			if len(f.Log) == n {
				cancel()
			}
		}}
		err := g.run(&f, root)
		if which := g.whole(t, root, g.log[n]); which == "before" {
			require.ErrorIs(t, err, context.Canceled)
		} else {
			require.NoError(t, err)
		}
		cancel()
	}
}
