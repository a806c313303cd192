package agent

import (
	"regexp"
	"strings"

	"example.com/scaffold/generator/agent/catalog"
	"example.com/scaffold/generator/agent/frontmatter"
)

// Mention is something that a definition names, and the line of the file where it does first.
type Mention struct {
	Text string
	Line int
}

// JournalFolder is where the journal of a project lies.
const JournalFolder = "dev-journal/"

// The limits of a contract, for definitions that are made to cost.
const (
	maxMentions = 200 // of sections, and of paths of one kind
	maxSection  = 200 // characters of a section's name
)

// Contract is what a definition expects of a project: the project is generated from it.
type Contract struct {
	Sections  []Mention // of its plan document, in order; none: the default ones
	Journal   []Mention // files below dev-journal/
	TestPaths []Mention // begin with tests/; never empty
	Servers   []Mention // MCP servers of its tools, but ide
	Libraries []Mention // known libraries, as the catalog spells them
	Planner   bool      // it plans and does not implement
}

// Texts returns what is mentioned, without the lines.
func Texts(mentions []Mention) []string {
	texts := make([]string, len(mentions))
	for i, m := range mentions {
		texts[i] = m.Text
	}
	return texts
}

// Contract reads the contract from the definition.
func (f File) Contract() Contract {
	lines := f.body()
	c := Contract{
		Sections:  sections(lines),
		Journal:   journal(lines),
		TestPaths: testPaths(lines),
		Libraries: libraries(lines),
		Planner:   isPlanner(f.Name, lines),
	}
	first := map[string]int{}
	for _, t := range f.tokens("tools") {
		name, _, _ := mcpTool(t.name)
		if _, known := first[name]; !known {
			first[name] = t.line
		}
	}
	for _, server := range f.servers() {
		c.Servers = append(c.Servers, Mention{server, first[server]})
	}
	return c
}

var (
	planSentence = regexp.MustCompile(`(?i)comprehensive\s+plan\s+document\s+that\s+contains`)
	planBullet   = regexp.MustCompile(`^[-*+][ \t]+\*\*([^*]+?)(?::\*\*.*|\*\*[ \t]*(?::.*)?)$`)
	anyBullet    = regexp.MustCompile(`^[ \t]*(?:[-*+]|[0-9]{1,9}[.)])[ \t]`)
)

// sections finds the bullets after the sentence that introduces the plan document.
func sections(lines []bodyLine) []Mention {
	for i := 0; i < len(lines); i++ {
		end, ok := sentence(lines, i)
		if !ok {
			continue
		}
		if found := bullets(lines[end:]); len(found) > 0 {
			return found
		}
		i = end - 1
	}
	return nil
}

// sentence reports whether the introducing sentence begins in line i, and the line after its paragraph.
func sentence(lines []bodyLine, i int) (int, bool) {
	text := ""
	for j := i; j < len(lines) && j < i+4 && !lines[j].fenced; j++ {
		text += lines[j].text + "\n"
		m := planSentence.FindStringIndex(text)
		if m == nil {
			continue
		}
		if m[0] > len(lines[i].text) {
			return 0, false
		}
		for j++; j < len(lines) && strings.TrimSpace(lines[j].text) != "" && !anyBullet.MatchString(lines[j].text); {
			j++
		}
		return j, true
	}
	return 0, false
}

// bullets returns the bold names of bullets up to the first line that is none, not blank and not a bullet's indented rest.
func bullets(lines []bodyLine) []Mention {
	var found []Mention
	seen := map[string]bool{}
	for _, line := range lines {
		text := strings.TrimRight(line.text, " \t\r")
		m := planBullet.FindStringSubmatch(text)
		switch {
		case line.fenced:
			return found
		case m != nil:
			name := frontmatter.Visible(strings.Join(strings.Fields(m[1]), " "), maxSection)
			if name != "" && !seen[name] && len(found) < maxMentions {
				seen[name] = true
				found = append(found, Mention{name, line.number})
			}
		case text == "", len(found) > 0 && strings.HasPrefix(text, "  "):
		default:
			return found
		}
	}
	return found
}

var (
	journalPath = regexp.MustCompile(`(?:^|[\s@("'=]|\./)(dev-journal/[\pL\p{N}._/-]+\.md)\b`)
	journalAt   = regexp.MustCompile(`(?:^|[\s("'])@(?:\./)?(dev-journal/[\pL\p{N}._/-]+\.md)\b`)
	testPath    = regexp.MustCompile(`^(?:\./)?(tests/[\pL\p{N}._/-]*)([*?<{[$])?`)
)

// journal finds the files of the journal in code and imports, in fences too.
func journal(lines []bodyLine) []Mention {
	var paths []Mention
	for _, line := range lines {
		for _, s := range line.spans {
			for _, m := range journalPath.FindAllStringSubmatch(s.text, -1) {
				paths = append(paths, Mention{m[1], line.number})
			}
		}
		for _, m := range journalAt.FindAllStringSubmatch(line.text, -1) {
			paths = append(paths, Mention{m[1], line.number})
		}
	}
	return firsts(paths)
}

// testPaths finds folders and files of tests in code. Of a path with a placeholder in it, it is the folder before that.
func testPaths(lines []bodyLine) []Mention {
	var paths []Mention
	for _, line := range lines {
		for _, s := range line.spans {
			m := testPath.FindStringSubmatch(s.text)
			if m == nil {
				continue
			}
			if m[2] != "" {
				m[1] = m[1][:strings.LastIndexByte(m[1], '/')+1]
			}
			paths = append(paths, Mention{m[1], line.number})
		}
	}
	if paths = firsts(paths); len(paths) == 0 {
		return []Mention{{Text: "tests/"}}
	}
	return paths
}

// firsts keeps the first mention of each path that a project can have; paths equal under case folding are one.
func firsts(paths []Mention) []Mention {
	var kept []Mention
	seen := map[string]bool{}
	for _, p := range paths {
		key := folded(p.Text)
		if !seen[key] && len(kept) < maxMentions && portable(strings.TrimSuffix(p.Text, "/")) {
			seen[key] = true
			kept = append(kept, p)
		}
	}
	return kept
}

var (
	words  = regexp.MustCompile(`[\pL\p{N}_]+`)
	parens = regexp.MustCompile(`\([^()]*\)`)
)

// libraries finds known libraries in bullets and in parentheses, outside fences, in the order of their first mention.
func libraries(lines []bodyLine) []Mention {
	known := map[string]string{}
	for _, name := range catalog.Facts().Libraries {
		known[strings.ToLower(name)] = name
	}
	var found []Mention
	seen := map[string]bool{}
	for _, line := range lines {
		if line.fenced {
			continue
		}
		parts := parens.FindAllString(line.text, -1)
		if anyBullet.MatchString(line.text) {
			parts = []string{line.text}
		}
		for _, part := range parts {
			for _, word := range words.FindAllString(part, -1) {
				if name := known[strings.ToLower(word)]; name != "" && !seen[name] {
					seen[name] = true
					found = append(found, Mention{name, line.number})
				}
			}
		}
	}
	return found
}

// isPlanner reports whether a definition says that it plans and does not implement.
func isPlanner(name string, lines []bodyLine) bool {
	if strings.HasSuffix(name, "-planner") {
		return true
	}
	var prose []string
	for _, line := range lines {
		if !line.fenced {
			prose = append(prose, plainWords(line.text)...)
		}
	}
	text := strings.Join(prose, " ")
	return strings.Contains(text, "PLANNING AGENT") || strings.Contains(text, "do NOT implement")
}
