//go:build linux

package prompt_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"example.com/scaffold/cmd/prompt"
)

const (
	deadline = 10 * time.Second

	up, down, left, home = "\x1b[A", "\x1b[B", "\x1b[D", "\x1b[H"
	del                  = "\x1b[3~"
	ctrlC, ctrlD         = "\x03", "\x04"
)

// console is a terminal with a person before it: a pty whose far side is drawn by a terminal emulator. The emulator
// answers no question of the program, as some real terminals don't.
type console struct {
	t      *testing.T
	keys   *os.File
	tty    *os.File
	screen vt10x.Terminal
	raw    *safeBuffer
	cancel context.CancelFunc
	prompt *prompt.Terminal
}

func newConsole(t *testing.T, cols, rows int) *console {
	t.Helper()
	master, tty, err := pty.Open()
	require.NoError(t, err)
	master = interruptible(t, master)
	require.NoError(t, pty.Setsize(tty, &pty.Winsize{Cols: uint16(cols), Rows: uint16(rows)}))
	ctx, cancel := context.WithCancel(context.Background())
	c := &console{
		t: t, keys: master, tty: tty, cancel: cancel, raw: &safeBuffer{},
		screen: vt10x.New(vt10x.WithSize(cols, rows)), prompt: prompt.New(ctx, tty, tty, true),
	}
	go c.draw()
	t.Cleanup(func() {
		cancel()
		master.Close()
		tty.Close()
	})
	return c
}

// interruptible is the same file, whose Close ends a read of it.
func interruptible(t *testing.T, file *os.File) *os.File {
	t.Helper()
	fd, err := unix.Dup(int(file.Fd()))
	require.NoError(t, err)
	require.NoError(t, unix.SetNonblock(fd, true))
	file.Close()
	return os.NewFile(uintptr(fd), "pty")
}

func (c *console) draw() {
	buf := make([]byte, 4096)
	for {
		n, err := c.keys.Read(buf)
		if n > 0 {
			c.raw.Write(buf[:n])
			c.screen.Write(buf[:n])
		}
		if err != nil {
			return
		}
	}
}

// expect waits until the screen shows text.
func (c *console) expect(text string) {
	c.t.Helper()
	c.wait("the screen shows "+text, func() bool { return strings.Contains(c.screen.String(), text) })
}

func (c *console) wait(what string, done func() bool) {
	c.t.Helper()
	for end := time.Now().Add(deadline); !done(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			c.t.Fatalf("not in time: %s; the screen is:\n%s", what, c.screen.String())
		}
	}
}

// send presses keys, once the program reads them one by one: before that, a Ctrl-C would be a signal, which this terminal
// has nobody to send to.
func (c *console) send(keys string) {
	c.t.Helper()
	c.wait("single keys are read", func() bool {
		state, err := unix.IoctlGetTermios(int(c.tty.Fd()), unix.TCGETS)
		return err == nil && state.Lflag&unix.ICANON == 0
	})
	c.ahead(keys)
}

// ahead presses keys at any time.
func (c *console) ahead(keys string) {
	c.t.Helper()
	_, err := c.keys.WriteString(keys)
	require.NoError(c.t, err)
}

// run asks in the background; the result comes within the deadline or the test fails.
func run[T any](c *console, ask func() (T, error)) func() (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		v, err := ask()
		done <- result{v, err}
	}()
	return func() (T, error) {
		c.t.Helper()
		select {
		case r := <-done:
			return r.value, r.err
		case <-time.After(deadline):
			c.t.Fatalf("no answer in time; the screen is:\n%s", c.screen.String())
			panic("unreachable")
		}
	}
}

// restored checks that the terminal echoes, reads lines, makes signals and shows its cursor.
func (c *console) restored() {
	c.t.Helper()
	state, err := unix.IoctlGetTermios(int(c.tty.Fd()), unix.TCGETS)
	require.NoError(c.t, err)
	const cooked = unix.ECHO | unix.ICANON | unix.ISIG
	require.EqualValues(c.t, cooked, state.Lflag&cooked, "terminal modes")
	c.wait("cursor visible", func() bool {
		c.screen.Lock()
		defer c.screen.Unlock()
		return c.screen.CursorVisible()
	})
}
