package cmd_test

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"example.com/scaffold/cmd"
)

var update = flag.Bool("update", false, "write what the program prints to the golden files")

// TestMain lets this binary be `scaffold` too: scripts and terminal tests run it under that name.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"scaffold": func() { os.Exit(cmd.Main(os.Args[1:], cmd.System())) },
	})
}

// TestScripts runs testdata/scripts: one story in each file. Beside testscript's own commands they may use
//
//	status N scaffold ...  run it and want this exit code; its output is for `stdout` and `stderr`
//	snapshot [DIR]         remember the whole folder (default: the work folder): names, kinds, bytes, modes, times
//	unchanged [DIR]        nothing of it has changed since
//	same [DIR]             as unchanged, but folders may have new times
//	replace FILE OLD NEW   edit a file as a person would; OLD must be there
//	append FILE TEXT       add a line
//	write FILE TEXT [N]    make a file hold a text with Go's escapes in it, N times
//	holds FILE TEXT [N]    that is all it holds
//	mode FILE 0644         its permission bits
//	only DIR [PATH...]     these are all files and links below it, but for the state
//	link FILE NAME         make a hard link
//	fifo NAME              make a FIFO
//	secretless FILE DIR    the secret in the first line of FILE is in no other file of DIR
//
// Each script has an environment of its own, without CI, colour or a home with settings; git and uv are not in its PATH
// unless it says [exec:git] and puts $ALLPATH there.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "testdata", "scripts"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup:               setup,
		Condition:           condition,
		Cmds:                commands(),
	})
}

func commands() map[string]func(*testscript.TestScript, bool, []string) {
	all := map[string]func(*testscript.TestScript, bool, []string){
		"status": status, "snapshot": snapshot, "unchanged": unchanged, "same": same, "replace": replace, "append": appendLine,
	}
	maps.Copy(all, fileCommands)
	return all
}

// condition adds [root]: the user may do anything, so that no folder can be closed to them.
func condition(name string) (bool, error) {
	if name == "root" {
		return os.Geteuid() == 0, nil
	}
	return false, fmt.Errorf("unknown condition %q", name)
}

// setup hides the machine: only the folder of this binary's commands is in PATH.
func setup(env *testscript.Env) error {
	all := env.Getenv("PATH")
	own, _, _ := strings.Cut(all, string(os.PathListSeparator))
	env.Setenv("ALLPATH", all)
	env.Setenv("PATH", own)
	env.Setenv("TERM", "xterm")
	env.Setenv("ESC", "\x1b")
	if git, err := exec.LookPath("git"); err == nil {
		env.Setenv("GIT", git)
	}
	env.Values[snapshots{}] = map[string]string{}
	return nil
}

// snapshots is the key of a script's snapshots, by folder.
type snapshots struct{}

func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command args...")
	}
	code := 0
	if args[1] == "scaffold" && !slices.Contains(args, "-") {
		code = inProcess(ts, args[2:])
	} else if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit := (*exec.ExitError)(nil)
		if !errors.As(err, &exit) {
			ts.Check(err)
		}
		code = exit.ExitCode()
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// environment are the variables that the program reads, or hands on.
var environment = []string{"PATH", "HOME", "TERM", "NO_COLOR", "CI", "GITHUB_ACTIONS", "GITHUB_WORKSPACE", "GIT_CONFIG_GLOBAL"}

// inProcess runs the program in this process, which takes a tenth of the time of one of its own. It has no input; a script
// that gives it one, by `-`, gets a process.
func inProcess(ts *testscript.TestScript, args []string) int {
	env := []string{}
	for _, key := range environment {
		if value := ts.Getenv(key); value != "" {
			env = append(env, key+"="+value)
		}
	}
	return cmd.Main(args, cmd.Streams{In: strings.NewReader(""), Out: ts.Stdout(), Err: ts.Stderr(), Env: env, Dir: ts.MkAbs(".")})
}

func folder(ts *testscript.TestScript, args []string) string {
	if len(args) == 0 {
		return ts.MkAbs(ts.Getenv("WORK"))
	}
	return ts.MkAbs(args[0])
}

func snapshot(ts *testscript.TestScript, _ bool, args []string) {
	dir := folder(ts, args)
	listing, err := list(dir)
	ts.Check(err)
	ts.Value(snapshots{}).(map[string]string)[dir] = listing
}

func unchanged(ts *testscript.TestScript, neg bool, args []string) {
	dir := folder(ts, args)
	before, ok := ts.Value(snapshots{}).(map[string]string)[dir]
	if !ok {
		ts.Fatalf("no snapshot of %s", dir)
	}
	after, err := list(dir)
	ts.Check(err)
	if difference := compare(before, after); (difference == "") == neg {
		ts.Fatalf("changed since the snapshot (- before, + now):\n%s", difference)
	}
}

// folderTime is the time of a folder in a listing.
var folderTime = regexp.MustCompile(`(?m)( d[^ ]+) [0-9]+$`)

func same(ts *testscript.TestScript, _ bool, args []string) {
	dir := folder(ts, args)
	before, ok := ts.Value(snapshots{}).(map[string]string)[dir]
	if !ok {
		ts.Fatalf("no snapshot of %s", dir)
	}
	after, err := list(dir)
	ts.Check(err)
	if difference := compare(folderTime.ReplaceAllString(before, "$1"), folderTime.ReplaceAllString(after, "$1")); difference != "" {
		ts.Fatalf("changed since the snapshot (- before, + now):\n%s", difference)
	}
}

// list is every entry of a folder, one a line. A temporary folder of testscript itself is left out.
func list(dir string) (string, error) {
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		if name == ".tmp" {
			return fs.SkipDir
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%q %v %d", name, info.Mode(), info.ModTime().UnixNano())
		switch {
		case info.Mode().IsRegular():
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, " %x", sha256.Sum256(data))
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, " -> %q", target)
		}
		b.WriteByte('\n')
		return nil
	})
	return b.String(), err
}

func compare(before, after string) string {
	var b strings.Builder
	lines := map[string]int{}
	for _, line := range strings.Split(before, "\n") {
		lines[line]++
	}
	for _, line := range strings.Split(after, "\n") {
		if lines[line]--; lines[line] < 0 {
			fmt.Fprintln(&b, "+", line)
		}
	}
	for _, line := range strings.Split(before, "\n") {
		if lines[line] > 0 {
			fmt.Fprintln(&b, "-", line)
		}
	}
	return b.String()
}

func replace(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: replace FILE OLD NEW")
	}
	file := ts.MkAbs(args[0])
	data := ts.ReadFile(file)
	if !strings.Contains(data, args[1]) {
		ts.Fatalf("%s has no %q", args[0], args[1])
	}
	rewrite(ts, file, strings.Replace(data, args[1], args[2], 1))
}

func appendLine(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: append FILE TEXT")
	}
	file := ts.MkAbs(args[0])
	rewrite(ts, file, ts.ReadFile(file)+args[1]+"\n")
}

func rewrite(ts *testscript.TestScript, file, data string) {
	info, err := os.Stat(file)
	ts.Check(err)
	ts.Check(os.WriteFile(file, []byte(data), info.Mode().Perm()))
}
