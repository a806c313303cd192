package merge

import "bytes"

// Union is Text, but where both sides only added lines at one place, both are kept: yours first. In plain lists, as of
// dependencies or ignored names, a line that both added stands once; blocks with a structure of their own (blank lines,
// headings in brackets, lines that open or close something) are kept whole, and once where both are equal.
func Union(base, yours, theirs []byte, l Labels) Result {
	text := Text(base, yours, theirs, l)
	if text.Conflicts == 0 {
		return text
	}
	// A last line without a newline is made whole, so that lines behind it count as added, not as a change of it.
	result := merge(ended(base), ended(yours), ended(theirs), l, bothAdded)
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
	known := map[string]bool{}
	for _, line := range r.yours {
		known[string(line)] = true
	}
	for _, line := range r.theirs {
		if !known[string(line)] {
			lines = append(lines, line)
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
