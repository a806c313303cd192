package resource

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// lineLength is what ruff formats the generated project to.
const lineLength = 120

// pyString spells a string as ruff leaves it: double quotes, unless single ones need fewer escapes. It is ASCII.
func pyString(text string) string {
	quote := '"'
	if strings.Count(text, `"`) > strings.Count(text, "'") {
		quote = '\''
	}
	var b strings.Builder
	b.WriteRune(quote)
	for _, c := range text {
		switch {
		case c == quote || c == '\\':
			b.WriteString(`\` + string(c))
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < ' ' || c == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		case c <= unicode.MaxASCII:
			b.WriteRune(c)
		case c <= 0xff:
			fmt.Fprintf(&b, `\x%02x`, c)
		case c <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			fmt.Fprintf(&b, `\U%08x`, c)
		}
	}
	b.WriteRune(quote)
	return b.String()
}

// pyRegex spells a regular expression: raw where that is possible.
func pyRegex(pattern string) string {
	plain := !strings.ContainsFunc(pattern, func(c rune) bool { return c == '"' || c < ' ' || c > '~' })
	if plain && strings.Contains(pattern, `\`) {
		return `r"` + pattern + `"`
	}
	return pyString(pattern)
}

func pyFloat(n float64) string {
	text := strings.Replace(strconv.FormatFloat(n, 'g', -1, 64), "e+", "e", 1)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text
}

// pyTuple spells a tuple, of one item too.
func pyTuple(items []string) string {
	if len(items) == 1 {
		return "(" + items[0] + ",)"
	}
	return "(" + strings.Join(items, ", ") + ")"
}

// fit breaks one logical line of Python as ruff would when it is too long: what stands in the brackets goes on a line of
// its own, and when that is too long too, or the brackets are those of a collection, each item on its own line with a
// comma at the end.
func fit(line string) string {
	if utf8.RuneCountInString(line) <= lineLength {
		return line
	}
	indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
	head, body, tail, ok := brackets(line)
	if !ok {
		return line
	}
	inner := indent + "    "
	items := splitTop(body)
	oneLine := inner + strings.Join(items, ", ")
	if called(head) && utf8.RuneCountInString(oneLine) <= lineLength {
		return head + "\n" + oneLine + "\n" + indent + tail
	}
	if called(head) && len(items) == 1 {
		return head + "\n" + fit(inner+items[0]) + "\n" + indent + tail
	}
	lines := []string{head}
	for _, item := range items {
		lines = append(lines, fit(inner+item+","))
	}
	return strings.Join(append(lines, indent+tail), "\n")
}

// called reports whether the bracket at the end belongs to a call or a subscript, and not to a collection, whose items
// always go on lines of their own.
func called(head string) bool {
	before := head[:max(len(head)-1, 0)]
	return before != "" && (before[len(before)-1] == '_' || isWord(before[len(before)-1]))
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == ')' || c == ']'
}

// brackets finds the pair to break at: the parameters of a definition, and of anything else the last pair.
func brackets(line string) (head, body, tail string, ok bool) {
	type span struct{ open, close int }
	var stack []int
	var pairs []span
	quote := byte(0)
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case strings.IndexByte("([{", c) >= 0:
			stack = append(stack, i)
		case strings.IndexByte(")]}", c) >= 0 && len(stack) > 0:
			if len(stack) == 1 {
				pairs = append(pairs, span{stack[0], i})
			}
			stack = stack[:len(stack)-1]
		}
	}
	pairs = slices.DeleteFunc(pairs, func(p span) bool { return p.close == p.open+1 })
	if len(pairs) == 0 {
		return "", "", "", false
	}
	pair := pairs[len(pairs)-1]
	if strings.Contains(line, "def ") {
		pair = pairs[0]
	}
	return line[:pair.open+1], line[pair.open+1 : pair.close], line[pair.close:], true
}

// splitTop splits at the commas that stand in no bracket and no string.
func splitTop(text string) []string {
	var items []string
	depth, start, quote := 0, 0, byte(0)
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0:
			depth--
		case c == ',' && depth == 0:
			items = append(items, strings.TrimSpace(text[start:i]))
			start = i + 1
		}
	}
	if rest := strings.TrimSpace(text[start:]); rest != "" {
		items = append(items, rest)
	}
	return items
}

// importBlock spells imports as ruff's isort leaves them. An import is "module.Name", or "module" or "module as
// name" for a plain import.
func importBlock(names []string) string {
	members := map[string][]string{}
	var plain []string
	for _, name := range names {
		if !strings.Contains(name, ".") {
			plain = append(plain, name)
			continue
		}
		at := strings.LastIndexByte(name, '.')
		if module := name[:at]; !slices.Contains(members[module], name[at+1:]) {
			members[module] = append(members[module], name[at+1:])
		}
	}
	sections := make([][]string, 3)
	slices.Sort(plain)
	for _, name := range slices.Compact(plain) {
		sections[section(name)] = append(sections[section(name)], "import "+name)
	}
	modules := make([]string, 0, len(members))
	for module := range members {
		modules = append(modules, module)
	}
	slices.SortFunc(modules, naturally)
	for _, module := range modules {
		var together []string
		of := section(module)
		for _, member := range sortMembers(members[module]) {
			if strings.Contains(member, " as ") { // it has a line of its own
				sections[of] = append(sections[of], importLine(module, member))
			} else {
				together = append(together, member)
			}
		}
		if len(together) > 0 {
			sections[of] = append(sections[of], importLine(module, together...))
		}
	}
	var blocks []string
	for _, lines := range sections {
		if len(lines) > 0 {
			blocks = append(blocks, strings.Join(lines, "\n"))
		}
	}
	return strings.Join(blocks, "\n\n")
}

func importLine(module string, members ...string) string {
	line := "from " + module + " import " + strings.Join(members, ", ")
	if len(line) > lineLength {
		line = "from " + module + " import (\n    " + strings.Join(members, ",\n    ") + ",\n)"
	}
	return line
}

// library are the modules of Python's library, sorted.
var library = sync.OnceValue(func() []string {
	modules := words("library")
	slices.Sort(modules)
	return modules
})

// section is 0 for Python's library, 1 for packages and 2 for the project.
func section(module string) int {
	top, _, _ := strings.Cut(strings.Fields(module)[0], ".")
	if top == "app" || top == "tests" || top == "migrations" {
		return 2
	}
	if _, standard := slices.BinarySearch(library(), top); standard {
		return 0
	}
	return 1
}

// sortMembers puts CONSTANTS before Classes before functions, each in alphabetical order, in place.
func sortMembers(names []string) []string {
	rank := func(name string) int {
		switch {
		case len(name) > 1 && name == strings.ToUpper(name):
			return 0
		case unicode.IsUpper(rune(name[0])):
			return 1
		}
		return 2
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), naturally(strings.ToLower(a), strings.ToLower(b)))
	})
	return names
}

var digits = regexp.MustCompile(`[0-9]+`)

// naturally compares names with the numbers in them by value, so that `part2s` comes before `part10s`, as isort does.
func naturally(a, b string) int {
	padded := func(name string) string {
		return digits.ReplaceAllStringFunc(name, func(number string) string {
			return strings.Repeat("0", max(0, 20-len(number))) + number
		})
	}
	return cmp.Compare(padded(a), padded(b))
}
