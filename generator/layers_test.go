package generator_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"

	"example.com/scaffold/generator"
	"example.com/scaffold/generator/layer"
	"example.com/scaffold/templates"
)

// alternatives are the questions whose choices are to come and go as folders.
var alternatives = []string{"database", "auth"}

// TestAlternativesAreFolders: outside its own folder nothing knows a choice: a condition says its family, or is that of a
// folder that the choice names, or of one in it, and no template looks at an answer that chooses layers.
func TestAlternativesAreFolders(t *testing.T) {
	set, err := generator.OpenSet("")
	require.NoError(t, err)
	eachTemplate(t, func(name string, data []byte) {
		for _, question := range set.Questions {
			if chooses(set, question) && path.Ext(name) == ".tmpl" {
				require.NotContains(t, string(data), ".Answers."+question.Name, "%s looks at an answer", name)
			}
		}
		if path.Ext(strings.TrimSuffix(name, ".tmpl")) == ".py" {
			require.NotRegexp(t, `\{\{-? *(if|with)[^}]*(Answers|Contributes)\.\w+ *"`, string(data), "%s asks for a feature", name)
		}
		if path.Base(name) != "layer.yaml" {
			return
		}
		var written struct{ When map[string]any }
		require.NoError(t, yaml.Load(data, &written, yaml.WithV3Defaults()), name)
		for _, question := range alternatives {
			requireFamily(t, set, question, path.Dir(name), written.When[question])
		}
	})
}

// TestReadmeNamesEveryLayer: the table of README.md has each folder that is a layer, or the one that it lies in.
func TestReadmeNamesEveryLayer(t *testing.T) {
	readme, err := os.ReadFile("../templates/README.md")
	require.NoError(t, err)
	set, err := generator.OpenSet("")
	require.NoError(t, err)
	for _, l := range set.Layers {
		named := false
		for at := l.Path; at != "."; at = path.Dir(at) {
			named = named || strings.Contains(string(readme), "`"+at+"`")
		}
		require.True(t, named, "templates/README.md doesn't name the layer %s", l.Path)
	}
}

// requireFamily: what a layer's condition says of a question is a family, or a choice in a folder of its name.
func requireFamily(t *testing.T, set *layer.Set, question, folder string, condition any) {
	t.Helper()
	if condition == nil || strings.HasPrefix(folder, question+"/") {
		return
	}
	values, ok := condition.([]any)
	if !ok {
		values = []any{condition}
	}
	q, _ := set.Question(question)
	for _, value := range values {
		choice := slices.ContainsFunc(q.Choices, func(c layer.Choice) bool { return c.Value == value })
		require.True(t, !choice || slices.Contains(strings.Split(folder, "/"), value.(string)), "%s: names the %s %v; a new one would need an edit here", folder, question, value)
	}
}

func eachTemplate(t *testing.T, visit func(name string, data []byte)) {
	t.Helper()
	require.NoError(t, fs.WalkDir(templates.FS, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(templates.FS, name)
		visit(name, data)
		return err
	}))
}

// TestNewAlternative adds a database and an auth kind as README.md of the templates says: a copy of a folder under a new name,
// and a line of templates.yaml. Every rule holds for the projects that choose it.
func TestNewAlternative(t *testing.T) {
	for _, toy := range []struct{ question, like string }{{"database", "sqlite"}, {"auth", "jwt"}} {
		t.Run(toy.question, func(t *testing.T) {
			set, err := layer.Load(withToy(t, toy.question, toy.like), "templates")
			require.NoError(t, err)
			var all []combination
			for _, c := range combinationsOf(t, set) {
				if c.values[toy.question] == "toy" {
					all = append(all, c)
				}
			}
			require.NotEmpty(t, all)
			variants, err := generator.NewVariants(set, all[0].values)
			require.NoError(t, err)
			rules := newRules(set)
			for _, c := range pairwise(all) {
				if c.values["example"] == false {
					continue // held to the same project with the example, by TestEveryCombination
				}
				files, err := variants.Tree(c.values)
				require.NoError(t, err)
				require.Empty(t, rules.check(c, files, nil), c.String())
			}
		})
	}
}

// withToy is the built-in set with another choice of a question, which is a copy of one that is there.
func withToy(t *testing.T, question, like string) fs.FS {
	t.Helper()
	toy := fstest.MapFS{}
	condition := regexp.MustCompile(`\b` + question + `: ` + like + `\b`)
	eachTemplate(t, func(name string, data []byte) {
		toy[name] = &fstest.MapFile{Data: data}
		if rest, ok := strings.CutPrefix(name, question+"/"+like+"/"); ok {
			rest = strings.Replace(rest, "__revision___drop_", "__revision___drop_toy_", 1) // its tables have names of their own
			toy[question+"/toy/"+rest] = &fstest.MapFile{Data: condition.ReplaceAll(data, []byte(question+": toy"))}
		}
	})
	choice := regexp.MustCompile(`(?m)^( +- \{value: )` + like + `(, .*)$`)
	questions := toy["templates.yaml"].Data
	require.Len(t, choice.FindAll(questions, -1), 1)
	toy["templates.yaml"] = &fstest.MapFile{Data: choice.ReplaceAll(questions, []byte("$0\n${1}toy$2"))}
	return toy
}
