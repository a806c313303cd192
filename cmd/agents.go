package cmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"example.com/scaffold/cmd/prompt"
	"example.com/scaffold/generator"
)

func newAgents(a *app) *cobra.Command {
	o := updateOptions{}
	c := &cobra.Command{
		Use:   "agents",
		Short: "Regenerate the agent files",
		Long: `Regenerate every agent file, .mcp.json, AGENTS.md and CLAUDE.md from the answers and the stored definitions.
Edits by hand are merged, as in every update.`,
		Args: noCommand,
		RunE: func(*cobra.Command, []string) error {
			return a.runChange(o, "Write these changes?", planAgents)
		},
	}
	o.change.add(c)
	o.addSet(c)
	c.AddCommand(newAgentsAdd(a), newAgentsRemove(a), newAgentsList(a), newAgentsLint(a))
	return c
}

func newAgentsAdd(a *app) *cobra.Command {
	o := updateOptions{}
	c := &cobra.Command{
		Use:   "add FILE...",
		Short: "Add agent definitions to the project",
		Args:  arguments(1, -1, "a FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			sources, err := a.readAgents(args)
			if err != nil {
				return err
			}
			return a.runChange(o, "Write these changes?", func(a *app, root string, o updateOptions) (*generator.Run, error) {
				return planAgentsAdd(a, root, o, sources)
			})
		},
	}
	o.change.add(c)
	o.addSet(c)
	return c
}

func newAgentsRemove(a *app) *cobra.Command {
	o := updateOptions{}
	c := &cobra.Command{
		Use:   "remove NAME",
		Short: "Take an agent out of the project",
		Args:  arguments(1, 1, "one NAME"),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.runChange(o, "Write these changes?", func(a *app, root string, o updateOptions) (*generator.Run, error) {
				return planAgentsRemove(a, root, o, args[0])
			})
		},
	}
	o.change.add(c)
	o.addSet(c)
	return c
}

type listedAgent struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Path        string `json:"path"`
}

func newAgentsList(a *app) *cobra.Command {
	asJSON := false
	c := &cobra.Command{
		Use:   "list",
		Short: "List the project's agents",
		Args:  arguments(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			root, err := a.project()
			if err != nil {
				return err
			}
			agents, err := listAgents(a, root)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(a.Out, struct {
					Version int           `json:"version"`
					Agents  []listedAgent `json:"agents"`
				}{jsonVersion, agents})
			}
			for _, one := range agents {
				fmt.Fprintf(a.Out, "%s\t%s\n", prompt.Printable(one.Name), prompt.Printable(one.Path))
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "report as one JSON object")
	return c
}
