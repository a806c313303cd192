package layer

import (
	"maps"
	"slices"

	"go.yaml.in/yaml/v4"

	"example.com/scaffold/generator/layer/strict"
)

// When is a condition on the answers: each key is a question, and its answer must be one of the values, or hold one of
// them when it is a list. Without keys it always holds.
type When map[string][]any

// Holds reports whether the answers fulfil the condition.
func (w When) Holds(values map[string]any) bool {
	for name, wanted := range w {
		if !anyOf(values[name], wanted) {
			return false
		}
	}
	return true
}

func anyOf(value any, wanted []any) bool {
	if list, ok := value.([]string); ok {
		return slices.ContainsFunc(list, func(item string) bool { return slices.Contains(wanted, any(item)) })
	}
	return value != nil && slices.Contains(wanted, value)
}

// together reports whether it is certain that some answers fulfil both conditions: no question keeps them apart, and
// each question in them can be answered freely.
func (s *Set) together(a, b When) bool {
	for _, w := range []When{a, b} {
		for name := range w {
			if q, _ := s.Question(name); len(q.When) > 0 {
				return false
			}
		}
	}
	for name, values := range a {
		others, both := b[name]
		if q, _ := s.Question(name); both && q.Kind != KindMulti && !slices.ContainsFunc(values, func(v any) bool { return slices.Contains(others, v) }) {
			return false
		}
	}
	return true
}

// readWhen reads a condition on the questions known so far; key is what stands before it.
func (s *Set) readWhen(d *strict.Document, key string, n *yaml.Node) (When, error) {
	fields, err := d.Fields(n, key)
	if err != nil {
		return nil, err
	}
	when := When{}
	for _, f := range fields {
		q, ok := s.Question(f.Key)
		if !ok {
			return nil, d.Errorf(f.Name, "%s: unknown question %q%s", key, f.Key, s.suggest(f.Key))
		}
		nodes := []*yaml.Node{f.Value}
		if f.Value.Kind == yaml.SequenceNode {
			nodes = f.Value.Content
		}
		if len(nodes) == 0 {
			return nil, d.Errorf(f.Value, "%s: %s has no values, so it can never hold", key, f.Key)
		}
		for _, node := range nodes {
			values, err := q.readCondition(d, key, node)
			if err != nil {
				return nil, err
			}
			when[f.Key] = append(when[f.Key], values...)
		}
	}
	return when, nil
}

// readCondition reads what an answer is compared with: one value, or a family, which stands for each of its choices.
func (q Question) readCondition(d *strict.Document, key string, n *yaml.Node) ([]any, error) {
	what := key + ": " + q.Name
	switch q.Kind {
	case KindBool:
		value, err := d.Bool(n, what)
		return []any{value}, err
	case KindInt:
		value, err := d.Int(n, what)
		return []any{value}, err
	}
	text, err := d.Scalar(n, what)
	if family := q.family(text); err == nil && text != "" && len(family) > 0 {
		return family, nil
	}
	if err == nil && q.Kind != KindText && !q.Has(text) {
		return nil, d.Errorf(n, "%s: %q is not one of the choices of %s: %s", key, text, q.Name, q.list())
	}
	return []any{text}, err
}

func (s *Set) suggest(name string) string {
	var names []string
	for _, q := range s.Questions {
		names = append(names, q.Name)
	}
	if near := strict.Nearest(name, names); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}

// Keys returns the questions of a condition in order.
func (w When) Keys() []string { return slices.Sorted(maps.Keys(w)) }
