package tree

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/tools/txtar"
)

// The txtar form of a tree: the caller's comment, a line with the checksum of all the rest, then the files. A marker line
// is `-- path --`, or with marks behind a tab `-- path	exec,quoted --`:
//
//	exec        executable
//	once        the user's after its creation
//	secret      once, and its bytes are not here
//	crlf        each line ends with CRLF; here with LF
//	unended     the last line has no newline; one was added
//	quoted      each line begins with a > that was added, as some line looked like a marker
//	base64      not text, or with CR here and there
//
// A path that begins or ends with a blank of any kind is in Go's double quotes. Paths are in order.
const (
	markExec    = "exec"
	markOnce    = "once"
	markSecret  = "secret"
	markCRLF    = "crlf"
	markUnended = "unended"
	markQuoted  = "quoted"
	markBase64  = "base64"
)

// Limits of the form.
const (
	maxForm    = 512 << 20 // bytes
	maxEntries = 200_000
)

const checksum = "sha256 "

// Format gives the exact txtar form. The comment must be whole lines that are no marker lines.
func Format(comment []byte, t Tree) []byte {
	size := len(comment) + len(checksum) + sha256.Size*2 + 1
	for path, file := range t {
		size += len(path) + len(file.Data) + 32
	}
	out := bytes.NewBuffer(make([]byte, 0, size))
	out.Write(comment)
	out.WriteString(checksum)
	at := out.Len()
	out.WriteString(strings.Repeat("0", sha256.Size*2) + "\n")
	files := out.Len()
	for _, path := range t.Paths() {
		marks, data := encode(t[path])
		out.WriteString("-- " + entryName(path, marks) + " --\n")
		out.Write(data)
	}
	form := out.Bytes()
	copy(form[at:], sum(comment, form[files:]))
	return form
}

// Parse is the inverse of Format. What Format could not have written is an error; so is a path that no render could name.
func Parse(form []byte) (comment []byte, t Tree, err error) {
	if len(form) > maxForm {
		return nil, nil, fmt.Errorf("larger than %d bytes", maxForm)
	}
	archive := txtar.Parse(form)
	if len(archive.Files) > maxEntries {
		return nil, nil, fmt.Errorf("more than %d files", maxEntries)
	}
	at := bytes.LastIndex(archive.Comment, []byte(checksum))
	if at < 0 || len(archive.Comment) > len(form) || at > 0 && archive.Comment[at-1] != '\n' {
		return nil, nil, errors.New("damaged: there is no whole checksum line")
	}
	comment = archive.Comment[:at]
	files := form[len(archive.Comment):]
	if string(archive.Comment[at:]) != checksum+sum(comment, files)+"\n" {
		return nil, nil, errors.New("damaged: the checksum is of other bytes")
	}
	t = make(Tree, len(archive.Files))
	last, size := "", len(archive.Comment)
	for _, entry := range archive.Files {
		path, file, err := decode(entry)
		if err != nil {
			return nil, nil, err
		}
		if _, twice := t[path]; twice || path < last {
			return nil, nil, fmt.Errorf("damaged: %q stands twice, or not in its place", path)
		}
		t[path], last = file, path
		size += len("-- "+entry.Name+" --\n") + len(entry.Data)
	}
	// Reading a marker line passes over a CR and further blanks.
	if size != len(form) || form[len(form)-1] != '\n' {
		return nil, nil, errors.New("damaged: a marker line is not in the form that it would be written in")
	}
	return comment, t, t.Check()
}

func sum(comment, files []byte) string {
	hash := sha256.New()
	hash.Write(comment)
	hash.Write(files)
	return hex.EncodeToString(hash.Sum(nil))
}

func entryName(path string, marks []string) string {
	if strings.TrimSpace(path) != path {
		path = strconv.Quote(path)
	}
	if len(marks) == 0 {
		return path
	}
	return path + "\t" + strings.Join(marks, ",")
}

// encode gives the marks of a file and its bytes in the form.
func encode(f File) (marks []string, data []byte) {
	mark := func(name string, holds bool) {
		if holds {
			marks = append(marks, name)
		}
	}
	mark(markExec, f.Exec)
	mark(markOnce, f.Once && !f.Secret)
	mark(markSecret, f.Secret)
	data = f.Data
	switch {
	case f.Secret || len(data) == 0:
		return marks, nil
	case !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0:
		return append(marks, markBase64), wrap64(data)
	case bytes.IndexByte(data, '\r') >= 0:
		plain := bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
		if bytes.IndexByte(plain, '\r') >= 0 || bytes.Count(data, []byte("\r\n")) != bytes.Count(data, []byte("\n")) {
			return append(marks, markBase64), wrap64(data)
		}
		mark(markCRLF, true)
		data = plain
	}
	unended := data[len(data)-1] != '\n'
	mark(markUnended, unended)
	if unended {
		data = append(slices.Clip(data), '\n')
	}
	if looksMarked(data) {
		mark(markQuoted, true)
		data = append([]byte(">"), bytes.ReplaceAll(data[:len(data)-1], []byte("\n"), []byte("\n>"))...)
		data = append(data, '\n')
	}
	return marks, data
}

// looksMarked tells that some line could be taken for a marker.
func looksMarked(data []byte) bool {
	return bytes.HasPrefix(data, []byte("-- ")) || bytes.Contains(data, []byte("\n-- "))
}

func wrap64(data []byte) []byte {
	text := base64.StdEncoding.EncodeToString(data)
	var out bytes.Buffer
	for len(text) > 0 {
		n := min(76, len(text))
		out.WriteString(text[:n] + "\n")
		text = text[n:]
	}
	return out.Bytes()
}

// decode is the inverse of encode for one entry.
func decode(entry txtar.File) (string, File, error) {
	path, list, marked := strings.Cut(entry.Name, "\t")
	if strings.HasPrefix(path, `"`) {
		plain, err := strconv.Unquote(path)
		if err != nil {
			return "", File{}, fmt.Errorf("damaged: the path %s is not well quoted", path)
		}
		path = plain
	}
	marks := map[string]bool{}
	if marked {
		for name := range strings.SplitSeq(list, ",") {
			marks[name] = true
		}
	}
	data, err := decodeData(entry.Data, marks)
	if err != nil {
		return "", File{}, fmt.Errorf("damaged: %q: %w", path, err)
	}
	f := File{Data: data, Exec: marks[markExec], Once: marks[markOnce] || marks[markSecret], Secret: marks[markSecret]}
	if again, form := encode(f); entryName(path, again) != entry.Name || !bytes.Equal(form, entry.Data) {
		return "", File{}, fmt.Errorf("damaged: %q is not in the form that it would be written in", path)
	}
	return path, f, nil
}

func decodeData(data []byte, marks map[string]bool) ([]byte, error) {
	switch {
	case marks[markSecret] && len(data) > 0:
		return nil, errors.New("a secret file has bytes")
	case marks[markBase64]:
		return base64.StdEncoding.DecodeString(string(bytes.ReplaceAll(data, []byte("\n"), nil)))
	}
	if marks[markQuoted] {
		if len(data) == 0 || data[0] != '>' {
			return nil, errors.New("a quoted line has no >")
		}
		data = bytes.ReplaceAll(data[1:], []byte("\n>"), []byte("\n"))
	}
	if marks[markUnended] {
		data = bytes.TrimSuffix(data, []byte("\n"))
	}
	if marks[markCRLF] {
		data = bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
	}
	return data, nil
}
