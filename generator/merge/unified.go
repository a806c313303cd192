package merge

// Hunk is one place where two texts differ, with the lines around it.
type Hunk struct {
	OldStart, OldLines int // the first line, from 1, and how many; of an empty range the line before, as diff writes it
	NewStart, NewLines int
	Lines              []Line
}

// Line is a line of a hunk with its newline; a line without one is the last of its text.
type Line struct {
	Op   byte // ' ' both, '-' old only, '+' new only
	Text []byte
}

// Unified compares two texts by lines and returns their hunks with up to context equal lines around each change.
func Unified(old, next []byte, context int) []Hunk {
	known := names{}
	a, b := splitLines(old), splitLines(next)
	ids, nextIDs := known.of(a), known.of(b)
	var hunks []Hunk
	found := diff(ids, nextIDs, len(known))
	for i := 0; i < len(found); {
		last := i
		for last+1 < len(found) && found[last+1].a0-found[last].a1 <= 2*context {
			last++
		}
		hunks = append(hunks, newHunk(a, b, found[i:last+1], context))
		i = last + 1
	}
	return hunks
}

func newHunk(a, b [][]byte, part []change, context int) Hunk {
	first, last := part[0], part[len(part)-1]
	before := min(context, first.a0)
	after := min(context, len(a)-last.a1)
	h := Hunk{OldStart: first.a0 - before + 1, OldLines: last.a1 + after - first.a0 + before}
	h.NewStart, h.NewLines = first.b0-before+1, last.b1+after-first.b0+before
	at := first.a0 - before
	for _, c := range part {
		h.add(' ', a[at:c.a0])
		h.add('-', a[c.a0:c.a1])
		h.add('+', b[c.b0:c.b1])
		at = c.a1
	}
	h.add(' ', a[at:last.a1+after])
	if h.OldLines == 0 {
		h.OldStart--
	}
	if h.NewLines == 0 {
		h.NewStart--
	}
	return h
}

func (h *Hunk) add(op byte, lines [][]byte) {
	for _, line := range lines {
		h.Lines = append(h.Lines, Line{op, line})
	}
}
