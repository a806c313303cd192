package layer

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of texts and patterns.
const (
	maxAnswer = 2 << 20     // bytes of a text
	maxSteps  = 20_000      // of a compiled pattern
	maxMatch  = 200_000_000 // bytes of a text times steps of its pattern
)

// InOrder sorts a list of choices as the question lists them, so that the order of an answer changes nothing.
func (q Question) InOrder(list []string) []string {
	at := func(value string) int {
		return slices.IndexFunc(q.Choices, func(c Choice) bool { return c.Value == value })
	}
	slices.SortStableFunc(list, func(a, b string) int { return at(a) - at(b) })
	return list
}

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
	pattern := q.pattern
	if pattern == nil {
		var err error
		if pattern, err = compile(q.Pattern); err != nil {
			return fmt.Errorf("pattern %s: %w", q.Pattern, err)
		}
	}
	return pattern.check(text)
}

// pattern is an expression that must match the whole text: no last newline slips through, unlike $ elsewhere.
type pattern struct {
	text  string
	expr  *regexp.Regexp
	steps int // of the compiled expression
}

func compile(text string) (*pattern, error) {
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, err
	}
	if len(program.Inst) > maxSteps {
		return nil, fmt.Errorf("%d steps are too many; at most %d are taken", len(program.Inst), maxSteps)
	}
	// The group keeps package regexp from the analysis of an expression that begins with ^, which takes milliseconds.
	expr, err := regexp.Compile("(" + text + ")")
	if err != nil {
		return nil, err
	}
	expr.Longest()
	return &pattern{text, expr, len(program.Inst)}, nil
}

// check reports whether the text matches. The longest match that begins first is the whole text, if that matches.
func (p *pattern) check(text string) error {
	if len(text)*p.steps > maxMatch {
		return fmt.Errorf("is too long for its pattern %s", p.text)
	}
	if at := p.expr.FindStringIndex(text); at == nil || at[0] != 0 || at[1] != len(text) {
		return fmt.Errorf("%s does not match %s", show(text), p.text)
	}
	return nil
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
