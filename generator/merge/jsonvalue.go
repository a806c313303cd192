package merge

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxJSONDepth bounds how deep objects and arrays nest.
const maxJSONDepth = 200

// value is a JSON value and where it stands in its text.
type value struct {
	start, end int
	kind       byte     // '{', '[', or 0 for all others
	members    []member // of an object
	index      map[string]int
	items      []value // of an array
}

type member struct {
	key        string
	start      int // of the key with its quotes
	keyEnd     int
	value      value
	lead, tail string // the blanks before the key and behind the value
}

// member finds a key; a nil value has none.
func (v *value) member(key string) *member {
	if v == nil {
		return nil
	}
	if i, known := v.index[key]; known {
		return &v.members[i]
	}
	return nil
}

// document is a parsed JSON text.
type document struct {
	text string
	root value
}

// parseJSON parses a text whose keys are unique in each object.
func parseJSON(data []byte) (document, error) {
	if !json.Valid(data) || !utf8.Valid(data) {
		return document{}, errors.New("not valid JSON")
	}
	s := scanner{text: string(data)}
	s.blanks()
	root, err := s.value(0)
	return document{text: s.text, root: root}, err
}

// scanner reads a text that is known to be valid.
type scanner struct {
	text string
	at   int
}

// blanks passes over white space and returns it.
func (s *scanner) blanks() string {
	start := s.at
	for s.at < len(s.text) && strings.IndexByte(" \t\r\n", s.text[s.at]) >= 0 {
		s.at++
	}
	return s.text[start:s.at]
}

func (s *scanner) value(depth int) (value, error) {
	if depth > maxJSONDepth {
		return value{}, fmt.Errorf("nested deeper than %d", maxJSONDepth)
	}
	v := value{start: s.at}
	var err error
	switch s.text[s.at] {
	case '{':
		v.kind = '{'
		v.index = map[string]int{}
		v.members, err = s.object(v.index, depth)
	case '[':
		v.kind = '['
		v.items, err = s.array(depth)
	case '"':
		s.quoted()
	default:
		for s.at < len(s.text) && strings.IndexByte(" \t\r\n,]}", s.text[s.at]) < 0 {
			s.at++
		}
	}
	v.end = s.at
	return v, err
}

func (s *scanner) quoted() string {
	start := s.at
	for s.at++; s.text[s.at] != '"'; s.at++ {
		if s.text[s.at] == '\\' {
			s.at++
		}
	}
	s.at++
	return s.text[start:s.at]
}

func (s *scanner) object(index map[string]int, depth int) ([]member, error) {
	var members []member
	for s.at++; ; s.at++ {
		m := member{lead: s.blanks()}
		if s.text[s.at] == '}' {
			s.at++
			return members, nil
		}
		m.start = s.at
		quoted := s.quoted()
		m.keyEnd = s.at
		m.key = unquoted(quoted)
		if _, known := index[m.key]; known {
			return nil, fmt.Errorf("the key %s stands twice", quoted)
		}
		index[m.key] = len(members)
		s.blanks()
		s.at++
		s.blanks()
		var err error
		if m.value, err = s.value(depth + 1); err != nil {
			return nil, err
		}
		m.tail = s.blanks()
		members = append(members, m)
		if s.text[s.at] == '}' {
			s.at++
			return members, nil
		}
	}
}

func (s *scanner) array(depth int) ([]value, error) {
	var items []value
	for s.at++; ; s.at++ {
		s.blanks()
		if s.text[s.at] == ']' {
			s.at++
			return items, nil
		}
		item, err := s.value(depth + 1)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		s.blanks()
		if s.text[s.at] == ']' {
			s.at++
			return items, nil
		}
	}
}

// unquoted decodes a valid string literal.
func unquoted(literal string) string {
	var text string
	if json.Unmarshal([]byte(literal), &text) != nil {
		return literal
	}
	return text
}

// equal compares two values; the order of keys and the spelling of strings don't matter.
func equal(a document, v *value, b document, w *value) bool {
	if v.kind != w.kind || len(v.members) != len(w.members) || len(v.items) != len(w.items) {
		return false
	}
	switch v.kind {
	case '{':
		for i := range v.members {
			if other := w.member(v.members[i].key); other == nil || !equal(a, &v.members[i].value, b, &other.value) {
				return false
			}
		}
		return true
	case '[':
		for i := range v.items {
			if !equal(a, &v.items[i], b, &w.items[i]) {
				return false
			}
		}
		return true
	}
	x, y := a.text[v.start:v.end], b.text[w.start:w.end]
	if x == y || x[0] != '"' || y[0] != '"' {
		return x == y
	}
	// Halves of surrogate pairs all decode to the replacement character.
	text := unquoted(x)
	return text == unquoted(y) && !strings.ContainsRune(text, utf8.RuneError)
}
