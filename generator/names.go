package generator

import (
	"path/filepath"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// fallbackName stands for a name in which nothing can be written in ASCII.
const fallbackName = "project"

// titleOf makes a project name from a folder's name: `my-shop` becomes "My Shop".
func titleOf(dir string) string {
	words := strings.FieldsFunc(filepath.Base(dir), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	for i, word := range words {
		runes := []rune(word)
		runes[0] = unicode.ToUpper(runes[0])
		words[i] = string(runes)
	}
	if len(words) == 0 {
		return "Project"
	}
	return strings.Join(words, " ")
}

// slugOf makes a distribution name (PEP 508) from a project name: "Café Shop" becomes "cafe-shop".
func slugOf(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r), r == '\'':
			// A letter's accent, or the apostrophe of a possessive, parts no words.
		default:
			b.WriteByte('-')
		}
	}
	words := strings.FieldsFunc(b.String(), func(r rune) bool { return r == '-' })
	if len(words) == 0 {
		return fallbackName
	}
	return strings.Join(words, "-")
}
