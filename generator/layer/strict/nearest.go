package strict

// Nearest returns the known word that differs from word by the fewest letters, or "" when none is near.
func Nearest(word string, known []string) string {
	const longest = 60 // longer words are not compared: no one mistypes them
	best, fewest := "", 3
	if len(word) > longest {
		return ""
	}
	if len(word) < 4 {
		fewest = 2
	}
	for _, other := range known {
		if len(other) > longest {
			continue
		}
		if n := distance(word, other); n < fewest {
			best, fewest = other, n
		}
	}
	return best
}

// distance is Levenshtein's, in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		previous := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := previous
			if a[i] != b[j] {
				cost = min(previous, row[j], row[j+1]) + 1
			}
			previous, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
