package agent

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"example.com/scaffold/generator/agent/catalog"
)

// misnamed is a tool that the body writes in another way than it is called.
type misnamed struct {
	line       bodyLine
	span       span
	right      string
	repairable bool
}

// bodyTools is A016: tools that the body names wrongly, or that the allow-list lacks.
func (l *linter) bodyTools() {
	for _, m := range misnames(l.File, l.body) {
		l.add(Warn, m.line.number, m.span.column, fmt.Sprintf("the body writes `%s`; no tool has this name", m.span.text), "write `"+m.right+"`")
	}
	for _, n := range l.unlisted() {
		if !n.must {
			l.add(Warn, n.line, n.col, "the body uses the tool `"+n.name+"`, which the allow-list lacks", "add "+n.name+" to tools, or do without it")
		}
	}
}

// mustUse is A017: a tool that must be used, and can't.
func (l *linter) mustUse() {
	for _, n := range l.unlisted() {
		if n.must {
			l.add(Warn, n.line, n.col, "the body says that `"+n.name+"` MUST be used, and the allow-list lacks it", "add "+n.name+" to tools")
		}
	}
}

// misnames finds tools of the list in code outside of fences, with `_` for `-` or in another case, or by an old name.
func misnames(f File, lines []bodyLine) []misnamed {
	right := rightNames(f)
	var found []misnamed
	seen := map[string]bool{}
	for _, line := range lines {
		for i, s := range line.spans {
			name, ok := right[normal(s.text)]
			if !ok || line.fenced || name == s.text || strings.HasSuffix(name, "__"+s.text) || seen[s.text] {
				continue
			}
			if !strings.ContainsAny(s.text, "-_") && !asTool(line, i) && !compound(name) {
				continue
			}
			seen[s.text] = true
			found = append(found, misnamed{line, s, name, true})
		}
	}
	return found
}

// rightNames maps the normal form of each tool of the list, and of the old names of those, to the name to write.
func rightNames(f File) map[string]string {
	right := map[string]string{}
	add := func(written, name string) {
		right[normal(written)] = name
		if _, tool, ok := mcpTool(written); ok && tool != "" && tool != "*" {
			right[normal(tool)] = name
		}
	}
	listed := bareTools(f.Tools)
	for _, token := range listed {
		name := token
		if gone, ok := catalog.Facts().Removed(token); ok && gone.Use != "" {
			name = gone.Use
		}
		if strings.HasPrefix(token, "mcp__") || name == token {
			add(token, name)
		}
	}
	for _, gone := range catalog.Facts().Gone {
		if strings.HasPrefix(gone.Name, "mcp__") && has(listed, gone.Use) {
			add(gone.Name, gone.Use)
		}
	}
	return right
}

// normal is what a tool's name shares with its wrong spellings.
func normal(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "-")) }

// compound reports whether a name is more than one word, and so no word of its own in another case.
func compound(name string) bool {
	upper := 0
	for _, r := range name {
		if r >= 'A' && r <= 'Z' {
			upper++
		}
	}
	return upper > 1 && upper < len(name)
}

// before matches the words that make code behind them the name of a tool.
var before = regexp.MustCompile(`(?i)\b(?:use|using|call|calling|invoke)\s+(?:the\s+)?$`)

// reach is how far around code the words are that make it a tool's name, in bytes.
const reach = 40

// asTool reports whether a line speaks of its i-th code as a tool.
func asTool(line bodyLine, i int) bool {
	s := line.spans[i]
	end := s.start + len(s.text)
	ahead := strings.TrimLeft(line.text[end:min(end+reach, len(line.text))], "`*")
	behind := strings.TrimRight(line.text[max(s.start-reach, 0):s.start], "`*")
	return strings.HasPrefix(ahead, " tool") || before.MatchString(behind)
}

// named is a tool of which the body speaks.
type named struct {
	name      string
	line, col int
	must      bool
}

// unlisted finds tools that the body names as tools and the allow-list lacks; each once. Where one must be used, any tool in that
// sentence is named as one, those of MCP servers too.
func (l *linter) unlisted() []named {
	if l.Tools == nil || has(l.Tools, "*") {
		return nil
	}
	var found []named
	seen := map[string]bool{}
	for at, line := range l.body {
		for i, s := range line.spans {
			if line.fenced || seen[s.text] || l.lists(s.text) {
				continue
			}
			spoken := asTool(line, i)
			must := mustUse(l.body, at, s, spoken)
			_, builtIn := l.facts.Tool(s.text)
			if !must && (!builtIn || !spoken) {
				continue
			}
			seen[s.text] = true
			found = append(found, named{s.text, line.number, s.column, must})
		}
	}
	return found
}

// lists reports whether the allow-list has what some code names, under another name perhaps, or the code names no tool.
func (l *linter) lists(code string) bool {
	listed := bareTools(l.Tools)
	if server, tool, ok := mcpTool(code); ok {
		return tool == "" || has(listed, code) || has(listed, "mcp__"+server) || has(listed, "mcp__"+server+"__*")
	}
	tool, builtIn := l.facts.Tool(code)
	return !builtIn || has(listed, code) || tool.Alias != "" && has(listed, tool.Alias) || code == "Agent" && has(listed, "Task")
}

// maxSentence is how far from code its sentence is looked at, in bytes.
const maxSentence = 500

// denied matches the words behind which code is what a sentence is against.
var denied = regexp.MustCompile(`\b(?:not|never|instead of|rather than|without)\b`)

// mustUse reports whether the sentence around some code says MUST use before it, or behind it where it is spoken of as a tool.
func mustUse(lines []bodyLine, at int, s span, spoken bool) bool {
	line := lines[at].text
	before, after := line[max(s.start-maxSentence, 0):s.start], line[s.start:min(s.start+maxSentence, len(line))]
	for ; at > 0 && len(before) < maxSentence && continues(lines[at-1], lines[at]); at-- {
		above := lines[at-1].text
		before = above[max(len(above)-maxSentence, 0):] + " " + before
	}
	for _, stop := range []string{". ", "! ", "? "} {
		before = before[strings.LastIndex(before, stop)+1:]
		after, _, _ = strings.Cut(after, stop)
	}
	before = strings.Join(plainWords(before), " ")
	_, between, must := strings.Cut(before, "MUST use")
	return must && !denied.MatchString(between) || spoken && strings.Contains(strings.Join(plainWords(after), " "), "MUST use")
}

// continues reports whether a line goes on with the text of the one before.
func continues(before, line bodyLine) bool {
	return !before.fenced && strings.TrimSpace(before.text) != "" && !anyBullet.MatchString(line.text)
}

// plainWords are the words of a text without the marks of emphasis.
func plainWords(text string) []string {
	return strings.Fields(strings.NewReplacer("*", "", "_", "").Replace(text))
}

var (
	theAgent = regexp.MustCompile(`(?i)\bthe\s+` + agentWord)
	useAgent = regexp.MustCompile(`(?i)\b(?:use|using|launch|launching)\s+` + agentWord)
	articles = regexp.MustCompile(`(?i)^(?:the|this|that|an?|your|my|another|each|any|every|same|right)$`)
)

// agentWord is a name, in quotes or backticks perhaps, before the word agent.
const agentWord = "[`'\"“‘*]*([a-z0-9][a-z0-9_-]*)[`'\"”’*]*\\s+(?:sub-?)?agent\\b"

// maxWrong is how many wrong names of agents are said.
const maxWrong = 20

// otherNames maps each name in the description that is nobody's, but near somebody's, to the right one.
func otherNames(f File, others []string) map[string]string {
	all := append([]string{f.Name}, others...)
	wrong := map[string]string{}
	for _, re := range []*regexp.Regexp{theAgent, useAgent} {
		for _, m := range re.FindAllStringSubmatch(f.Description, -1) {
			if x := m[1]; len(wrong) < maxWrong && !articles.MatchString(x) && !has(all, x) {
				if right := closest(x, all); right != "" {
					wrong[x] = right
				}
			}
		}
	}
	return wrong
}

// closest returns the name of which x is a beginning up to a hyphen, or that is within edit distance 2.
func closest(x string, names []string) string {
	for _, name := range names {
		if name != "" && strings.HasPrefix(name, x+"-") {
			return name
		}
	}
	for _, name := range names {
		if len(x) > 3 && near(x, name) {
			return name
		}
	}
	return ""
}

// otherAgent is A018: a description that calls the agent, or another one, by a name that nobody has.
func (l *linter) otherAgent() {
	field, _ := l.Field("description")
	wrong := otherNames(l.File, l.options.Others)
	for _, x := range slices.Sorted(maps.Keys(wrong)) {
		line, col := l.locate(field, x)
		l.add(Warn, line, col, fmt.Sprintf("the description speaks of the agent %s, which does not exist", x), "write "+wrong[x])
	}
}

// imports is A019: lines that import a file, which the body of an agent can't.
func (l *linter) imports() {
	for _, line := range l.body {
		if path, col := imported(line.text); path != "" {
			l.add(Warn, line.number, col, fmt.Sprintf("the body imports nothing: `@%s` stays as it is", path), "inline it, or write \"Read `"+path+"` first\"")
		}
	}
}

// mdPath matches a path that is the whole of some code.
var mdPath = regexp.MustCompile(`^@?(?:\./)?([^\s*<>{}$|"':?#\\]*/[^\s*<>{}$|"':?#\\]*\.md)$`)

// outside matches paths that are not the project's: absolute ones, those of a home folder, and those above.
var outside = regexp.MustCompile(`^(?:/|~|\.\./)`)

// missingPaths is A020: files that the text names and that are not there; one for each path. Nothing outside of the project is
// looked for.
func (l *linter) missingPaths() {
	if l.options.Exists == nil {
		return
	}
	said := map[string]bool{}
	miss := func(path string, line, col int) {
		path = strings.TrimPrefix(path, "./")
		elsewhere := outside.MatchString(path) || strings.Contains(path, "...")
		if !said[path] && !elsewhere && !l.options.Exists(path) {
			l.add(Warn, line, col, "the text names "+path+", which does not exist", "create it, or correct the path")
		}
		said[path] = true
	}
	for _, line := range l.body {
		for _, s := range line.spans {
			if m := mdPath.FindStringSubmatch(s.text); m != nil {
				miss(m[1], line.number, s.column)
			}
		}
		if path, col := imported(line.text); path != "" {
			miss(path, line.number, col)
		}
	}
}
