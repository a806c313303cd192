// Package prompt asks a person at a terminal: the four questions of the program, and nothing about what they mean.
//
// Questions go to the stream given (standard error), answers come from the terminal. Text of a question, of its help
// and of its options is data from a template set: it never reaches the terminal with control characters in it.
// Ctrl-C, Ctrl-D, a closed terminal and a cancelled context all end in ErrCancelled, with the terminal as it was.
package prompt

import (
	"context"
	"errors"
	"os"

	"github.com/AlecAivazis/survey/v2"
)

// ErrCancelled says that the person, or a signal, ended the questions.
var ErrCancelled = errors.New("cancelled")

// Question is what every prompt shows. Help is shown when the person types `?`; it may have several lines.
type Question struct {
	Message string
	Help    string
}

// Option is one of the values of a choice, with a few words on it.
type Option struct {
	Value string
	Help  string
}

// Prompter asks one question at a time and returns a valid answer, or ErrCancelled.
type Prompter interface {
	// Input asks for a line of text. An empty line is the default; check explains a wrong answer, which is asked again.
	Input(q Question, def string, check func(string) error) (string, error)
	// Select asks for one of the options by their index; def is where the cursor begins.
	Select(q Question, options []Option, def int) (int, error)
	// MultiSelect asks for any number of the options; def are those marked at first. The indexes come back sorted.
	MultiSelect(q Question, options []Option, def []int, check func([]int) error) ([]int, error)
	// Confirm asks for yes or no.
	Confirm(q Question, def bool) (bool, error)
}

// Terminal is the Prompter of a real terminal.
type Terminal struct {
	keys   *keys
	screen *screen
}

// New returns a Prompter that reads keys from in and writes to out; both must be terminals. Cancelling ctx ends a
// question that is being asked. Without colour no colour sequence is written.
func New(ctx context.Context, in, out *os.File, colour bool) *Terminal {
	setTemplates()
	k := newKeys(ctx, in)
	s := newScreen(out, colour, k.reply)
	k.broken = func() error { return s.err }
	return &Terminal{keys: k, screen: s}
}

// Input implements Prompter.
func (t *Terminal) Input(q Question, def string, check func(string) error) (string, error) {
	t.keys.list = false
	shown := ""
	if def != "" {
		shown = clip(Printable(def), defaultColumns)
	}
	answer := func(typed string) string {
		if typed == shown {
			return def
		}
		return typed
	}
	p := &survey.Input{Message: t.message(q, helpHint, shown), Default: shown, Help: lines(q.Help)}
	var typed string
	err := t.ask(p, &typed, func(v any) error {
		if check == nil {
			return nil
		}
		return oneLine(check(answer(v.(string))))
	})
	return answer(typed), err
}

// Select implements Prompter.
func (t *Terminal) Select(q Question, options []Option, def int) (int, error) {
	t.keys.list, t.keys.help = true, q.Help != ""
	values, describe := shownOptions(options)
	p := &survey.Select{
		Message: t.message(q, selectHint, ""), Options: values, Default: within(def, len(options)),
		Help: lines(q.Help), Description: describe,
	}
	chosen := 0
	err := t.ask(p, &chosen, nil)
	return chosen, err
}

// MultiSelect implements Prompter.
func (t *Terminal) MultiSelect(q Question, options []Option, def []int, check func([]int) error) ([]int, error) {
	t.keys.list, t.keys.help = true, q.Help != ""
	values, describe := shownOptions(options)
	p := &survey.MultiSelect{
		Message: t.message(q, multiHint, ""), Options: values, Default: def,
		Help: lines(q.Help), Description: describe,
	}
	chosen := []int{}
	err := t.ask(p, &chosen, func(v any) error {
		if check == nil {
			return nil
		}
		return oneLine(check(indexes(v.([]survey.OptionAnswer))))
	})
	return chosen, err
}

// Confirm implements Prompter.
func (t *Terminal) Confirm(q Question, def bool) (bool, error) {
	t.keys.list = false
	p := &survey.Confirm{Message: t.message(q, helpHint, "Y/n"), Default: def, Help: lines(q.Help)}
	yes := false
	err := t.ask(p, &yes, nil)
	return yes, err
}

// ask runs one survey prompt. All its errors but those of the terminal's output mean that nobody answers any more.
func (t *Terminal) ask(p survey.Prompt, answer any, check survey.Validator) error {
	options := []survey.AskOpt{
		survey.WithStdio(t.keys, t.screen, t.screen),
		survey.WithPageSize(t.screen.page()),
		survey.WithRemoveSelectAll(),
		survey.WithRemoveSelectNone(),
		survey.WithShowCursor(true),
	}
	if check != nil {
		options = append(options, survey.WithValidator(check))
	}
	t.keys.first = true
	if err := survey.AskOne(p, answer, options...); err != nil {
		t.screen.freshLine()
		if t.screen.err != nil {
			return t.screen.err
		}
		return ErrCancelled
	}
	return t.screen.err
}

func indexes(options []survey.OptionAnswer) []int {
	list := []int{}
	for _, o := range options {
		list = append(list, o.Index)
	}
	return list
}

func within(i, n int) int {
	if i < 0 || i >= n {
		return 0
	}
	return i
}

func oneLine(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(Printable(err.Error()))
}
