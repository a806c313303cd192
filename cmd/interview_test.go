package cmd_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/cmd"
	"example.com/scaffold/cmd/prompt"
	"example.com/scaffold/generator/layer"
)

// person is a Prompter with ready answers: typed text, an index, indexes or a bool. It fails on a question that it has no
// answer for, and tries the next answer where one is not accepted.
type person struct {
	t       *testing.T
	answers []any
	asked   []string
	wrong   []string
}

func (p *person) next(q prompt.Question) any {
	p.t.Helper()
	p.asked = append(p.asked, q.Message)
	require.NotEmpty(p.t, p.answers, "not expected to be asked: %s", q.Message)
	answer := p.answers[0]
	p.answers = p.answers[1:]
	return answer
}

func (p *person) Input(q prompt.Question, def string, check func(string) error) (string, error) {
	for {
		answer := p.next(q)
		if err, ok := answer.(error); ok {
			return "", err
		}
		text := answer.(string)
		if text == "" {
			text = def
		}
		err := check(text)
		if err == nil {
			return text, nil
		}
		p.wrong = append(p.wrong, err.Error())
	}
}

func (p *person) Select(q prompt.Question, options []prompt.Option, _ int) (int, error) {
	answer := p.next(q)
	if err, ok := answer.(error); ok {
		return 0, err
	}
	require.Less(p.t, answer.(int), len(options))
	return answer.(int), nil
}

func (p *person) MultiSelect(q prompt.Question, _ []prompt.Option, _ []int, check func([]int) error) ([]int, error) {
	answer := p.next(q).([]int)
	return answer, check(answer)
}

func (p *person) Confirm(q prompt.Question, _ bool) (bool, error) { return p.next(q).(bool), nil }

func accept(any) error { return nil }

func TestAsk(t *testing.T) {
	choices := []layer.Choice{{Value: "a"}, {Value: "b"}, {Value: "c"}}
	tests := []struct {
		name     string
		question layer.Question
		def      any
		answers  []any
		want     any
		wrong    []string
	}{
		{"text", layer.Question{Kind: "text"}, "Demo", []any{"Shop"}, "Shop", nil},
		{"text default", layer.Question{Kind: "text"}, "Demo", []any{""}, "Demo", nil},
		{"int", layer.Question{Kind: "int"}, 3, []any{"x", "7"}, 7, []string{`"x" is not a whole number`}},
		{"choice", layer.Question{Kind: "choice", Choices: choices}, "a", []any{2}, "c", nil},
		{"multi", layer.Question{Kind: "multi", Choices: choices}, []string{"a"}, []any{[]int{1, 2}}, []string{"b", "c"}, nil},
		{"bool", layer.Question{Kind: "bool"}, false, []any{true}, true, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := &person{t: t, answers: test.answers}
			got, err := cmd.NewInterview(p).Ask(test.question, test.def, accept)
			require.NoError(t, err)
			require.Equal(t, test.want, got)
			require.Equal(t, test.wrong, p.wrong)
		})
	}
}

func TestAskWrongAnswer(t *testing.T) {
	p := &person{t: t, answers: []any{"no", "yes"}}
	got, err := cmd.NewInterview(p).Ask(layer.Question{Name: "q", Kind: "text"}, nil, func(v any) error {
		if v != "yes" {
			return errors.New("say yes")
		}
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, "yes", got)
	require.Equal(t, []string{"say yes"}, p.wrong)
	require.Equal(t, []string{"q", "q"}, p.asked)
}

func TestReview(t *testing.T) {
	questions := []layer.Question{{Name: "a"}, {Name: "b"}}
	values := map[string]any{"a": "x", "b": []string{"y", "z"}}
	for chosen, want := range []string{"", "a", "b"} {
		got, err := cmd.NewInterview(&person{t: t, answers: []any{chosen}}).Review(questions, values)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := cmd.NewInterview(&person{t: t, answers: []any{prompt.ErrCancelled}}).Review(questions, values)
	require.ErrorIs(t, err, prompt.ErrCancelled)
}
