package changeset

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"example.com/scaffold/generator/merge"
)

// diffContext is how many equal lines stand around a change.
const diffContext = 3

// Diff writes the changes as a patch that `git apply` takes, by path. Secret files are only named, in comment lines
// that git passes over. The text is that of the files: who shows it on a terminal has to make it harmless.
func (c Changeset) Diff(w io.Writer) error {
	var writes []Write
	for _, step := range c.Steps {
		writes = append(writes, step.Writes...)
	}
	slices.SortStableFunc(writes, func(a, b Write) int { return strings.Compare(a.Path, b.Path) })
	out := bufio.NewWriter(w)
	for _, write := range writes {
		// bufio keeps the first error for Flush.
		patch(out, write)
	}
	return out.Flush()
}

// patch writes the patch of one file.
func patch(out *bufio.Writer, w Write) {
	before, after := w.Before.Kind == Regular, w.After.Kind == Regular
	modes := before && after && gitMode(w.Before) != gitMode(w.After)
	if !before && !after || before && after && !modes && string(w.Before.Data) == string(w.After.Data) {
		return
	}
	if w.Secret {
		fmt.Fprintf(out, "# %s: %s; it holds secrets, which are not shown\n", quoteName("", w.Path), verb(before, after))
		return
	}
	fmt.Fprintf(out, "diff --git %s %s\n", quoteName("a/", w.Path), quoteName("b/", w.Path))
	switch {
	case !before:
		fmt.Fprintf(out, "new file mode %s\n", gitMode(w.After))
	case !after:
		fmt.Fprintf(out, "deleted file mode %s\n", gitMode(w.Before))
	case modes:
		fmt.Fprintf(out, "old mode %s\nnew mode %s\n", gitMode(w.Before), gitMode(w.After))
	}
	old, next := content(w.Before), content(w.After)
	switch {
	case string(old) == string(next):
	case merge.IsText(old) && merge.IsText(next):
		textPatch(out, w.Path, before, after, merge.Unified(old, next, diffContext))
	default:
		binaryPatch(out, w)
	}
}

func verb(before, after bool) string {
	switch {
	case !before:
		return "created"
	case !after:
		return "deleted"
	}
	return "changed"
}

func content(n Node) []byte {
	if n.Kind != Regular {
		return nil
	}
	return n.Data
}

// gitMode is one of the two modes that git knows of a file.
func gitMode(n Node) string {
	if n.Mode&0o100 != 0 {
		return "100755"
	}
	return "100644"
}

func textPatch(out *bufio.Writer, path string, before, after bool, hunks []merge.Hunk) {
	fmt.Fprintf(out, "--- %s\n+++ %s\n", sideName("a/", path, before), sideName("b/", path, after))
	for _, h := range hunks {
		fmt.Fprintf(out, "@@ -%s +%s @@\n", lineRange(h.OldStart, h.OldLines), lineRange(h.NewStart, h.NewLines))
		for _, line := range h.Lines {
			out.WriteByte(line.Op)
			out.Write(line.Text)
			if n := len(line.Text); n == 0 || line.Text[n-1] != '\n' {
				out.WriteString("\n\\ No newline at end of file\n")
			}
		}
	}
}

func lineRange(start, lines int) string {
	if lines == 1 {
		return fmt.Sprint(start)
	}
	return fmt.Sprintf("%d,%d", start, lines)
}

// sideName is the name behind --- or +++. A tab ends a name that has a blank, as in git.
func sideName(prefix, path string, there bool) string {
	if !there {
		return "/dev/null"
	}
	name := quoteName(prefix, path)
	if strings.Contains(path, " ") && name[0] != '"' {
		name += "\t"
	}
	return name
}

// quoteName quotes a name that can't stand plain as git does: in double quotes, with octal escapes.
func quoteName(prefix, path string) string {
	plain := strings.IndexFunc(path, func(r rune) bool {
		return r == '"' || r == '\\' || r == unicode.ReplacementChar || !unicode.IsGraphic(r)
	}) < 0
	if plain {
		return prefix + path
	}
	var out strings.Builder
	out.WriteString(`"` + prefix)
	for _, b := range []byte(path) {
		switch {
		case b == '"' || b == '\\':
			out.WriteString(`\` + string(b))
		case b < ' ' || b > '~':
			fmt.Fprintf(&out, `\%03o`, b)
		default:
			out.WriteByte(b)
		}
	}
	out.WriteByte('"')
	return out.String()
}
