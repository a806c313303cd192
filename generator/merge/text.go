package merge

import "bytes"

// Text merges by lines as git does in its zdiff3 style: changes that touch are one region, equal changes are taken
// once, and where the sides differ, marker lines of 7 characters hold yours, the base and theirs, less the lines that
// both sides begin or end with. It is symmetric: swapped sides give the same text with the sides swapped.
func Text(base, yours, theirs []byte, l Labels) Result {
	return merge(base, yours, theirs, l, nil)
}

// merge merges by lines. Where resolve is given, it may settle a region before it becomes a conflict.
func merge(base, yours, theirs []byte, l Labels, resolve func(region) ([][]byte, bool)) Result {
	switch {
	case bytes.Equal(yours, theirs), bytes.Equal(base, theirs):
		return Result{Data: yours}
	case bytes.Equal(base, yours):
		return Result{Data: theirs}
	}
	known := names{}
	m := merger{base: splitLines(base), yours: splitLines(yours), theirs: splitLines(theirs), labels: l}
	o, a, b := known.of(m.base), known.of(m.yours), known.of(m.theirs)
	at := 0
	for _, s := range regions(diff(o, a, len(known)), diff(o, b, len(known))) {
		m.copy(m.base[at:s.base0])
		at = s.base1
		m.write(m.region(s), s, resolve)
	}
	m.copy(m.base[at:])
	return Result{Data: m.out.Bytes(), Conflicts: m.conflicts}
}

// span is a region by its line numbers in the three texts.
type span struct {
	base0, base1, yours0, yours1, theirs0, theirs1 int
	byYours, byTheirs                              bool
}

// regions joins the changes of both sides that touch or overlap.
func regions(yours, theirs []change) []span {
	var found []span
	i, j := 0, 0
	yoursShift, theirsShift := 0, 0 // line number in the side less the one in the base, up to here
	for i < len(yours) || j < len(theirs) {
		s := span{base0: first(yours[i:], theirs[j:])}
		s.base1 = s.base0
		s.yours0, s.theirs0 = s.base0+yoursShift, s.base0+theirsShift
		for grown := true; grown; {
			grown = false
			for ; i < len(yours) && yours[i].a0 <= s.base1; i++ {
				s.base1 = max(s.base1, yours[i].a1)
				yoursShift = yours[i].b1 - yours[i].a1
				s.byYours, grown = true, true
			}
			for ; j < len(theirs) && theirs[j].a0 <= s.base1; j++ {
				s.base1 = max(s.base1, theirs[j].a1)
				theirsShift = theirs[j].b1 - theirs[j].a1
				s.byTheirs, grown = true, true
			}
		}
		s.yours1, s.theirs1 = s.base1+yoursShift, s.base1+theirsShift
		found = append(found, s)
	}
	return found
}

// first is where the next change of either side begins.
func first(yours, theirs []change) int {
	switch {
	case len(yours) == 0:
		return theirs[0].a0
	case len(theirs) == 0:
		return yours[0].a0
	}
	return min(yours[0].a0, theirs[0].a0)
}

// region is what the three texts hold at one place, and the lines of the base around it.
type region struct {
	base, yours, theirs [][]byte
	before, after       []byte // nil at the ends of the base
}

type merger struct {
	base, yours, theirs [][]byte
	labels              Labels
	out                 bytes.Buffer
	conflicts           int
}

func (m *merger) region(s span) region {
	r := region{base: m.base[s.base0:s.base1], yours: m.yours[s.yours0:s.yours1], theirs: m.theirs[s.theirs0:s.theirs1]}
	if s.base0 > 0 {
		r.before = m.base[s.base0-1]
	}
	if s.base1 < len(m.base) {
		r.after = m.base[s.base1]
	}
	return r
}

func (m *merger) copy(lines [][]byte) {
	for _, line := range lines {
		m.out.Write(line)
	}
}

// write puts out one region.
func (m *merger) write(r region, s span, resolve func(region) ([][]byte, bool)) {
	switch {
	case !s.byTheirs:
		m.copy(r.yours)
		return
	case !s.byYours:
		m.copy(r.theirs)
		return
	}
	if resolve != nil {
		if lines, settled := resolve(r); settled {
			m.copy(lines)
			return
		}
	}
	same := 0
	for same < len(r.yours) && same < len(r.theirs) && bytes.Equal(r.yours[same], r.theirs[same]) {
		same++
	}
	m.copy(r.yours[:same])
	r.yours, r.theirs = r.yours[same:], r.theirs[same:]
	tail := 0
	for tail < len(r.yours) && tail < len(r.theirs) && bytes.Equal(r.yours[len(r.yours)-1-tail], r.theirs[len(r.theirs)-1-tail]) {
		tail++
	}
	after := r.yours[len(r.yours)-tail:]
	r.yours, r.theirs = r.yours[:len(r.yours)-tail], r.theirs[:len(r.theirs)-tail]
	if len(r.yours)+len(r.theirs) > 0 {
		m.conflict(r, m.lineEnd(s.yours0+same, s.theirs0+same))
	}
	m.copy(after)
}

// conflict puts out a region between marker lines; a last line without a newline gets one.
func (m *merger) conflict(r region, end string) {
	m.conflicts++
	m.marker('<', m.labels.Yours, end)
	m.ended(r.yours, end)
	m.marker('|', m.labels.Base, end)
	m.ended(r.base, end)
	m.marker('=', "", end)
	m.ended(r.theirs, end)
	m.marker('>', m.labels.Theirs, end)
}

func (m *merger) marker(char byte, label, end string) {
	m.out.Write(bytes.Repeat([]byte{char}, markerWidth))
	if label != "" {
		m.out.WriteString(" " + label)
	}
	m.out.WriteString(end)
}

func (m *merger) ended(lines [][]byte, end string) {
	m.copy(lines)
	if n := len(lines); n > 0 && !bytes.HasSuffix(lines[n-1], []byte("\n")) {
		m.out.WriteString(end)
	}
}

// lineEnd is how marker lines end: with CRLF where both sides and the base do around there.
func (m *merger) lineEnd(yours, theirs int) string {
	for _, place := range []struct {
		lines [][]byte
		at    int
	}{{m.yours, yours - 1}, {m.theirs, theirs - 1}, {m.base, 0}} {
		if at := max(place.at, 0); at < len(place.lines) && !bytes.HasSuffix(place.lines[at], []byte("\r\n")) {
			return "\n"
		}
	}
	if len(m.yours)+len(m.theirs) == 0 {
		return "\n"
	}
	return "\r\n"
}
