package answers

import "strings"

// maxAlign bounds the work of layout, in pairs of lines.
const maxAlign = 4_000_000

// layout gives text, the document as it was just written, the empty lines and the spacing of old, the document as a
// person had it, wherever a line of the one is a line of the other.
func layout(old, text string) string {
	was, is := strings.Split(old, "\n"), strings.Split(text, "\n")
	if len(was)*len(is) > maxAlign {
		return text
	}
	var b strings.Builder
	next := 0 // in was
	for j, i := range align(was, is) {
		line := is[j]
		if i >= 0 {
			for k := i - 1; k >= next && blank(was[k]) && (j == 0 || !blank(is[j-1])); k-- {
				b.WriteString("\n")
			}
			if squeeze(was[i]) == squeeze(line) {
				line = was[i]
			}
			next = i + 1
		}
		b.WriteString(line)
		if j < len(is)-1 {
			b.WriteString("\n")
		}
	}
	return b.String()
}

func blank(line string) bool { return strings.TrimSpace(line) == "" }

// squeeze is a line with its runs of blanks made one, but for those at its beginning.
func squeeze(line string) string {
	rest := strings.TrimLeft(line, " ")
	return line[:len(line)-len(rest)] + strings.Join(strings.Fields(rest), " ")
}

// align gives for each line of is the line of was that it was made from, or -1. It is the longest common subsequence,
// in which the same line counts for more than a line with the same key.
func align(was, is []string) []int {
	scores := make([][]int32, len(was)+1)
	for i := range scores {
		scores[i] = make([]int32, len(is)+1)
	}
	wasKeys, wasLines := keysOf(was)
	isKeys, isLines := keysOf(is)
	likeness := func(i, j int) int32 {
		switch {
		case wasKeys[i] == "" || wasKeys[i] != isKeys[j]:
			return 0
		case wasLines[i] == isLines[j]:
			return 3
		}
		return 1
	}
	for i := len(was) - 1; i >= 0; i-- {
		for j := len(is) - 1; j >= 0; j-- {
			scores[i][j] = max(scores[i+1][j], scores[i][j+1])
			if like := likeness(i, j); like > 0 {
				scores[i][j] = max(scores[i][j], scores[i+1][j+1]+like)
			}
		}
	}
	return trace(scores, likeness, len(was), len(is))
}

func trace(scores [][]int32, likeness func(i, j int) int32, was, is int) []int {
	from := make([]int, is)
	for j := range from {
		from[j] = -1
	}
	for i, j := 0, 0; i < was && j < is; {
		like := likeness(i, j)
		switch {
		case like > 0 && scores[i][j] == scores[i+1][j+1]+like:
			from[j] = i
			i, j = i+1, j+1
		case scores[i][j] == scores[i+1][j]:
			i++
		default:
			j++
		}
	}
	return from
}

// keysOf gives what stands before the first colon of each line, with its indentation, and the line squeezed.
func keysOf(lines []string) (keys, squeezed []string) {
	for _, line := range lines {
		line = squeeze(line)
		key, _, _ := strings.Cut(line, ":")
		keys, squeezed = append(keys, key), append(squeezed, line)
	}
	return keys, squeezed
}
