package answers

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"example.com/scaffold/generator/layer"
	"example.com/scaffold/generator/layer/strict"
)

// Asker asks a person.
type Asker interface {
	// Ask asks one question and returns a typed answer that check takes. def is what an empty answer means; nil: none.
	Ask(q layer.Question, def any, check func(any) error) (any, error)
	// Review shows the answers and returns the name of a question to ask again, or "" when they are right.
	Review(questions []layer.Question, values map[string]any) (string, error)
}

// Request says where the answers come from: Sets win over Given, Given over Stored, Stored over what is asked, and a
// default stands for the rest.
type Request struct {
	Sets   []string  // KEY=VALUE each, of --set
	Given  *Document // of --answers; what does not fit in it is an error
	Stored *Document // of the project; an answer that no longer fits is asked again, or an error when nobody is there
	// Applied are the answers as last applied: a question of theirs that the set no longer has is dropped from Stored.
	Applied map[string]any
	// Defaults are for questions without a default of their own.
	Defaults map[string]any
	// Inferred are what the folder says by itself; each stands in the place of its question's default where it is valid.
	Inferred map[string]any
	Asker    Asker // nil: nobody is asked
	Review   bool  // show the answers at the end, if anything was asked
}

// Resolve gives every question of the set a typed and valid value. A question whose condition does not hold has its
// default.
func Resolve(set *layer.Set, r Request) (Values, error) {
	s := &session{set: set, request: r, known: map[string]any{}}
	for _, step := range []func() error{s.takeStored, s.takeGiven, s.takeSets, s.ask, s.review} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	values, missing := s.values()
	if len(missing) > 0 {
		return nil, s.missing(missing)
	}
	return values, nil
}

// Active returns the values of the questions that are asked with these values; the rest have their defaults, and are
// not stored, so that none is stale when its question is asked again.
func Active(set *layer.Set, values Values) Values {
	active := Values{}
	for _, q := range set.Questions {
		if value, ok := values[q.Name]; ok && q.When.Holds(values) {
			active[q.Name] = value
		}
	}
	return active
}

// Unused names the given answers, with what their question is asked under, that have no effect because it is not asked.
// Values are those that Resolve gave for the request.
func Unused(set *layer.Set, r Request, values Values) []string {
	s := &session{set: set, request: r, known: map[string]any{}}
	if s.takeGiven() != nil || s.takeSets() != nil {
		return nil
	}
	var unused []string
	for _, q := range set.Questions {
		if given, ok := s.known[q.Name]; ok && !q.When.Holds(values) && !reflect.DeepEqual(given, values[q.Name]) {
			unused = append(unused, fmt.Sprintf("the answer %s is not used: it is asked for only when %s", q.Name, condition(q.When)))
		}
	}
	return unused
}

// Dropped names the answers of a stored document that the set has no question for, which Put leaves out.
func Dropped(set *layer.Set, stored *Document) []string {
	var dropped []string
	for _, name := range slices.Sorted(maps.Keys(stored.answers)) {
		if _, ok := set.Question(name); !ok {
			dropped = append(dropped, fmt.Sprintf("the answer %s (%s) is no longer asked for by this template set; it is dropped", name, clip(fmt.Sprint(stored.Answers[name]))))
		}
	}
	return dropped
}

// session is one Resolve under way.
type session struct {
	set     *layer.Set
	request Request
	known   map[string]any   // given, stored or asked; typed and valid
	unfit   map[string]error // what is wrong with stored answers, until they are answered again
	asked   bool
}

func (s *session) takeStored() error {
	s.unfit = map[string]error{}
	return s.take(s.request.Stored, func(name string, err error) error {
		s.unfit[name] = err
		return nil
	})
}

func (s *session) takeGiven() error {
	return s.take(s.request.Given, func(_ string, err error) error { return err })
}

// take reads the answers of a document. An answer that does not fit goes to wrong.
func (s *session) take(d *Document, wrong func(string, error) error) error {
	if d == nil {
		return nil
	}
	for _, name := range slices.SortedFunc(maps.Keys(d.answers), func(a, b string) int { return d.answers[a].Name.Line - d.answers[b].Name.Line }) {
		f := d.answers[name]
		q, ok := s.set.Question(name)
		if _, dropped := s.request.Applied[name]; !ok && dropped && d == s.request.Stored {
			continue
		}
		if !ok {
			return d.doc.Errorf(f.Name, "%w", s.unknown(name))
		}
		value, err := convert(q, f.Value)
		if err = fit(q, value, err); err != nil {
			if err := wrong(name, d.doc.Errorf(f.Value, "%s: %w", name, err)); err != nil {
				return err
			}
			continue
		}
		delete(s.unfit, name)
		s.known[name] = value
	}
	return nil
}

// fit validates a converted value, in the question's own words where it has some.
func fit(q layer.Question, value any, err error) error {
	switch {
	case err != nil && q.Message != "":
		return errors.New(q.Message)
	case err != nil:
		return err
	}
	return q.Validate(value)
}

func (s *session) unknown(name string) error {
	var names []string
	for _, q := range s.set.Questions {
		names = append(names, q.Name)
	}
	if near := strict.Nearest(name, names); near != "" {
		return fmt.Errorf("%s: unknown question; did you mean %s?", clip(name), near)
	}
	return fmt.Errorf("%s: unknown question; `scaffold questions` lists them", clip(name))
}

func (s *session) takeSets() error {
	for _, set := range s.request.Sets {
		name, text, ok := strings.Cut(set, "=")
		if !ok {
			return fmt.Errorf("--set %s: write --set KEY=VALUE", clip(set))
		}
		q, ok := s.set.Question(name)
		if !ok {
			return fmt.Errorf("--set %w", s.unknown(name))
		}
		value, err := parse(q, text)
		if err = fit(q, value, err); err != nil {
			return fmt.Errorf("--set %s: %w", name, err)
		}
		delete(s.unfit, name)
		s.known[name] = value
	}
	return nil
}

// values are the values of all questions as far as they are known, and the questions without one. A condition refers
// to earlier questions only, so one pass is enough.
func (s *session) values() (Values, []layer.Question) {
	values, missing := make(Values, len(s.set.Questions)), []layer.Question{}
	for _, q := range s.set.Questions {
		def := s.fallback(q, values)
		switch known, ok := s.known[q.Name]; {
		case !q.When.Holds(values) && def == nil:
			values[q.Name] = zero(q)
		case !q.When.Holds(values):
			values[q.Name] = def
		case ok:
			values[q.Name] = known
		case s.unfit[q.Name] != nil || def == nil:
			missing = append(missing, q)
		default:
			values[q.Name] = def
		}
	}
	return values, missing
}

// fallback is the default of a question: what was inferred, where the question is asked, its own, or the caller's, where that is valid.
func (s *session) fallback(q layer.Question, values Values) any {
	if inferred, ok := s.request.Inferred[q.Name]; ok && q.When.Holds(values) && q.Validate(inferred) == nil {
		return inferred
	}
	if q.Default != nil {
		return q.Default
	}
	if def, ok := s.request.Defaults[q.Name]; ok && q.Validate(def) == nil {
		return def
	}
	return nil
}

// ask asks every question that is not answered and whose condition holds with the answers so far.
func (s *session) ask() error {
	if s.request.Asker == nil {
		return nil
	}
	for _, q := range s.set.Questions {
		values, _ := s.values()
		if _, ok := s.known[q.Name]; ok || !q.When.Holds(values) {
			continue
		}
		if err := s.askOne(q, s.fallback(q, values)); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) askOne(q layer.Question, def any) error {
	value, err := s.request.Asker.Ask(q, def, q.Validate)
	if err != nil {
		return err
	}
	if err := q.Validate(value); err != nil {
		return fmt.Errorf("%s: %w", q.Name, err)
	}
	s.asked, s.known[q.Name] = true, value
	delete(s.unfit, q.Name)
	return nil
}

// review asks a question again until the person finds the answers right. An answer whose question is no longer asked
// is forgotten.
func (s *session) review() error {
	if !s.asked || !s.request.Review {
		return nil
	}
	for {
		values, _ := s.values()
		active := []layer.Question{}
		for _, q := range s.set.Questions {
			if q.When.Holds(values) {
				active = append(active, q)
			} else {
				delete(s.known, q.Name)
			}
		}
		name, err := s.request.Asker.Review(active, values)
		if err != nil || name == "" {
			return err
		}
		q, ok := s.set.Question(name)
		if !ok {
			return s.unknown(name)
		}
		if err := s.askOne(q, values[name]); err != nil {
			return err
		}
		if err := s.ask(); err != nil {
			return err
		}
	}
}

// missing is the error of questions without an answer where nobody can be asked.
func (s *session) missing(questions []layer.Question) error {
	var names, flags []string
	for _, q := range questions {
		if err := s.unfit[q.Name]; err != nil {
			return fmt.Errorf("%w; give --set %s=VALUE", err, q.Name)
		}
		names = append(names, q.Name)
		flags = append(flags, "--set "+q.Name+"=VALUE")
	}
	return fmt.Errorf("%s: an answer is required; give %s", strings.Join(names, ", "), strings.Join(flags, " "))
}
