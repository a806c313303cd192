package answers

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"example.com/scaffold/generator/layer"
	"example.com/scaffold/generator/resource"
)

// heading stands at the top of a new document.
const heading = `# The answers that this project is rendered from. Change one here and run ` + "`scaffold update`" + `, or run
# ` + "`scaffold update --set KEY=VALUE`" + `; ` + "`scaffold questions`" + ` lists what each may be. Comments stay.`

// Put makes the values that are asked those of the document, in the order of the questions.
func (d *Document) Put(set *layer.Set, values Values) {
	d.Answers, d.order = Active(set, values), nil
	for _, q := range set.Questions {
		if _, ok := d.Answers[q.Name]; ok {
			d.order = append(d.order, q.Name)
		}
	}
}

// Encode returns the document with what was changed since it was read. Comments stay, and a document in which nothing
// was changed stays as it is, byte for byte.
func (d *Document) Encode() ([]byte, error) {
	root := d.root()
	answers := &yaml.Node{Kind: yaml.MappingNode}
	if old := entry(root, "answers"); old != nil && old.Kind == yaml.MappingNode {
		answers = old
	}
	changed := d.putAnswers(answers)
	agents, sameAgents := merged(entry(root, "agents"), d.Agents, textNode, func(n *yaml.Node, name string) bool { return n.Value == name })
	resources, sameResources := merged(entry(root, "resources"), d.Resources, resourceNode, d.sameResource)
	changed = put(root, []field{
		{"version", scalar(Version), func(n *yaml.Node) bool { return sameValue(n, Version) }},
		{"templates", d.templates(), d.sameTemplates},
		{"answers", answers, func(n *yaml.Node) bool { return n == answers }},
		{"agents", agents, func(*yaml.Node) bool { return sameAgents }},
		{"resources", resources, func(*yaml.Node) bool { return sameResources }},
	}) || changed
	if !changed && d.doc != nil && d.doc.Root != nil {
		return d.data, nil
	}
	return d.dump(root)
}

// root is the mapping of the full form, to be edited.
func (d *Document) root() *yaml.Node {
	switch {
	case d.doc == nil || d.doc.Root == nil:
		return &yaml.Node{Kind: yaml.MappingNode, HeadComment: heading}
	case d.bare:
		answers := copyOf(d.doc.Root)
		answers.HeadComment = ""
		root := &yaml.Node{Kind: yaml.MappingNode, HeadComment: heading}
		root.Content = []*yaml.Node{scalar("answers"), answers}
		return root
	}
	return copyOf(d.doc.Root)
}

func copyOf(n *yaml.Node) *yaml.Node {
	other := *n
	other.Content = make([]*yaml.Node, len(n.Content))
	for i, child := range n.Content {
		other.Content[i] = copyOf(child)
	}
	return &other
}

// dump writes the document and reads it again: what was written must be what is meant.
func (d *Document) dump(root *yaml.Node) ([]byte, error) {
	tree := &yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{root}}
	if d.doc != nil && d.doc.Tree != nil {
		tree.HeadComment, tree.FootComment = d.doc.Tree.HeadComment, d.doc.Tree.FootComment
		if d.bare && tree.HeadComment != "" {
			root.HeadComment = ""
		}
	}
	data, err := yaml.Dump(tree, yaml.WithIndent(2), yaml.WithLineWidth(-1), yaml.WithCompactSeqIndent(false), yaml.WithQuotePreference(yaml.QuoteDouble))
	if err != nil {
		return nil, fmt.Errorf("answers: %w", err)
	}
	if !d.isWrittenIn(data) {
		return nil, fmt.Errorf("answers: a value can't be written as YAML")
	}
	return d.finish(data), nil
}

// finish gives a document that was just written the form of the one that was read, as far as it still says the same.
func (d *Document) finish(data []byte) []byte {
	const mark = "\ufeff"
	read, marked := strings.CutPrefix(string(d.data), mark)
	old := strings.ReplaceAll(read, "\r\n", "\n")
	better := func(form func(string) string) {
		if text := []byte(form(string(data))); d.isWrittenIn(text) {
			data = text
		}
	}
	better(func(text string) string { return string(readable([]byte(text))) })
	if !d.bare {
		better(func(text string) string { return layout(old, text) })
	}
	better(func(text string) string { return withComments(old, text) })
	if len(old) != len(read) {
		data = bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
	}
	if marked {
		data = append([]byte(mark), data...)
	}
	return data
}

var longEscape = regexp.MustCompile(`\\(?:\\|U[0-9A-F]{8})`)

// readable puts the characters back that the YAML library escapes though YAML 1.2 lets them stand: emoji, and others
// beyond the first 65,536.
func readable(data []byte) []byte {
	return longEscape.ReplaceAllFunc(data, func(escape []byte) []byte {
		code, err := strconv.ParseUint(string(escape[2:]), 16, 32)
		if err != nil || !unicode.IsPrint(rune(code)) {
			return escape
		}
		return utf8.AppendRune(nil, rune(code))
	})
}

// isWrittenIn reports whether data is a document of the same content.
func (d *Document) isWrittenIn(data []byte) bool {
	other, err := Parse(data, "answers")
	return err == nil && other.Version == Version && other.Templates == d.Templates && d.sameAnswers(other) &&
		slices.Equal(other.Agents, d.Agents) && slices.EqualFunc(other.Resources, d.Resources, equalForms)
}

func (d *Document) sameAnswers(other *Document) bool {
	for name, value := range d.Answers {
		if f := other.answers[name]; f == nil || !sameValue(f.Value, value) {
			return false
		}
	}
	return len(other.answers) == len(d.Answers)
}

// putAnswers brings a mapping to the answers: it keeps what is the same, with its comments.
func (d *Document) putAnswers(at *yaml.Node) (changed bool) {
	kept := at.Content[:0:0]
	for i := 0; i+1 < len(at.Content); i += 2 {
		if _, ok := d.Answers[at.Content[i].Value]; ok {
			kept = append(kept, at.Content[i], at.Content[i+1])
		}
	}
	changed = len(kept) != len(at.Content)
	at.Content = kept
	names := d.order
	if names == nil {
		names = slices.Sorted(maps.Keys(d.Answers))
	}
	fields := make([]field, len(names))
	for i, name := range names {
		value := d.Answers[name]
		node := scalar(value)
		if list, ok := texts(value); ok {
			node = listNode(entry(at, name), list)
		}
		fields[i] = field{name, node, func(n *yaml.Node) bool { return sameValue(n, value) }}
	}
	return put(at, fields) || changed
}

func (d *Document) templates() *yaml.Node {
	if d.Templates == (Templates{}) {
		return nil
	}
	pairs := []string{"name", d.Templates.Name, "version", d.Templates.Version}
	if d.Templates.Path != "" {
		pairs = append(pairs, "path", d.Templates.Path)
	}
	n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	for _, text := range pairs {
		n.Content = append(n.Content, scalar(text))
	}
	return n
}

func (d *Document) sameTemplates(n *yaml.Node) bool {
	other := &Document{doc: d.doc}
	return other.readTemplates(n) == nil && other.Templates == d.Templates
}

func (d *Document) sameResource(n *yaml.Node, spec resource.Spec) bool {
	if d.doc == nil {
		return false
	}
	other, err := layer.ReadSpec(d.doc, n)
	return err == nil && equalForms(other, spec)
}

// equalForms tells whether both are the same, and their fields in the same form.
func equalForms(a, b resource.Spec) bool {
	return a.Equal(b) && slices.EqualFunc(a.Fields, b.Fields, func(a, b resource.FieldSpec) bool { return (a.Map == nil) == (b.Map == nil) })
}

// merged is a list of the wanted items: those that the list holds already as they stand there, the others new. It also
// tells whether that is the list that was there.
func merged[T any](old *yaml.Node, wanted []T, make func(T) *yaml.Node, same func(*yaml.Node, T) bool) (*yaml.Node, bool) {
	list := &yaml.Node{Kind: yaml.SequenceNode}
	if old != nil && old.Kind == yaml.SequenceNode {
		*list = *old
		list.Content = nil
	}
	kept := old != nil && len(old.Content) == len(wanted)
	for i, item := range wanted {
		node := make(item)
		if old != nil {
			if at := slices.IndexFunc(old.Content, func(n *yaml.Node) bool { return same(n, item) }); at >= 0 {
				node = old.Content[at]
				kept = kept && at == i
			} else {
				kept = false
			}
		}
		list.Content = append(list.Content, node)
	}
	if len(wanted) == 0 && old == nil {
		return nil, true
	}
	return list, kept
}

func textNode(text string) *yaml.Node { return scalar(text) }

func resourceNode(spec resource.Spec) *yaml.Node {
	n := &yaml.Node{}
	if err := n.Encode(spec); err != nil {
		return scalar(spec.Name)
	}
	return n
}

// entry is the value of a key, or nil.
func entry(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// field is a key of a mapping as it is to be: its value, and whether a node is that already. A nil value is left out.
type field struct {
	key   string
	value *yaml.Node
	same  func(*yaml.Node) bool
}

// put brings a mapping to the fields, and tells whether that changed it. A new key goes behind the one that comes before
// it in fields, so that a mapping in order stays so.
func put(n *yaml.Node, fields []field) (changed bool) {
	values := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		values[n.Content[i].Value] = n.Content[i+1]
	}
	added, last := map[string][]*yaml.Node{}, ""
	for _, f := range fields {
		old, there := values[f.key]
		switch {
		case there && f.value != nil && !f.same(old):
			f.value.HeadComment, f.value.LineComment, f.value.FootComment = old.HeadComment, old.LineComment, old.FootComment
			*old = *f.value
			changed = true
		case !there && f.value != nil:
			added[last] = append(added[last], scalar(f.key), f.value)
			changed = true
		}
		if there {
			last = f.key
		}
	}
	content := added[""]
	for i := 0; i+1 < len(n.Content); i += 2 {
		content = append(content, n.Content[i], n.Content[i+1])
		content = append(content, added[n.Content[i].Value]...)
	}
	n.Content = content
	return changed
}

// oldWords are what YAML 1.1 reads as true or false: other programs still do.
var oldWords = []string{"y", "n", "yes", "no", "on", "off"}

func scalar(value any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text(value)}
	switch v := value.(type) {
	case bool:
		n.Tag = "!!bool"
	case int:
		n.Tag = "!!int"
	case string:
		if slices.Contains(oldWords, strings.ToLower(v)) || strings.ContainsFunc(v, func(r rune) bool {
			return r < ' ' || r > '~' && r < 0xa1 || r == '\u2028' || r == '\u2029' || r == '\ufeff'
		}) {
			n.Style = yaml.DoubleQuotedStyle
		}
	}
	return n
}

// listNode is a list in the form of the one that was there, with those of its items that stay.
func listNode(old *yaml.Node, items []string) *yaml.Node {
	if old == nil || old.Kind != yaml.SequenceNode || len(old.Content) == 0 || len(items) == 0 {
		old = &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	}
	n, _ := merged(old, items, textNode, func(n *yaml.Node, text string) bool { return n.Value == text })
	return n
}

// texts is a list as it was read or typed.
func texts(value any) ([]string, bool) {
	switch list := value.(type) {
	case []string:
		return list, true
	case []any:
		all := make([]string, len(list))
		for i, item := range list {
			all[i] = fmt.Sprint(item)
		}
		return all, true
	}
	return nil, false
}

// sameValue reports whether a node holds the value already.
func sameValue(n *yaml.Node, value any) bool {
	if list, ok := texts(value); ok {
		return n.Kind == yaml.SequenceNode && slices.EqualFunc(n.Content, list, func(item *yaml.Node, text string) bool {
			return item.Kind == yaml.ScalarNode && item.Value == text
		})
	}
	return n.Kind == yaml.ScalarNode && n.Value == text(value)
}
