package frontmatter

import (
	"regexp"
	"strings"
)

// jsBlank are the characters of JavaScript's \s that a line can hold.
const jsBlank = `\t\v\f\r \x{00a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{3000}\x{feff}`

// simpleLine matches a line that Claude Code may quote: a key, blanks, a value without CR or line separator to the line's end.
var simpleLine = regexp.MustCompile(`^([A-Za-z_-]+):[` + jsBlank + `]+([^\r\x{2028}\x{2029}]+)$`)

// QuoteLines quotes the values that Claude Code quotes before its second try.
func QuoteLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		m := simpleLine.FindStringSubmatch(line)
		if m == nil || quoted(m[2]) {
			continue
		}
		if strings.ContainsAny(m[2], "{}[]*&#!|>%@`") || strings.Contains(m[2], ": ") {
			lines[i] = m[1] + `: "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(m[2]) + `"`
		}
	}
	return strings.Join(lines, "\n")
}

// quoted reports whether s stands in quotes at both ends.
func quoted(s string) bool {
	return len(s) > 1 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0]
}
