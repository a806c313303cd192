// Package standin hides from a YAML library what it misreads, behind private-use characters that the text does not have.
package standin

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Set says what stands for what in one text. Each stand-in is for one raw text: a character, or the escape of a surrogate.
type Set struct {
	of      map[string]rune
	raw     map[rune]string
	escapes *regexp.Regexp
}

// The escapes that JSON writers use for a character beyond the first 65,536, and those with the ones that have lost their other half.
var (
	Pairs      = regexp.MustCompile(`(?i)\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}`)
	Surrogates = regexp.MustCompile(Pairs.String() + `|\\ud[89a-f][0-9a-f]{2}`)
)

// New chooses a stand-in for each of the escapes in text, and for each character that is misread.
func New(text string, escapes *regexp.Regexp, misread func(rune) bool) Set {
	s := Set{map[string]rune{}, map[rune]string{}, escapes}
	if !strings.ContainsFunc(text, misread) && !escapes.MatchString(text) {
		return s
	}
	used := map[rune]bool{}
	for _, r := range text {
		if r >= 0xE000 {
			used[r] = true
		}
	}
	next := rune(0xE000)
	add := func(raw string) {
		if _, ok := s.of[raw]; ok || next > 0x10FFFD {
			return
		}
		for used[next] || next == 0xF900 {
			next++
			if next == 0xF900 {
				next = 0xF0000
			}
		}
		s.of[raw], s.raw[next] = next, raw
		next++
	}
	for _, r := range text {
		if misread(r) {
			add(string(r))
		}
	}
	for _, m := range escapes.FindAllString(text, -1) {
		add(m)
	}
	return s
}

// Hide puts the stand-ins in.
func (s Set) Hide(text string) string {
	if len(s.of) == 0 {
		return text
	}
	text = strings.Map(func(r rune) rune {
		if stand, ok := s.of[string(r)]; ok {
			return stand
		}
		return r
	}, text)
	return s.replaceEscapes(text)
}

// replaceEscapes replaces surrogate escapes whose backslash is not itself escaped.
func (s Set) replaceEscapes(text string) string {
	var b strings.Builder
	last := 0
	for _, m := range s.escapes.FindAllStringIndex(text, -1) {
		slashes := len(text[:m[0]]) - len(strings.TrimRight(text[:m[0]], `\`))
		stand, ok := s.of[text[m[0]:m[1]]]
		if slashes%2 == 1 || !ok {
			continue
		}
		b.WriteString(text[last:m[0]])
		b.WriteRune(stand)
		last = m[1]
	}
	b.WriteString(text[last:])
	return b.String()
}

// Show takes the stand-ins out again; in a double-quoted scalar the escapes are decoded.
func (s Set) Show(text string, double bool) string {
	if len(s.raw) == 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		raw, ok := s.raw[r]
		switch {
		case !ok:
			b.WriteRune(r)
		case double && len(raw) >= 6:
			b.WriteString(decode(raw))
		default:
			b.WriteString(raw)
		}
	}
	return b.String()
}

// decode reads one escape of a surrogate or of a pair; a lone one is U+FFFD.
func decode(raw string) string {
	var units []uint16
	for part := range strings.SplitSeq(strings.ToLower(raw), `\u`) {
		if n, err := strconv.ParseUint(part, 16, 16); err == nil {
			units = append(units, uint16(n))
		}
	}
	return string(utf16.Decode(units))
}
