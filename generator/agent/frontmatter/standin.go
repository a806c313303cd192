package frontmatter

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
)

// standIns hides what the YAML library misreads behind private-use characters that the text does not have:
// U+0085 and U+2028/2029 (which are no line breaks in YAML 1.2), control characters, and the
// escapes of surrogates that JSON writers use. Each stands for one raw text.
type standIns struct {
	of  map[string]rune
	raw map[rune]string
}

// surrogate matches a pair of surrogate escapes, or a single one.
var surrogate = regexp.MustCompile(`(?i)\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|\\ud[89a-f][0-9a-f]{2}`)

// misread reports whether the library takes r for something else than YAML 1.2 does, or refuses it.
func misread(r rune) bool {
	return r == 0x85 || r == 0x2028 || r == 0x2029 || control(r)
}

// newStandIns chooses a stand-in for all that needs one in text.
func newStandIns(text string) standIns {
	s := standIns{map[string]rune{}, map[rune]string{}}
	if !strings.ContainsFunc(text, misread) && !surrogate.MatchString(text) {
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
	for _, m := range surrogate.FindAllString(text, -1) {
		add(m)
	}
	return s
}

// hide puts the stand-ins in.
func (s standIns) hide(text string) string {
	if len(s.of) == 0 {
		return text
	}
	text = strings.Map(func(r rune) rune {
		if stand, ok := s.of[string(r)]; ok {
			return stand
		}
		return r
	}, text)
	return replaceEscapes(text, s.of)
}

// replaceEscapes replaces surrogate escapes whose backslash is not itself escaped.
func replaceEscapes(text string, of map[string]rune) string {
	var b strings.Builder
	last := 0
	for _, m := range surrogate.FindAllStringIndex(text, -1) {
		slashes := len(text[:m[0]]) - len(strings.TrimRight(text[:m[0]], `\`))
		stand, ok := of[text[m[0]:m[1]]]
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

// show takes the stand-ins out again; in a double-quoted scalar the escapes are decoded.
func (s standIns) show(text string, double bool) string {
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
