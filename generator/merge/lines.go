package merge

import "bytes"

// splitLines cuts data after each newline; a last line may have none.
func splitLines(data []byte) [][]byte {
	lines := make([][]byte, 0, bytes.Count(data, []byte("\n"))+1)
	for len(data) > 0 {
		end := bytes.IndexByte(data, '\n') + 1
		if end == 0 {
			end = len(data)
		}
		lines = append(lines, data[:end:end])
		data = data[end:]
	}
	return lines
}

// names numbers lines, so that equal lines have equal numbers.
type names map[string]int32

func (n names) of(lines [][]byte) []int32 {
	ids := make([]int32, len(lines))
	for i, line := range lines {
		id, known := n[string(line)]
		if !known {
			id = int32(len(n))
			n[string(line)] = id
		}
		ids[i] = id
	}
	return ids
}
