//go:build linux

package prompt_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"

	"example.com/scaffold/cmd/prompt"
)

var (
	name      = prompt.Question{Message: "What is the project called?", Help: "It becomes the title.\nLetters and blanks."}
	database  = prompt.Question{Message: "Which database?", Help: "SQLite needs no server."}
	databases = []prompt.Option{{Value: "sqlite", Help: "a file"}, {Value: "postgres", Help: "a server"}, {Value: "none"}}
)

func short(s string) error {
	if len(s) > 5 {
		return errors.New("at most 5 characters")
	}
	return nil
}

func TestInput(t *testing.T) {
	tests := []struct {
		name, def, keys, want string
	}{
		{"typed", "", "Shop\r", "Shop"},
		{"default", "Shop", "\r", "Shop"},
		{"long default", strings.Repeat("long ", 30), "\r", strings.Repeat("long ", 30)},
		{"default with control characters", "a\x1b[2Jb", "\r", "a\x1b[2Jb"},
		{"edited in the middle", "", "Shp" + left + "o\r", "Shop"},
		{"edited at the start", "", "hop" + home + "S\r", "Shop"},
		{"erased", "", "Shopx\x7f\r", "Shop"},
		{"deleted in the middle", "", "Sxhop" + home + "\x1b[C" + del + "\r", "Shop"},
		{"unknown escape sequences and keys", "", "Sh\x1b[1;5C\x1bx\x1b[200~op\x1b[24;80R\r", "Shop"},
		{"not ASCII", "", "Überß 日本\r", "Überß 日本"},
		{"not UTF-8", "", "a\xff\xfeb\r", "ab"},
		{"blanks stay", "", " a b \r", " a b "},
		{"longer than the screen", "", strings.Repeat("word ", 40) + "\r", strings.Repeat("word ", 40)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newConsole(t, 80, 24)
			answer := run(c, func() (string, error) { return c.prompt.Input(name, test.def, nil) })
			c.expect("called?")
			c.send(test.keys)
			got, err := answer()
			require.NoError(t, err)
			require.Equal(t, test.want, got)
			c.restored()
		})
	}
}

func TestInputHelpAndWrongAnswer(t *testing.T) {
	c := newConsole(t, 80, 24)
	answer := run(c, func() (string, error) { return c.prompt.Input(name, "", short) })
	c.expect("[? for help]")
	c.send("?\r")
	c.expect("Letters and blanks.")
	c.send("too long\r")
	c.expect("X at most 5 characters")
	c.send("Shop\r")
	got, err := answer()
	require.NoError(t, err)
	require.Equal(t, "Shop", got)
	c.expect("? What is the project called? Shop")
}

func TestSelect(t *testing.T) {
	tests := []struct {
		name, keys string
		def, want  int
	}{
		{"default", "\r", 1, 1},
		{"down", down + "\r", 0, 1},
		{"up goes to the end", up + "\r", 0, 2},
		{"typing filters nothing away", "zzz\r", 0, 0},
		{"default outside the options", "\r", 9, 0},
		{"help", "?" + down + "\r", 0, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newConsole(t, 80, 24)
			answer := run(c, func() (int, error) { return c.prompt.Select(database, databases, test.def) })
			c.expect("postgres  a server")
			c.send(test.keys)
			got, err := answer()
			require.NoError(t, err)
			require.Equal(t, test.want, got)
			c.expect("Which database? " + databases[test.want].Value)
			c.restored()
		})
	}
}

func TestSelectHelp(t *testing.T) {
	c := newConsole(t, 80, 24)
	answer := run(c, func() (int, error) { return c.prompt.Select(database, databases, 0) })
	c.expect("? for help")
	c.send("?")
	c.expect("SQLite needs no server.")
	c.send("\r")
	_, err := answer()
	require.NoError(t, err)
}

func TestMultiSelect(t *testing.T) {
	notNone := func(chosen []int) error {
		if len(chosen) == 0 {
			return errors.New("choose one at least")
		}
		return nil
	}
	tests := []struct {
		name, keys string
		def, want  []int
	}{
		{"defaults", "\r", []int{0, 2}, []int{0, 2}},
		{"marked", down + " " + down + " \r", nil, []int{1, 2}},
		{"unmarked", " \r", []int{0, 1}, []int{1}},
		{"typing filters nothing away", "zz" + up + " \r", nil, []int{2}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newConsole(t, 80, 24)
			answer := run(c, func() ([]int, error) { return c.prompt.MultiSelect(database, databases, test.def, notNone) })
			c.expect("] none")
			c.send(test.keys)
			got, err := answer()
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
}

func TestMultiSelectWrongAnswer(t *testing.T) {
	c := newConsole(t, 80, 24)
	wrong := func(chosen []int) error {
		if len(chosen) != 1 {
			return errors.New("choose one")
		}
		return nil
	}
	answer := run(c, func() ([]int, error) { return c.prompt.MultiSelect(database, databases, nil, wrong) })
	c.expect("[ ] none")
	c.send("\r")
	c.expect("X choose one")
	c.send(" \r")
	got, err := answer()
	require.NoError(t, err)
	require.Equal(t, []int{0}, got)
}

func TestConfirm(t *testing.T) {
	for _, test := range []struct {
		keys      string
		def, want bool
	}{
		{"\r", true, true}, {"\r", false, false}, {"y\r", false, true}, {"No\r", true, false}, {"maybe\ry\r", false, true}, {"?\rn\r", true, false},
	} {
		t.Run(test.keys, func(t *testing.T) {
			c := newConsole(t, 80, 24)
			answer := run(c, func() (bool, error) { return c.prompt.Confirm(database, test.def) })
			c.expect("Which database?")
			c.send(test.keys)
			got, err := answer()
			require.NoError(t, err)
			require.Equal(t, test.want, got)
			c.restored()
		})
	}
}

// TestTypeAhead: keys that were pressed before a question came are its answer, and none is lost between two questions.
func TestTypeAhead(t *testing.T) {
	c := newConsole(t, 80, 24)
	type answers struct {
		name     string
		database int
		sure     bool
	}
	got := run(c, func() (a answers, err error) {
		a.name, err = c.prompt.Input(name, "", nil)
		if err == nil {
			a.database, err = c.prompt.Select(database, databases, 0)
		}
		if err == nil {
			a.sure, err = c.prompt.Confirm(name, false)
		}
		return a, err
	})
	c.expect("What is")
	c.send("Shop\r" + down + "\r" + "y\r")
	a, err := got()
	require.NoError(t, err)
	require.Equal(t, answers{"Shop", 1, true}, a)
}

// TestScreenAtTheBottom: questions in the last row of a small terminal overwrite nothing that was there before.
func TestScreenAtTheBottom(t *testing.T) {
	c := newConsole(t, 60, 8)
	c.tty.WriteString(strings.Repeat("earlier\r\n", 12))
	answer := run(c, func() (string, error) {
		if _, err := c.prompt.Input(name, "", short); err != nil {
			return "", err
		}
		return c.prompt.Input(prompt.Question{Message: "And then?"}, "", nil)
	})
	c.expect("What is")
	c.send("too long\r")
	c.expect("X at most")
	c.send("one\r")
	c.expect("And then?")
	c.send("two\r")
	_, err := answer()
	require.NoError(t, err)
	c.expect("? And then? two")
	require.Regexp(t, `earlier\s*\nX at most 5 characters\s*\n\? What is the project called\? one\s*\n\? And then\? two`, c.screen.String())
}

// TestHostileText: control characters of a template set reach the terminal in no place.
func TestHostileText(t *testing.T) {
	const hostile = "a\x1b]0;title\x07b\x9b31mc\u202ed\r\ne\x7f"
	q := prompt.Question{Message: hostile, Help: hostile}
	options := []prompt.Option{{Value: hostile, Help: hostile}, {Value: "plain", Help: hostile}}
	wrong := errors.New(hostile)
	asks := map[string]func(c *console) (any, error){
		"text": func(c *console) (any, error) {
			return c.prompt.Input(q, hostile, func(s string) error {
				if s == hostile {
					return wrong
				}
				return nil
			})
		},
		"choice":  func(c *console) (any, error) { return c.prompt.Select(q, options, 0) },
		"multi":   func(c *console) (any, error) { return c.prompt.MultiSelect(q, options, nil, nil) },
		"confirm": func(c *console) (any, error) { return c.prompt.Confirm(q, true) },
	}
	for kind, ask := range asks {
		t.Run(kind, func(t *testing.T) {
			c := newConsole(t, 80, 24)
			answer := run(c, func() (any, error) { return ask(c) })
			c.expect(`a\x1b]0;title`)
			c.send("?\r")
			if kind == "text" {
				c.send("\r")
				c.expect(`X a\x1b]0;title`)
				c.send("ok\r")
			}
			if kind == "confirm" {
				c.send("\r")
			}
			_, err := answer()
			require.NoError(t, err)
			clean := regexp.MustCompile(`\x1b(\[[0-9;?]*[A-Za-z]|[78])`).ReplaceAllString(c.raw.String(), "")
			require.NotRegexp(t, `[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x{9f}\x{202e}]`, clean)
		})
	}
}

// TestWidth: no line of a question is 60 columns or wider, so that it is not drawn twice on a narrow screen.
func TestWidth(t *testing.T) {
	long := strings.Repeat("many words that say very little ", 8)
	q := prompt.Question{Message: long, Help: long}
	options := []prompt.Option{{Value: "short", Help: long}, {Value: strings.Repeat("x", 200), Help: "y"}}
	asks := map[string]func(c *console) (any, error){
		"text":    func(c *console) (any, error) { return c.prompt.Input(q, long, nil) },
		"choice":  func(c *console) (any, error) { return c.prompt.Select(q, options, 0) },
		"multi":   func(c *console) (any, error) { return c.prompt.MultiSelect(q, options, nil, nil) },
		"confirm": func(c *console) (any, error) { return c.prompt.Confirm(q, true) },
	}
	for kind, ask := range asks {
		t.Run(kind, func(t *testing.T) {
			c := newConsole(t, 200, 50)
			answer := run(c, func() (any, error) { return ask(c) })
			c.expect("many words")
			c.send("?\r")
			if kind == "text" || kind == "confirm" {
				c.send("\r")
			}
			_, err := answer()
			require.NoError(t, err)
			for _, line := range strings.Split(c.screen.String(), "\n") {
				require.Less(t, len(strings.TrimRight(line, " ")), 61, line)
			}
		})
	}
}

func TestNoColour(t *testing.T) {
	c := newConsole(t, 80, 24)
	plain := prompt.New(t.Context(), c.tty, c.tty, false)
	answer := run(c, func() (int, error) { return plain.Select(database, databases, 0) })
	c.expect("postgres")
	c.send("\r")
	_, err := answer()
	require.NoError(t, err)
	require.NotRegexp(t, `\x1b\[[0-9;]*m`, c.raw.String())
}

// TestNoQuestionToTheTerminal: the cursor is never asked for, since not every terminal answers.
func TestNoQuestionToTheTerminal(t *testing.T) {
	c := newConsole(t, 80, 24)
	answer := run(c, func() (string, error) { return c.prompt.Input(name, "", nil) })
	c.expect("What is")
	c.send("a" + left + "b\r")
	started := time.Now()
	_, err := answer()
	require.NoError(t, err)
	require.Less(t, time.Since(started), 5*time.Second)
	require.NotContains(t, c.raw.String(), "\x1b[6n")
}

func TestPrintable(t *testing.T) {
	tests := []struct{ in, want string }{
		{"plain text", "plain text"},
		{"Größe 日本 👩\u200d🚀", "Größe 日本 👩\u200d🚀"},
		{"a\nb\tc\rd", `a\nb\tc\rd`},
		{"\x1b[31m\x07\x7f", `\x1b[31m\x07\x7f`},
		{"\u202e\u2066\u200b\u2028\ufeff", `\u202e\u2066\u200b\u2028\ufeff`},
		{"a\xffb\u0085", `a\xffb\u0085`},
		{"\U000e0041", `\U000e0041`},
	}
	for _, test := range tests {
		require.Equal(t, test.want, prompt.Printable(test.in))
	}
	require.Equal(t, "a\nb    c\n"+`\x1b`, prompt.PrintableLines("a\r\nb\tc\n\x1b"))
}

// TestOddSizes: a terminal that does not tell its size, or is very small, is asked like any other.
func TestOddSizes(t *testing.T) {
	for _, size := range []pty.Winsize{{}, {Cols: 20, Rows: 5}, {Cols: 1, Rows: 1}} {
		for kind := range kinds(&console{}) {
			t.Run(fmt.Sprintf("%s %dx%d", kind, size.Cols, size.Rows), func(t *testing.T) {
				c := newConsole(t, 80, 24)
				require.NoError(t, pty.Setsize(c.tty, &size))
				answer := run(c, kinds(c)[kind])
				c.wait("something is asked", func() bool { return strings.Contains(c.raw.String(), "?") })
				c.send("\r")
				_, err := answer()
				require.NoError(t, err)
				c.restored()
			})
		}
	}
}
