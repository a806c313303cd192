package agent

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"example.com/scaffold/generator/agent/frontmatter"
)

// keys is A007: keys that no tool reads.
func (l *linter) keys() {
	for _, field := range l.Fields {
		if _, ok := l.facts.Field(field.Name); ok {
			continue
		}
		right := l.facts.Slips[field.Name]
		for _, known := range l.facts.Fields {
			if right == "" && near(field.Name, known.Name) {
				right = known.Name
			}
		}
		message := "the key " + show(field.Name) + " has no meaning to Claude Code"
		if right != "" {
			l.at(Warn, field, message, "did you mean "+right+"?")
			continue
		}
		l.at(Info, field, message, "remove it, or leave it for another tool")
	}
}

var (
	positive = regexp.MustCompile(`^\+?0*[1-9][0-9]*$`)
	modelID  = regexp.MustCompile(`^(?:claude-\S+|\S*[/.@:]\S*)$`)
)

// values is A008: values that are none of those allowed.
func (l *linter) values() {
	for _, field := range l.Fields {
		known, ok := l.facts.Field(field.Name)
		v := field.Value
		if !ok || v.IsNull() {
			continue
		}
		isText := v.Kind == frontmatter.Text
		switch field.Name {
		case "hooks":
			if v.Kind != frontmatter.Map {
				l.at(Err, field, "hooks is not a map of events; Claude Code does not load the file", "write a map, or remove it")
			}
		case "model":
			if !isText || !has(l.facts.Aliases, v.Text) && !modelID.MatchString(v.Text) {
				l.wrong(field, strings.Join(l.facts.Aliases, ", ")+", or a model's full id")
			}
		case "maxTurns":
			if v.Kind != frontmatter.Plain || !positive.MatchString(v.Text) {
				l.wrong(field, "a positive whole number")
			}
		case "background":
			if v.Kind != frontmatter.Plain || !strings.EqualFold(v.Text, "true") && !strings.EqualFold(v.Text, "false") {
				l.wrong(field, "true or false")
			}
		default:
			if len(known.Values) > 0 && (!isText || !has(known.Values, v.Text)) {
				l.wrong(field, strings.Join(known.Values, ", "))
			}
		}
	}
}

// wrong records a value that is not allowed, with those that are.
func (l *linter) wrong(field Field, allowed string) {
	value := "a list or map"
	if field.Value.Scalar() {
		value = show(field.Value.Text)
	}
	l.at(Warn, field, fmt.Sprintf("%s is %s", field.Name, value), "write "+allowed)
}

// model is A009: models that are retired. Providers write an id with a prefix, a version or an @.
func (l *linter) model() {
	field, _ := l.Field("model")
	id := strings.ReplaceAll(field.Value.Text, "@", "-")
	if i := strings.Index(id, "claude-"); i > 0 {
		id = id[i:]
	}
	id = providerVersion.ReplaceAllString(id, "")
	for _, r := range l.facts.Retired {
		if r.Matches(id) {
			message := "the model " + show(field.Value.Text) + " is retired"
			if r.Until != "" {
				message += " since " + r.Until
			}
			l.at(Warn, field, message, "write sonnet, opus, haiku or inherit")
			return
		}
	}
}

// providerVersion matches the version that a provider puts behind a model's id.
var providerVersion = regexp.MustCompile(`-v[0-9]+(?::[0-9]+)?$`)

// bypass is A025: an agent that asks for no permission at all.
func (l *linter) bypass() {
	if field, _ := l.Field("permissionMode"); field.Value.Text == "bypassPermissions" {
		l.at(Err, field, "permissionMode bypassPermissions lets the agent do anything without asking", "write default, acceptEdits or plan")
	}
}

// rawValue returns what stands behind a field's colon on its first line, and the column there.
func (l *linter) rawValue(field Field) (string, int) {
	if field.Line < 1 || field.Line > len(l.lines) {
		return "", 1
	}
	line := l.lines[field.Line-1]
	_, value, _ := strings.Cut(line, ":")
	trimmed := strings.TrimLeft(value, " \t")
	return trimmed, column(line, len(line)-len(trimmed))
}

// literalNewline is A026: a backslash and an n that stay what they are.
func (l *linter) literalNewline() {
	field, _ := l.Field("description")
	raw, col := l.rawValue(field)
	if strings.Contains(l.Description, `\n`) && !strings.HasPrefix(raw, `"`) {
		l.add(Info, field.Line, col, "the description holds a literal `\\n`, which is no line end there", "write real text, or double-quote the value")
	}
}

// cut matches what ends a plain value: the blanks and the `#` behind its text.
var cut = regexp.MustCompile(`[^ \t][ \t]+#`)

// cutValue is A027: a ` #` that makes the rest of a plain value a comment, on its first line or a later one.
func (l *linter) cutValue() {
	for _, field := range l.Fields {
		v := field.Value
		if v.Kind != frontmatter.Text || v.Style != frontmatter.Bare || cut.MatchString(v.Text) {
			continue
		}
		text, col := l.rawValue(field)
		for n := field.Line; n <= min(field.End, len(l.lines)); n++ {
			if n > field.Line {
				text, col = l.lines[n-1], 1
			}
			if strings.HasPrefix(strings.TrimSpace(text), "#") {
				break
			}
			if at := cut.FindStringIndex(text); at != nil {
				l.add(Warn, n, col+utf8.RuneCountInString(text[:at[1]-1]), fmt.Sprintf("the value of %s ends before this `#`: the rest is a comment", field.Name),
					"quote the value, or give the comment a line of its own")
				break
			}
		}
	}
}

// hashColor is A028: a colour that is a comment.
func (l *linter) hashColor() {
	field, ok := l.Field("color")
	raw, col := l.rawValue(field)
	if ok && field.Value.IsNull() && strings.HasPrefix(raw, "#") {
		l.add(Warn, field.Line, col, "color is null: an unquoted `#` begins a comment", "write one of red, blue, green, yellow, purple, orange, pink, cyan")
	}
}

// near reports whether two words are within edit distance 2.
func near(a, b string) bool { return a != b && distance([]rune(a), []rune(b)) <= 2 }

// maxWord is the longest word that is compared letter by letter; a longer one is far from all.
const maxWord = 300

// distance is the edit distance of two words.
func distance(a, b []rune) int {
	if len(a) > maxWord || len(b) > maxWord {
		return maxWord
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		last := row[0]
		row[0] = i + 1
		for j := range b {
			cost := last
			if a[i] != b[j] {
				cost++
			}
			last, row[j+1] = row[j+1], min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
