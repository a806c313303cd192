package layer

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxAnswer bounds a text, in bytes.
const maxAnswer = 2 << 20

// Validate reports what is wrong with a typed value, in the question's own words where it has some.
func (q Question) Validate(value any) error {
	err := q.validate(value)
	if err != nil && q.Message != "" {
		return fmt.Errorf("%s", q.Message)
	}
	return err
}

func (q Question) validate(value any) error {
	switch q.Kind {
	case KindBool:
		if _, ok := value.(bool); !ok {
			return fmt.Errorf("must be true or false")
		}
	case KindInt:
		if _, ok := value.(int); !ok {
			return fmt.Errorf("must be a whole number")
		}
	case KindChoice:
		text, ok := value.(string)
		if !ok || !q.Has(text) {
			return fmt.Errorf("%s is not one of %s", show(value), q.list())
		}
	case KindMulti:
		return q.validateList(value)
	default:
		return q.validateText(value)
	}
	return nil
}

func (q Question) validateList(value any) error {
	list, ok := value.([]string)
	if !ok {
		return fmt.Errorf("must be a list of some of %s", q.list())
	}
	for i, item := range list {
		if !q.Has(item) {
			return fmt.Errorf("%s is not one of %s", show(item), q.list())
		}
		if slices.Contains(list[:i], item) {
			return fmt.Errorf("%s is given twice", show(item))
		}
	}
	return nil
}

func (q Question) validateText(value any) error {
	text, ok := value.(string)
	switch {
	case !ok:
		return fmt.Errorf("must be a text")
	case len(text) > maxAnswer:
		return fmt.Errorf("is %d bytes long; at most %d are taken", len(text), maxAnswer)
	case !utf8.ValidString(text):
		return fmt.Errorf("is not valid UTF-8")
	case q.Pattern == "":
		return nil
	}
	pattern, err := compile(q.Pattern)
	if err != nil {
		return fmt.Errorf("pattern %s: %w", q.Pattern, err)
	}
	if !pattern.MatchString(text) {
		return fmt.Errorf("%s does not match %s", show(text), q.Pattern)
	}
	return nil
}

// compile makes an expression that must match the whole text: \z lets no last newline through, unlike $ elsewhere.
func compile(pattern string) (*regexp.Regexp, error) {
	if _, err := regexp.Compile(pattern); err != nil {
		return nil, err
	}
	return regexp.Compile(`\A(?:` + pattern + `)\z`)
}

// show quotes a value for a message, shortened.
func show(value any) string {
	const longest = 60
	text := fmt.Sprint(value)
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return fmt.Sprintf("%q", text)
}
