//go:build linux

package prompt_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/cmd/prompt"
)

// kinds asks each kind of question and drops the answer.
func kinds(c *console) map[string]func() (any, error) {
	return map[string]func() (any, error){
		"text":    func() (any, error) { return c.prompt.Input(name, "Shop", nil) },
		"choice":  func() (any, error) { return c.prompt.Select(database, databases, 0) },
		"multi":   func() (any, error) { return c.prompt.MultiSelect(database, databases, []int{0}, nil) },
		"confirm": func() (any, error) { return c.prompt.Confirm(database, true) },
	}
}

// TestCancel: every kind ends with ErrCancelled, the terminal restored, however it is ended.
func TestCancel(t *testing.T) {
	endings := map[string]func(c *console){
		"Ctrl-C":           func(c *console) { c.send(ctrlC) },
		"Ctrl-D":           func(c *console) { c.send(ctrlD) },
		"Ctrl-D in a word": func(c *console) { c.send("ab" + ctrlD) },
		"signal":           func(c *console) { c.cancel() },
	}
	for _, kind := range []string{"text", "choice", "multi", "confirm"} {
		for ending, end := range endings {
			t.Run(kind+" "+ending, func(t *testing.T) {
				c := newConsole(t, 80, 24)
				answer := run(c, kinds(c)[kind])
				c.expect("?")
				end(c)
				_, err := answer()
				require.ErrorIs(t, err, prompt.ErrCancelled)
				c.restored()
			})
		}
	}
}

// TestCancelBetweenQuestions: a Ctrl-D that comes while the terminal still reads lines is not lost.
func TestCancelBetweenQuestions(t *testing.T) {
	for kind := range kinds(&console{}) {
		t.Run(kind, func(t *testing.T) {
			c := newConsole(t, 80, 24)
			c.ahead(ctrlD)
			_, err := run(c, kinds(c)[kind])()
			require.ErrorIs(t, err, prompt.ErrCancelled)
		})
	}
}

func TestClosedTerminal(t *testing.T) {
	for _, kind := range []string{"text", "choice", "multi", "confirm"} {
		t.Run(kind, func(t *testing.T) {
			c := newConsole(t, 80, 24)
			answer := run(c, kinds(c)[kind])
			c.expect("?")
			c.keys.Close()
			_, err := answer()
			require.Error(t, err)
		})
	}
}

// TestAnyKeys: no keys whatever make a question fail in another way than by an answer or by Ctrl-C.
func TestAnyKeys(t *testing.T) {
	pieces := []string{
		up, down, left, home, del, "\x1b[C", "\x1b[F", "\x1b", "\x1b[", "\x1bO", "\x1b[1;5A", "\x1b[3", " ", "?", "a", "é", "日", "\t",
		"\x7f", "\b", "\x01", "\x02", "\x06", "\x0e", "\x10", "\x11", "\x12", "\x17", "\x18", "\xff", "\xe6\x97", "\u202e", "R", "\x1b[1;1R",
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		var b strings.Builder
		for range 60 {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		for kind := range kinds(&console{}) {
			t.Run(kind, func(t *testing.T) {
				c := newConsole(t, 40, 10)
				answer := run(c, kinds(c)[kind])
				c.send(b.String())
				c.send(ctrlC)
				_, err := answer()
				require.ErrorIs(t, err, prompt.ErrCancelled)
				c.restored()
			})
		}
	}
}
