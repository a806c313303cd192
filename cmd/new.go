package cmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"example.com/scaffold/cmd/prompt"
	"example.com/scaffold/generator"
	"example.com/scaffold/generator/tree"
)

type newOptions struct {
	change    changeFlags
	dir       string
	agents    []string
	answers   string
	sets      []string
	templates string
	noLock    bool
	noGit     bool
}

func newNew(a *app) *cobra.Command {
	o := newOptions{}
	c := &cobra.Command{
		Use:   "new DIR",
		Short: "Make a project in DIR",
		Long: `Make a project in DIR from agent definitions and answers.

What the flags leave open is asked at a terminal; --yes takes the defaults. A DIR that holds files already is taken as it
is: the project is merged in, and nothing that is there is overwritten. Where a file of the project is there already with
another content, nothing is written; "scaffold adopt" is for such a folder. After writing, "git init" and "uv lock" are run
where they are of use and the programs are there.`,
		Example: `  scaffold new shop --agent planner.md
  scaffold new shop --yes
  scaffold new shop --answers shop.yaml --set auth=jwt --no-input --json
  scaffold new shop --yes --dry-run --diff`,
		Args: arguments(1, 1, "one DIR"),
		RunE: func(_ *cobra.Command, args []string) error {
			o.dir = args[0]
			return a.runNew(o)
		},
	}
	o.change.add(c)
	flags := c.Flags()
	flags.StringArrayVar(&o.agents, "agent", nil, "an agent definition, a `FILE`; can be given again (default: the built-in planner)")
	flags.StringVar(&o.answers, "answers", "", "answers from a `FILE`, - is standard input")
	flags.StringArrayVar(&o.sets, "set", nil, "an answer, `KEY=VALUE`; can be given again, and wins over the file")
	flags.StringVar(&o.templates, "templates", "", "the template set in this `DIR` instead of the built-in one")
	flags.BoolVar(&o.noLock, "no-lock", false, "don't run uv lock")
	flags.BoolVar(&o.noGit, "no-git", false, "don't run git init")
	return c
}

func (a *app) runNew(o newOptions) error {
	project, err := a.newProject(o)
	if err != nil {
		return err
	}
	run, err := generator.New(project)
	if err != nil {
		return err
	}
	left := a.finish(run, o.change, "")
	if left != nil && !isLeft(left) {
		return left
	}
	a.lacks(run.Agents)
	if !a.changed {
		return left
	}
	if err := a.afterNew(run.Root, o); err != nil {
		return err
	}
	if !o.change.json {
		fmt.Fprintf(a.Out, "next:\n  cd %s\n  uv sync\n  uv run pytest\n", tree.Word(prompt.Printable(a.shown(run.Root))))
	}
	return left
}
