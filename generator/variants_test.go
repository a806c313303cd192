package generator_test

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator"
	"example.com/scaffold/generator/answers"
	"example.com/scaffold/generator/layer"
	"example.com/scaffold/generator/tree"
)

// combination is one answer to each question that chooses layers, and what all answers are with it.
type combination struct {
	words  []string // question=value, as --set takes it, in the order of the questions
	values answers.Values
}

func (c combination) String() string { return strings.Join(c.words, " ") }

// combinationsOf are all answers to the questions that choose layers, the defaults first. A question that isn't asked has its
// default.
func combinationsOf(t *testing.T, set *layer.Set) []combination {
	t.Helper()
	defaults, err := answers.Resolve(set, answers.Request{Defaults: map[string]any{"project_name": "Shop"}})
	require.NoError(t, err)
	all := []combination{{values: defaults}}
	for _, question := range set.Questions {
		if !chooses(set, question) {
			continue
		}
		var next []combination
		for _, before := range all {
			for _, value := range valuesOf(question) {
				if asked := question.When.Holds(before.values); asked || sameAnswer(value, question.Default) {
					next = append(next, before.with(question, value))
				}
			}
		}
		all = next
	}
	return all
}

// with is the combination with an answer more.
func (c combination) with(question layer.Question, value any) combination {
	values := maps.Clone(c.values)
	values[question.Name] = value
	word := question.Name + "=" + fmt.Sprint(value)
	if list, ok := value.([]string); ok {
		word = question.Name + "=" + strings.Join(list, ",")
	}
	return combination{append(slices.Clone(c.words), word), values}
}

// chooses tells that the condition of a layer, of a resource or of another question names the question.
func chooses(set *layer.Set, question layer.Question) bool {
	if question.Kind == layer.KindText || question.Kind == layer.KindInt {
		return false
	}
	names := func(when layer.When) bool { return when[question.Name] != nil }
	return slices.ContainsFunc(set.Layers, func(l layer.Layer) bool { return names(l.When) }) ||
		slices.ContainsFunc(set.Resources, func(r layer.SetResource) bool { return names(r.When) }) ||
		slices.ContainsFunc(set.Questions, func(q layer.Question) bool { return names(q.When) })
}

// valuesOf are all answers to a question, the default first: of a multi question every selection.
func valuesOf(question layer.Question) []any {
	var all []any
	switch question.Kind {
	case layer.KindBool:
		all = []any{false, true}
	case layer.KindChoice:
		for _, choice := range question.Choices {
			all = append(all, choice.Value)
		}
	case layer.KindMulti:
		for selection := range 1 << len(question.Choices) {
			list := []string{}
			for i, choice := range question.Choices {
				if selection&(1<<i) != 0 {
					list = append(list, choice.Value)
				}
			}
			all = append(all, list)
		}
	}
	slices.SortStableFunc(all, func(a, b any) int { return rank(b, question) - rank(a, question) })
	return all
}

func rank(value any, question layer.Question) int {
	if sameAnswer(value, question.Default) {
		return 1
	}
	return 0
}

func sameAnswer(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// TestEveryCombination holds each combination to the rules that can be seen in its text. All of them take some seconds
// (SCAFFOLD_COMBINATIONS=all, as in `make test`); without that it is a set in which each pair of answers occurs.
func TestEveryCombination(t *testing.T) {
	set, err := generator.OpenSet("")
	require.NoError(t, err)
	chosen := combinationsOf(t, set)
	variants, err := generator.NewVariants(set, chosen[0].values)
	require.NoError(t, err)
	whole := len(chosen)
	if os.Getenv("SCAFFOLD_COMBINATIONS") != "all" {
		chosen = pairwise(chosen)
	}
	rules := newRules(set)
	found := eachCombination(chosen, func(c combination) []string {
		files, err := variants.Tree(c.values)
		if err != nil {
			return []string{err.Error()}
		}
		var example tree.Tree
		if c.values["example"] == false {
			values := maps.Clone(c.values)
			values["example"] = true
			if example, err = variants.Tree(values); err != nil {
				return []string{err.Error()}
			}
		}
		return rules.check(c, files, example)
	})
	t.Logf("%d of %d combinations, %d distinct files", len(chosen), whole, rules.distinct())
	for _, problem := range slices.Sorted(maps.Keys(found)) {
		t.Errorf("%s\n    in %d of %d combinations, such as %s", problem, len(found[problem]), len(chosen), found[problem][0])
	}
}

// eachCombination calls look with each combination, several at a time, and gathers by problem where it was found.
func eachCombination(all []combination, look func(combination) []string) map[string][]combination {
	problems := make([][]string, len(all))
	var group sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := range next {
				problems[i] = look(all[i])
			}
		})
	}
	for i := range all {
		next <- i
	}
	close(next)
	group.Wait()
	found := map[string][]combination{}
	for i, list := range problems {
		for _, problem := range list {
			found[problem] = append(found[problem], all[i])
		}
	}
	return found
}

// TestVariantsAreWhatNewMakes: the quick way to a tree in these tests gives the bytes of the real one.
func TestVariantsAreWhatNewMakes(t *testing.T) {
	set, err := generator.OpenSet("")
	require.NoError(t, err)
	chosen := combinationsOf(t, set)
	variants, err := generator.NewVariants(set, chosen[0].values)
	require.NoError(t, err)
	for _, c := range []combination{chosen[0], chosen[len(chosen)/2], chosen[len(chosen)-1]} {
		files, err := variants.Tree(c.values)
		require.NoError(t, err)
		want := rendered(t, c.words...)
		for _, both := range []tree.Tree{files, want} {
			delete(both, ".env") // secrets differ
		}
		require.Equal(t, want, files, c.String())
	}
}
