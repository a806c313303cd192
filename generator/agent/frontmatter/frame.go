package frontmatter

import (
	"bytes"
	"regexp"
)

// Frame is where a file's front matter and body are, as byte offsets. Line is that of the front matter's first line.
type Frame struct {
	Start, End int // of the text between the fences
	Body       int // where the body begins
	Line       int
}

// bom is a UTF-8 byte order mark.
var bom = []byte("\xEF\xBB\xBF")

// opening matches the first line of a file that has front matter.
var opening = regexp.MustCompile(`^---[ \t]*\r?\n`)

// Open returns the offset after the opening fence, and whether there is one. A leading byte order mark is skipped.
func Open(file []byte) (int, bool) {
	skip := 0
	if bytes.HasPrefix(file, bom) {
		skip = len(bom)
	}
	m := opening.FindIndex(file[skip:])
	if m == nil {
		return skip, false
	}
	return skip + m[1], true
}

// Lines frames a file as most tools do: the front matter ends at the first later line of `---` and blanks.
func Lines(file []byte) (Frame, bool) {
	start, ok := Open(file)
	if !ok {
		return Frame{}, false
	}
	for i := start; i < len(file) && i-start <= MaxBytes; {
		end := len(file)
		if n := bytes.IndexByte(file[i:], '\n'); n >= 0 {
			end = i + n + 1
		}
		if line := file[i:end]; bytes.HasPrefix(line, []byte("---")) && len(bytes.Trim(line[3:], " \t\r\n")) == 0 {
			return Frame{start, i, end, 2}, true
		}
		i = end
	}
	return Frame{}, false
}

// Dashes frames a file as Claude Code does: the front matter ends at the first `---` anywhere.
func Dashes(file []byte) (Frame, bool) {
	start, ok := Open(file)
	if !ok {
		return Frame{}, false
	}
	n := bytes.Index(file[start:], []byte("---"))
	if n < 0 {
		return Frame{}, false
	}
	end := start + n
	body := end + 3
	if m := blankRest.FindIndex(file[body:]); m != nil {
		body += m[1]
	}
	return Frame{start, end, body, 2}, true
}

// blankRest matches the rest of a fence's line when nothing more is on it.
var blankRest = regexp.MustCompile(`^[ \t]*(?:\r?\n|\z)`)
