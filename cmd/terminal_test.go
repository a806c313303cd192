//go:build linux

package cmd_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
	"golang.org/x/tools/txtar"
)

const deadline = 20 * time.Second

const askingSet = `
-- set/templates.yaml --
name: tiny
version: "1"
questions:
  - name: project_name
    kind: text
    prompt: What is it called?
    help: It becomes the title.
    default: Demo
    pattern: "^[A-Z][A-Za-z]*$"
    message: a capital letter first
  - name: database
    kind: choice
    prompt: Which database?
    choices: [{value: sqlite, help: a file}, {value: postgres, help: a server}]
    default: sqlite
  - name: docker
    kind: bool
    prompt: With Docker?
    default: true
  - name: extras
    kind: multi
    prompt: Which extras?
    choices: [{value: one}, {value: two}, {value: three}]
    default: [one]
-- set/all/layer.yaml --
summary: in every project
-- set/all/README.md.tmpl --
{{ .Answers.project_name }} {{ .Answers.database }} {{ .Answers.docker }} {{ join "+" .Answers.extras }}
`

// session is a run of the program with a terminal for its input and error stream, and a person before it.
type session struct {
	t      *testing.T
	dir    string
	keys   *os.File
	tty    *os.File
	screen vt10x.Terminal
	cmd    *exec.Cmd
	stdout bytes.Buffer
	done   chan error

	mu  sync.Mutex
	raw bytes.Buffer
}

// start runs `scaffold args` in a new folder that holds askingSet.
func start(t *testing.T, env []string, args ...string) *session {
	t.Helper()
	return startIn(t, setFolder(t), env, args...)
}

// setFolder is a new folder that holds askingSet.
func setFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, file := range txtar.Parse([]byte(askingSet)).Files {
		path := filepath.Join(dir, file.Name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, file.Data, 0o644))
	}
	return dir
}

func startIn(t *testing.T, dir string, env []string, args ...string) *session {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	master, tty, err := pty.Open()
	require.NoError(t, err)
	require.NoError(t, pty.Setsize(tty, &pty.Winsize{Cols: 80, Rows: 30}))
	s := &session{t: t, dir: dir, keys: master, tty: tty, screen: vt10x.New(vt10x.WithSize(80, 30)), done: make(chan error, 1)}
	s.cmd = &exec.Cmd{
		Path: self, Args: append([]string{"scaffold"}, args...), Dir: s.dir,
		Env:   append([]string{"TERM=xterm", "HOME=" + s.dir}, env...),
		Stdin: tty, Stdout: &s.stdout, Stderr: tty,
		SysProcAttr: &syscall.SysProcAttr{Setsid: true, Setctty: true},
	}
	require.NoError(t, s.cmd.Start())
	go s.draw()
	go func() { s.done <- s.cmd.Wait() }()
	t.Cleanup(func() {
		s.cmd.Process.Kill()
		tty.Close()
	})
	return s
}

func (s *session) draw() {
	buf := make([]byte, 4096)
	for {
		n, err := s.keys.Read(buf)
		s.mu.Lock()
		s.raw.Write(buf[:n])
		s.mu.Unlock()
		s.screen.Write(buf[:n])
		if err != nil {
			return
		}
	}
}

func (s *session) printed() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.raw.String()
}

func (s *session) expect(text string) *session {
	s.t.Helper()
	s.wait("the screen shows "+text, func() bool { return strings.Contains(s.screen.String(), text) })
	return s
}

func (s *session) wait(what string, done func() bool) {
	s.t.Helper()
	for end := time.Now().Add(deadline); !done(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("not in time: %s; the screen is:\n%s", what, strings.TrimSpace(s.screen.String()))
		}
	}
}

func (s *session) send(keys string) *session {
	s.t.Helper()
	_, err := s.keys.WriteString(keys)
	require.NoError(s.t, err)
	return s
}

// code waits for the end and returns the exit code; the terminal must then be as it was.
func (s *session) code() int {
	s.t.Helper()
	select {
	case err := <-s.done:
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
			require.NoError(s.t, err)
		}
	case <-time.After(deadline):
		s.t.Fatalf("no end in time; the screen is:\n%s", s.screen.String())
	}
	state, err := unix.IoctlGetTermios(int(s.tty.Fd()), unix.TCGETS)
	require.NoError(s.t, err)
	const cooked = unix.ECHO | unix.ICANON | unix.ISIG
	require.EqualValues(s.t, cooked, state.Lflag&cooked, "terminal modes")
	s.wait("the cursor is shown again", func() bool {
		return strings.LastIndex(s.printed(), "\x1b[?25l") <= strings.LastIndex(s.printed(), "\x1b[?25h")
	})
	return s.cmd.ProcessState.ExitCode()
}

func (s *session) readme() string {
	s.t.Helper()
	data, err := os.ReadFile(filepath.Join(s.dir, "shop", "README.md"))
	require.NoError(s.t, err, s.printed())
	return string(data)
}

// untouched checks that the folder holds nothing but the set.
func (s *session) untouched() {
	s.t.Helper()
	entries, err := os.ReadDir(s.dir)
	require.NoError(s.t, err)
	require.Len(s.t, entries, 1)
}

var newShop = []string{"new", "shop", "--templates", "set", "--no-git", "--no-lock"}

func TestTerminalNew(t *testing.T) {
	s := start(t, nil, newShop...)
	s.expect("What is it called?").send("?\r").expect("It becomes the title.")
	s.send("shop\r").expect("X a capital letter first").send("Shop\r")
	s.expect("Which database?").send("\x1b[B\r")
	s.expect("With Docker?").send("n\r")
	s.expect("Which extras?").send("\x1b[B \r")
	s.expect("Are these answers right?").expect("database: postgres").send("\r")
	require.Equal(t, 0, s.code())
	require.Equal(t, "Shop postgres false one+two\n", s.readme())
	require.Contains(t, s.stdout.String(), "next:")
	require.NotContains(t, s.stdout.String(), "called?", "questions belong on the error stream")
}

// TestTerminalReview: one answer is changed at the end, and the others stay.
func TestTerminalReview(t *testing.T) {
	s := start(t, nil, append(newShop, "--json")...)
	s.expect("called?").send("Shop\r").expect("database?").send("\r").expect("Docker?").send("\r").expect("extras?").send("\r")
	s.expect("go on").send("\x1b[B\r")
	s.expect("called?").send("Other\r")
	s.expect("project_name: Other").send("\r")
	require.Equal(t, 0, s.code())
	require.Equal(t, "Other sqlite true one\n", s.readme())
	require.True(t, strings.HasPrefix(s.stdout.String(), "{"), s.stdout.String())
}

// TestTerminalCancel: whatever ends a question, at whichever question, nothing is written and the exit code is 2.
func TestTerminalCancel(t *testing.T) {
	questions := []string{"called?", "database?", "Docker?", "extras?", "go on"}
	ends := map[string]func(*session){
		"Ctrl-C":  func(s *session) { s.send("\x03") },
		"Ctrl-D":  func(s *session) { s.send("\x04") },
		"SIGTERM": func(s *session) { s.cmd.Process.Signal(syscall.SIGTERM) },
		"SIGINT":  func(s *session) { s.cmd.Process.Signal(syscall.SIGINT) },
	}
	for at := range questions {
		for name, end := range ends {
			t.Run(strings.Trim(questions[at], "?")+" "+name, func(t *testing.T) {
				t.Parallel()
				s := start(t, nil, newShop...)
				for _, earlier := range questions[:at] {
					s.expect(earlier).send("\r")
				}
				s.expect(questions[at])
				end(s)
				require.Equal(t, 2, s.code(), s.printed())
				s.expect("scaffold: cancelled, nothing was changed")
				s.untouched()
			})
		}
	}
}

// TestTerminalNeverAsks: what says that nobody is there is believed, even with a terminal.
func TestTerminalNeverAsks(t *testing.T) {
	for name, test := range map[string]struct {
		env  string
		args []string
	}{
		"--no-input": {"A=b", []string{"--no-input"}},
		"--yes":      {"A=b", []string{"--yes"}},
		"CI":         {"CI=true", nil},
		"dumb":       {"TERM=dumb", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, []string{test.env}, append(append([]string{}, newShop...), test.args...)...)
			require.Equal(t, 0, s.code(), s.printed())
			require.NotContains(t, s.printed(), "called?")
			require.Equal(t, "Demo sqlite true one\n", s.readme())
			if name == "dumb" {
				require.NotContains(t, s.printed()+s.stdout.String(), "\x1b")
			}
		})
	}
}

// TestNoTerminalNeverWaits: a closed input, an empty one, and a pipe that never ends.
func TestNoTerminalNeverWaits(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	forever, writer, err := os.Pipe()
	require.NoError(t, err)
	defer writer.Close()
	for name, stdin := range map[string]*os.File{"empty": nil, "pipe": forever} {
		t.Run(name, func(t *testing.T) {
			dir := setFolder(t)
			cmd := exec.CommandContext(t.Context(), self)
			cmd.Args, cmd.Dir, cmd.Env = append([]string{"scaffold"}, newShop...), dir, []string{"TERM=xterm"}
			if stdin != nil {
				cmd.Stdin = stdin
			}
			timer := time.AfterFunc(deadline, func() { cmd.Process.Kill() })
			defer timer.Stop()
			printed, err := cmd.CombinedOutput()
			require.NoError(t, err, string(printed))
			require.NotRegexp(t, regexp.MustCompile(`\x1b`), string(printed))
		})
	}
}

// TestTerminalConfirm: a change of a project is shown and confirmed before it is written.
func TestTerminalConfirm(t *testing.T) {
	made := start(t, nil, append(newShop, "--yes")...)
	require.Equal(t, 0, made.code(), made.printed())
	change := []string{"update", "--templates", "../set", "--set", "database=postgres"}
	run := func(answer string) int {
		s := startIn(t, filepath.Join(made.dir, "shop"), nil, change...)
		s.expect("update    README.md").expect("Write these changes?").send(answer)
		return s.code()
	}
	require.Equal(t, 2, run("n\r"))
	require.Equal(t, "Demo sqlite true one\n", made.readme())
	require.Equal(t, 2, run("\x04"))
	require.Equal(t, "Demo sqlite true one\n", made.readme())
	require.Equal(t, 0, run("\r"))
	require.Equal(t, "Demo postgres true one\n", made.readme())
}

// TestTerminalUpdateAsksOnlyNewQuestions: on a terminal an update asks what is new, and what was stored and no longer
// fits; nothing else (scenarios 42, 43).
func TestTerminalUpdateAsksOnlyNewQuestions(t *testing.T) {
	made := start(t, nil, append(newShop, "--yes")...)
	require.Equal(t, 0, made.code(), made.printed())
	set := filepath.Join(made.dir, "set", "templates.yaml")
	text, err := os.ReadFile(set)
	require.NoError(t, err)
	changed := strings.Replace(string(text), "{value: sqlite, help: a file}, ", "", 1)
	changed = strings.Replace(changed, "default: sqlite", "default: postgres", 1)
	changed += "  - {name: colour, kind: text, prompt: Which colour?, default: red}\n"
	require.NoError(t, os.WriteFile(set, []byte(changed), 0o644))

	s := startIn(t, filepath.Join(made.dir, "shop"), nil, "update", "--templates", "../set")
	s.expect("Which database?").send("\r").expect("Which colour?").send("blue\r").expect("Write these changes?").send("\r")
	require.Equal(t, 0, s.code(), s.printed())
	for _, known := range []string{"called?", "Docker?", "extras?"} {
		require.NotContains(t, s.printed(), known)
	}
	stored, err := os.ReadFile(filepath.Join(made.dir, "shop", ".scaffold", "answers.yaml"))
	require.NoError(t, err)
	require.Contains(t, string(stored), "colour: blue")
	require.Contains(t, string(stored), "database: postgres")
}
