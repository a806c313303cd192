//go:build linux

package prompt_test

import (
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
