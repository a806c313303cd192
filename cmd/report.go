package cmd

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"example.com/scaffold/cmd/prompt"
	"example.com/scaffold/generator/changeset"
)

// actions are the words of a report, in the order of its last line.
var actions = []string{"create", "update", "merge", "conflict", "delete", "move", "chmod", "leave"}

// change is a changeset as it is reported: planned, or written.
type change struct {
	Command string
	Root    string // as seen from the working folder
	Steps   []changeset.Step
	// Conflicts are the paths that leave something to the person.
	Conflicts []string
	Kept      int
	Written   bool
	Clean     bool   // there is nothing to write
	Ahead     bool   // the report comes before the writing
	Shown     bool   // the steps were shown before the writing, on the same terminal
	Tree      bool   // a new project: folders with counts say more than a hundred lines
	Diff      string // of --diff with --json
}

// human writes the report for a person.
func (c change) human(w io.Writer, p paint) {
	switch {
	case c.Shown:
	case c.Tree && len(c.Steps) > 0:
		c.tree(w, p)
	default:
		c.list(w, p)
	}
	fmt.Fprintf(w, "%s: %s\n", c.mood(), c.counts())
	c.advice(w, p)
}

// mood says what became of the change.
func (c change) mood() string {
	switch {
	case c.Clean:
		return "nothing to do"
	case c.Written:
		return "done"
	case c.Ahead:
		return "to write"
	}
	return "not written"
}

func (c change) counts() string {
	counts := map[string]int{}
	for _, step := range c.Steps {
		counts[string(step.Action)]++
	}
	var words []string
	for _, action := range actions {
		if n := counts[action]; n > 0 {
			words = append(words, fmt.Sprintf("%s %d", action, n))
		}
	}
	return strings.Join(append(words, fmt.Sprintf("keep %d", c.Kept)), ", ")
}

func (c change) list(w io.Writer, p paint) {
	for _, step := range c.Steps {
		path := prompt.Printable(step.Path)
		if step.From != "" {
			path = prompt.Printable(step.From) + " -> " + path
		}
		line := p.action(string(step.Action), fmt.Sprintf("%-8s", step.Action)) + "  " + path
		if step.Reason != "" {
			line += "  " + p.in(faint, "("+step.Reason+")")
		}
		fmt.Fprintln(w, line)
	}
}

// tree writes the folders with their counts, then the files beside them, and each step that is no plain creation.
func (c change) tree(w io.Writer, p paint) {
	folders, files := map[string]int{}, []string{}
	other := change{}
	for _, step := range c.Steps {
		if step.Action != "create" {
			other.Steps = append(other.Steps, step)
			continue
		}
		if folder, _, below := strings.Cut(step.Path, "/"); below {
			folders[folder]++
		} else {
			files = append(files, prompt.Printable(step.Path))
		}
	}
	fmt.Fprintf(w, "%s/\n", prompt.Printable(strings.TrimSuffix(c.Root, "/")))
	names := sortedKeys(folders)
	widest := 0
	for _, name := range names {
		widest = max(widest, len(prompt.Printable(name)))
	}
	for _, name := range names {
		fmt.Fprintf(w, "  %s%s  %s\n", p.in(cyan, name+"/"), strings.Repeat(" ", widest-len(prompt.Printable(name))), plural(folders[name], "file"))
	}
	for _, line := range fill(files, 76) {
		fmt.Fprintf(w, "  %s\n", line)
	}
	other.list(w, p)
}

// advice says of each conflict why it is one and what to do.
func (c change) advice(w io.Writer, p paint) {
	for _, step := range c.Steps {
		if !slices.Contains(c.Conflicts, step.Path) {
			continue
		}
		fmt.Fprintf(w, "%s %s: %s\n    %s\n", p.in(red, "conflict"), prompt.Printable(step.Path), prompt.Printable(step.Reason), prompt.Printable(remedy(step)))
	}
}

// remedy is what a person does about a conflict. It follows from what is written: the other version beside the file,
// a file with marker lines, or nothing.
func remedy(step changeset.Step) string {
	for _, write := range step.Writes {
		if strings.Contains(write.Path, newSuffix) {
			return fmt.Sprintf("compare %s with %s, take what you want, and delete %[2]s", step.Path, write.Path)
		}
	}
	if len(step.Writes) > 0 {
		return "edit " + step.Path + ": choose between the marker lines, and remove them"
	}
	return "delete " + step.Path + " if you don't need it, else leave it: it is yours now"
}

// newSuffix marks the file that holds the template's version beside the user's.
const newSuffix = ".scaffold-new"

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// fill joins words by two blanks to lines of at most width columns.
func fill(words []string, width int) []string {
	var lines []string
	for _, word := range words {
		last := len(lines) - 1
		if last < 0 || len(lines[last])+2+len(word) > width {
			lines = append(lines, word)
			continue
		}
		lines[last] += "  " + word
	}
	return lines
}
