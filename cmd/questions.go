package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"example.com/scaffold/cmd/prompt"
	"example.com/scaffold/generator/answers"
	"example.com/scaffold/generator/layer"
)

func newQuestions(a *app) *cobra.Command {
	schema, templates := false, ""
	c := &cobra.Command{
		Use:   "questions",
		Short: "List the questions of the template set",
		Long: `List the questions of the template set with what they allow. --schema prints a JSON Schema (2020-12) of the answers file,
which editors use to complete and check it.`,
		Args: arguments(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			set, err := a.openSet(templates)
			if err != nil {
				return err
			}
			if schema {
				return a.printSchema(set)
			}
			for _, q := range set.Questions {
				fmt.Fprintln(a.Out, describe(q))
			}
			return nil
		},
	}
	c.Flags().BoolVar(&schema, "schema", false, "print the JSON Schema of the answers file")
	c.Flags().StringVar(&templates, "templates", "", "the template set in this `DIR` instead of the built-in one")
	return c
}

func (a *app) printSchema(set *layer.Set) error {
	schema, err := answers.Schema(set)
	if err != nil {
		return err
	}
	_, err = a.Out.Write(append([]byte(strings.TrimRight(string(schema), "\n")), '\n'))
	return err
}

// describe is a question for people: its name, its text, and what it allows.
func describe(q layer.Question) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %s\n", q.Name, q.Kind, prompt.Printable(q.Prompt))
	for _, choice := range q.Choices {
		fmt.Fprintf(&b, "    %s", prompt.Printable(choice.Value))
		if choice.Help != "" {
			fmt.Fprintf(&b, ": %s", prompt.Printable(choice.Help))
		}
		b.WriteByte('\n')
	}
	if q.Help != "" {
		fmt.Fprintf(&b, "    %s\n", strings.ReplaceAll(prompt.PrintableLines(strings.TrimSpace(q.Help)), "\n", "\n    "))
	}
	if q.Pattern != "" {
		fmt.Fprintf(&b, "    matches %s\n", prompt.Printable(q.Pattern))
	}
	if q.Default != nil {
		fmt.Fprintf(&b, "    default: %s\n", prompt.Printable(valueText(q.Default)))
	}
	if when := conditions(q.When); when != "" {
		fmt.Fprintf(&b, "    asked when %s\n", when)
	}
	return b.String()
}

func conditions(when layer.When) string {
	var parts []string
	for _, key := range sortedKeys(when) {
		var values []string
		for _, value := range when[key] {
			values = append(values, valueText(value))
		}
		parts = append(parts, key+" is "+strings.Join(values, " or "))
	}
	return prompt.Printable(strings.Join(parts, ", "))
}

// valueText is a typed answer as --set takes it.
func valueText(value any) string {
	switch v := value.(type) {
	case []string:
		return strings.Join(v, ",")
	case []any:
		var all []string
		for _, item := range v {
			all = append(all, valueText(item))
		}
		return strings.Join(all, ",")
	}
	return fmt.Sprint(value)
}
