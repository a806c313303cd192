// Package cmd is the command line of scaffold: flags in, a report and an exit code out. What a command does to a project
// is package generator's; how a question looks is package prompt's.
//
// Each command has a file of its own. All of them end in one of four exit codes: 0 done or clean; 1 failed, and nothing
// was changed; 2 cancelled by the person, and nothing was changed; 3 done, but something is left for the person to do.
// Standard output carries the report or the data asked for, standard error everything else.
package cmd

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"example.com/scaffold/cmd/prompt"
)

// The exit codes of every command.
const (
	exitDone      = 0
	exitFailed    = 1
	exitCancelled = 2
	exitLeft      = 3
)

// What the heap may grow by between two collections, in percent. A run is short: most end before the first one, at 16 MB. One
// that holds a large tree is then kept small.
const (
	firstGCPercent = 400
	laterGCPercent = 50
)

// errLeft ends a command with code 3: its report has said what is left.
var errLeft = errors.New("something is left to do")

// app is one run of the program.
type app struct {
	Streams
	ctx     context.Context
	out     *output
	folder  []string // of -C, in their order
	person  prompt.Prompter
	changed bool // the run changed the project, so that an error is no longer "nothing changed"
}

// Main runs the program with the given arguments and returns its exit code. It never panics on purpose, never exits, and
// keeps nothing between two runs.
func Main(args []string, s Streams) int {
	tuneGC()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once; the next run recovers
	ignoreBrokenPipe()
	out := &output{w: s.Out}
	s.Out = out
	a := &app{Streams: s, ctx: ctx, out: out}
	root := newRoot(a)
	root.SetArgs(append([]string{}, args...))
	return a.exit(root.ExecuteContext(ctx))
}

// tuneGC waits long with the first collection.
func tuneGC() {
	debug.SetGCPercent(firstGCPercent)
	runtime.AddCleanup(&struct{ *int }{}, func(percent int) { debug.SetGCPercent(percent) }, laterGCPercent)
}

// exit prints the error and returns its code.
func (a *app) exit(err error) int {
	if a.out.err != nil && (err == nil || errors.Is(err, errLeft) || errors.Is(err, a.out.err)) {
		err = fmt.Errorf("standard output: %w", a.out.err)
	}
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errLeft):
		return exitLeft
	case a.changed:
		a.say("%v", err)
		return exitLeft
	case cancelled(err):
		a.say("cancelled, nothing was changed")
		return exitCancelled
	}
	a.say("%v", err)
	return exitFailed
}

// say prints a message for the person. Names and contents in it are data: nothing in it moves a terminal's cursor.
func (a *app) say(format string, args ...any) {
	text := prompt.PrintableLines(strings.TrimSpace(fmt.Sprintf(format, args...)))
	fmt.Fprintf(a.Err, "scaffold: %s\n", strings.ReplaceAll(text, "\n", "\n  "))
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "scaffold",
		Short: "A FastAPI project from agent definitions and answers, kept true to both",
		Long: `scaffold turns agent definitions and answers into a dev-journal, agent files and a FastAPI project,
and keeps all three true to the answers for the life of the project.`,
		Version:           version,
		SilenceErrors:     true,
		SilenceUsage:      true,
		Args:              noCommand,
		RunE:              help,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error { return a.enter(c) },
	}
	root.SetIn(a.In)
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	root.SetVersionTemplate("scaffold {{.Version}}\n")
	root.PersistentFlags().StringArrayVarP(&a.folder, "directory", "C", nil, "work as if started in this `DIR`")
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(newHelp())
	root.AddCommand(
		newNew(a), newUpdate(a), newAgents(a), newCheck(a), newDiff(a), newUndo(a), newAdopt(a), newQuestions(a), newVersion(a),
	)
	root.InitDefaultCompletionCmd()
	if shells, _, err := root.Find([]string{"completion"}); err == nil {
		shells.Args, shells.RunE = noCommand, help
	}
	return root
}

// help is what a command does that has only sub-commands.
func help(c *cobra.Command, _ []string) error { return c.Help() }

// enter goes to the folders of -C, one from the other. A flag that is given and empty, as by a variable that is not set, is
// not the same as none.
func (a *app) enter(c *cobra.Command) error {
	for _, name := range []string{"templates", "answers"} {
		if flag := c.Flags().Lookup(name); flag != nil && flag.Changed && flag.Value.String() == "" {
			return fmt.Errorf("--%s is empty; give it a value, or leave it out", name)
		}
	}
	if a.Dir == "" && len(a.folder) == 0 {
		return errors.New("the working folder is gone; name another with -C DIR")
	}
	for _, dir := range a.folder {
		a.Dir = a.path(dir)
	}
	if len(a.folder) > 0 {
		return isFolder(a.Dir, "-C")
	}
	return nil
}

// newHelp is cobra's help command, but for one that is not there.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Help about a command",
		RunE: func(c *cobra.Command, args []string) error {
			about, rest, err := c.Root().Find(args)
			switch {
			case err != nil:
				return noCommand(c.Root(), args)
			case len(rest) > 0:
				return noCommand(about, rest)
			}
			return about.Help()
		},
	}
}

// noCommand is the Args of a command that has only sub-commands.
func noCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	c.SuggestionsMinimumDistance = 2
	hint := fmt.Sprintf("run `%s --help`", c.CommandPath())
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		hint = fmt.Sprintf("did you mean `%s %s`?", c.CommandPath(), strings.Join(near, "` or `"+c.CommandPath()+" "))
	}
	return fmt.Errorf("unknown command %q for `%s`; %s", args[0], c.CommandPath(), hint)
}

// arguments is the Args of a command that takes between least and most of them; most < 0 is any number.
func arguments(least, most int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return fmt.Errorf("`%s` needs %s; run `%[1]s --help`", c.CommandPath(), what)
		case most == 0 && len(args) > 0:
			return fmt.Errorf("`%s` takes no argument, but %q was given; run `%[1]s --help`", c.CommandPath(), args[0])
		case most >= 0 && len(args) > most:
			return fmt.Errorf("`%s` takes %s, but %q was given too; run `%[1]s --help`", c.CommandPath(), what, args[most])
		}
		return nil
	}
}

// flagError is what a wrong flag ends with. Where no command was found, the flags are those of a command that is not there.
func flagError(c *cobra.Command, err error) error {
	if !c.HasParent() && c.Flags().NArg() > 0 {
		return noCommand(c, c.Flags().Args())
	}
	return fmt.Errorf("%w; run `%s --help`", err, c.CommandPath())
}

func isLeft(err error) bool { return errors.Is(err, errLeft) }

// cancelled tells that a person or a signal ended the run, and nothing else went wrong.
func cancelled(err error) bool {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		return !slices.ContainsFunc(several.Unwrap(), func(one error) bool { return !cancelled(one) })
	}
	if err == prompt.ErrCancelled || err == context.Canceled {
		return true
	}
	inner := errors.Unwrap(err)
	return inner != nil && cancelled(inner)
}
