package cmd

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"example.com/scaffold/cmd/prompt"
	"example.com/scaffold/generator"
)

// changeFlags are those of every command that changes a project.
type changeFlags struct {
	dryRun, diff, json, yes, noInput bool
}

func (f *changeFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.BoolVar(&f.dryRun, "dry-run", false, "show what would be written, and write nothing")
	flags.BoolVar(&f.diff, "diff", false, "show it as a unified diff, and write nothing")
	flags.BoolVar(&f.json, "json", false, "report as one JSON object")
	flags.BoolVarP(&f.yes, "yes", "y", false, "take defaults for what is not answered, and confirm")
	flags.BoolVar(&f.noInput, "no-input", false, "never ask; fail where an answer is missing")
}

// writes tells that the command is to write.
func (f changeFlags) writes() bool { return !f.dryRun && !f.diff }

// asks tells that a person can be asked.
func (a *app) asks(f changeFlags) bool { return !f.yes && !f.noInput && a.canAsk() }

// prompter returns the terminal's prompter, or nil where nobody is asked.
func (a *app) prompter(f changeFlags) prompt.Prompter {
	if !a.asks(f) {
		return nil
	}
	if a.person == nil { // one for the whole run: it holds what was typed ahead
		a.person = prompt.New(a.ctx, terminal(a.In), terminal(a.Err), a.colour(a.Err))
	}
	return a.person
}

// finish shows the run, writes it unless that is not wanted, and reports it. It returns errLeft for conflicts.
// confirm is the question before writing, asked of a person at a terminal; "" asks nothing.
func (a *app) finish(run *generator.Run, f changeFlags, confirm string) error {
	for _, note := range run.Notes {
		a.say("%s", note)
	}
	c := a.changeOf(run)
	if f.writes() && !run.Clean() {
		if err := a.agree(c, f, confirm); err != nil {
			return err
		}
		if err := a.apply(run, len(c.Steps)); err != nil {
			return err
		}
		c.Written, a.changed = true, true
		c.Shown = a.asks(f) && terminal(a.out.w) != nil
	}
	if err := a.report(c, run, f); err != nil {
		return err
	}
	if len(c.Conflicts) > 0 {
		return errLeft
	}
	return nil
}

// agree shows a person what will be written, before it is, and asks.
func (a *app) agree(c change, f changeFlags, confirm string) error {
	p := a.prompter(f)
	if p == nil {
		return nil
	}
	c.Ahead = true
	c.human(a.Err, paint{a.colour(a.Err)})
	if confirm == "" {
		return nil
	}
	yes, err := p.Confirm(prompt.Question{Message: confirm}, true)
	if err == nil && !yes {
		return prompt.ErrCancelled
	}
	return err
}

// apply writes the run under a line that says so, on a terminal.
func (a *app) apply(run *generator.Run, steps int) error {
	if terminal(a.Err) != nil && !a.dumb() {
		fmt.Fprintf(a.Err, "writing %s ...", plural(steps, "change"))
		defer fmt.Fprint(a.Err, "\r\x1b[K")
	}
	return run.Apply(a.ctx)
}

func (a *app) report(c change, run *generator.Run, f changeFlags) error {
	var diff bytes.Buffer
	if f.diff {
		if err := run.Changeset.Diff(&diff); err != nil {
			return err
		}
	}
	switch {
	case f.json:
		c.Diff = diff.String()
		return c.json(a.Out)
	case f.diff:
		return a.printDiff(diff.Bytes())
	}
	c.human(a.Out, paint{a.colour(a.out.w)})
	return nil
}

// printDiff writes a diff: byte for byte for a program, coloured and without control characters on a terminal.
func (a *app) printDiff(diff []byte) error {
	if terminal(a.out.w) == nil {
		_, err := a.Out.Write(diff)
		return err
	}
	p := paint{a.colour(a.out.w)}
	for _, line := range strings.SplitAfter(string(diff), "\n") {
		line, end, _ := strings.Cut(line, "\n")
		colour := ""
		switch {
		case strings.HasPrefix(line, "+"):
			colour = green
		case strings.HasPrefix(line, "-"):
			colour = red
		case strings.HasPrefix(line, "@@"):
			colour = cyan
		}
		if line == "" && end == "" {
			break
		}
		if _, err := io.WriteString(a.Out, p.in(colour, strings.ReplaceAll(line, "\t", "    "))+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// shown is a path as seen from the working folder, with slashes.
func (a *app) shown(path string) string {
	if rel, err := filepath.Rel(a.Dir, path); err == nil {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(path)
}
