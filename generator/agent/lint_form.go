package agent

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"example.com/scaffold/generator/agent/frontmatter"
)

// strictYAML is A001: other tools than Claude Code do not load the definition.
func (l *linter) strictYAML() {
	err := l.strict.err
	if err == nil || !l.framed {
		return
	}
	line, col := l.fence()
	fix := "close the front matter with `---` alone"
	var at *frontmatter.Error
	if errors.As(err, &at) {
		if l.blankFront() {
			return
		}
		line, col = at.Line+l.strict.frame.Line-1, at.Column
		err = errors.New(at.Message)
		fix = cmp.Or(at.Fix, "quote the value (`scaffold agents` writes it so)")
	}
	l.add(Err, line, col, fmt.Sprintf("strict YAML rejects the front matter: %v", err), fix)
}

// blankFront reports whether nothing but blanks and comments stands between the fences.
func (l *linter) blankFront() bool {
	frame := l.strict.frame
	for line := range strings.Lines(string(l.data[frame.Start:frame.End])) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return false
		}
	}
	return true
}

// fence returns where Claude Code ends the front matter.
func (l *linter) fence() (line, col int) {
	if !l.claude.framed {
		return 1, 1
	}
	before := string(l.data[:l.claude.frame.End])
	start := strings.LastIndexByte(before, '\n') + 1
	return 1 + strings.Count(before, "\n"), utf8.RuneCountInString(before[start:]) + 1
}

// carriageReturn is A002: Claude Code loads this file, but not its checkout with CRLF line ends.
func (l *linter) carriageReturn() {
	if !l.loads.Claude || l.loads.ClaudeCRLF {
		return
	}
	frame := l.claude.frame
	text := string(l.data[frame.Start:frame.End])
	repaired := strings.Split(frontmatter.QuoteLines(text), "\n")
	for i, line := range strings.Split(text, "\n") {
		if line != repaired[i] {
			key, _, _ := strings.Cut(line, ":")
			l.add(Err, frame.Line+i, len(key)+3, fmt.Sprintf("Claude Code loads this only with LF line ends: it mends the value of %s by a rule that CRLF defeats", key),
				"quote the value of "+key+" (`scaffold agents` writes it so)")
			return
		}
	}
	l.add(Err, 1, 1, "Claude Code does not load this with CRLF line ends: it is over 1 MiB then", "shorten it")
}

// framing is A003: Claude Code ends the front matter at another `---` than the closing line.
func (l *linter) framing() {
	if !l.claude.framed || !l.FramingDiffers {
		return
	}
	line, col := l.fence()
	message := "Claude Code ends the front matter at this `---`, the first one anywhere"
	if !l.strict.framed {
		message = "the closing line has more than `---`; other tools find no end of the front matter"
	}
	l.add(Err, line, col, message, "write `\\u002d--` in double quotes inside the front matter, and `---` alone to close it")
}

// encoding is A004: what the bytes hold that text files should not.
func (l *linter) encoding() {
	text := string(l.data)
	rest := strings.TrimPrefix(text, "\uFEFF")
	kinds := []struct {
		at      int
		message string
	}{
		{boolIndex(rest != text), "the file begins with a byte order mark"},
		{strings.Index(text, "\r\n"), "the file has CRLF line ends"},
		{loneCR(text), "the file has a lone CR"},
		{notUTF8(text), "the file holds bytes that are not UTF-8"},
		{strings.IndexByte(text, 0), "the file holds a NUL byte"},
	}
	for _, k := range kinds {
		if k.at >= 0 {
			line, col := position(text, k.at)
			l.add(Warn, line, col, k.message, "rewrite it as UTF-8 with LF line ends (`scaffold agents` writes it so)")
		}
	}
}

// boolIndex is 0 for true and -1 for false.
func boolIndex(b bool) int {
	if b {
		return 0
	}
	return -1
}

// loneCR returns the offset of the first CR that is not followed by LF, or -1.
func loneCR(s string) int {
	for i := range len(s) {
		if s[i] == '\r' && !strings.HasPrefix(s[i:], "\r\n") {
			return i
		}
	}
	return -1
}

// notUTF8 returns the offset of the first byte that is not UTF-8, or -1.
func notUTF8(s string) int {
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			return i
		}
	}
	return -1
}

// position returns the line and column of a byte offset.
func position(s string, offset int) (line, col int) {
	before := s[:offset]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1
}

// required is A005: what a definition must have.
func (l *linter) required() {
	if !l.framed {
		l.add(Err, 1, 1, "there is no front matter: "+l.strict.err.Error(), "begin with `---`, name, description and a closing `---`")
		return
	}
	for _, key := range []string{"name", "description"} {
		field, ok := l.Field(key)
		switch {
		case !ok:
			l.add(Err, 1, 1, "the field "+key+" is absent", "write "+key+": …")
		case field.Value.IsNull():
			l.at(Err, field, "the field "+key+" has no value", "write "+key+": …")
		case field.Value.Kind != frontmatter.Text:
			l.at(Err, field, "the field "+key+" is not a string", "write "+key+": \"…\"")
		case field.Value.Text == "":
			l.at(Err, field, "the field "+key+" is empty", "write "+key+": …")
		}
	}
}

// name is A006: names that are refused, or that mislead.
func (l *linter) name() {
	field, ok := l.Field("name")
	if !ok || l.Name == "" {
		return
	}
	if problem := badName(l.Name); problem != "" {
		l.at(Err, field, problem+": "+show(l.Name), "rename it: lower case words with hyphens")
	}
	for _, other := range l.options.Others {
		if folded(other) == folded(l.Name) {
			l.at(Err, field, "another of the files has the name "+show(other)+" too", "rename one of them")
			break
		}
	}
	if !kebab.MatchString(l.Name) {
		l.at(Warn, field, "the name "+show(l.Name)+" is not lower case words with hyphens", "rename it")
	}
	stem := strings.TrimSuffix(strings.TrimSuffix(path.Base(strings.ReplaceAll(l.options.Path, `\`, "/")), ".md"), ".agent")
	if l.options.Path != "" && stem != l.Name {
		l.at(Warn, field, fmt.Sprintf("the name %s is not the file's, %s", show(l.Name), show(stem)), "rename one of them")
	}
	if has(l.facts.BuiltInAgents, l.Name) {
		l.at(Warn, field, "Claude Code has an agent "+show(l.Name)+" of its own", "rename it")
	}
}

// longDescription is A022: descriptions are in the context of every session.
func (l *linter) longDescription() {
	field, _ := l.Field("description")
	switch n := utf8.RuneCountInString(l.Description); {
	case n > 1536:
		l.at(Warn, field, fmt.Sprintf("the description has %d characters, over 1,536; every session carries it", n), "shorten it")
	case n > 1024:
		l.at(Info, field, fmt.Sprintf("the description has %d characters, over 1,024; every session carries it", n), "shorten it")
	}
}

// longBody is A029: what another tool's cap would refuse.
func (l *linter) longBody() {
	if n := utf8.RuneCount(l.Body); n > 30000 {
		l.add(Info, l.bodyLine, 1, fmt.Sprintf("the body has %d characters; Copilot takes 30,000", n), "shorten it")
	}
}
