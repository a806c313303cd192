package resource

import (
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of the search for strings that a pattern matches.
const (
	maxTries  = 4000
	maxLength = 2000 // bytes of one try
)

// matcher is the pattern for the whole value.
func (f Field) matcher() *regexp.Regexp { return regexp.MustCompile(`\A(?:` + f.Pattern + `)\z`) }

// anchored tells that a pattern ends in a $ that is none of its text. It says nothing there: a pattern matches the whole value.
var anchored = regexp.MustCompile(`(^|[^\\])(\\\\)*\$$`)

// RustPattern is the pattern for Pydantic, anchored. It is what RE2 makes of it, and not as it was written: Rust's \d \w \s mean
// all of Unicode where RE2's mean ASCII, and it reads some escapes otherwise. NUL, which not every database can store, is taken out.
func (f Field) RustPattern() string {
	text := strings.TrimPrefix(f.Pattern, "^")
	if anchored.MatchString(text) {
		text = strings.TrimSuffix(text, "$")
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return "^(?:" + f.Pattern + ")$" // as of ^*, of which the rest is no pattern
	}
	if text = unnamed(tree).String(); takesNUL(tree) {
		text = anyCharacter.Replace(tree.String())
	}
	if strings.Contains(text, "|") {
		return "^(?:" + text + ")$"
	}
	return "^" + text + "$"
}

// unnamed takes the names from the groups of an expression, since Rust refuses one that is given twice.
func unnamed(re *syntax.Regexp) *syntax.Regexp {
	re.Name = ""
	for _, sub := range re.Sub {
		unnamed(sub)
	}
	return re
}

// anyCharacter takes NUL out of the classes that a parsed form spells by what is not in them.
var anyCharacter = strings.NewReplacer("[^", `[^\x00`, `[\x01-\x{10ffff}]`, `[^\x00]`, `[\x01-\x{10FFFF}]`, `[^\x00]`)

// takesNUL tells whether an expression matches a text with NUL, and brings its classes into the form that anyCharacter takes.
func takesNUL(re *syntax.Regexp) bool {
	taken := false
	switch last := len(re.Rune) - 1; {
	case re.Op == syntax.OpAnyChar:
		re.Op, re.Rune, taken = syntax.OpCharClass, []rune{1, unicode.MaxRune}, true
	case re.Op == syntax.OpAnyCharNotNL:
		re.Op, re.Rune, taken = syntax.OpCharClass, []rune{0, '\n' - 1, '\n' + 1, unicode.MaxRune}, true
	case re.Op == syntax.OpCharClass && last > 0 && re.Rune[0] == 0:
		taken = true
		if re.Rune[last] != unicode.MaxRune {
			re.Rune[0] = 1
		}
	}
	for _, sub := range re.Sub {
		taken = takesNUL(sub) || taken
	}
	return taken
}

// matching finds up to n strings that the field takes, in ascending order. The same pattern always gives the same ones.
func (f Field) matching(n int) []string {
	tree, err := syntax.Parse(f.Pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	whole := f.matcher()
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // reproducible on purpose
	found := map[string]bool{}
	for try := 0; try < maxTries && len(found) < n; try++ {
		w := writer{random: random, extra: try % 8}
		if try%3 == 2 {
			w.extra = f.MinSize + try%(min(f.MaxSize, 60)+1)
		}
		w.write(tree)
		text := w.text.String()
		length := utf8.RuneCountInString(text)
		if length >= f.MinSize && length <= f.MaxSize && whole.MatchString(text) && strings.TrimSpace(text) == text && text != "" {
			found[text] = true
		}
	}
	texts := make([]string, 0, len(found))
	for text := range found {
		texts = append(texts, text)
	}
	slices.Sort(texts)
	return texts
}

// writer writes one string that an expression may match; matching checks it.
type writer struct {
	random *rand.Rand
	extra  int // how often a repetition goes beyond its least count
	text   strings.Builder
}

func (w *writer) write(re *syntax.Regexp) {
	if w.text.Len() > maxLength {
		return
	}
	switch re.Op {
	case syntax.OpLiteral:
		w.text.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		w.text.WriteRune(w.pick(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		w.text.WriteRune('a' + rune(w.random.IntN(26)))
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range re.Sub {
			w.write(sub)
		}
	case syntax.OpAlternate:
		w.write(re.Sub[w.random.IntN(len(re.Sub))])
	case syntax.OpStar:
		w.repeat(re.Sub[0], 0, -1)
	case syntax.OpPlus:
		w.repeat(re.Sub[0], 1, -1)
	case syntax.OpQuest:
		w.repeat(re.Sub[0], 0, 1)
	case syntax.OpRepeat:
		w.repeat(re.Sub[0], re.Min, re.Max)
	}
}

func (w *writer) repeat(re *syntax.Regexp, least, most int) {
	n := least + w.extra
	if most >= 0 {
		n = min(n, most)
	}
	for range n {
		w.write(re)
	}
}

// pick takes a character of a class: a plain letter or digit where the class has one.
func (w *writer) pick(ranges []rune) rune {
	var plain []rune
	for c := rune('0'); c <= 'z'; c++ {
		if (c <= '9' || c >= 'a' || c >= 'A' && c <= 'Z') && inRanges(ranges, c) {
			plain = append(plain, c)
		}
	}
	if len(plain) > 0 {
		return plain[w.random.IntN(len(plain))]
	}
	for i := 0; i+1 < len(ranges); i += 2 {
		for c := ranges[i]; c <= ranges[i+1] && c < ranges[i]+128; c++ {
			if c > ' ' && c != 0x7f && utf8.ValidRune(c) {
				return c
			}
		}
	}
	return ' '
}

func inRanges(ranges []rune, c rune) bool {
	for i := 0; i+1 < len(ranges); i += 2 {
		if ranges[i] <= c && c <= ranges[i+1] {
			return true
		}
	}
	return false
}
