package agent

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"

	"example.com/scaffold/generator/agent/catalog"
)

// maxHidden is how many lines with hidden characters are said one by one.
const maxHidden = 20

// hidden is A023: characters that a reader does not see, and those that a value holds by an escape.
func (l *linter) hidden() {
	count := 0
	for i, line := range l.lines {
		runes := []rune(line)
		for j, r := range runes {
			kind := hiddenKind(runes, j)
			if kind == "" {
				continue
			}
			if count++; count <= maxHidden {
				l.add(Err, i+1, j+1, fmt.Sprintf("the hidden character U+%04X, %s", r, kind), "remove it")
			}
			break
		}
	}
	l.escapes()
}

// escapes finds the hidden characters that stand in a value and not in the file.
func (l *linter) escapes() {
	for _, field := range l.Fields {
		runes := []rune(field.Value.Text)
		for i, r := range runes {
			if kind := hiddenKind(runes, i); kind != "" && r != '\n' && !bytes.ContainsRune(l.data, r) {
				l.at(Err, field, fmt.Sprintf("%s holds the hidden character U+%04X by an escape, %s", field.Name, r, kind), "remove it")
				break
			}
		}
	}
}

// hiddenKind says what is hidden about the i-th character, or "".
func hiddenKind(line []rune, i int) string {
	switch r := line[i]; {
	case r == 0x061C, r == 0x200E, r == 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
		return "which turns the direction of text"
	case r == 0x200D && i > 0 && i+1 < len(line) && emoji(line[i-1]) && emoji(line[i+1]):
		return ""
	case r == 0x180E, r >= 0x200B && r <= 0x200D, r >= 0x2060 && r <= 0x206F, r == 0xFEFF:
		return "which has no width"
	case r >= 0xE0000 && r <= 0xE007F:
		return "a tag"
	case r != '\t' && r != '\r' && unicode.IsControl(r):
		return "a control character"
	}
	return ""
}

// emoji reports whether r can stand beside a joiner: a pictograph, its skin tone or its variation selector.
func emoji(r rune) bool {
	return unicode.Is(unicode.So, r) || r >= 0x1F000 && r <= 0x1FAFF || r == 0xFE0F || r >= 0x2600 && r <= 0x27BF
}

// secrets is A024: keys and tokens in the text. A message never holds more of one than its first four characters.
func (l *linter) secrets() {
	for i, line := range l.lines {
		for _, s := range l.facts.Secrets {
			if at := l.secret(line, s.Pattern); at >= 0 {
				l.add(Err, i+1, column(line, at), fmt.Sprintf("what looks like a secret, %s: %s…", s.Name, line[at:at+4]), "remove it, revoke it, and read it from an environment variable")
				break
			}
		}
	}
}

// secret returns the offset of the first match that is no placeholder, or -1.
func (l *linter) secret(line string, pattern catalog.Pattern) int {
	for _, m := range pattern.FindAllStringIndex(line, -1) {
		if !l.placeholder(line[m[0]:m[1]]) {
			return m[0]
		}
	}
	return -1
}

// placeholder reports whether a text only stands for a secret.
func (l *linter) placeholder(text string) bool {
	for _, p := range l.facts.Placeholders {
		if p.MatchString(text) {
			return true
		}
	}
	return strings.Trim(text, text[len(text)-1:]) == ""
}
