package answers

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/scaffold/generator/layer/strict"
)

// Limits of the search for lost comments; a document beyond them is not searched.
const (
	maxSearched = 256 << 10
	maxLost     = 50
)

// withComments returns text with those comments of old at its end that are not in it: comments on items that went, and
// those that the YAML library does not keep.
func withComments(old, text string) string {
	if len(old) > maxSearched {
		return text
	}
	lines := strings.Split(old, "\n")
	for i, lost := 0, 0; i < len(lines) && lost < maxLost; i++ {
		for at := range lines[i] {
			if lines[i][at] != '#' || at > 0 && lines[i][at-1] != ' ' && lines[i][at-1] != '\t' {
				continue
			}
			comment := strings.TrimRight(lines[i][at:], " \t")
			if strings.Contains(text, comment) {
				break
			}
			lost++
			if isComment(lines, i, at) {
				text = strings.TrimRight(text, "\n") + "\n" + comment + "\n"
				break
			}
		}
	}
	return text
}

// isComment reports whether the document says the same without the rest of the line.
func isComment(lines []string, i, at int) bool {
	without := slices.Clone(lines)
	without[i] = without[i][:at]
	one, err := strict.Parse([]byte(strings.Join(lines, "\n")), "")
	if err != nil {
		return false
	}
	other, err := strict.Parse([]byte(strings.Join(without, "\n")), "")
	return err == nil && sameContent(one.Root, other.Root)
}

func sameContent(a, b *yaml.Node) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Kind == b.Kind && a.Value == b.Value && slices.EqualFunc(a.Content, b.Content, sameContent)
}
