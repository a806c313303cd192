package resource

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxFieldLength bounds a field string in bytes; a pattern and a default fit well below it.
const maxFieldLength = 4096

// raw is a field cut into its parts, not yet judged. Each part knows where it began.
type raw struct {
	text     string
	place    string
	name     part
	typ      part
	args     []part
	hasArgs  bool
	size     *part
	optional bool
	def      *part
	mods     []part
}

// equal tells whether both say the same, wherever it stands.
func (r raw) equal(other raw) bool {
	same := func(a, b part) bool { return a.text == b.text }
	maybe := func(a, b *part) bool { return (a == nil) == (b == nil) && (a == nil || same(*a, *b)) }
	return same(r.name, other.name) && same(r.typ, other.typ) && r.optional == other.optional && maybe(r.size, other.size) &&
		maybe(r.def, other.def) && slices.EqualFunc(r.args, other.args, same) && slices.EqualFunc(r.mods, other.mods, same)
}

// part is a piece of a field string and its 1-based column, counted in characters; 0 in the mapping form.
type part struct {
	text   string
	column int
}

// Error is one refusal: the resource, the field as written, where in it, why, and what to do instead.
type Error struct {
	Place    string // file:line:column of the field or the resource; empty when unknown
	Resource string // as the answers name it
	Field    string // the field string, or its name in the mapping form; empty for the resource itself
	Column   int    // in the field string, 1-based, in characters; 0 for the whole
	Message  string
	Fix      string // may be empty
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.Place != "" {
		b.WriteString(e.Place + ": ")
	}
	fmt.Fprintf(&b, "resource %s", e.Resource)
	if e.Field != "" {
		fmt.Fprintf(&b, ": field %q", e.Field)
	}
	if e.Column > 0 {
		fmt.Fprintf(&b, ", column %d", e.Column)
	}
	b.WriteString(": " + e.Message)
	if e.Fix != "" {
		b.WriteString("; " + e.Fix)
	}
	return b.String()
}

// refusal is an Error without its resource and field, which the caller knows.
type refusal struct {
	column       int
	message, fix string
}

func refuse(at part, fix, format string, args ...any) *refusal {
	return &refusal{column: at.column, message: fmt.Sprintf(format, args...), fix: fix}
}

// scanner walks a field string. The grammar is regular but for the pattern modifier, so one pass is enough.
type scanner struct {
	text string
	pos  int
}

func (s *scanner) column() int { return utf8.RuneCountInString(s.text[:s.pos]) + 1 }

func (s *scanner) here() part { return part{column: s.column()} }

func (s *scanner) done() bool { return s.pos >= len(s.text) }

func (s *scanner) accept(c byte) bool {
	if !s.done() && s.text[s.pos] == c {
		s.pos++
		return true
	}
	return false
}

// until takes everything up to one of the stop characters, or to the end.
func (s *scanner) until(stops string) part {
	at := s.here()
	end := strings.IndexAny(s.text[s.pos:], stops)
	if end < 0 {
		end = len(s.text) - s.pos
	}
	at.text = s.text[s.pos : s.pos+end]
	s.pos += end
	return at
}

// enclosed takes what stands before the closing character, which must come.
func (s *scanner) enclosed(closing byte) (part, *refusal) {
	at := s.until(string(closing))
	if !s.accept(closing) {
		return at, refuse(at, "", "missing %q", string(closing))
	}
	return at, nil
}

// scan cuts a field string into its parts: name:type(args){size}?=default!mod!mod.
func scan(text string) (raw, *refusal) {
	s := &scanner{text: text}
	r := raw{text: text}
	if len(text) > maxFieldLength {
		return r, refuse(part{}, "", "a field is at most %d bytes long", maxFieldLength)
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		return r, refuse(part{}, "", "a field is one line of plain text")
	}
	r.name = s.until(":({?=!")
	if !s.accept(':') {
		return r, refuse(s.here(), "write name:type, such as name:str{1..80}", "a type is missing")
	}
	r.typ = s.until("({?=!")
	if err := s.scanArgs(&r); err != nil {
		return r, err
	}
	if s.accept('{') {
		size, err := s.enclosed('}')
		if err != nil {
			return r, err
		}
		r.size = &size
	}
	r.optional = s.accept('?')
	if s.accept('=') {
		def := s.until("!")
		r.def = &def
	}
	for s.accept('!') {
		r.mods = append(r.mods, s.mod())
	}
	if !s.done() {
		return r, refuse(s.here(), "the order is name:type(args){size}?=default!mod", "%q is out of place", s.text[s.pos:])
	}
	return r, nil
}

func (s *scanner) scanArgs(r *raw) *refusal {
	if !s.accept('(') {
		return nil
	}
	r.hasArgs = true
	column := s.column()
	args, err := s.enclosed(')')
	if err != nil {
		return err
	}
	for _, arg := range strings.Split(args.text, ",") {
		r.args = append(r.args, part{text: strings.TrimSpace(arg), column: column})
		column += utf8.RuneCountInString(arg) + 1
	}
	return nil
}

var patternMod = regexp.MustCompile(`^pattern=/(?:[^/\\]|\\.)*/`)

// mod takes one modifier. Only a pattern, which stands between slashes, can hold a "!".
func (s *scanner) mod() part {
	at := s.here()
	if match := patternMod.FindString(s.text[s.pos:]); match != "" {
		s.pos += len(match)
		at.text = match + s.until("!").text
		return at
	}
	return s.until("!")
}
