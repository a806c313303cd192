package prompt

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/AlecAivazis/survey/v2/terminal"
	"golang.org/x/term"
)

// screen is the terminal's output as survey writes it. survey asks the terminal where its cursor is and waits for ever
// for the answer; a screen keeps count of the column itself, answers at once, and never passes the question on.
type screen struct {
	file   *os.File
	colour bool
	reply  func(string)
	err    error // the first error of the file; survey ignores most of them and fails on others, so it sees none

	width, column int
	saved         int
	corner        bool // survey has moved to the last row and column, to ask how large the screen is
	partial       []byte
}

const (
	defaultWidth, defaultHeight = 80, 24
	// survey prints an extra line feed when it believes to be in the last row. It is told of more rows than there are,
	// and there is always a free row below: see reserve.
	manyRows = 9999
)

func newScreen(file *os.File, colour bool, reply func(string)) *screen {
	return &screen{file: file, colour: colour, reply: reply}
}

// Fd is the terminal, for survey to ask how wide it is.
func (s *screen) Fd() uintptr { return s.file.Fd() }

func (s *screen) size() (width, height int) {
	width, height, err := term.GetSize(int(s.file.Fd()))
	if err != nil || width <= 0 || height <= 0 {
		return defaultWidth, defaultHeight
	}
	return width, height
}

// page is how many options are shown at once.
func (s *screen) page() int {
	_, height := s.size()
	return min(max(height-6, 3), 20)
}

// freshLine ends the line that a question stopped in.
func (s *screen) freshLine() {
	if s.column > 0 {
		fmt.Fprint(s, "\r\n")
	}
}

// Write never fails; err says what went wrong. It passes text on, follows the cursor, and takes out colour (where there is none) and questions to the terminal.
func (s *screen) Write(p []byte) (int, error) {
	s.width, _ = s.size()
	data := append(s.partial, p...)
	s.partial = nil
	var out bytes.Buffer
	for len(data) > 0 {
		n := s.step(data, &out)
		if n == 0 {
			s.partial = bytes.Clone(data)
			break
		}
		data = data[n:]
	}
	if _, err := s.file.Write(out.Bytes()); err != nil && s.err == nil {
		s.err = err
	}
	return len(p), nil
}

// step takes one character or sequence from data and returns its length, 0 when it is not complete.
func (s *screen) step(data []byte, out *bytes.Buffer) int {
	if data[0] == escape {
		return s.escape(data, out)
	}
	if !utf8.FullRune(data) {
		return 0
	}
	r, n := utf8.DecodeRune(data)
	switch r {
	case '\r', '\n':
		s.column = 0
	default:
		s.advance(terminal.StringWidth(string(r)))
	}
	out.Write(data[:n])
	return n
}

func (s *screen) advance(n int) {
	if s.column += n; s.column > s.width {
		s.column = n
	}
}

// escape handles one escape sequence: ESC 7, ESC 8, and ESC [ parameters letter.
func (s *screen) escape(data []byte, out *bytes.Buffer) int {
	if len(data) < 2 {
		return 0
	}
	if data[1] != '[' {
		switch data[1] {
		case '7':
			s.saved = s.column
		case '8':
			s.column, s.corner = s.saved, false
		}
		out.Write(data[:2])
		return 2
	}
	end := bytes.IndexFunc(data[2:], func(r rune) bool { return r >= 0x40 && r <= 0x7e })
	if end < 0 {
		return 0
	}
	n := 2 + end + 1
	if s.control(data[n-1], string(data[2:n-1]), out) {
		out.Write(data[:n])
	}
	return n
}

// control follows a sequence ESC [ and says whether the terminal is to see it.
func (s *screen) control(letter byte, parameters string, out *bytes.Buffer) bool {
	count := 0
	fmt.Sscanf(parameters, "%d", &count)
	switch letter {
	case 'm':
		return s.colour
	case 'C':
		s.column += max(count, 1)
	case 'D':
		s.column = max(s.column-max(count, 1), 0)
	case 'G':
		s.column = max(count-1, 0)
	case 'f':
		s.corner = true
		return false
	case 'n':
		s.position(out)
		return false
	}
	return true
}

// position answers the question where the cursor is.
func (s *screen) position(out *bytes.Buffer) {
	if s.corner {
		s.reply(fmt.Sprintf("\x1b[%d;%dR", manyRows, s.width))
		return
	}
	s.reply(fmt.Sprintf("\x1b[1;%dR", min(s.column+1, s.width)))
	s.reserve(out)
}

// reserve makes sure that there is a row below the cursor.
func (s *screen) reserve(out *bytes.Buffer) {
	const rows = 2
	out.WriteString(strings.Repeat("\n", rows))
	fmt.Fprintf(out, "\x1b[%dA\x1b[%dG", rows, s.column+1)
}
