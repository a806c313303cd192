package merge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// JSON merges objects by key, nested ones too; arrays are values. What theirs changed is put into the text of yours, whose
// keys, order and formatting stay as they are. Where both sides changed one value differently, or one changed what the other
// deleted, yours stays, and its key is a conflict. An error means that this can't be done: a text is no JSON object or has a key twice.
func JSON(base, yours, theirs []byte) (Result, error) {
	m := jsonMerger{}
	for _, side := range []struct {
		name string
		data []byte
		doc  *document
	}{{"base", base, &m.base}, {"yours", yours, &m.yours}, {"theirs", theirs, &m.theirs}} {
		doc, err := parseJSON(side.data)
		if err == nil && doc.root.kind != '{' {
			err = errors.New("not an object")
		}
		if err != nil {
			return Result{}, fmt.Errorf("%s: %w", side.name, err)
		}
		*side.doc = doc
	}
	m.yourUnit, m.theirUnit = unitOf(m.yours), unitOf(m.theirs)
	if len(m.yours.root.members) == 0 {
		m.yourUnit = m.theirUnit
	}
	root := m.yours.root
	text := m.object(&m.base.root, &root, &m.theirs.root, place{})
	data := []byte(m.yours.text[:root.start] + text + m.yours.text[root.end:])
	return Result{Data: data, Conflicts: len(m.conflicts), Keys: m.conflicts}, nil
}

type jsonMerger struct {
	base, yours, theirs document
	yourUnit, theirUnit string // one step of indentation
	conflicts           []string
}

func (m *jsonMerger) conflict(at place, key string) {
	m.conflicts = append(m.conflicts, strings.TrimPrefix(at.path+"."+key, "."))
}

// place is where an object stands: its keys, and the indentation of its line in yours and in theirs.
type place struct {
	path          string
	yours, theirs string
}

// unitOf is the indentation of the first key of a text.
func unitOf(d document) string {
	if members := d.root.members; len(members) > 0 {
		if unit, ok := indent(members[0].lead); ok && unit != "" {
			return unit
		}
	}
	return "  "
}

// indent returns what stands behind the last newline of blanks.
func indent(blanks string) (string, bool) {
	at := strings.LastIndexByte(blanks, '\n')
	return blanks[at+1:], at >= 0
}

// item is one member of a merged object.
type item struct {
	key, lead, text, tail string
}

// object returns the text of yours with what theirs changed. A base of nil is an empty one.
func (m *jsonMerger) object(base, yours, theirs *value, at place) string {
	kept := m.kept(base, yours, theirs, at)
	stays := make(map[string]bool, len(kept))
	for _, it := range kept {
		stays[it.key] = true
	}
	var start []item              // new members before all others
	behind := map[string][]item{} // and behind the key that they follow in theirs
	after := ""
	for i := range theirs.members {
		t, b := &theirs.members[i], base.member(theirs.members[i].key)
		switch {
		case stays[t.key]:
			after = t.key
		case yours.member(t.key) != nil:
		case b != nil && !equal(m.base, &b.value, m.theirs, &t.value):
			m.conflict(at, t.key)
		case b != nil:
		case stays[after]:
			behind[after] = append(behind[after], m.newItem(yours, t, at))
		default:
			start = append(start, m.newItem(yours, t, at))
		}
	}
	items := start
	for _, it := range kept {
		items = append(append(items, it), behind[it.key]...)
	}
	return m.assemble(yours, theirs, items, at)
}

// kept returns the members of yours that stay, merged.
func (m *jsonMerger) kept(base, yours, theirs *value, at place) []item {
	var items []item
	for i := range yours.members {
		y := &yours.members[i]
		b, t := base.member(y.key), theirs.member(y.key)
		text := m.yours.text[y.start:y.value.end]
		switch {
		case t == nil && b != nil && equal(m.base, &b.value, m.yours, &y.value):
			continue
		case t == nil && b != nil:
			m.conflict(at, y.key)
		case t == nil || b != nil && equal(m.base, &b.value, m.theirs, &t.value) || equal(m.yours, &y.value, m.theirs, &t.value):
		default:
			text = m.yours.text[y.start:y.value.start] + m.value(b, y, t, at)
		}
		items = append(items, item{key: y.key, lead: y.lead, text: text, tail: y.tail})
	}
	return items
}

// value merges one value that theirs changed.
func (m *jsonMerger) value(b, y, t *member, at place) string {
	inner := place{path: at.path + "." + y.key, yours: lineIndent(y, at.yours), theirs: lineIndent(t, at.theirs)}
	if y.value.kind == '{' && t.value.kind == '{' && (b == nil || b.value.kind == '{') {
		var base *value
		if b != nil {
			base = &b.value
		}
		return m.object(base, &y.value, &t.value, inner)
	}
	if b == nil || !equal(m.base, &b.value, m.yours, &y.value) {
		m.conflict(at, y.key)
		return m.yours.text[y.value.start:y.value.end]
	}
	return m.reindent(t.value, inner.theirs, inner.yours)
}

func lineIndent(m *member, outer string) string {
	if own, ok := indent(m.lead); ok {
		return own
	}
	return outer
}

// newItem is a member of theirs as it is written in yours. An item without a lead gets that of its neighbours.
func (m *jsonMerger) newItem(yours *value, t *member, at place) item {
	key, colon := m.theirs.text[t.start:t.keyEnd], ": "
	to, lines := at.yours+m.yourUnit, false
	if n := len(yours.members); n > 0 {
		first := yours.members[0]
		colon = m.yours.text[first.keyEnd:first.value.start]
		to, lines = indent(yours.members[n-1].lead)
	} else if _, lines = indent(t.lead); !lines {
		to = at.yours
	}
	if !lines {
		return item{key: t.key, text: key + colon + oneLine(m.theirs.text[t.value.start:t.value.end])}
	}
	return item{key: t.key, text: key + colon + m.reindent(t.value, lineIndent(t, at.theirs), to)}
}

func oneLine(text string) string {
	var out bytes.Buffer
	if json.Compact(&out, []byte(text)) != nil {
		return text
	}
	return out.String()
}

// reindent returns the text of a value of theirs, its further lines indented as yours are.
func (m *jsonMerger) reindent(v value, from, to string) string {
	lines := strings.Split(m.theirs.text[v.start:v.end], "\n")
	for i, line := range lines[1:] {
		line = strings.TrimPrefix(line, from)
		steps := 0
		for strings.HasPrefix(line, m.theirUnit) {
			line = line[len(m.theirUnit):]
			steps++
		}
		lines[i+1] = to + strings.Repeat(m.yourUnit, steps) + line
	}
	return strings.Join(lines, "\n")
}

// assemble writes an object from its members.
func (m *jsonMerger) assemble(yours, theirs *value, items []item, at place) string {
	switch {
	case len(items) == 0 && len(yours.members) == 0:
		return m.yours.text[yours.start:yours.end]
	case len(items) == 0:
		return "{}"
	}
	first, between, closing := m.blanks(yours, theirs, at)
	var out strings.Builder
	out.WriteByte('{')
	for i, it := range items {
		switch {
		case i == 0:
			out.WriteString(first)
		case it.lead == "" || it.key == yours.members[0].key:
			out.WriteString(between)
		default:
			out.WriteString(it.lead)
		}
		out.WriteString(it.text)
		if i+1 == len(items) {
			break
		}
		if _, lines := indent(it.tail); !lines {
			out.WriteString(it.tail)
		}
		out.WriteByte(',')
	}
	out.WriteString(closing)
	out.WriteByte('}')
	return out.String()
}

// blanks returns what stands before the first member, before each other, and behind the last.
func (m *jsonMerger) blanks(yours, theirs *value, at place) (first, between, closing string) {
	if n := len(yours.members); n > 0 {
		first, between, closing = yours.members[0].lead, " ", yours.members[n-1].tail
		last := yours.members[n-1].lead
		if own, lines := indent(last); lines {
			// without the empty lines that may stand before it
			between = last[strings.LastIndexByte(last[:len(last)-len(own)-1], '\n')+1:]
			if !strings.HasPrefix(between, "\n") && !strings.HasPrefix(between, "\r\n") {
				between = "\n" + own
			}
		} else if n > 1 {
			between = last
		}
		return first, between, closing
	}
	if _, lines := indent(theirs.members[0].lead); lines {
		between = "\n" + at.yours + m.yourUnit
		return between, between, "\n" + at.yours
	}
	return "", " ", ""
}
