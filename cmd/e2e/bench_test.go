//go:build bench

package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// rounds is how often each command runs; the table has the median, and the least. Large sets run less often.
const rounds = 9

// measured is what one command took.
type measured struct {
	median, least time.Duration
	peak          int64 // bytes of resident memory, the most of all rounds
}

// bench holds the program under measurement, and how often a command runs.
type bench struct {
	t      *testing.T
	binary string
	times  int
}

// TestBench prints the figures of `make bench`. It asserts nothing about time: machines differ, ratios travel.
func TestBench(t *testing.T) {
	b := bench{t, buildProgram(t), rounds}
	fmt.Printf("| what | median | least | peak memory |\n|---|---|---|---|\n")
	b.row("start-up (`version`)", b.measure(nothing, "version"))
	b.defaultProject()
	b.times = 5
	b.synthetic(1000)
	b.times = 3
	b.synthetic(10000)
}

func buildProgram(t *testing.T) string {
	binary := filepath.Join(t.TempDir(), "scaffold")
	out, err := exec.Command("go", "build", "-trimpath", "-o", binary, "../scaffold").CombinedOutput()
	require.NoError(t, err, string(out))
	return binary
}

func nothing() string { return "." }

// measure runs the program in the folder that prepare gives, once for each round.
func (b bench) measure(prepare func() string, args ...string) measured {
	b.t.Helper()
	return b.rounds(prepare, b.binary, args...)
}

func (b bench) rounds(prepare func() string, program string, args ...string) measured {
	b.t.Helper()
	var took []time.Duration
	var m measured
	for range b.times {
		cmd := exec.Command(program, args...)
		cmd.Dir = prepare()
		start := time.Now()
		out, err := cmd.CombinedOutput()
		took = append(took, time.Since(start))
		if code := cmd.ProcessState.ExitCode(); code != 0 && code != 3 {
			require.NoError(b.t, err, "%v\n%s", args, out)
		}
		m.peak = max(m.peak, cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss*1024)
	}
	slices.Sort(took)
	m.median, m.least = took[len(took)/2], took[0]
	return m
}

func (b bench) row(what string, m measured) {
	fmt.Printf("| %s | %.1f ms | %.1f ms | %.1f MB |\n", what, ms(m.median), ms(m.least), float64(m.peak)/1e6)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// defaultProject compares `new` with a plain copy of what it makes.
func (b bench) defaultProject() {
	work := b.t.TempDir()
	b.once(work, "new", "model", "--yes", "--no-git", "--no-lock")
	n := 0
	fresh := func() string {
		n++
		dir := filepath.Join(work, fmt.Sprint(n))
		require.NoError(b.t, os.Mkdir(dir, 0o755))
		return dir
	}
	made := b.measure(fresh, "new", "shop", "--yes", "--no-git", "--no-lock")
	copied := b.rounds(fresh, "cp", "-r", filepath.Join(work, "model"), "shop")
	b.row("`new`, the default project", made)
	b.row("`cp -r` of the same tree", copied)
	fmt.Printf("| ratio of the two | %.2f | %.2f | |\n", ms(made.median)/ms(copied.median), ms(made.least)/ms(copied.least))
}

// synthetic measures a set of n files of about 2 KB: new, an update of 10 % changed and 5 % edited files, one with nothing to do,
// and check.
func (b bench) synthetic(n int) {
	work := b.t.TempDir()
	for version := 1; version <= 2; version++ {
		b.writeSet(filepath.Join(work, fmt.Sprint("set", version)), n, version)
	}
	count := 0
	fresh := func() string {
		count++
		dir := filepath.Join(work, fmt.Sprint("new", count))
		require.NoError(b.t, os.Mkdir(dir, 0o755))
		return dir
	}
	set1, set2 := filepath.Join(work, "set1"), filepath.Join(work, "set2")
	b.row(fmt.Sprintf("`new`, %d files", n), b.measure(fresh, "new", "p", "--yes", "--no-git", "--no-lock", "--templates", set1))
	tree := treeSize(b.t, filepath.Join(work, "new1", "p"), "f")
	fmt.Printf("| the tree of %d files | | | %.1f MB |\n", n, float64(tree)/1e6)
	edited := func() string {
		dir := fresh()
		b.once(dir, "new", "p", "--yes", "--no-git", "--no-lock", "--templates", set1)
		for i := 0; i < n; i += 20 {
			appendLine(b.t, filepath.Join(dir, "p", fileName(i)))
		}
		syscall.Sync()
		return filepath.Join(dir, "p")
	}
	b.row(fmt.Sprintf("`update`, %d files, 10 %% changed, 5 %% edited", n), b.measure(edited, "update", "--yes", "--templates", set2))
	project := filepath.Join(work, "new1", "p")
	same := func() string { return project }
	b.row(fmt.Sprintf("`update`, %d files, nothing to do", n), b.measure(same, "update", "--yes", "--templates", set1))
	b.row(fmt.Sprintf("`check`, %d files", n), b.measure(same, "check", "--templates", set1))
	runtime.GC()
}

func (b bench) once(dir string, args ...string) {
	cmd := exec.Command(b.binary, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(b.t, err, string(out))
}

func fileName(i int) string { return fmt.Sprintf("f%02d/file%05d.txt", i%100, i) }

func (b bench) writeSet(dir string, n, version int) {
	write(b.t, filepath.Join(dir, "templates.yaml"), fmt.Sprintf("name: synthetic\nversion: \"%d\"\nquestions:\n  - {name: project_name, kind: text, prompt: Name?}\n", version))
	write(b.t, filepath.Join(dir, "all", "layer.yaml"), "summary: many files\n")
	for i := range n {
		body := strings.Repeat(fmt.Sprintf("file %d says the same again and again\n", i), 50)
		if version == 2 && i%10 == 0 {
			body = "a new first line\n" + body
		}
		write(b.t, filepath.Join(dir, "all", fileName(i)), body)
	}
}

func write(t *testing.T, name, text string) {
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
}

func appendLine(t *testing.T, name string) {
	file, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteString("a line of the user's\n")
	require.NoError(t, err)
	require.NoError(t, file.Close())
}

// treeSize adds up the files below the folders of dir whose name begins with prefix.
func treeSize(t *testing.T, dir, prefix string) (size int64) {
	require.NoError(t, filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasPrefix(filepath.Base(filepath.Dir(name)), prefix) {
			return err
		}
		info, err := entry.Info()
		size += info.Size()
		return err
	}))
	return size
}
