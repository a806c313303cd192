package generator

import (
	"path/filepath"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"example.com/scaffold/generator/layer"
)

const (
	// fallbackName stands for a name in which nothing can be written in ASCII.
	fallbackName = "project"
	// emptyTitle stands for a folder's name of which nothing can be a project's.
	emptyTitle = "Project"
)

// titleOf makes a project name from a folder's name: `my-shop` becomes "My Shop". Words at the end are left out until the
// name is a valid answer.
func titleOf(set *layer.Set, dir string) string {
	title := titleCase(filepath.Base(dir))
	question, asked := set.Question("project_name")
	for asked && question.Validate(title) != nil {
		at := strings.LastIndexByte(title, ' ')
		if at < 0 {
			return emptyTitle
		}
		title = title[:at]
	}
	return title
}

// titleCase gives the words of a text, each with a capital.
func titleCase(text string) string {
	words := strings.FieldsFunc(norm.NFC.String(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
	for i, word := range words {
		runes := []rune(word)
		runes[0] = unicode.ToUpper(runes[0])
		words[i] = string(runes)
	}
	if len(words) == 0 {
		return emptyTitle
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
