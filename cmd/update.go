package cmd

import (
	"github.com/spf13/cobra"

	"example.com/scaffold/generator"
)

// updateOptions are those of the commands that change an existing project by its answers.
type updateOptions struct {
	change     changeFlags
	sets       []string
	templates  string
	restore    []string
	allowOlder bool
}

func (o *updateOptions) addSet(c *cobra.Command) {
	c.Flags().StringArrayVar(&o.sets, "set", nil, "change an answer, `KEY=VALUE`; can be given again")
	c.Flags().StringVar(&o.templates, "templates", "", "the template set in this `DIR` instead of the recorded one")
	c.Flags().BoolVar(&o.allowOlder, "allow-older", false, "allow a template set older than the recorded one")
}

func (o *updateOptions) addRestore(c *cobra.Command) {
	c.Flags().StringArrayVar(&o.restore, "restore", nil, "bring back this `PATH`, which was deleted; can be given again")
}

func newUpdate(a *app) *cobra.Command {
	o := updateOptions{}
	c := &cobra.Command{
		Use:   "update",
		Short: "Bring the project to its answers and templates",
		Long: `Render the project with this program's templates, or with those of --templates, and merge the result into the folder.
What you edited stays yours: both sides of a place that both changed are kept between marker lines, and named.`,
		Example: `  scaffold update --dry-run --diff
  scaffold update --set database=postgres
  scaffold update --restore docs/deploy.md`,
		Args: arguments(0, 0, ""),
		RunE: func(*cobra.Command, []string) error { return a.runChange(o, "Write these changes?", planUpdate) },
	}
	o.change.add(c)
	o.addSet(c)
	o.addRestore(c)
	return c
}

func newDiff(a *app) *cobra.Command {
	o := updateOptions{}
	o.change.diff, o.change.noInput = true, false
	c := &cobra.Command{
		Use:   "diff",
		Short: "Show what update would write, as a unified diff",
		Args:  arguments(0, 0, ""),
		RunE:  func(*cobra.Command, []string) error { return a.runChange(o, "", planUpdate) },
	}
	c.Flags().BoolVar(&o.change.json, "json", false, "report as one JSON object")
	c.Flags().BoolVarP(&o.change.yes, "yes", "y", false, "take defaults for what is not answered")
	c.Flags().BoolVar(&o.change.noInput, "no-input", false, "never ask; fail where an answer is missing")
	o.addSet(c)
	o.addRestore(c)
	return c
}

// runChange plans a change of the project around the working folder, and finishes it.
func (a *app) runChange(o updateOptions, confirm string, plan func(*app, string, updateOptions) (*generator.Run, error)) error {
	root, err := a.project()
	if err != nil {
		return err
	}
	run, err := plan(a, root, o)
	if err != nil {
		return err
	}
	left := a.finish(run, o.change, confirm)
	if left == nil || isLeft(left) {
		a.lacks(run.Agents)
	}
	return left
}
