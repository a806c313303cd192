package cmd

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"example.com/scaffold/generator"
)

type checkOptions struct {
	json, sarif, strict bool
	templates           string
}

func newCheck(a *app) *cobra.Command {
	o := checkOptions{}
	c := &cobra.Command{
		Use:   "check",
		Short: "Say what is not as it should be: drift, conflicts, state, agents",
		Long: `Say what is not as it should be, and write nothing: files that are missing, marker lines and .scaffold-new files of an
earlier conflict, damaged state, newer templates, references to files that are not there, and what "agents lint" finds.
Your own edits are information; --strict makes them problems. In a GitHub workflow the findings become annotations.`,
		Args: arguments(0, 0, ""),
		RunE: func(*cobra.Command, []string) error { return a.runCheck(o) },
	}
	flags := c.Flags()
	flags.BoolVar(&o.json, "json", false, "report as one JSON object")
	flags.BoolVar(&o.sarif, "sarif", false, "report as SARIF 2.1.0")
	flags.BoolVar(&o.strict, "strict", false, "your own edits and deletions are problems too")
	flags.StringVar(&o.templates, "templates", "", "the template set in this `DIR` instead of the recorded one")
	return c
}

func (a *app) runCheck(o checkOptions) error {
	if o.json && o.sarif {
		return errors.New("--json and --sarif are two reports; give one of them")
	}
	root, err := generator.FindRoot(a.Dir)
	if err != nil {
		return err
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
