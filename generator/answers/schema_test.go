package answers_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"

	"example.com/scaffold/generator/answers"
	"example.com/scaffold/generator/resource"
)

func TestSchema(t *testing.T) {
	data, err := answers.Schema(demo(t))
	require.NoError(t, err)
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("answers.json", parsed))
	schema, err := compiler.Compile("answers.json")
	require.NoError(t, err)

	full := answers.New()
	full.Templates = answers.Templates{Name: "demo", Version: "1", Path: "set"}
	full.Agents = []string{"a"}
	full.Resources = []resource.Spec{{Name: "items", Singular: "item", Fields: []resource.FieldSpec{{Text: "name:str"}}, NoOwner: true}}
	full.Put(demo(t), resolved(t, nil, "project_name=X", "database=postgres", "host=h"))
	encoded, err := full.Encode()
	require.NoError(t, err)

	for _, test := range []struct {
		text string
		ok   bool
	}{
		{string(encoded), true},
		{"project_name: X\ndocker: yes\ntools: [lint]\n", true},
		{"answers: {note: null, pool: 3}\n", true},
		{"version: 1\nresources: [{name: a, fields: [{name: b, type: str, size: 3, mods: [unique]}]}]\n", true},
		{"docker: 'true'\n", true},
		{"docker: Yes\n", true},
		{"docker: NO\n", true},
		{"python: null\n", true},
		{"pool: 99999999999999999999\n", false},
		{"project_name: \"\"\n", false},
		{"project_name: ~\n", false},
		{"note: \"\"\n", true},
		{"python: 3.12\n", true},
		{"python: '3.13'\n", true},
		{"python: 3.11\n", false},
		{"colour: red\n", false},
		{"answers: {colour: red}\n", false},
		{"answers: {database: mysql}\n", false},
		{"answers: {database: [sqlite]}\n", false},
		{"answers: {project_name: 9x}\n", false},
		{"answers: {project_name: \"X\\n\"}\n", false},
		{"answers: {pool: many}\n", false},
		{"answers: {docker: maybe}\n", false},
		{"answers: {tools: [lint, lint]}\n", false},
		{"answers: {tools: [x]}\n", false},
		{"version: 2\nanswers: {}\n", false},
		{"version: 1\nanswer: {}\n", false},
		{"version: 1\nresources: [{name: a}]\n", false},
	} {
		var value any
		require.NoError(t, yaml.Load([]byte(test.text), &value))
		err := schema.Validate(value)
		require.Equal(t, test.ok, err == nil, "%s: %v", test.text, err)
		if !strings.Contains(test.text, "resources") { // which are read elsewhere
			require.Equal(t, test.ok, takes(t, test.text), "the program: %s", test.text)
		}
	}
}

// takes tells that the program takes a file of answers; what the others lack is given.
func takes(t *testing.T, text string) bool {
	document, err := answers.Parse([]byte(text), "a.yaml")
	if err != nil {
		return false
	}
	_, err = answers.Resolve(demo(t), answers.Request{Given: document, Defaults: map[string]any{"project_name": "X", "host": "h"}})
	return err == nil
}
