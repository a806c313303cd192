package cmd_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"example.com/scaffold/cmd"
)

// fileCommands are the commands for files that txtar can't hold, and for what stands in a folder.
var fileCommands = map[string]func(*testscript.TestScript, bool, []string){
	"write": writeText, "holds": holds, "mode": mode, "only": only, "link": hardLink, "fifo": fifo, "secretless": secretless,
}

// escaped is the text that an argument stands for, with Go's escapes, as often as the next argument says.
func escaped(ts *testscript.TestScript, args []string) string {
	text, err := strconv.Unquote(`"` + strings.ReplaceAll(args[0], `"`, `\"`) + `"`)
	ts.Check(err)
	times := 1
	if len(args) > 1 {
		times, err = strconv.Atoi(args[1])
		ts.Check(err)
	}
	return strings.Repeat(text, times)
}

func writeText(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 && len(args) != 3 {
		ts.Fatalf("usage: write FILE TEXT [TIMES]")
	}
	file := ts.MkAbs(escaped(ts, args[:1]))
	ts.Check(os.MkdirAll(filepath.Dir(file), 0o755))
	perm := fs.FileMode(0o644)
	if info, err := os.Stat(file); err == nil {
		perm = info.Mode().Perm()
	}
	ts.Check(os.WriteFile(file, []byte(escaped(ts, args[1:])), perm))
}

func holds(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 && len(args) != 3 {
		ts.Fatalf("usage: holds FILE TEXT [TIMES]")
	}
	data, err := os.ReadFile(ts.MkAbs(escaped(ts, args[:1])))
	ts.Check(err)
	want := escaped(ts, args[1:])
	if (string(data) == want) == neg {
		ts.Fatalf("%s holds %.300q (%d bytes), want %.300q (%d bytes)", args[0], data, len(data), want, len(want))
	}
}

func mode(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: mode FILE OCTAL")
	}
	info, err := os.Lstat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[1] {
		ts.Fatalf("%s has mode %s, want %s", args[0], got, args[1])
	}
}

func only(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: only DIR [PATH...]")
	}
	top := ts.MkAbs(args[0])
	want := []string{}
	for _, arg := range args[1:] {
		want = append(want, escaped(ts, []string{arg}))
	}
	found := []string{}
	ts.Check(filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == ".scaffold":
			return fs.SkipDir
		case !entry.IsDir():
			rel, err := filepath.Rel(top, path)
			found = append(found, filepath.ToSlash(rel))
			return err
		}
		return nil
	}))
	slices.Sort(found)
	slices.Sort(want)
	if !slices.Equal(found, want) {
		ts.Fatalf("%s holds %q, want %q", args[0], found, want)
	}
}

func hardLink(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: link FILE NAME")
	}
	ts.Check(os.Link(ts.MkAbs(args[0]), ts.MkAbs(args[1])))
}

// secretless checks that the value in the first line of a file (KEY=value) is in no other file of a folder.
func secretless(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: secretless FILE DIR")
	}
	file := ts.MkAbs(args[0])
	_, value, _ := strings.Cut(strings.SplitN(ts.ReadFile(file), "\n", 2)[0], "=")
	if len(value) < 8 {
		ts.Fatalf("%s holds no secret", args[0])
	}
	ts.Check(filepath.WalkDir(ts.MkAbs(args[1]), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || path == file {
			return err
		}
		if data, err := os.ReadFile(path); err != nil || strings.Contains(string(data), value) {
			return fmt.Errorf("%s holds the secret, or can't be read: %v", path, err)
		}
		return nil
	}))
}

// ran is what a run of the program in this process did.
type ran struct {
	code        int
	out, errors string
}

// scaffold runs the program in this process, in a folder, without an input and with an empty environment.
func scaffold(t *testing.T, dir string, args ...string) ran {
	t.Helper()
	var out, errors bytes.Buffer
	code := cmd.Main(args, cmd.Streams{In: strings.NewReader(""), Out: &out, Err: &errors, Dir: dir})
	return ran{code, out.String(), errors.String()}
}
