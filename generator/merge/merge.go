// Package merge is a three-way merge of text by lines, in git's zdiff3 style, of JSON by key, and the line diff below
// both. It is pure: bytes in, bytes out, in bounded time.
package merge

import (
	"bytes"
	"unicode/utf8"
)

// Result is a merged text. With Conflicts it holds that many regions between marker lines.
type Result struct {
	Data      []byte
	Conflicts int
	Keys      []string // of JSON: where the conflicts are, as "mcpServers.context7"
}

// Labels name the three sides on marker lines.
type Labels struct {
	Yours, Base, Theirs string
}

// IsText tells that data is valid UTF-8 without NUL: what can be merged by lines.
func IsText(data []byte) bool {
	return bytes.IndexByte(data, 0) < 0 && utf8.Valid(data)
}
