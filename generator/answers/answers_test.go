package answers_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/answers"
	"example.com/scaffold/generator/layer"
)

const questions = `name: demo
version: "1"
questions:
  - {name: project_name, kind: text, prompt: Name?, pattern: '[A-Za-z][^\n]*', message: begin with a letter}
  - {name: note, kind: text, default: ""}
  - {name: database, kind: choice, choices: [sqlite, {value: postgres, help: A server}], default: sqlite}
  - {name: pool, kind: int, default: 5, when: {database: postgres}}
  - {name: host, kind: text, when: {database: postgres}}
  - {name: tools, kind: multi, choices: [lint, types, docs], default: [lint]}
  - {name: docker, kind: bool, default: true}
  - {name: python, kind: choice, choices: ["3.12", "3.13", "null"], default: "3.13", when: {docker: true}}
`

func demo(t testing.TB) *layer.Set {
	t.Helper()
	set, err := layer.Load(fstest.MapFS{"templates.yaml": {Data: []byte(questions)}}, "set")
	require.NoError(t, err)
	return set
}

func parse(t testing.TB, text string) *answers.Document {
	t.Helper()
	d, err := answers.Parse([]byte(text), "a.yaml")
	require.NoError(t, err)
	return d
}

func TestParseErrors(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"syntax", "answers: {a: [1}", "a.yaml:1:"},
		{"marker", "answers:\n<<<<<<< yours\n  a: 1\n=======\n", "a.yaml:2:1: a conflict marker"},
		{"twice", "answers:\n  a: 1\n  a: 2\n", `a.yaml:3:3: the key "a" is given twice; it is on line 2 too`},
		{"newer", "version: 9\nanswers: {}\n", "a.yaml:1:10: version 9 is newer than this program knows (1)"},
		{"older", "version: 0\nanswers: {}\n", "a.yaml:1:10: version must be 1"},
		{"huge version", "version: 99999999999999999999\nanswers: {}\n", "a.yaml:1:10: version"},
		{"wrong type", "version: 1\nanswers: [a]\n", "a.yaml:2:10: answers must be a mapping, not a list"},
		{"unknown key", "version: 1\nanswer: {}\n", `a.yaml:2:1: unknown key "answer" in the answers file; did you mean "answers"?`},
		{"agents", "version: 1\nagents: {a: b}\n", "a.yaml:2:9: agents must be a list"},
		{"agent", "version: 1\nagents: [[a]]\n", "a.yaml:2:10: an item of agents must be a text"},
		{"resources", "version: 1\nresources: [{name: x, field: []}]\n", `a.yaml:2:23: unknown key "field" in a resource; did you mean "fields"?`},
		{"list", "- a\n", "a.yaml:1:1: the answers must be a mapping"},
		{"text", "hello\n", "a.yaml:1:1: the answers must be a mapping"},
		{"two documents", "a: 1\n---\nb: 2\n", "a.yaml:1:1: not valid YAML"},
		{"alias bomb", "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "a.yaml:1:4: anchors and aliases are not read here"},
		{"tag", "a: !!binary aGk=\n", "a.yaml:1:4: the tag !!binary is not read here"},
		{"depth", strings.Repeat("[", 100_000), "a.yaml:1:"},
		{"deep blocks", "a:\n" + strings.Repeat("- ", 50_000), "a.yaml:"},
		{"50 MB", "a: " + strings.Repeat("x", 50<<20), "a.yaml:1:1: 52428803 bytes are too large a file"},
		{"many", "a: [" + strings.Repeat("x,", 1<<20) + "]", "a.yaml:1:1: too many values"},
		{"latin-1", "a: caf\xe9\n", "a.yaml:1:7: not valid UTF-8"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := answers.Parse([]byte(test.text), "a.yaml")
			require.ErrorContains(t, err, test.want)
			require.True(t, strings.HasPrefix(err.Error(), "a.yaml:"), err)
		})
	}
}

func TestResolveErrors(t *testing.T) {
	for _, test := range []struct {
		name, given string
		sets        []string
		want        string
	}{
		{"unknown", "databse: sqlite", nil, "a.yaml:1:1: databse: unknown question; did you mean database?"},
		{"choice", "{project_name: X, database: mysql}", nil, `a.yaml:1:29: database: "mysql" is not one of sqlite, postgres`},
		{"own message", "project_name: 9x", nil, "a.yaml:1:15: project_name: begin with a letter"},
		{"last newline", "project_name: \"X\\n\"", nil, "a.yaml:1:15: project_name: begin with a letter"},
		{"list for text", "project_name: [X]", nil, "a.yaml:1:15: project_name: begin with a letter"},
		{"text for int", "pool: '5'", nil, `a.yaml:1:7: pool: "5" is not a whole number`},
		{"int too large", "pool: 99999999999999999999", nil, "a.yaml:1:7: pool: "},
		{"octal for int", "pool: 010", nil, `a.yaml:1:7: pool: "010" is not a whole number`},
		{"float for int", "pool: 1e3", nil, "a.yaml:1:7: pool: "},
		{"bool", "docker: maybe", nil, `a.yaml:1:9: docker: "maybe" is neither true nor false`},
		{"multi", "tools: lint", nil, "a.yaml:1:8: tools: must be a list"},
		{"multi item", "tools: [lint, x]", nil, `a.yaml:1:8: tools: "x" is not one of lint, types, docs`},
		{"multi twice", "tools: [lint, lint]", nil, `a.yaml:1:8: tools: "lint" is given twice`},
		{"set unknown", "", []string{"colour=red"}, "--set colour: unknown question"},
		{"set form", "", []string{"docker"}, "--set docker: write --set KEY=VALUE"},
		{"set choice", "", []string{"database=mysql"}, `--set database: "mysql" is not one of sqlite, postgres`},
		{"set bad UTF-8", "", []string{"note=\xff"}, "--set note: is not valid UTF-8"},
		{"required", "", nil, "project_name: an answer is required; give --set project_name=VALUE"},
		{"all required", "database: postgres", nil, "project_name, host: an answer is required; give --set project_name=VALUE --set host=VALUE"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := answers.Resolve(demo(t), answers.Request{Given: parse(t, test.given), Sets: test.sets})
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestTextTakesEverything(t *testing.T) {
	for _, value := range []string{"yes", "1e3", "null", "a=b", "", " lead", "~", "true", "010", "é\u2028", "a\nb", `"`, "# x", "{{ .X }}", "2026-01-01", strings.Repeat("x", 1<<20)} {
		t.Run(fmt.Sprintf("%.20q", value), func(t *testing.T) {
			set := demo(t)
			values, err := answers.Resolve(set, answers.Request{Sets: []string{"project_name=X", "note=" + value}})
			require.NoError(t, err)
			require.Equal(t, value, values["note"])
			d := answers.New()
			d.Put(set, values)
			data, err := d.Encode()
			require.NoError(t, err)
			again, err := answers.Resolve(set, answers.Request{Stored: parse(t, string(data))})
			require.NoError(t, err)
			require.Equal(t, values, again)
		})
	}
	values, err := answers.Resolve(demo(t), answers.Request{Given: parse(t, "answers: {project_name: yes, note: null}")})
	require.NoError(t, err)
	require.Equal(t, "yes", values["project_name"])
	require.Equal(t, "null", values["note"])
}

func TestPrecedence(t *testing.T) {
	stored := "version: 1\nanswers: {project_name: Stored, note: stored, database: sqlite, docker: false}\n"
	given := "\ufeffproject_name: Given\r\nnote: given\r\n"
	values, err := answers.Resolve(demo(t), answers.Request{Stored: parse(t, stored), Given: parse(t, given), Sets: []string{"note=set", "tools=docs, lint"}})
	require.NoError(t, err)
	require.Equal(t, answers.Values{
		"project_name": "Given", "note": "set", "database": "sqlite", "pool": 5, "host": "", "tools": []string{"lint", "docs"}, "docker": false, "python": "3.13",
	}, values)
}

func TestConditionGivesDefault(t *testing.T) {
	stored := parse(t, "answers: {project_name: X, database: sqlite, pool: 9, host: h}")
	values, err := answers.Resolve(demo(t), answers.Request{Stored: stored, Sets: []string{"pool=7"}})
	require.NoError(t, err)
	require.Equal(t, 5, values["pool"])
	stored.Put(demo(t), values)
	data, err := stored.Encode()
	require.NoError(t, err)
	require.NotContains(t, string(data), "pool")
	_, err = answers.Resolve(demo(t), answers.Request{Stored: parse(t, string(data)), Sets: []string{"database=postgres"}})
	require.ErrorContains(t, err, "host: an answer is required")
}

func TestStoredAnswerThatNoLongerFits(t *testing.T) {
	stored := "answers: {project_name: X, database: mysql, gone: 1}"
	_, err := answers.Resolve(demo(t), answers.Request{Stored: parse(t, stored), Applied: map[string]any{"gone": "1"}})
	require.ErrorContains(t, err, `a.yaml:1:38: database: "mysql" is not one of sqlite, postgres; give --set database=VALUE`)
	person := &person{answers: map[string]any{"database": "sqlite", "note": "", "tools": []string{}, "docker": true, "python": "3.12"}}
	values, err := answers.Resolve(demo(t), answers.Request{Stored: parse(t, stored), Applied: map[string]any{"gone": "1"}, Asker: person})
	require.NoError(t, err)
	require.Equal(t, "sqlite", values["database"])
	require.Equal(t, []string{"note", "database", "tools", "docker", "python"}, person.asked)
	_, err = answers.Resolve(demo(t), answers.Request{Stored: parse(t, stored), Asker: person})
	require.ErrorContains(t, err, "a.yaml:1:45: gone: unknown question")
}

// person answers from a table and fails on a question that is not in it.
type person struct {
	answers map[string]any
	asked   []string
	reviews []string // the questions to change, in turn
	change  map[string]any
}

func (p *person) Ask(q layer.Question, def any, check func(any) error) (any, error) {
	p.asked = append(p.asked, q.Name)
	value, ok := p.answers[q.Name]
	if !ok {
		return nil, errors.New("unasked: " + q.Name)
	}
	if value == nil {
		value = def
	}
	return value, check(value)
}

func (p *person) Review(questions []layer.Question, values map[string]any) (string, error) {
	if len(p.reviews) == 0 {
		return "", nil
	}
	name := p.reviews[0]
	p.reviews = p.reviews[1:]
	for key, value := range p.change {
		p.answers[key] = value
	}
	return name, nil
}

func TestAskAndReview(t *testing.T) {
	p := &person{
		answers: map[string]any{"project_name": nil, "database": "sqlite", "tools": []string{"docs"}, "docker": false},
		reviews: []string{"database"},
		change:  map[string]any{"database": "postgres", "pool": 3, "host": "db"},
	}
	values, err := answers.Resolve(demo(t), answers.Request{
		Sets: []string{"note=n"}, Defaults: map[string]any{"project_name": "Shop"}, Asker: p, Review: true,
	})
	require.NoError(t, err)
	require.Equal(t, []string{"project_name", "database", "tools", "docker", "database", "pool", "host"}, p.asked)
	require.Equal(t, answers.Values{
		"project_name": "Shop", "note": "n", "database": "postgres", "pool": 3, "host": "db", "tools": []string{"docs"}, "docker": false, "python": "3.13",
	}, values)
}

func TestDefaultsOfTheCaller(t *testing.T) {
	values, err := answers.Resolve(demo(t), answers.Request{Defaults: map[string]any{"project_name": "Shop"}})
	require.NoError(t, err)
	require.Equal(t, "Shop", values["project_name"])
	_, err = answers.Resolve(demo(t), answers.Request{Defaults: map[string]any{"project_name": "9"}})
	require.ErrorContains(t, err, "project_name: an answer is required")
}

func TestInferredOnlyWhereAsked(t *testing.T) {
	for database, pool := range map[string]int{"sqlite": 5, "postgres": 7} {
		values, err := answers.Resolve(demo(t), answers.Request{
			Sets: []string{"project_name=X", "host=h", "database=" + database}, Inferred: map[string]any{"pool": 7},
		})
		require.NoError(t, err)
		require.Equal(t, pool, values["pool"], database)
	}
}
