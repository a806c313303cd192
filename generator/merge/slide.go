package merge

// slide moves each group of changed lines, where its text allows, so that it lines up with a change of the other text,
// or else as far down as it goes: the choice that git makes. Groups that meet become one.
func slide(ids []int32, changed, other []bool) {
	g, o := group{marks: changed}, group{marks: other}
	g.first()
	o.first()
	for {
		if g.start != g.end {
			settle(ids, &g, &o)
		}
		if !g.next() {
			return
		}
		o.next()
	}
}

// settle slides one group; o is the group of the other text between the same unchanged lines.
func settle(ids []int32, g, o *group) {
	for {
		size := g.end - g.start
		for g.up(ids) {
			o.previous()
		}
		top, aligned := g.end, -1
		if o.start != o.end {
			aligned = g.end
		}
		for g.down(ids) {
			o.next()
			if o.start != o.end {
				aligned = g.end
			}
		}
		if g.end-g.start != size {
			continue
		}
		if g.end != top && aligned >= 0 {
			for g.end > aligned && g.up(ids) {
				o.previous()
			}
		}
		return
	}
}

// group is a run of changed lines, which may be empty, between two unchanged ones.
type group struct {
	marks      []bool
	start, end int
}

func (g *group) first() {
	g.start, g.end = 0, 0
	g.grow()
}

func (g *group) grow() {
	for g.end < len(g.marks) && g.marks[g.end] {
		g.end++
	}
}

// next goes to the group behind the next unchanged line.
func (g *group) next() bool {
	if g.end == len(g.marks) {
		return false
	}
	g.start = g.end + 1
	g.end = g.start
	g.grow()
	return true
}

func (g *group) previous() bool {
	if g.start == 0 {
		return false
	}
	g.end = g.start - 1
	g.start = g.end
	for g.start > 0 && g.marks[g.start-1] {
		g.start--
	}
	return true
}

// up moves the group one line up, and swallows a group that it meets.
func (g *group) up(ids []int32) bool {
	if g.start == 0 || ids[g.start-1] != ids[g.end-1] {
		return false
	}
	g.start--
	g.end--
	g.marks[g.start], g.marks[g.end] = true, false
	for g.start > 0 && g.marks[g.start-1] {
		g.start--
	}
	return true
}

// down moves the group one line down, and swallows a group that it meets.
func (g *group) down(ids []int32) bool {
	if g.end == len(g.marks) || ids[g.start] != ids[g.end] {
		return false
	}
	g.marks[g.start], g.marks[g.end] = false, true
	g.start++
	g.end++
	g.grow()
	return true
}
