package merge

import "math"

// differ holds one comparison by the linear-space algorithm of Myers, "An O(ND) Difference Algorithm and Its
// Variations" (1986), section 4b. Its cost is bounded: a box that needs more than a number of edits is cut where the
// search got furthest, which may give a longer diff, never a wrong one.
type differ struct {
	a, b           []int32
	aIndex, bIndex []int  // places in the whole texts
	aGone, bNew    []bool // by place in the whole texts
	ahead, behind  []int  // furthest x by diagonal, from the start and from the end
	zero           int    // index of diagonal 0 in them
	budget         int    // what may still be spent on whole searches
}

// box is a part of both texts: a from x0 to x1, b from y0 to y1.
type box struct{ x0, x1, y0, y1 int }

// Limits of the search, in edits of one box and in diagonals altogether. Once the budget is spent, boxes are cut early.
const (
	maxEdits  = 256
	lateEdits = 16
	maxBudget = 8_000_000
)

func (d *differ) prepare() {
	diagonals := len(d.a) + len(d.b) + 3
	d.ahead, d.behind = make([]int, diagonals), make([]int, diagonals)
	d.zero = len(d.b) + 1
	d.budget = maxBudget
}

// compare marks what differs in a box.
func (d *differ) compare(at box) {
	for {
		for at.x0 < at.x1 && at.y0 < at.y1 && d.a[at.x0] == d.b[at.y0] {
			at.x0++
			at.y0++
		}
		for at.x0 < at.x1 && at.y0 < at.y1 && d.a[at.x1-1] == d.b[at.y1-1] {
			at.x1--
			at.y1--
		}
		if at.x0 == at.x1 || at.y0 == at.y1 {
			d.mark(at)
			return
		}
		x, y := d.middle(at)
		first, second := box{at.x0, x, at.y0, y}, box{x, at.x1, y, at.y1}
		if first.size() > second.size() {
			first, second = second, first
		}
		d.compare(first)
		at = second
	}
}

func (b box) size() int { return b.x1 - b.x0 + b.y1 - b.y0 }

func (d *differ) mark(at box) {
	for x := at.x0; x < at.x1; x++ {
		d.aGone[d.aIndex[x]] = true
	}
	for y := at.y0; y < at.y1; y++ {
		d.bNew[d.bIndex[y]] = true
	}
}

// search is the state of one search for the middle of a box.
type search struct {
	*differ
	box
	low, high   int // the diagonals inside the box
	start, end  int // the diagonals of its corners
	fLow, fHigh int // the diagonals that were reached from the start
	bLow, bHigh int // and from the end
	odd         bool
}

const never = math.MaxInt

// middle finds a point of a shortest path through the box, which isn't empty and whose ends differ.
func (d *differ) middle(at box) (x, y int) {
	s := search{differ: d, box: at, low: at.x0 - at.y1, high: at.x1 - at.y0, start: at.x0 - at.y0, end: at.x1 - at.y1}
	s.fLow, s.fHigh, s.bLow, s.bHigh = s.start, s.start, s.end, s.end
	s.odd = (s.start-s.end)&1 != 0
	d.ahead[d.zero+s.start], d.behind[d.zero+s.end] = at.x0, at.x1
	limit := maxEdits
	if d.budget < 0 {
		limit = lateEdits
	}
	for edits := 1; ; edits++ {
		d.budget -= s.fHigh - s.fLow + s.bHigh - s.bLow + 2
		if x, y, met := s.forward(); met {
			return x, y
		}
		if x, y, met := s.backward(); met {
			return x, y
		}
		if edits >= limit {
			return s.furthest()
		}
	}
}

// widen moves a range of diagonals one step outwards, inside the box, and fences it.
func (s *search) widen(low, high int, reach []int, fence int) (int, int) {
	if low > s.low {
		low--
		reach[s.zero+low-1] = fence
	} else {
		low++
	}
	if high < s.high {
		high++
		reach[s.zero+high+1] = fence
	} else {
		high--
	}
	return low, high
}

func (s *search) forward() (x, y int, met bool) {
	s.fLow, s.fHigh = s.widen(s.fLow, s.fHigh, s.ahead, -1)
	for k := s.fHigh; k >= s.fLow; k -= 2 {
		x := s.ahead[s.zero+k+1]
		if before := s.ahead[s.zero+k-1]; before >= x {
			x = before + 1
		}
		for x < s.x1 && x-k < s.y1 && s.a[x] == s.b[x-k] {
			x++
		}
		s.ahead[s.zero+k] = x
		if s.odd && s.bLow <= k && k <= s.bHigh && s.behind[s.zero+k] <= x {
			return x, x - k, true
		}
	}
	return 0, 0, false
}

func (s *search) backward() (x, y int, met bool) {
	s.bLow, s.bHigh = s.widen(s.bLow, s.bHigh, s.behind, never)
	for k := s.bHigh; k >= s.bLow; k -= 2 {
		x := s.behind[s.zero+k-1]
		if after := s.behind[s.zero+k+1]; after <= x && after != never {
			x = after - 1
		}
		for x > s.x0 && x-k > s.y0 && s.a[x-1] == s.b[x-1-k] {
			x--
		}
		s.behind[s.zero+k] = x
		if !s.odd && s.fLow <= k && k <= s.fHigh && x <= s.ahead[s.zero+k] {
			return x, x - k, true
		}
	}
	return 0, 0, false
}

// furthest is the point that either search got to with the most lines behind it.
func (s *search) furthest() (x, y int) {
	bestAhead, ax, ay := -1, 0, 0
	for k := s.fHigh; k >= s.fLow; k -= 2 {
		x := min(s.ahead[s.zero+k], s.x1)
		y := x - k
		if y > s.y1 {
			x, y = s.y1+k, s.y1
		}
		if x+y > bestAhead {
			bestAhead, ax, ay = x+y, x, y
		}
	}
	bestBehind, bx, by := never, 0, 0
	for k := s.bHigh; k >= s.bLow; k -= 2 {
		x := max(s.behind[s.zero+k], s.x0)
		y := x - k
		if y < s.y0 {
			x, y = s.y0+k, s.y0
		}
		if x+y < bestBehind {
			bestBehind, bx, by = x+y, x, y
		}
	}
	if s.x1+s.y1-bestBehind < bestAhead-s.x0-s.y0 {
		return ax, ay
	}
	return bx, by
}
