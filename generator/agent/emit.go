package agent

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"example.com/scaffold/generator/agent/frontmatter"
)

// kebab is the form of names that every tool takes.
var kebab = regexp.MustCompile(`^[a-z0-9]+(?:-[a-z0-9]+)*$`)

// Emit writes the definition so that every reader loads it alike: LF, no byte order mark, one-line quoted description,
// tools as a comma string, the body as it was. It refuses what would not load afterwards.
// Emitting what was read from an emitted file gives the same bytes.
func (f File) Emit() ([]byte, error) {
	if err := f.fit(); err != nil {
		return nil, fmt.Errorf("agent %s: %w", f.label(), err)
	}
	want := f.canonical()
	for _, comments := range []bool{true, false} {
		out := f.assemble(frontmatter.Write(want, comments))
		if len(out) > MaxBytes {
			return nil, fmt.Errorf("agent %s: the file is over 1 MiB when written; shorten it", f.label())
		}
		if stable(out, want, comments) {
			return out, nil
		}
	}
	return nil, fmt.Errorf("agent %s: its front matter can't be written so that every tool reads the same; simplify it", f.label())
}

// label names the definition in messages.
func (f File) label() string {
	if f.Name == "" {
		return "without a name"
	}
	return frontmatter.Quote(f.Name)
}

// fit says why the definition would not load even when written well.
func (f File) fit() error {
	switch {
	case len(f.data) > MaxBytes:
		return errors.New("the file is over 1 MiB; shorten it")
	case !f.framed:
		return fmt.Errorf("no front matter: %w; begin the file with `---`, name, description and `---`", f.strict.err)
	}
	if problem := unfit(f.front); problem != "" {
		return errors.New(problem + "; correct the front matter")
	}
	return CheckName(f.Name)
}

// canonical returns the front matter with name, description and tools in the form in which they are written.
func (f File) canonical() frontmatter.Value {
	m := f.front
	m.Entries = append([]frontmatter.Entry(nil), m.Entries...)
	for i, e := range m.Entries {
		v := e.Value
		switch e.Key.Text {
		case "name":
			v.Style = frontmatter.Double
			if kebab.MatchString(v.Text) {
				v.Style = frontmatter.Bare
			}
		case "description":
			v.Style = frontmatter.Double
		case "tools":
			v = commaString(v)
		}
		m.Entries[i].Value = v
	}
	return m
}

// commaString turns a list of tools into a string, if it holds only names; an empty list stays one.
func commaString(v frontmatter.Value) frontmatter.Value {
	if v.Kind == frontmatter.Text {
		if tokens := splitTools(v.Text); len(tokens) > 0 {
			v.Text, v.Style = strings.Join(tokens, ", "), frontmatter.Bare
		}
		return v
	}
	var tokens []string
	for _, item := range v.Items {
		switch {
		case item.Kind == frontmatter.Text:
			tokens = append(tokens, splitTools(item.Text)...)
		case !item.IsNull():
			return v
		}
	}
	if v.Kind != frontmatter.List || len(tokens) == 0 {
		return v
	}
	return frontmatter.String(strings.Join(tokens, ", "))
}

// assemble puts the fences around the front matter and the body behind.
func (f File) assemble(front []byte) []byte {
	var b bytes.Buffer
	b.WriteString("---\n")
	b.Write(front)
	b.WriteString("---\n")
	b.Write(f.Body)
	return b.Bytes()
}

// stable reports whether out loads everywhere, means want, and would be written the same again.
func stable(out []byte, want frontmatter.Value, comments bool) bool {
	g := Read(out)
	if !g.loads.StrictYAML || !g.loads.Claude || g.FramingDiffers || !g.front.Equal(want) {
		return false
	}
	return bytes.Equal(g.assemble(frontmatter.Write(g.canonical(), comments)), out)
}
