package agent

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf16"

	"example.com/scaffold/generator/agent/catalog"
	"example.com/scaffold/generator/agent/frontmatter"
)

// maxName is the longest name that Claude Code takes, in UTF-16 units.
const maxName = 256

// reading is what one reader made of a file.
type reading struct {
	ok     bool // the front matter was read as a map
	how    Reading
	framed bool
	frame  frontmatter.Frame
	doc    frontmatter.Document
	err    error
	large  bool
}

var (
	errFence = errors.New("the file does not begin with a line `---`")
	errEnd   = errors.New("the front matter has no closing line `---`")
)

// readStrict reads a file as most tools do.
func readStrict(data []byte) reading {
	r := reading{how: ReadStrict}
	r.frame, r.framed = frontmatter.Lines(data)
	if !r.framed {
		r.err = errEnd
		if _, ok := frontmatter.Open(data); !ok {
			r.err = errFence
		}
		return r
	}
	r.doc, r.err = frontmatter.Strict(data[r.frame.Start:r.frame.End])
	r.ok = r.err == nil
	return r
}

// readClaude reads a file as Claude Code 2.1.330 does: leniently, and once more with simple lines quoted.
func readClaude(data []byte) reading {
	r := reading{how: ReadStrict, large: len(data) > MaxBytes}
	r.frame, r.framed = frontmatter.Dashes(data)
	if !r.framed || r.large {
		r.how = ReadNone
		return r
	}
	text := bytes.ToValidUTF8(data[r.frame.Start:r.frame.End], []byte("\uFFFD"))
	r.doc, r.err = frontmatter.Lenient(text)
	if r.err != nil {
		r.how = ReadQuoted
		r.doc, r.err = frontmatter.Lenient([]byte(frontmatter.QuoteLines(string(text))))
	}
	r.ok = r.err == nil
	return r
}

// loads reports whether Claude Code takes what it read for an agent.
func (r reading) loads() bool {
	return r.ok && !r.large && unfit(r.doc.Value) == ""
}

// unfit says why Claude Code takes a front matter that it could read for no agent, or "".
func unfit(m frontmatter.Value) string {
	for _, key := range []string{"name", "description"} {
		v, ok := m.Get(key)
		switch {
		case !ok || v.IsNull():
			return "it has no " + key
		case v.Kind != frontmatter.Text:
			return "its " + key + " is not a string"
		case v.Text == "":
			return "its " + key + " is empty"
		}
	}
	if problem := badName(textOf(m, "name")); problem != "" {
		return problem
	}
	if v, ok := m.Get("hooks"); ok && !v.IsNull() && v.Kind != frontmatter.Map {
		return "its hooks are not a map"
	}
	return ""
}

// badName says what Claude Code refuses in a name, or "".
func badName(name string) string {
	switch {
	case strings.Contains(name, ":"):
		return "its name holds a colon"
	case strings.HasPrefix(name, "-"):
		return "its name begins with a hyphen"
	case len(utf16.Encode([]rune(name))) > maxName:
		return "its name has more than 256 characters"
	}
	return ""
}

// knownKey returns the known field that a line begins, or "".
func knownKey(line string) string {
	key, rest, ok := strings.Cut(line, ":")
	if _, known := catalog.Facts().Field(key); ok && known && (rest == "" || rest[0] == ' ' || rest[0] == '\t') {
		return key
	}
	return ""
}

// readKeys reads what neither reader can: a known key at the line's start begins a field, every other line continues it.
func readKeys(data []byte, strict, claude reading) reading {
	r := reading{how: ReadNone, framed: strict.framed || claude.framed, frame: strict.frame}
	if !strict.framed {
		r.frame = claude.frame
	}
	if !r.framed || r.frame.End-r.frame.Start > frontmatter.MaxBytes {
		return r
	}
	text := strings.ToValidUTF8(string(lineFeeds(data[r.frame.Start:r.frame.End])), "\uFFFD")
	r.doc.Kind = frontmatter.Map
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i := 0; i < len(lines); {
		key := knownKey(lines[i])
		if key == "" {
			i++
			continue
		}
		end := i + 1
		for end < len(lines) && knownKey(lines[end]) == "" {
			end++
		}
		r.add(key, strings.Join(lines[i:end], "\n"), i+1)
		i = end
	}
	return r
}

// add sets one field of a key-anchored reading; the last of equal keys wins.
func (r *reading) add(key, text string, line int) {
	entry := frontmatter.Entry{Key: frontmatter.String(key), Value: fieldValue(key, text)}
	entry.Key.Line, entry.Value.Line = int32(line), int32(line)
	for i, e := range r.doc.Entries {
		if e.Key.Text == key {
			r.doc.Duplicate = true
			r.doc.Entries[i] = entry
			return
		}
	}
	r.doc.Entries = append(r.doc.Entries, entry)
}

// fieldValue reads the lines of one field as YAML if they are that alone, else as text.
func fieldValue(key, text string) frontmatter.Value {
	for _, try := range []string{text, frontmatter.QuoteLines(text)} {
		doc, err := frontmatter.Lenient([]byte(try))
		if err == nil && len(doc.Entries) == 1 && doc.Entries[0].Key.Text == key {
			return doc.Entries[0].Value
		}
	}
	text = strings.TrimSpace(strings.TrimPrefix(text, key+":"))
	if n := len(text); n > 1 && (text[0] == '"' || text[0] == '\'') && text[n-1] == text[0] {
		text = text[1 : n-1]
	}
	if key == "name" {
		text, _, _ = strings.Cut(text, "\n")
	}
	return frontmatter.String(text)
}
