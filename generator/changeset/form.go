package changeset

import (
	"bytes"

	"example.com/scaffold/generator/merge"
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// form says which line ends and which byte order mark a merged text gets, and whether they are put aside for the merge.
type form struct {
	plainEnds bool // lines are merged with LF
	crlf      bool // and written with CRLF
	plainMark bool // a byte order mark is put aside
	mark      bool // and written
}

// formOf finds the form of the file on disk. A file wholly CRLF stays so; so does a byte order mark. What the user changed
// of the form stays, what only the templates changed is taken. In a mixed file the CR belongs to its line.
func formOf(base, disk, next []byte) form {
	f := form{}
	b, d, n := endsOf(base), endsOf(disk), endsOf(next)
	switch {
	case d == allCRLF:
		f.plainEnds, f.crlf = true, true
	case d != mixedEnds && b != mixedEnds && n != mixedEnds && (b == allCRLF || n == allCRLF):
		f.plainEnds = true
		f.crlf = n == allCRLF && (d == b || d == noEnds)
	}
	inBase, inDisk, inNext := bytes.HasPrefix(base, byteOrderMark), bytes.HasPrefix(disk, byteOrderMark), bytes.HasPrefix(next, byteOrderMark)
	f.plainMark = inBase || inDisk || inNext
	f.mark = inDisk || inNext && !inBase
	return f
}

func (f form) plain(data []byte) []byte {
	if f.plainMark {
		data = bytes.TrimPrefix(data, byteOrderMark)
	}
	if f.plainEnds {
		data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	}
	return data
}

func (f form) restore(data []byte) []byte {
	if f.crlf {
		data = bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
	}
	if f.mark {
		data = append(bytes.Clone(byteOrderMark), data...)
	}
	return data
}

type lineEnds int

const (
	noEnds lineEnds = iota
	allLF
	allCRLF
	mixedEnds
)

func endsOf(data []byte) lineEnds {
	lf, crlf, cr := bytes.Count(data, []byte("\n")), bytes.Count(data, []byte("\r\n")), bytes.Count(data, []byte("\r"))
	switch {
	case cr != crlf || crlf != 0 && crlf != lf:
		return mixedEnds
	case lf == 0:
		return noEnds
	case crlf == lf:
		return allCRLF
	}
	return allLF
}

// alike tells that two files are equal but for the form of text.
func alike(disk, next []byte) bool {
	if bytes.Equal(disk, next) {
		return true
	}
	if !merge.IsText(disk) || !merge.IsText(next) {
		return false
	}
	f := formOf(next, disk, next)
	return bytes.Equal(f.plain(disk), f.plain(next))
}
