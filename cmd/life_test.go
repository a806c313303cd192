package cmd_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"
)

// put writes the files of a txtar text below a folder.
func put(t *testing.T, dir, text string) {
	t.Helper()
	for _, file := range txtar.Parse([]byte(text)).Files {
		putFile(t, filepath.Join(dir, file.Name), string(file.Data))
	}
}

func putFile(t *testing.T, path, data string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(data), 0o644))
}

// putSet writes a version of a template set. The versions differ in every way that files can: some are added, changed,
// dropped, moved, become executable, or a folder.
func putSet(t *testing.T, dir string, version int) {
	t.Helper()
	put(t, dir, fmt.Sprintf(`
-- templates.yaml --
name: tiny
version: "%d"
questions:
  - {name: title, kind: text, prompt: Title?, default: Demo}
-- all/layer.yaml --
summary: in every project
once: [once.md]
moved: {name1.txt: name2.txt, name2.txt: name3.txt}
-- all/once.md --
once %[1]d
-- all/title.txt.tmpl --
{{ .Answers.title }} %[1]d
-- all/same.txt --
same
-- all/name%[1]d.txt --
one
two
three
four
five
six %[1]d
-- all/only%[1]d/deep/file.txt --
only %[1]d
`, version))
	for i := range 12 {
		lines := []string{}
		for line := range 40 {
			if (line+i)%10 == version {
				lines = append(lines, fmt.Sprintf("line %d of version %d\n", line, version))
			}
			lines = append(lines, fmt.Sprintf("line %d\n", line))
		}
		putFile(t, filepath.Join(dir, "all", fmt.Sprintf("lines/%02d.txt", i)), strings.Join(lines, ""))
	}
	start := "#!/bin/sh\n"
	if version == 2 {
		start = ""
	}
	putFile(t, filepath.Join(dir, "all", "run.sh"), start+"exit\n")
	if version == 2 {
		putFile(t, filepath.Join(dir, "all", "turns/inner.txt"), "a folder\n")
	} else {
		putFile(t, filepath.Join(dir, "all", "turns"), "a file\n")
	}
}

// workshop is a folder with three versions of a set, set1 to set3, and a project p made from the first.
func workshop(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for version := 1; version <= 3; version++ {
		putSet(t, filepath.Join(dir, fmt.Sprint("set", version)), version)
	}
	made := scaffold(t, dir, "new", "p", "--yes", "--templates", "set1")
	require.Equal(t, 0, made.code, made.errors)
	return dir
}

func updateTo(t *testing.T, dir, project string, version int, more ...string) ran {
	t.Helper()
	args := append([]string{"-C", project, "update", "--yes", "--templates", fmt.Sprint("../set", version)}, more...)
	return scaffold(t, dir, args...)
}

// content is every file of a folder with its mode and bytes; without times, and without what differs by design between
// two runs: the records of undo.
func content(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		name, err := filepath.Rel(dir, path)
		require.NoError(t, err)
		switch name = filepath.ToSlash(name); {
		case strings.HasSuffix(name, ".scaffold/undo"):
			return fs.SkipDir
		case strings.HasSuffix(name, ".scaffold/lock"):
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

// equal compares two folders, and names only what differs.
func equal(t *testing.T, want, got map[string]string, message string) {
	t.Helper()
	for name, text := range want {
		if other, ok := got[name]; !ok || other != text {
			t.Errorf("%s: %s is %.2000q, want %.2000q", message, name, other, text)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s: %s is there, and should not be", message, name)
		}
	}
}

// TestVersionsCompose: an update from version 1 to 3 is one to 2 and then one to 3, where the user changed nothing
// (scenario 39).
func TestVersionsCompose(t *testing.T) {
	t.Parallel()
	dir := workshop(t)
	made := scaffold(t, dir, "new", "q", "--yes", "--templates", "set1")
	require.Equal(t, 0, made.code, made.errors)
	require.Equal(t, 0, updateTo(t, dir, "p", 3).code)
	require.Equal(t, 0, updateTo(t, dir, "q", 2).code)
	require.Equal(t, 0, updateTo(t, dir, "q", 3).code)
	equal(t, content(t, filepath.Join(dir, "p")), content(t, filepath.Join(dir, "q")), "in two steps")

	fresh := scaffold(t, dir, "new", "r", "--yes", "--templates", "set3")
	require.Equal(t, 0, fresh.code, fresh.errors)
	updated, made3 := content(t, filepath.Join(dir, "p")), content(t, filepath.Join(dir, "r"))
	require.Contains(t, updated["once.md"], "once 1", "created once")
	for name, want := range made3 {
		if name != "once.md" && !strings.HasPrefix(name, ".scaffold") {
			require.Equal(t, want, updated[name], name)
		}
	}
}

// edit changes a project as people do: lines, whole files, modes, names, and files of their own.
func edit(t *testing.T, root string, r *rand.Rand) {
	t.Helper()
	for i := range 12 {
		path := filepath.Join(root, "lines", fmt.Sprintf("%02d.txt", i))
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		lines := strings.SplitAfter(string(data), "\n")
		at := r.IntN(len(lines))
		switch r.IntN(8) {
		case 0:
			lines = append(lines[:at:at], append([]string{"mine\n"}, lines[at:]...)...)
		case 1:
			lines[at] = "mine\n"
		case 2:
			lines = append(lines[:at:at], lines[min(at+3, len(lines)):]...)
		case 3:
			for i := range lines {
				lines[i] = strings.ReplaceAll(lines[i], "\n", "\r\n")
			}
		case 4:
			require.NoError(t, os.Remove(path))
			continue
		case 5:
			require.NoError(t, os.Chmod(path, 0o755))
		case 6:
			lines = []string{"\x00 binary"}
		}
		require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "")), 0o644))
	}
	putFile(t, filepath.Join(root, "lines", "own.txt"), "own\n")
	if r.IntN(2) == 0 {
		putFile(t, filepath.Join(root, "name1.txt"), "mine\none\ntwo\nthree\nfour\nfive\nsix 1\n")
	}
	if r.IntN(2) == 0 {
		putFile(t, filepath.Join(root, "only2", "deep", "file.txt"), "mine\n")
	}
}

// TestUpdateTwiceIsOnce and back: whatever was edited, a second update writes nothing (scenario 38), and undo gives back
// the bytes and modes of before (62).
func TestUpdateTwiceIsOnceAndUndone(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			dir := workshop(t)
			root := filepath.Join(dir, "p")
			edit(t, root, rand.New(rand.NewPCG(seed, 1)))
			before := content(t, root)

			first := updateTo(t, dir, "p", 2)
			require.Contains(t, []int{0, 3}, first.code, first.errors)
			after, listing := content(t, root), listed(t, root)
			again := updateTo(t, dir, "p", 2)
			if first.code == 0 {
				require.Equal(t, 0, again.code, again.errors)
				require.Contains(t, again.out, "nothing to do")
			}
			require.Equal(t, listing, listed(t, root), "the second update wrote something: %s%s", again.out, again.errors)

			undone := scaffold(t, root, "undo", "--yes")
			require.Equal(t, 0, undone.code, undone.errors)
			equal(t, before, content(t, root), "after undo")
			require.Equal(t, first.code, updateTo(t, dir, "p", 2).code)
			equal(t, after, content(t, root), "once more")
		})
	}
}

func listed(t *testing.T, dir string) string {
	t.Helper()
	listing, err := list(dir)
	require.NoError(t, err)
	return listing
}

// TestNoLineIsLost: every line that the user added to text is somewhere after an update (P1).
func TestNoLineIsLost(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			dir := workshop(t)
			root := filepath.Join(dir, "p")
			r := rand.New(rand.NewPCG(seed, 2))
			marks := []string{}
			for name := range content(t, root) {
				path := filepath.Join(root, name)
				data, err := os.ReadFile(path)
				if err != nil || strings.HasPrefix(name, ".scaffold") {
					continue
				}
				lines := strings.SplitAfter(string(data), "\n")
				at, mark := r.IntN(len(lines)), fmt.Sprintf("mine in %s\n", name)
				marks = append(marks, mark)
				lines[at] = mark + lines[at]
				require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "")), 0o644))
			}
			require.NotEmpty(t, marks)
			updated := updateTo(t, dir, "p", int(2+seed%2))
			if updated.code == 1 { // turns: a file of the user's is in the way
				require.Contains(t, updated.errors, "turns")
				require.NoError(t, os.WriteFile(filepath.Join(root, "turns"), []byte("a file\n"), 0o644))
				marks = append(marks, "own\n")
				putFile(t, filepath.Join(root, "own.txt"), "own\n")
				updated = updateTo(t, dir, "p", int(2+seed%2))
			}
			require.Contains(t, []int{0, 3}, updated.code, updated.errors)
			all := strings.Builder{}
			for name, data := range content(t, root) {
				if !strings.HasPrefix(name, ".scaffold") {
					all.WriteString(data)
				}
			}
			for _, mark := range marks {
				if !strings.Contains(mark, "turns") {
					require.Contains(t, all.String(), mark)
				}
			}
		})
	}
}

// TestEveryMachineTheSame: locale, time zone, umask, processors and the order of maps have no part in what is written
// (scenario 67).
func TestEveryMachineTheSame(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no shell that sets a umask")
	}
	self, err := os.Executable()
	require.NoError(t, err)
	var want map[string]string
	for i, machine := range []string{
		"LC_ALL=C TZ=UTC",
		"LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 TZ=Asia/Kathmandu GOMAXPROCS=1",
		"LC_ALL=de_DE.ISO-8859-1 TZ=America/St_Johns GOMAXPROCS=7 HOME=/nowhere",
		"GODEBUG=randautoseed=0 GOGC=1 TMPDIR=/nowhere SOURCE_DATE_EPOCH=0",
	} {
		dir := t.TempDir()
		putSet(t, filepath.Join(dir, "set1"), 1)
		putSet(t, filepath.Join(dir, "set2"), 2)
		const script = `umask 022; set -e; s() { (exec -a scaffold "$0" "$@"); }
s new p --yes --templates set1 --set "title=I ı İ ß"; s -C p update --yes --templates ../set2
s new full --yes --no-git --no-lock --set auth=none`
		cmd := exec.Command("/bin/bash", "-c", script, self)
		cmd.Dir, cmd.Env = dir, strings.Fields(machine)
		printed, err := cmd.CombinedOutput()
		require.NoError(t, err, string(printed))
		got := map[string]string{}
		for name, data := range content(t, dir) {
			if filepath.Base(name) != ".env" {
				got[name] = data
			}
		}
		if i == 0 {
			want = got
			require.Contains(t, got["p/title.txt"], "I ı İ ß 2\n")
			continue
		}
		equal(t, want, got, machine)
	}
}

// TestManyRunsTheSame: a hundred renders give one tree (scenario 67).
func TestManyRunsTheSame(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	putSet(t, filepath.Join(dir, "set1"), 1)
	want := scaffold(t, dir, "new", "p", "--yes", "--templates", "set1", "--diff")
	require.Equal(t, 0, want.code, want.errors)
	for range 100 {
		require.Equal(t, want, scaffold(t, dir, "new", "p", "--yes", "--templates", "set1", "--diff"))
	}
}

// TestEightAtOnce: of many updates at once each one is done, has nothing to do, or says that another works; the project
// is in the end what one of them makes it (T46).
func TestEightAtOnce(t *testing.T) {
	t.Parallel()
	dir := workshop(t)
	self, err := os.Executable()
	require.NoError(t, err)
	results := make([]ran, 8)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() {
			var out, errs strings.Builder
			cmd := exec.Command(self, "-C", "p", "update", "--yes", "--templates", "../set2")
			cmd.Args[0], cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = "scaffold", dir, []string{"TERM=dumb"}, &out, &errs
			cmd.Run()
			results[i] = ran{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
		})
	}
	group.Wait()
	done := 0
	for _, r := range results {
		switch r.code {
		case 0:
			if strings.Contains(r.out, "done: ") {
				done++
			}
		case 1:
			require.Regexp(t, `^scaffold: .*(another|meanwhile)`, r.errors)
		default:
			t.Errorf("exit code %d: %s", r.code, r.errors)
		}
		require.NotContains(t, r.errors, "rolled back", "a run that works is not recovered")
		require.NotContains(t, r.errors, "finished", "a run that works is not recovered")
	}
	require.Equal(t, 1, done)
	alone := workshop(t)
	require.Equal(t, 0, updateTo(t, alone, "p", 2).code)
	equal(t, content(t, filepath.Join(alone, "p")), content(t, filepath.Join(dir, "p")), "eight at once")
	require.Equal(t, 0, scaffold(t, dir, "-C", "p", "check", "--templates", "../set2").code)
}
