package frontmatter

import "strings"

// Write writes the entries of a map as the lines between the fences. Comments are kept where asked.
func Write(m Value, comments bool) []byte {
	w := writer{comments: comments}
	w.head(m.note, 0)
	w.entries(m.Entries, 0)
	w.foot(m.note, 0)
	return w.b
}

// writer writes block style: two blanks for each level, no block scalars.
type writer struct {
	b        []byte
	comments bool
}

// entries writes the entries of a map; the first line's indent is there already if it follows a dash.
func (w *writer) entries(entries []Entry, level int) {
	for _, e := range entries {
		w.head(e.Key.note, level)
		if e.Value.Scalar() || inBrackets(e.Value, level+1) {
			w.head(e.Value.note, level)
		}
		w.indent(level)
		w.entry(e, level)
		w.foot(e.Key.note, level)
		if e.Value.Scalar() || inBrackets(e.Value, level+1) {
			w.foot(e.Value.note, level)
		}
	}
}

// entry writes one key and its value, from where the line stands.
func (w *writer) entry(e Entry, level int) {
	w.b = appendKey(w.b, e.Key, "\n"+strings.Repeat("  ", level))
	w.after(e.Value, e.Key.note, level)
}

// after writes a value behind a colon and ends the line.
func (w *writer) after(v Value, key *note, level int) {
	switch {
	case v.Scalar() || inBrackets(v, level+1):
		if v.Kind != Plain || v.Text != "" {
			w.b = append(w.b, ' ')
		}
		w.inline(v)
		w.tail(v.note, key)
	case v.Kind == Map:
		w.tail(key)
		w.head(v.note, level+1)
		w.entries(v.Entries, level+1)
		w.foot(v.note, level+1)
	default:
		w.tail(key)
		w.head(v.note, level+1)
		w.items(v.Items, level+1)
		w.foot(v.note, level+1)
	}
}

// items writes a list, one dash a line.
func (w *writer) items(items []Value, level int) {
	for _, v := range items {
		w.head(v.note, level)
		block := v.Kind == Map && !inBrackets(v, level+1)
		if block {
			w.head(v.Entries[0].Key.note, level)
		}
		w.indent(level)
		w.b = append(w.b, "- "...)
		if block {
			w.entry(v.Entries[0], level+1)
			w.foot(v.Entries[0].Key.note, level+1)
			w.entries(v.Entries[1:], level+1)
		} else {
			w.nested(v)
			w.tail(v.note)
		}
		w.foot(v.note, level)
	}
}

// nested writes an item on its own line; a list in a list goes in brackets, an empty item says null.
func (w *writer) nested(v Value) {
	if v.Kind == Plain && v.Text == "" {
		w.b = append(w.b, "null"...)
		return
	}
	w.inline(v)
}

// inline writes a value on one line.
func (w *writer) inline(v Value) {
	if v.Scalar() {
		w.b = appendScalar(w.b, v, false)
		return
	}
	w.b = appendFlow(w.b, v)
}

// inBrackets reports whether a list or map at that level is written in brackets.
func inBrackets(v Value, level int) bool {
	return v.Flow || level > maxIndent || len(v.Items)+len(v.Entries) == 0
}

// indent begins a line.
func (w *writer) indent(level int) {
	w.b = append(w.b, strings.Repeat("  ", level)...)
}

// tail ends a line, with the first comment that notes have for it.
func (w *writer) tail(notes ...*note) {
	for _, n := range notes {
		if w.comments && n != nil && n.tail != "" {
			w.b = append(append(w.b, ' '), n.tail...)
			break
		}
	}
	w.b = append(w.b, '\n')
}

// head writes the comments above a value.
func (w *writer) head(n *note, level int) {
	if n != nil {
		w.lines(n.head, level)
	}
}

// foot writes the comments below a value.
func (w *writer) foot(n *note, level int) {
	if n != nil {
		w.lines(n.foot, level)
	}
}

// lines writes comment lines.
func (w *writer) lines(lines []string, level int) {
	if !w.comments {
		return
	}
	for _, l := range lines {
		w.indent(level)
		w.b = append(append(w.b, l...), '\n')
	}
}
