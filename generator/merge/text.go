package merge

// Text merges by lines. Where both sides changed one place differently, marker lines hold the three versions.
func Text(base, yours, theirs []byte, l Labels) Result { return Result{Data: yours} }

// Union is Text, but where both sides only added lines at one place, both are kept: yours first, equal lines once.
func Union(base, yours, theirs []byte, l Labels) Result { return Text(base, yours, theirs, l) }

// JSON merges objects by key into the text of yours.
func JSON(base, yours, theirs []byte) (Result, error) { return Result{}, nil }

// Markers returns the 1-based lines of data that are conflict markers.
func Markers(data []byte) []int { return nil }

// Hunk is one place where two texts differ, with the lines around it.
type Hunk struct {
	OldStart, OldLines, NewStart, NewLines int // 1-based, as in a unified diff
	Lines                                  []Line
}

// Line is a line of a hunk with its end; one without a final newline is the last of its file.
type Line struct {
	Op   byte // ' ', '-' or '+'
	Text []byte
}

// Unified compares two texts and returns their hunks with context lines around each change.
func Unified(old, next []byte, context int) []Hunk { return nil }
