package layer

import (
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"

	"example.com/scaffold/generator/layer/strict"
)

// Limits of questions.
const (
	maxQuestions = 10_000
	maxChoices   = 1_000
	maxPattern   = 1_000 // bytes of a pattern
)

var (
	questionKeys = []string{"name", "kind", "prompt", "help", "choices", "default", "when", "pattern", "message"}
	kinds        = []string{KindText, KindChoice, KindMulti, KindBool, KindInt}
)

// Has reports whether value is one of the choices.
func (q Question) Has(value string) bool {
	return slices.ContainsFunc(q.Choices, func(c Choice) bool { return c.Value == value })
}

// family gives the choices of a family, in order; none where no choice names it.
func (q Question) family(name string) []any {
	var values []any
	for _, c := range q.Choices {
		if c.Family == name {
			values = append(values, c.Value)
		}
	}
	return values
}

func (q Question) list() string {
	var values []string
	for _, c := range q.Choices {
		values = append(values, c.Value)
	}
	return strings.Join(values, ", ")
}

// readQuestions reads the questions in order; each may depend on those before it.
func (s *Set) readQuestions(d *strict.Document, n *yaml.Node) error {
	items, err := d.Items(n, "questions")
	if err != nil {
		return err
	}
	if len(items) > maxQuestions {
		return d.Errorf(n, "%d questions are too many; at most %d are read", len(items), maxQuestions)
	}
	seen := map[string]int{}
	for _, item := range items {
		q, err := s.readQuestion(d, item)
		if err != nil {
			return err
		}
		if line, twice := seen[q.Name]; twice {
			return d.Errorf(item, "question %q is asked twice; it is on line %d too", q.Name, line)
		}
		seen[q.Name] = q.Line
		s.Questions = append(s.Questions, q)
	}
	return nil
}

func (s *Set) readQuestion(d *strict.Document, n *yaml.Node) (Question, error) {
	fields, err := d.Fields(n, "a question", questionKeys...)
	if err != nil {
		return Question{}, err
	}
	q, at := Question{Line: n.Line}, map[string]*yaml.Node{}
	for _, f := range fields {
		at[f.Key] = f.Value
	}
	for _, key := range []string{"name", "kind"} {
		if at[key] == nil {
			return q, d.Errorf(n, "a question needs the key %q", key)
		}
	}
	// In this order: what a later key means depends on the ones before it.
	for _, key := range []string{"name", "kind", "prompt", "help", "message", "choices", "pattern", "when", "default"} {
		if at[key] != nil {
			if err := s.readKey(d, &q, key, at[key]); err != nil {
				return q, err
			}
		}
		if key == "choices" && (q.Kind == KindChoice || q.Kind == KindMulti) && len(q.Choices) == 0 {
			return q, d.Errorf(n, "question %s: a %s needs choices", q.Name, q.Kind)
		}
	}
	return q, nil
}

func (s *Set) readKey(d *strict.Document, q *Question, key string, n *yaml.Node) (err error) {
	switch key {
	case "name":
		q.Name, err = d.Text(n, "name")
		if err == nil && !isName(q.Name) {
			err = d.Errorf(n, "%q can't be a question's name: lower case letters, digits and _, a letter first, at most %d", q.Name, maxName)
		}
		if err == nil && (q.Name == "version" || q.Name == "answers") {
			err = d.Errorf(n, "%q can't be a question's name: by it a file of answers is told from the answers alone", q.Name)
		}
	case "kind":
		q.Kind, err = d.Text(n, "kind")
		if err == nil && !slices.Contains(kinds, q.Kind) {
			err = d.Errorf(n, "unknown kind %q; the kinds are %s", q.Kind, strings.Join(kinds, ", "))
		}
	case "prompt":
		q.Prompt, err = d.Text(n, "prompt")
	case "help":
		q.Help, err = d.Scalar(n, "help")
	case "message":
		q.Message, err = d.Text(n, "message")
	case "choices":
		err = q.readChoices(d, n)
	case "pattern":
		err = q.readPattern(d, n)
	case "when":
		q.When, err = s.readWhen(d, "when", n)
	case "default":
		err = q.readDefault(d, n)
	}
	return err
}

const maxName = 60

// isName reports whether text is like snake_case.
func isName(text string) bool {
	if text == "" || len(text) > maxName || text[0] < 'a' || text[0] > 'z' {
		return false
	}
	return !strings.ContainsFunc(text, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') })
}

func (q *Question) readPattern(d *strict.Document, n *yaml.Node) error {
	text, err := d.Text(n, "pattern")
	switch {
	case err != nil:
		return err
	case q.Kind != KindText:
		return d.Errorf(n, "question %s: only a text has a pattern", q.Name)
	case len(text) > maxPattern:
		return d.Errorf(n, "question %s: the pattern is longer than %d bytes", q.Name, maxPattern)
	}
	if q.pattern, err = compile(text); err != nil {
		return d.Errorf(n, "question %s: bad pattern: %w", q.Name, err)
	}
	q.Pattern = text
	return nil
}

func (q *Question) readChoices(d *strict.Document, n *yaml.Node) error {
	items, err := d.Items(n, "choices")
	switch {
	case err != nil:
		return err
	case q.Kind != KindChoice && q.Kind != KindMulti:
		return d.Errorf(n, "question %s: a %s has no choices", q.Name, q.Kind)
	case len(items) > maxChoices:
		return d.Errorf(n, "question %s: more than %d choices", q.Name, maxChoices)
	}
	for _, item := range items {
		c, err := readChoice(d, item)
		if err != nil {
			return err
		}
		if q.Has(c.Value) {
			return d.Errorf(item, "question %s: the choice %q is given twice", q.Name, c.Value)
		}
		q.Choices = append(q.Choices, c)
	}
	for i, c := range q.Choices {
		if c.Family != "" && q.Has(c.Family) {
			return d.Errorf(items[i], "question %s: %q can't be a family too, since it is a choice", q.Name, c.Family)
		}
	}
	return nil
}

// readChoice reads a mapping of value, help and family, or the value alone.
func readChoice(d *strict.Document, n *yaml.Node) (Choice, error) {
	c, value := Choice{}, n
	if n.Kind == yaml.MappingNode {
		fields, err := d.Fields(n, "a choice", "value", "help", "family")
		if err != nil {
			return c, err
		}
		value = nil
		for _, f := range fields {
			switch f.Key {
			case "value":
				value = f.Value
			case "help":
				c.Help, err = d.Scalar(f.Value, "help")
			case "family":
				c.Family, err = d.Text(f.Value, "family")
			}
			if err != nil {
				return c, err
			}
		}
		if value == nil {
			return c, d.Errorf(n, "a choice needs the key %q", "value")
		}
	}
	var err error
	if c.Value, err = d.Text(value, "a choice"); err != nil {
		return c, err
	}
	if strings.TrimSpace(c.Value) != c.Value || strings.ContainsFunc(c.Value, func(r rune) bool { return r == ',' || unicode.IsControl(r) }) {
		return c, d.Errorf(value, "the choice %q must be one line without commas or blanks at its ends", c.Value)
	}
	return c, nil
}

func (q *Question) readDefault(d *strict.Document, n *yaml.Node) (err error) {
	what := "default of " + q.Name
	if n.ShortTag() == "!!null" {
		return d.Errorf(n, "%s holds nothing; leave the key out if an answer is required, or write \"\"", what)
	}
	switch q.Kind {
	case KindBool:
		q.Default, err = d.Bool(n, what)
	case KindInt:
		q.Default, err = d.Int(n, what)
	case KindMulti:
		var list []string
		list, err = d.Texts(n, what)
		q.Default = q.InOrder(list)
	default:
		q.Default, err = d.Scalar(n, what)
	}
	if err != nil {
		return err
	}
	if err := q.validate(q.Default); err != nil {
		return d.Errorf(n, "%s: %w", what, err)
	}
	return nil
}
