package cmd

import (
	"github.com/spf13/cobra"

	"example.com/scaffold/generator"
)

func newUndo(a *app) *cobra.Command {
	f := changeFlags{}
	c := &cobra.Command{
		Use:   "undo",
		Short: "Take back the last change",
		Long: `Take back what the last command wrote, bytes and modes; again, what the one before wrote. It is refused where a file was
edited since, and that file is named.`,
		Args: arguments(0, 0, ""),
		RunE: func(*cobra.Command, []string) error { return a.runUndo(f) },
	}
	f.add(c)
	return c
}

func (a *app) runUndo(f changeFlags) error {
	root, err := a.project()
	if err != nil {
		return err
	}
	run, err := generator.Undo(a.ctx, root)
	if err != nil {
		return err
	}
	return a.finish(run, f, "Take this back?")
}

func newAdopt(a *app) *cobra.Command {
	o := newOptions{}
	c := &cobra.Command{
		Use:   "adopt [DIR]",
		Short: "Put an existing repository under scaffold",
		Long: `Put an existing FastAPI repository under scaffold: its answers are inferred from pyproject.toml and the tree, and asked for
at a terminal. Only .scaffold/ and what is missing is written; no file that exists is changed.`,
		Args: arguments(0, 1, "one DIR"),
		RunE: func(_ *cobra.Command, args []string) error {
			o.dir = "."
			if len(args) > 0 {
				o.dir = args[0]
			}
			return a.runAdopt(o)
		},
	}
	o.change.add(c)
	flags := c.Flags()
	flags.StringArrayVar(&o.agents, "agent", nil, "an agent definition, a `FILE`; can be given again (default: those of .claude/agents, or the built-in planner)")
	flags.StringVar(&o.answers, "answers", "", "answers from a `FILE`, - is standard input")
	flags.StringArrayVar(&o.sets, "set", nil, "an answer, `KEY=VALUE`; can be given again, and wins over what is inferred")
	flags.StringVar(&o.templates, "templates", "", "the template set in this `DIR` instead of the built-in one")
	return c
}

func (a *app) runAdopt(o newOptions) error {
	project, err := a.newProject(o)
	if err != nil {
		return err
	}
	run, err := generator.Adopt(project)
	if err != nil {
		return err
	}
	left := a.finish(run, o.change, "")
	if left == nil || isLeft(left) {
		a.lacks(run.Agents)
	}
	return left
}
