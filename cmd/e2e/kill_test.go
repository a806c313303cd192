//go:build e2e && unix

package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// kills is how often a run is killed, at delays that are spread over its time.
const kills = 50

// writeSet writes a version of a set of files files: most change from version to version, some come or go.
func writeSet(t *testing.T, dir string, version, files int) {
	t.Helper()
	write(t, filepath.Join(dir, "templates.yaml"), fmt.Sprintf("name: tiny\nversion: \"%d\"\n", version))
	write(t, filepath.Join(dir, "all", "layer.yaml"), "summary: in every project\n")
	for i := range files {
		text := strings.Repeat(fmt.Sprintf("line of file %d\n", i), 50)
		if i%3 != 0 {
			text += fmt.Sprintf("version %d\n", version)
		}
		if i%7 == 0 {
			text = "#!/bin/sh\n" + text
		}
		name := fmt.Sprintf("dir%02d/file%03d.txt", i%10, i)
		if i%20 == 0 {
			name = fmt.Sprintf("only%d/dir/file%03d.txt", version, i)
		}
		write(t, filepath.Join(dir, "all", name), text)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
}

// picture is every file and folder below a folder with mode and bytes, but for what says how a run went: the lock and the
// records of undo.
func picture(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		name := strings.TrimPrefix(path, dir)
		switch name {
		case "/.scaffold/undo":
			return fs.SkipDir
		case "/.scaffold/lock":
			return nil
		}
		info, err := entry.Info()
		require.NoError(t, err)
		found[name] = info.Mode().String()
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			found[name] += " " + string(data)
		}
		return nil
	}))
	return found
}

// killed starts the program and kills it after a delay, with its whole group. It tells whether it had ended before.
func killed(t *testing.T, dir string, delay time.Duration, binary string, args ...string) bool {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Dir = dir
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-ended:
		return true
	case <-time.After(delay):
	}
	require.NoError(t, cmd.Process.Kill())
	<-ended
	return cmd.ProcessState.Exited()
}

func copyOf(t *testing.T, dir string) string {
	t.Helper()
	target := filepath.Join(t.TempDir(), "p")
	run(t, ".", nil, "cp", "-a", dir, target)
	return target
}

// TestKilled kills an update at 50 moments (scenario 52, F10). Whichever command comes next finds the project before or
// after, and says which; it leaves no temporary file; and the update can be made again.
func TestKilled(t *testing.T) {
	binary := program(t)
	work := t.TempDir()
	writeSet(t, filepath.Join(work, "set1"), 1, 300)
	writeSet(t, filepath.Join(work, "set2"), 2, 300)
	run(t, work, nil, binary, "new", "p", "--yes", "--no-git", "--templates", "set1")
	project, set2 := filepath.Join(work, "p"), filepath.Join(work, "set2")
	before := picture(t, project)
	whole := copyOf(t, project)
	start := time.Now()
	run(t, whole, nil, binary, "update", "--yes", "--templates", set2)
	span := time.Since(start)
	after := picture(t, whole)

	outcomes := map[string]int{}
	nexts := [][]string{
		{"check", "--templates", set2},
		{"update", "--yes", "--dry-run", "--templates", set2},
		{"diff", "--templates", set2},
		{"update", "--yes", "--templates", set2},
		{"undo", "--yes", "--dry-run"},
		{"agents", "list"},
	}
	for i := range kills {
		next := nexts[i%len(nexts)]
		dir := copyOf(t, project)
		if killed(t, dir, span*time.Duration(i)/kills, binary, "update", "--yes", "--templates", set2) {
			outcomes["ended"]++
		}
		torn := !same(before, picture(t, dir)) && !same(after, picture(t, dir))
		cmd := exec.Command(binary, next...)
		cmd.Dir = dir
		var said strings.Builder
		cmd.Stderr = &said
		cmd.Run()
		require.Contains(t, []int{0, 1, 3}, cmd.ProcessState.ExitCode(), said.String())
		now := picture(t, dir)
		switch {
		case same(after, now):
			outcomes["after"]++
		case same(before, now):
			outcomes["before"]++
		default:
			t.Fatalf("killed at %d of %d, then %q: neither before nor after: %s\n%s", i, kills, next, differences(before, now), said.String())
		}
		if torn {
			outcomes["torn, then mended"]++
			require.Regexp(t, "^scaffold: ", said.String(), "a recovered run is said, by %q", next)
		}
		run(t, dir, nil, binary, "update", "--yes", "--templates", set2)
		require.Empty(t, differences(after, picture(t, dir)))
		run(t, dir, nil, binary, "check", "--strict", "--templates", set2)
	}
	t.Logf("an update takes %v; %v", span, outcomes)
	require.Positive(t, outcomes["torn, then mended"], "no kill hit the writing")
}

// TestKilledNew kills `new` at 50 moments: the folder is whole or not there, and a second `new` or `update` ends whole.
func TestKilledNew(t *testing.T) {
	binary := program(t)
	work := t.TempDir()
	writeSet(t, filepath.Join(work, "set1"), 1, 300)
	args := []string{"new", "p", "--yes", "--no-git", "--templates", "set1"}
	start := time.Now()
	run(t, work, nil, binary, args...)
	span := time.Since(start)
	want := picture(t, filepath.Join(work, "p"))
	require.NoError(t, os.RemoveAll(filepath.Join(work, "p")))
	for i := range kills {
		killed(t, work, span*time.Duration(i)/kills, binary, args...)
		if _, err := os.Stat(filepath.Join(work, "p")); err != nil {
			run(t, work, nil, binary, args...)
		}
		require.Empty(t, differences(want, picture(t, filepath.Join(work, "p"))))
		require.NoError(t, os.RemoveAll(filepath.Join(work, "p")))
		entries, err := os.ReadDir(work)
		require.NoError(t, err)
		require.Len(t, entries, 1, "something is left beside the set: %v", entries)
	}
}

func same(a, b map[string]string) bool { return differences(a, b) == "" }

// differences names what differs between two pictures.
func differences(a, b map[string]string) string {
	var names []string
	for name, text := range a {
		if other, ok := b[name]; !ok {
			names = append(names, name+" is gone")
		} else if other != text {
			names = append(names, name+" differs")
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name+" is new")
		}
	}
	return strings.Join(names, ", ")
}
