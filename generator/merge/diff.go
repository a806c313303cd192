package merge

// change says that the old lines a0 to a1 became the new lines b0 to b1. Between two changes of one diff stands at
// least one line that is in both.
type change struct{ a0, a1, b0, b1 int }

// diff compares two texts whose lines are numbered from 0 to count-1.
func diff(a, b []int32, count int) []change {
	d := differ{aGone: make([]bool, len(a)), bNew: make([]bool, len(b))}
	start, aEnd, bEnd := 0, len(a), len(b)
	for start < aEnd && start < bEnd && a[start] == b[start] {
		start++
	}
	for aEnd > start && bEnd > start && a[aEnd-1] == b[bEnd-1] {
		aEnd--
		bEnd--
	}
	inA, inB := present(a, count), present(b, count)
	d.a, d.aIndex = keep(a, start, aEnd, inB, d.aGone)
	d.b, d.bIndex = keep(b, start, bEnd, inA, d.bNew)
	d.prepare()
	d.compare(box{0, len(d.a), 0, len(d.b)})
	slide(a, d.aGone, d.bNew)
	slide(b, d.bNew, d.aGone)
	return changes(d.aGone, d.bNew)
}

func present(ids []int32, count int) []bool {
	seen := make([]bool, count)
	for _, id := range ids {
		seen[id] = true
	}
	return seen
}

// keep takes the lines that the other text has too, anywhere, with their places; the others are marked as changed.
func keep(ids []int32, start, end int, other, changed []bool) (kept []int32, index []int) {
	for i := start; i < end; i++ {
		if other[ids[i]] {
			kept = append(kept, ids[i])
			index = append(index, i)
		} else {
			changed[i] = true
		}
	}
	return kept, index
}

// changes reads the marks of both texts in step.
func changes(aGone, bNew []bool) []change {
	var found []change
	for i, j := 0, 0; i < len(aGone) || j < len(bNew); {
		c := change{a0: i, b0: j}
		for i < len(aGone) && aGone[i] {
			i++
		}
		for j < len(bNew) && bNew[j] {
			j++
		}
		if i > c.a0 || j > c.b0 {
			c.a1, c.b1 = i, j
			found = append(found, c)
		}
		i++
		j++
	}
	return found
}
