package cmd

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"example.com/scaffold/cmd/prompt"
	"example.com/scaffold/generator/layer"
)

// interview asks a person the questions of a template set, and at the end whether the answers are right.
type interview struct {
	prompter prompt.Prompter
}

// Ask asks one question and returns the typed answer. def is what an empty line means; check explains a wrong answer.
func (i *interview) Ask(q layer.Question, def any, check func(any) error) (any, error) {
	ask := prompt.Question{Message: q.Prompt, Help: q.Help}
	if ask.Message == "" {
		ask.Message = q.Name
	}
	switch q.Kind {
	case "choice":
		return i.choice(ask, q, def)
	case "multi":
		return i.multi(ask, q, def, check)
	case "bool":
		yes, _ := def.(bool)
		return i.prompter.Confirm(ask, yes)
	case "int":
		return i.number(ask, def, check)
	}
	text := ""
	if def != nil {
		text = fmt.Sprint(def)
	}
	return i.prompter.Input(ask, text, func(s string) error { return check(s) })
}

func (i *interview) number(ask prompt.Question, def any, check func(any) error) (any, error) {
	text := ""
	if def != nil {
		text = fmt.Sprint(def)
	}
	answer, err := i.prompter.Input(ask, text, func(s string) error {
		n, err := strconv.Atoi(s)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", s)
		}
		return check(n)
	})
	if err != nil {
		return nil, err
	}
	return strconv.Atoi(answer)
}

func (i *interview) choice(ask prompt.Question, q layer.Question, def any) (any, error) {
	chosen, err := i.prompter.Select(ask, options(q), slices.IndexFunc(q.Choices, func(c layer.Choice) bool { return c.Value == def }))
	if err != nil {
		return nil, err
	}
	return q.Choices[chosen].Value, nil
}

func (i *interview) multi(ask prompt.Question, q layer.Question, def any, check func(any) error) (any, error) {
	marked := []int{}
	values, _ := def.([]string)
	for at, choice := range q.Choices {
		if slices.Contains(values, choice.Value) {
			marked = append(marked, at)
		}
	}
	picked := func(indexes []int) []string {
		list := []string{}
		for _, at := range indexes {
			list = append(list, q.Choices[at].Value)
		}
		return list
	}
	chosen, err := i.prompter.MultiSelect(ask, options(q), marked, func(indexes []int) error { return check(picked(indexes)) })
	if err != nil {
		return nil, err
	}
	return picked(chosen), nil
}

func options(q layer.Question) []prompt.Option {
	var all []prompt.Option
	for _, choice := range q.Choices {
		all = append(all, prompt.Option{Value: choice.Value, Help: choice.Help})
	}
	return all
}

// Review shows all answers and returns the name of the one to change, or "" when they are right.
func (i *interview) Review(questions []layer.Question, values map[string]any) (string, error) {
	all := []prompt.Option{{Value: "yes, go on"}}
	for _, q := range questions {
		all = append(all, prompt.Option{Value: q.Name + ": " + cmp.Or(valueText(values[q.Name]), "none")})
	}
	chosen, err := i.prompter.Select(prompt.Question{
		Message: "Are these answers right?",
		Help:    "Enter goes on. An answer that you choose is asked again. Ctrl-C ends it all, and nothing is written.",
	}, all, 0)
	if err != nil || chosen == 0 {
		return "", err
	}
	return questions[chosen-1].Name, nil
}
