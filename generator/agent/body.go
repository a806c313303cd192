package agent

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"example.com/scaffold/generator/tree"
)

// maxNesting is how many list and quote marks may begin a line of Markdown; what has more is plain text.
const maxNesting = 40

// bodyLine is one line of a definition's body.
type bodyLine struct {
	text   string
	number int // in the file
	fenced bool
	spans  []span
}

// span is code in backticks on one line; column is 1-based, in characters.
type span struct {
	text   string
	start  int // byte offset of the text in the line
	column int
}

// body splits the body into lines and finds fences and code.
func (f File) body() []bodyLine {
	fenced := fencedLines(f.Body)
	var lines []bodyLine
	for i, s := range strings.Split(strings.ToValidUTF8(string(f.Body), "\uFFFD"), "\n") {
		lines = append(lines, bodyLine{s, f.bodyLine + i, fenced[i], spans(s)})
	}
	return lines
}

// nested matches the marks that open lists and quotes at the start of a line.
var nested = regexp.MustCompile(`^(?:[ \t]*(?:>|[-+*][ \t]|[0-9]{1,9}[.)][ \t]))+`)

// fencedLines returns the lines, counted from 0, that are inside code fences by CommonMark.
func fencedLines(body []byte) map[int]bool {
	lines := strings.SplitAfter(string(body), "\n")
	starts := map[int]int{} // offset of a line -> its number
	offset := 0
	for i, line := range lines {
		starts[offset] = i
		offset += len(line)
		if m := nested.FindString(line); len(strings.FieldsFunc(m, func(r rune) bool { return r == ' ' || r == '\t' }))+strings.Count(m, ">") > maxNesting {
			lines[i] = strings.Repeat("x", len(strings.TrimSuffix(line, "\n"))) + line[len(strings.TrimSuffix(line, "\n")):]
		}
	}
	source := []byte(strings.Join(lines, ""))
	inside := map[int]bool{}
	walk := func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if code, ok := n.(*ast.FencedCodeBlock); ok && entering {
			for i := range code.Lines().Len() {
				start := strings.LastIndexByte(string(source[:code.Lines().At(i).Start]), '\n') + 1
				inside[starts[start]] = true
			}
		}
		return ast.WalkContinue, nil
	}
	_ = ast.Walk(blocks().Parse(text.NewReader(source)), walk) // walk returns no error
	return inside
}

// blocks is a parser of the block structure alone.
func blocks() parser.Parser {
	return parser.NewParser(parser.WithBlockParsers(
		util.Prioritized(parser.NewListParser(), 300),
		util.Prioritized(parser.NewListItemParser(), 400),
		util.Prioritized(parser.NewCodeBlockParser(), 500),
		util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
		util.Prioritized(parser.NewBlockquoteParser(), 800),
		util.Prioritized(parser.NewParagraphParser(), 1000),
	))
}

// backticks matches a run of backticks.
var backticks = regexp.MustCompile("`+")

// spans finds the code spans of one line: a run of backticks up to the next run of the same length.
func spans(line string) []span {
	runs := backticks.FindAllStringIndex(line, -1)
	var found []span
	col, counted := 1, 0
	for i := 0; i < len(runs); i++ {
		for j := i + 1; j < len(runs); j++ {
			if runs[j][1]-runs[j][0] == runs[i][1]-runs[i][0] {
				start := runs[i][1]
				col += utf8.RuneCountInString(line[counted:start])
				counted = start
				found = append(found, span{line[start:runs[j][0]], start, col})
				i = j
				break
			}
		}
	}
	return found
}

// column is the 1-based column, in characters, of a byte offset.
func column(line string, offset int) int { return utf8.RuneCountInString(line[:offset]) + 1 }

// importLine matches a line that imports a file in the manner of CLAUDE.md.
var importLine = regexp.MustCompile("^[ \\t]*(?:[-*+][ \\t]+)?@([^\\s`()@\"',;{}<>]+)(?:[ \\t]|$)")

// imported returns the path that a line imports, with its column, or "".
func imported(line string) (path string, col int) {
	m := importLine.FindStringSubmatchIndex(line)
	if m == nil {
		return "", 0
	}
	path = strings.TrimRight(line[m[2]:m[3]], ".:")
	if !strings.Contains(path, "/") && !strings.HasSuffix(path, ".md") {
		return "", 0
	}
	return path, column(line, m[2]-1)
}

// portable reports whether a path can be a file of a project.
func portable(path string) bool { return tree.CheckPath(path) == nil }
