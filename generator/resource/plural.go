package resource

import (
	"slices"
	"strings"
)

// singularOf gives the singular of a snake-case plural, whose last word alone counts: order_lines -> order_line. It
// gives "" where English does not tell; the user then says it.
func singularOf(plural string) string {
	at := strings.LastIndexByte(plural, '_') + 1
	word := singularWord(plural[at:])
	if word == "" {
		return ""
	}
	return plural[:at] + word
}

func singularWord(word string) string {
	if single, ok := irregular()[word]; ok {
		return single
	}
	if slices.Contains(words("uncountable"), word) {
		return ""
	}
	switch {
	case strings.HasSuffix(word, "ies") && len(word) > 4:
		return word[:len(word)-3] + "y"
	case strings.HasSuffix(word, "sses"), strings.HasSuffix(word, "shes"), strings.HasSuffix(word, "ches"),
		strings.HasSuffix(word, "xes"), strings.HasSuffix(word, "zzes"):
		return word[:len(word)-2]
	case strings.HasSuffix(word, "ss"), strings.HasSuffix(word, "us"), strings.HasSuffix(word, "is"), len(word) < 3:
		return ""
	case strings.HasSuffix(word, "s"):
		return word[:len(word)-1]
	}
	return ""
}

// pluralOf is a guess for suggestions only.
func pluralOf(singular string) string {
	for plural, single := range irregular() {
		if single == singular {
			return plural
		}
	}
	switch {
	case strings.HasSuffix(singular, "y") && len(singular) > 1 && !strings.ContainsRune("aeiou", rune(singular[len(singular)-2])):
		return singular[:len(singular)-1] + "ies"
	case strings.HasSuffix(singular, "s"), strings.HasSuffix(singular, "x"), strings.HasSuffix(singular, "ch"), strings.HasSuffix(singular, "sh"):
		return singular + "es"
	}
	return singular + "s"
}
