package render

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

var errUTF8 = errors.New("the text is not valid UTF-8")

// quoted writes a text between quotes. Marks are the characters that have a short escape; what can't be seen is
// written by hidden; all else stands as it is.
func quoted(text string, quote byte, marks map[rune]string, hidden func(rune) string) (string, error) {
	if !utf8.ValidString(text) {
		return "", errUTF8
	}
	var b strings.Builder
	b.Grow(len(text) + 2)
	b.WriteByte(quote)
	for _, r := range text {
		mark, ok := marks[r]
		switch {
		case ok:
			b.WriteString(mark)
		case r == rune(quote):
			b.WriteByte('\\')
			b.WriteByte(quote)
		case !unicode.IsPrint(r):
			b.WriteString(hidden(r))
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte(quote)
	return b.String(), nil
}

// unicodeEscape is \uXXXX or \UXXXXXXXX.
func unicodeEscape(r rune) string {
	if r > 0xffff {
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// pyString is a string literal of Python, with the quotes that ruff format would choose.
func pyString(text string) (string, error) {
	quote := byte('"')
	if strings.Count(text, `"`) > strings.Count(text, `'`) {
		quote = '\''
	}
	marks := map[rune]string{'\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`}
	return quoted(text, quote, marks, func(r rune) string {
		if r <= 0xff {
			return fmt.Sprintf(`\x%02x`, r)
		}
		return unicodeEscape(r)
	})
}

// tomlString is a basic string of TOML 1.0.
func tomlString(text string) (string, error) {
	marks := map[rune]string{'\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`, '\b': `\b`, '\f': `\f`}
	return quoted(text, '"', marks, unicodeEscape)
}

// yamlString is a double-quoted scalar of YAML 1.2, which YAML 1.1 reads alike.
func yamlString(text string) (string, error) {
	marks := map[rune]string{'\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`}
	return quoted(text, '"', marks, unicodeEscape)
}

// jsonString is a string of JSON (RFC 8259).
func jsonString(text string) (string, error) {
	marks := map[rune]string{'\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`, '\b': `\b`, '\f': `\f`}
	return quoted(text, '"', marks, func(r rune) string {
		if high, low := utf16.EncodeRune(r); high != unicode.ReplacementChar {
			return fmt.Sprintf(`\u%04x\u%04x`, high, low)
		}
		return fmt.Sprintf(`\u%04x`, r)
	})
}

// shString is one word of a POSIX shell. A shell can't hold NUL.
func shString(text string) (string, error) {
	switch {
	case !utf8.ValidString(text):
		return "", errUTF8
	case strings.ContainsRune(text, 0):
		return "", errors.New("the text holds NUL, which no shell can")
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'", nil
}

// mdText is one line of Markdown that shows the text and nothing else: no heading, list, link, code, table or HTML
// comes of it, wherever in a line it stands. Line breaks become blanks; what can't be seen is left out.
func mdText(text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", errUTF8
	}
	line := []rune(strings.Join(strings.Fields(strings.Map(visible, text)), " "))
	var b strings.Builder
	for i, r := range line {
		if special(line, i) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String(), nil
}

// visible drops what has no form of its own, but for the joiner inside emoji.
func visible(r rune) rune {
	switch {
	case unicode.IsSpace(r) || unicode.IsControl(r):
		return ' '
	case r == '\u200d' || r == '\ufe0f' || unicode.IsPrint(r):
		return r
	}
	return -1
}

// special reports whether the character at i means something in CommonMark or in GitHub's Markdown where it stands.
func special(line []rune, i int) bool {
	first := i == 0 || line[i-1] == ' '
	switch line[i] {
	case '\\', '`', '*', '_', '[', ']', '<', '>', '&', '|', '~', '$', '@':
		return true
	case '#', '+', '-', '=':
		return first
	case '!':
		return i+1 == len(line) || line[i+1] == '['
	case '.', ')':
		return strings.Trim(string(line[:i]), "0123456789") == "" || strings.HasSuffix(strings.ToLower(string(line[max(0, i-3):i])), "www")
	case ':':
		return i+1 == len(line) || line[i+1] == '/'
	}
	return false
}
