package merge

import (
	"bytes"
	"slices"
)

// Union is Text, but where both sides only added lines at one place, both are kept: yours first. In plain lists, as of
// dependencies or ignored names, a line that both added stands once, and lines that one side added beside those that the
// other changed or removed stay, and a list that is in order around that place stays in order; blocks with a structure of their own (blank lines,
// headings in brackets, lines that open or close something) are kept whole, and once where both are equal.
func Union(base, yours, theirs []byte, l Labels) Result {
	text := Text(base, yours, theirs, l)
	if text.Conflicts == 0 {
		return text
	}
	// A last line without a newline is made whole, so that lines behind it count as added, not as a change of it.
	result := merge(ended(base), ended(yours), ended(theirs), l, bothStay)
	if result.Conflicts > text.Conflicts {
		return text
	}
	whole := isEnded(yours)
	if whole == isEnded(base) {
		whole = isEnded(theirs)
	}
	if !whole && !endsInMarker(result.Data) {
		result.Data = unended(result.Data)
	}
	return result
}

func isEnded(data []byte) bool { return len(data) == 0 || data[len(data)-1] == '\n' }

func ended(data []byte) []byte {
	if isEnded(data) {
		return data
	}
	return append(bytes.Clone(data), '\n')
}

// unended takes the newline of the last line away, unless that line is empty.
func unended(data []byte) []byte {
	short := bytes.TrimSuffix(data, []byte("\n"))
	if isEnded(short) {
		return data
	}
	return short
}

func endsInMarker(data []byte) bool {
	data = bytes.TrimSuffix(data, []byte("\n"))
	char, _ := markerOf(data[bytes.LastIndexByte(data, '\n')+1:])
	return char == '>'
}

// bothStay settles a region in which no side changed what the other did.
func bothStay(r region) ([][]byte, bool) {
	if lines, ok := bothAdded(r); ok {
		return lines, true
	}
	if lines, ok := addedBeside(r.base, r.yours, r.theirs); ok {
		return lines, true
	}
	return addedBeside(r.base, r.theirs, r.yours)
}

// addedBeside puts the lines that one side added to the base into what the other made of it. It settles nothing where the first
// did more than add, or where a line that either changed is more than an item of a list.
func addedBeside(base, added, other [][]byte) ([][]byte, bool) {
	gaps, ok := insertions(base, added)
	if !ok {
		return nil, false
	}
	known := names{}
	o, b := known.of(base), known.of(other)
	at := make([]int, len(base)+1) // where in other the lines of a gap go
	last := 0
	for _, c := range append(diff(o, b, len(known)), change{len(base), len(base), len(other), len(other)}) {
		if structured(base[c.a0:c.a1]) || structured(other[c.b0:c.b1]) {
			return nil, false
		}
		for i := last; i <= c.a0; i++ {
			at[i] = c.b0 - (c.a0 - i)
		}
		for i := c.a0 + 1; i <= c.a1; i++ {
			at[i] = c.b1
		}
		last = c.a1 + 1
	}
	var lines [][]byte
	there := lineSet(other)
	done := 0
	for gap, inserted := range gaps {
		if structured(inserted) {
			return nil, false
		}
		lines = append(lines, other[done:max(done, at[gap])]...)
		done = max(done, at[gap])
		for _, line := range inserted {
			if !there[string(line)] {
				lines = append(lines, line)
			}
		}
	}
	return append(lines, other[done:]...), true
}

// insertions returns what a side that only added lines has before each line of the base, and behind the last.
func insertions(base, side [][]byte) ([][][]byte, bool) {
	gaps := make([][][]byte, len(base)+1)
	at := 0
	for _, line := range side {
		if at < len(base) && bytes.Equal(line, base[at]) {
			at++
			continue
		}
		gaps[at] = append(gaps[at], line)
	}
	return gaps, at == len(base)
}

// bothAdded settles a region in which the base has nothing.
func bothAdded(r region) ([][]byte, bool) {
	if len(r.base) > 0 {
		return nil, false
	}
	lines := append([][]byte{}, r.yours...)
	if structured(r.yours) || structured(r.theirs) {
		if bytes.Equal(bytes.Join(r.yours, nil), bytes.Join(r.theirs, nil)) {
			return lines, true
		}
		return append(lines, r.theirs...), true
	}
	known := lineSet(r.yours)
	for _, line := range r.theirs {
		if !known[string(line)] {
			lines = append(lines, line)
		}
	}
	if slices.IsSortedFunc(r.yours, bytes.Compare) && slices.IsSortedFunc(r.theirs, bytes.Compare) {
		inOrder := slices.SortedFunc(slices.Values(lines), bytes.Compare)
		if r.before != nil && r.after != nil && bytes.Compare(r.before, inOrder[0]) < 0 && bytes.Compare(inOrder[len(inOrder)-1], r.after) < 0 {
			return inOrder, true
		}
	}
	return lines, true
}

// structured tells that lines are no plain list.
func structured(lines [][]byte) bool {
	for _, line := range lines {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || bytes.IndexByte([]byte("[{(]})"), line[0]) >= 0 || bytes.IndexByte([]byte("[{(:"), line[len(line)-1]) >= 0 {
			return true
		}
	}
	return false
}

func lineSet(lines [][]byte) map[string]bool {
	set := make(map[string]bool, len(lines))
	for _, line := range lines {
		set[string(line)] = true
	}
	return set
}
