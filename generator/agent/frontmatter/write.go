package frontmatter

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	maxIndent = 12   // levels written as blocks; what is deeper is written in brackets
	maxKey    = 1000 // bytes of a key that may stand before its colon on one line
)

// escaped reports whether r is written as an escape: controls, line separators, byte order marks, bidi controls.
func escaped(r rune) bool {
	switch {
	case r < ' ', r >= 0x7F && r <= 0x9F, r == 0x2028, r == 0x2029, r == 0xFEFF, r == 0xFFFE, r == 0xFFFF:
		return true
	case r == 0x061C, r == 0x200E, r == 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return false
}

// Visible writes what hides or moves text (controls, separators, bidi controls) as escapes, and cuts at limit characters.
func Visible(s string, limit int) string {
	var b strings.Builder
	for _, r := range s {
		if limit--; limit < 0 {
			b.WriteRune('…')
			break
		}
		if escaped(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Quote writes s as a double-quoted scalar on one line, in JSON style: characters beyond ASCII stay
// but for those that hide or break lines, and `---` never appears.
func Quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case escaped(r), r == '-' && strings.HasPrefix(s[i:], "---"):
			fmt.Fprintf(&b, `\u%04x`, r)
		case r == utf8.RuneError:
			b.WriteString("\uFFFD")
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Word writes s bare if every reader takes it for the same string there, else quoted. In brackets more must be quoted.
func Word(s string, brackets bool) string {
	if bareSafe(s) && !(brackets && strings.ContainsAny(s, ",[]{}:#?")) {
		return s
	}
	return Quote(s)
}

// bareSafe is stricter than YAML: what it refuses is only quoted.
func bareSafe(s string) bool {
	if s == "" || !readsAsString(s) || strings.ContainsFunc(s, escaped) || !utf8.ValidString(s) {
		return false
	}
	first, _ := utf8.DecodeRuneInString(s)
	if first < utf8.RuneSelf && !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./$(+<^;\\", first) {
		return false
	}
	for _, bad := range []string{": ", " #", "---", "\u0085"} {
		if strings.Contains(s, bad) {
			return false
		}
	}
	return !strings.HasSuffix(s, ":") && !strings.HasPrefix(s, "...") && strings.Trim(s, " \u00a0\u3000") == s
}

// appendScalar writes a text or plain value.
func appendScalar(b []byte, v Value, brackets bool) []byte {
	switch {
	case v.Kind == Plain && v.Text == "" && brackets:
		return append(b, "null"...)
	case v.Kind == Plain:
		return append(b, v.Text...)
	case v.Style == Double || v.Style == Single:
		return append(b, Quote(v.Text)...)
	}
	return append(b, Word(v.Text, brackets)...)
}

// appendFlow writes v on one line, in brackets.
func appendFlow(b []byte, v Value) []byte {
	switch v.Kind {
	case List:
		b = append(b, '[')
		for i, item := range v.Items {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = appendFlow(b, item)
		}
		return append(b, ']')
	case Map:
		b = append(b, '{')
		for i, e := range v.Entries {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = append(appendKey(b, e.Key, " "), ' ')
			b = appendFlow(b, e.Value)
		}
		return append(b, '}')
	}
	return appendScalar(b, v, true)
}

// appendKey writes a key and its colon; one that is long or no scalar gets the explicit form, with sep before the colon.
func appendKey(b []byte, key Value, sep string) []byte {
	key.Style = Bare
	k := appendFlow(nil, key)
	if key.Scalar() && len(k) <= maxKey {
		return append(append(b, k...), ':')
	}
	b = append(append(b, "? "...), k...)
	return append(append(b, sep...), ':')
}
