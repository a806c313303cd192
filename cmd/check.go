package cmd

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"example.com/scaffold/cmd/prompt"
	"example.com/scaffold/generator"
)

type checkOptions struct {
	json, sarif, strict, fix bool
	templates                string
}

func newCheck(a *app) *cobra.Command {
	o := checkOptions{}
	c := &cobra.Command{
		Use:   "check",
		Short: "Say what is not as it should be: drift, conflicts, state, agents",
		Long: `Say what is not as it should be, and without --fix write nothing: files that are missing, marker lines and .scaffold-new files of an
earlier conflict, damaged state, newer templates, references to files that are not there, and what "agents lint" finds.
Your own edits are information; --strict makes them problems. In a GitHub workflow the findings become annotations.
With --fix, what can be mended without a decision of yours is written first: what the answers ask for, and files that agents
name and that are gone. Conflicts, newer templates and damaged state are never touched by it.`,
		Args: arguments(0, 0, ""),
		RunE: func(*cobra.Command, []string) error { return a.runCheck(o) },
	}
	flags := c.Flags()
	flags.BoolVar(&o.json, "json", false, "report as one JSON object")
	flags.BoolVar(&o.sarif, "sarif", false, "report as SARIF 2.1.0")
	flags.BoolVar(&o.strict, "strict", false, "your own edits and deletions are problems too")
	flags.BoolVar(&o.fix, "fix", false, "first write what mends a finding without a decision of yours")
	flags.StringVar(&o.templates, "templates", "", "the template set in this `DIR` instead of the recorded one")
	return c
}

func (a *app) runCheck(o checkOptions) error {
	if o.json && o.sarif {
		return errors.New("--json and --sarif are two reports; give one of them")
	}
	root, err := a.project()
	if err != nil {
		return err
	}
	if o.fix {
		if err := a.fix(root, o); err != nil {
			return err
		}
	}
	findings, err := checkProject(a, root, o)
	if err != nil {
		return err
	}
	sortFindings(findings)
	if err := a.reportCheck(root, findings, o); err != nil {
		return err
	}
	if problems(findings) > 0 {
		return errLeft
	}
	return nil
}

// fix writes what mends findings, and says so on standard error: standard output is the report's.
func (a *app) fix(root string, o checkOptions) error {
	c, err := a.checkOptions(o)
	if err != nil {
		return err
	}
	found, err := generator.Check(root, c)
	if err != nil {
		return err
	}
	run, err := generator.Fix(root, found, c)
	if err != nil || run == nil || run.Clean() {
		return err
	}
	if err := a.apply(run, len(run.Changeset.Steps)); err != nil {
		return err
	}
	for _, step := range run.Changeset.Steps {
		if len(step.Writes) > 0 {
			a.say("mended: %s %s", step.Action, prompt.Printable(step.Path))
		}
	}
	return nil
}

func (a *app) reportCheck(root string, findings []finding, o checkOptions) error {
	prefix := a.workspacePrefix(root)
	inWorkflow := a.env("GITHUB_ACTIONS") == "true"
	switch {
	case o.sarif:
		if inWorkflow {
			annotations(a.Err, prefix, findings)
		}
		return writeSARIF(a.Out, prefix, findings)
	case o.json:
		if inWorkflow {
			annotations(a.Err, prefix, findings)
		}
		return writeJSON(a.Out, struct {
			Version  int       `json:"version"`
			Clean    bool      `json:"clean"`
			Findings []finding `json:"findings"`
		}{jsonVersion, problems(findings) == 0, append([]finding{}, findings...)})
	}
	if inWorkflow {
		annotations(a.Out, prefix, findings)
	}
	printFindings(a.Out, paint{a.colour(a.out.w)}, findings)
	fmt.Fprintf(a.Out, "%s\n", verdict(findings))
	return nil
}

func verdict(findings []finding) string {
	if problems(findings) == 0 {
		if len(findings) > 0 {
			return "clean, " + tally(findings)
		}
		return "clean"
	}
	return tally(findings)
}

// workspacePrefix is what a project's paths need before them to count from the checked-out repository of a workflow.
func (a *app) workspacePrefix(root string) string {
	workspace := a.env("GITHUB_WORKSPACE")
	if workspace == "" {
		return ""
	}
	rel, err := filepath.Rel(workspace, root)
	rel = filepath.ToSlash(rel)
	if err != nil || rel == "." || rel == ".." || strings.HasPrefix(rel, "../") {
		return ""
	}
	return rel + "/"
}
