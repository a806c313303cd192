package merge

import "bytes"

// markerWidth is how many characters a marker line begins with, as in git.
const markerWidth = 7

// Markers returns the numbers, from 1, of the lines that are conflict markers. A line of seven `=` or `|` alone, which
// prose and tables have too, counts only between the marker lines of a conflict.
func Markers(data []byte) []int {
	if !bytes.Contains(data, []byte("<<<<<<<")) && !bytes.Contains(data, []byte(">>>>>>>")) && !bytes.Contains(data, []byte("|||||||")) {
		return nil
	}
	var found []int
	open := false
	for i, line := range splitLines(data) {
		char, labelled := markerOf(line)
		switch char {
		case '<':
			open = true
		case '>':
			open = false
		case '|':
			if !labelled && !open {
				continue
			}
		case '=':
			if !open {
				continue
			}
		default:
			continue
		}
		found = append(found, i+1)
	}
	return found
}

// markerOf gives the character of a line that has the form of a marker, else 0.
func markerOf(line []byte) (char byte, labelled bool) {
	line = bytes.TrimRight(line, "\r\n")
	if len(line) < markerWidth || bytes.IndexByte([]byte("<|=>"), line[0]) < 0 {
		return 0, false
	}
	width := len(line) - len(bytes.TrimLeft(line, string(line[0])))
	labelled = len(line) > markerWidth
	if width != markerWidth || labelled && (line[0] == '=' || line[markerWidth] != ' ') {
		return 0, false
	}
	return line[0], labelled
}
