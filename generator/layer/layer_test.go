package layer_test

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"example.com/scaffold/generator/layer"
	"example.com/scaffold/templates"
)

// files makes a set of a txtar text; without a templates.yaml it gets one.
func files(text string) fstest.MapFS {
	fsys := fstest.MapFS{"templates.yaml": {Data: []byte(questions)}}
	for _, f := range txtar.Parse([]byte(text)).Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return fsys
}

const questions = `name: demo
version: "1"
questions:
  - {name: db, kind: choice, choices: [sqlite, postgres], default: sqlite}
  - {name: docker, kind: bool, default: true}
  - {name: tools, kind: multi, choices: [lint, types], default: []}
  - {name: pool, kind: int, default: 5, when: {db: postgres}}
`

func TestLoad(t *testing.T) {
	set, err := layer.Load(files(`
-- README.md --
not in a layer
-- .git --
a worktree's file
-- app/layer.yaml --
summary: the app
once: [".env", "docs/**"]
secret: [.env]
union: [pyproject.toml]
moved: {old.py: app/new.py}
contributes:
  deps: ["fastapi>=1", {name: x, n: 1, yes: true}]
-- app/main.py.tmpl --
{{ .Answers.db }}
-- app/sub/layer.yaml --
when: {db: [postgres], docker: true}
-- app/sub/x/y.txt --
y
-- each/layer.yaml --
each: resource
moved: {a/__resource__.py: b/__resource__.py}
contributes: {routers: []}
-- each/models/__resource__.py.tmpl --
x
`), "set")
	require.NoError(t, err)
	require.Equal(t, []string{"deps", "routers"}, set.Lists)
	require.Len(t, set.Layers, 3)
	app, sub, each := set.Layers[0], set.Layers[1], set.Layers[2]
	require.Equal(t, layer.Layer{
		Path: "app", Summary: "the app", Once: []string{".env", "docs/**"}, Secret: []string{".env"}, Union: []string{"pyproject.toml"},
		Moved:       map[string]string{"old.py": "app/new.py"},
		Contributes: map[string][]any{"deps": {"fastapi>=1", map[string]any{"name": "x", "n": 1, "yes": true}}},
		Files:       []layer.File{{Source: "app/main.py.tmpl", Path: "main.py", Data: []byte("{{ .Answers.db }}\n"), Template: true}},
	}, app)
	require.Equal(t, "x/y.txt", sub.Files[0].Path)
	require.Equal(t, layer.When{"db": {"postgres"}, "docker": {true}}, sub.When)
	require.Equal(t, "resource", each.Each)
	new := func(layer.Layer) map[string]any { return nil }
	require.Len(t, set.Selected(map[string]any{"db": "sqlite", "docker": true}, new), 2)
	require.Len(t, set.Selected(map[string]any{"db": "postgres", "docker": true}, new), 3)
}

func TestBuiltIn(t *testing.T) {
	_, err := layer.Load(templates.FS, "templates")
	require.NoError(t, err)
}

func TestWhen(t *testing.T) {
	when := layer.When{"db": {"a", "b"}, "tools": {"x"}, "on": {true}, "n": {1}}
	all := map[string]any{"db": "b", "tools": []string{"w", "x"}, "on": true, "n": 1}
	require.True(t, when.Holds(all))
	require.True(t, layer.When(nil).Holds(nil))
	for key, other := range map[string]any{"db": "c", "tools": []string{"w"}, "on": false, "n": 2} {
		values := map[string]any{}
		for k, v := range all {
			values[k] = v
		}
		values[key] = other
		require.False(t, when.Holds(values), key)
		delete(values, key)
		require.False(t, when.Holds(values), "without %s", key)
	}
}

// TestFamily: in a condition a family stands for each of its choices, also beside other values.
func TestFamily(t *testing.T) {
	set, err := layer.Load(files(`-- templates.yaml --
name: a
version: "1"
questions:
  - name: db
    kind: choice
    choices: [{value: sqlite, family: sql}, {value: postgres, family: sql}, mongodb, redis]
-- tables/layer.yaml --
when: {db: sql}
-- durable/layer.yaml --
when: {db: [mongodb, sql]}
`), "set")
	require.NoError(t, err)
	holds := func(path, db string) bool {
		i := slices.IndexFunc(set.Layers, func(l layer.Layer) bool { return l.Path == path })
		return set.Layers[i].When.Holds(map[string]any{"db": db})
	}
	for db, want := range map[string][2]bool{"sqlite": {true, true}, "postgres": {true, true}, "mongodb": {false, true}, "redis": {}} {
		require.Equal(t, want, [2]bool{holds("tables", db), holds("durable", db)}, db)
	}
}

// TestGone: such a layer is chosen only by the run in which its condition ceases to hold.
func TestGone(t *testing.T) {
	set, err := layer.Load(files(`-- drop/layer.yaml --
gone: {db: postgres}
when: {docker: true}
-- drop/versions/__revision__.py --
`), "set")
	require.NoError(t, err)
	require.Equal(t, []string{"versions"}, set.RevisionFolders())
	chosen := func(before map[string]any, db string, docker bool) bool {
		selected := set.Selected(map[string]any{"db": db, "docker": docker}, func(layer.Layer) map[string]any { return before })
		return len(selected) == 1
	}
	was := map[string]any{"db": "postgres"}
	require.True(t, chosen(was, "sqlite", true))
	require.False(t, chosen(was, "sqlite", false), "the condition of the layer counts too")
	require.False(t, chosen(was, "postgres", true), "it still holds")
	require.False(t, chosen(map[string]any{"db": "sqlite"}, "sqlite", true), "it did not hold")
	require.False(t, chosen(nil, "sqlite", true), "a new project has nothing to undo")
}

// TestQuestionErrors puts one question into a set; the place is that of templates.yaml.
func TestQuestionErrors(t *testing.T) {
	for _, test := range []struct{ question, want string }{
		{"{kind: text}", `3:5: a question needs the key "name"`},
		{"{name: a}", `3:5: a question needs the key "kind"`},
		{"[a]", "3:5: a question must be a mapping, not a list"},
		{"{name: a, kind: txt}", `3:21: unknown kind "txt"`},
		{"{name: a-b, kind: text}", `3:12: "a-b" can't be a question's name`},
		{"{name: A, kind: text}", `3:12: "A" can't be a question's name`},
		{"{name: a, kind: text, defualt: x}", `3:27: unknown key "defualt" in a question; did you mean "default"?`},
		{"{name: a, kind: text, prompt: [x]}", "3:35: prompt must be a text, not a list"},
		{"{name: version, kind: text}", `3:12: "version" can't be a question's name: by it a file of answers`},
		{"{name: a, kind: choice}", "3:5: question a: a choice needs choices"},
		{"{name: a, kind: multi, default: [x]}", "3:5: question a: a multi needs choices"},
		{"{name: a, kind: text, choices: [b]}", "3:36: question a: a text has no choices"},
		{"{name: a, kind: choice, choices: [b, b]}", `3:42: question a: the choice "b" is given twice`},
		{"{name: a, kind: choice, choices: [{value: b, hlep: c}]}", `3:50: unknown key "hlep" in a choice`},
		{"{name: a, kind: choice, choices: [b, {value: c, family: b}]}", `3:42: question a: "b" can't be a family too, since it is a choice`},
		{"{name: a, kind: choice, choices: [{value: b, family: [c]}]}", "3:58: family must be a text, not a list"},
		{"{name: a, kind: multi, choices: ['b,c']}", `3:38: the choice "b,c" must be one line without commas`},
		{"{name: a, kind: choice, choices: [b], default: c}", `3:52: default of a: "c" is not one of b`},
		{"{name: a, kind: multi, choices: [b], default: b}", "3:51: default of a must be a list"},
		{"{name: a, kind: bool, default: 'yes'}", "3:36: default of a must be true or false"},
		{"{name: a, kind: int, default: 1.5}", "3:35: default of a must be a whole number"},
		{"{name: a, kind: int, default: 99999999999999999999}", "3:35: default of a"},
		{"{name: a, kind: text, default: }", "3:36: default of a holds nothing"},
		{"{name: a, kind: text, pattern: '['}", "3:36: question a: bad pattern: "},
		{"{name: a, kind: text, pattern: 'a)(b'}", "3:36: question a: bad pattern: "},
		{"{name: a, kind: int, pattern: 'a'}", "3:35: question a: only a text has a pattern"},
		{"{name: a, kind: text, pattern: 'x+', default: \"xx\\n\"}", "3:51: default of a: "},
		{"{name: a, kind: text, pattern: '(?m)^x$', default: \"x\\nx\"}", "3:56: default of a: "},
		{"{name: a, kind: text, when: {b: c}}", `3:34: when: unknown question "b"`},
		{"{name: a, kind: text, name: b}", `3:27: the key "name" is given twice`},
	} {
		t.Run(test.question, func(t *testing.T) {
			text := "name: demo\nversion: '1'\nquestions: \n  - "
			_, err := layer.Load(fstest.MapFS{"templates.yaml": {Data: []byte(strings.Replace(text, "\nquestions: \n", "\nquestions:\n", 1) + test.question + "\n")}}, "set")
			require.ErrorContains(t, err, "set/templates.yaml:4"+strings.TrimPrefix(test.want, "3"))
		})
	}
}

func TestSetErrors(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"no version", "name: a\n", "set/templates.yaml:1:1: a template set needs the keys name and version"},
		{"empty", "", "set/templates.yaml:1:1: a template set needs"},
		{"name", "name: a/b\nversion: 1\n", "set/templates.yaml:1:7: the name of a set has"},
		{"unknown", "name: a\nversion: 1\nquestion: []\n", `set/templates.yaml:3:1: unknown key "question" in a template set; did you mean "questions"?`},
		{"twice", "name: a\nversion: 1\nquestions:\n- {name: q, kind: bool}\n- {name: q, kind: text}\n", `set/templates.yaml:5:3: question "q" is asked twice; it is on line 4 too`},
		{"later", "name: a\nversion: 1\nquestions:\n- {name: q, kind: bool, when: {r: true}}\n- {name: r, kind: bool}\n", `set/templates.yaml:4:32: when: unknown question "r"`},
		{"itself", "name: a\nversion: 1\nquestions:\n- {name: q, kind: bool, when: {q: true}}\n", `when: unknown question "q"`},
		{"resource", "name: a\nversion: 1\nresources: [{when: {x: y}, name: a}]\n", `set/templates.yaml:3:21: when: unknown question "x"`},
		{"resource field", "name: a\nversion: 1\nresources: [{name: a, fields: [[b]]}]\n", "set/templates.yaml:3:32: a field is a string"},
		{"markers", "<<<<<<< a\nname: a\n", "set/templates.yaml:1:1: a conflict marker"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := layer.Load(fstest.MapFS{"templates.yaml": {Data: []byte(test.text)}}, "set")
			require.ErrorContains(t, err, test.want)
		})
	}
	_, err := layer.Load(fstest.MapFS{"a/layer.yaml": {}}, "set")
	require.ErrorContains(t, err, "set: no templates.yaml in it")
	_, err = layer.Load(files("-- layer.yaml --\n"), "set")
	require.ErrorContains(t, err, "set/layer.yaml: a layer is a folder below the set")
}

func TestLayerErrors(t *testing.T) {
	for _, test := range []struct{ yaml, want string }{
		{"sumary: x", `set/a/layer.yaml:1:1: unknown key "sumary" in a layer; did you mean "summary"?`},
		{"[a]", "set/a/layer.yaml:1:1: a layer must be a mapping"},
		{"when: {dbb: sqlite}", `1:8: when: unknown question "dbb"; did you mean db?`},
		{"when: {db: mysql}", `1:12: when: "mysql" is not one of the choices of db: sqlite, postgres`},
		{"when: {db: [sqlite, mysql]}", `1:21: when: "mysql" is not one of`},
		{"when: {db: []}", "1:12: when: db has no values"},
		{"when: {docker: 'yes'}", "1:16: when: docker must be true or false"},
		{"when: {pool: many}", "1:14: when: pool must be a whole number"},
		{"when: [db]", "1:7: when must be a mapping"},
		{"gone: {db: mysql}", `1:12: gone: "mysql" is not one of the choices of db`},
		{"gone: {}", "1:7: gone: without a question it can never cease to hold"},
		{"each: file", `1:7: unknown each "file"`},
		{"after: b", "1:8: after must be a list"},
		{"after: [b]", `1:9: after: there is no layer "b"`},
		{"once: .env", "1:7: once must be a list"},
		{"once: ['a/[']", `1:8: once: "a/[" is not a pattern`},
		{"secret: ['/etc/*']", `1:10: secret: "/etc/*" is not a pattern`},
		{"union: ['../x']", `1:9: union: "../x" is not a pattern`},
		{"union: ['']", "1:9: an item of union is empty"},
		{"moved: [a]", "1:8: moved must be a mapping"},
		{"moved: {a: ''}", "1:12: moved: "},
		{"moved: {'': a}", "1:9: moved: "},
		{"moved: {../a: b}", "1:9: moved: "},
		{"moved: {/a: b}", "1:9: moved: "},
		{"moved: {a: .git/config}", "1:12: moved: "},
		{"moved: {.scaffold/answers.yaml: a}", "1:9: moved: "},
		{"moved: {a: .SCAFFOLD/x}", "1:12: moved: "},
		{"moved: {a: b/__resource__}", "1:12: moved: \"b/__resource__\": __resource__ stands only in a layer with `each: resource`"},
		{"moved: {a: a}", `1:12: moved: "a" moves to itself`},
		{"contributes: [a]", "1:14: contributes must be a mapping"},
		{"contributes: {a: b}", "1:18: contributes: a must be a list"},
		{"contributes: {a-b: []}", `1:15: "a-b" can't be the name of a list`},
		{"contributes: {a: [null]}", "1:19: contributes: a holds an empty value"},
		{"contributes: {a: [.inf]}", "1:19: contributes: a: .inf is not a number"},
		{"contributes: {a: [&x 1, *x]}", "1:19: anchors and aliases are not read here"},
	} {
		t.Run(test.yaml, func(t *testing.T) {
			_, err := layer.Load(files("-- a/layer.yaml --\n"+test.yaml+"\n"), "set")
			require.ErrorContains(t, err, test.want)
			require.ErrorContains(t, err, "set/a/layer.yaml:1:")
		})
	}
}

// TestOrder: layers are in path order, but for those that come after another.
func TestOrder(t *testing.T) {
	set, err := layer.Load(files("-- a/layer.yaml --\nafter: [c/d, c]\n-- b/layer.yaml --\n-- c/layer.yaml --\n-- c/d/layer.yaml --\n-- d/layer.yaml --\nafter: [a]\n"), "set")
	require.NoError(t, err)
	var order []string
	for _, l := range set.Layers {
		order = append(order, l.Path)
	}
	require.Equal(t, []string{"c/d", "c", "a", "b", "d"}, order)
	_, err = layer.Load(files("-- a/layer.yaml --\nafter: [b]\n-- b/layer.yaml --\nafter: [a]\n"), "set")
	require.EqualError(t, err, "set/a/layer.yaml: after: this layer comes after itself")
}

func TestPathErrors(t *testing.T) {
	for _, path := range []string{
		".git/hooks/pre-commit", "x/.GIT/config", "a:b", "CON", "aux.txt", "x.", "x .tmpl", ".scaffold/answers.yaml", ".Scaffold/x.tmpl",
		"a\x1bb", "back\\slash", strings.Repeat("x", 256), "__agent__.md", "__resource__.py.tmpl", "a\u202eb", ".tmpl", "x/.tmpl",
	} {
		t.Run(fmt.Sprintf("%.20q", path), func(t *testing.T) {
			fsys := files("-- a/layer.yaml --\n")
			fsys["a/"+path] = &fstest.MapFile{Data: []byte("x")}
			_, err := layer.Load(fsys, "set")
			require.ErrorContains(t, err, "set/a/"+strings.ReplaceAll(path, "\x1b", `\x1b`)+": ", "control characters are escaped")
		})
	}
}

func TestTwoWriters(t *testing.T) {
	both := func(a, b string) string {
		return "-- a/layer.yaml --\n" + a + "\n-- a/x.txt --\n-- b/layer.yaml --\n" + b + "\n-- b/x.txt.tmpl --\n"
	}
	for _, test := range []struct {
		name, text string
		refused    bool
	}{
		{"both always", both("", ""), true},
		{"one always", both("", "when: {db: sqlite}"), true},
		{"of different questions", both("when: {docker: true}", "when: {db: sqlite}"), true},
		{"some value in common", both("when: {db: [sqlite, postgres]}", "when: {db: sqlite}"), true},
		{"of one multi", both("when: {tools: lint}", "when: {tools: types}"), true},
		{"alternatives", both("when: {db: postgres}", "when: {db: sqlite}"), false},
		{"not certain", both("when: {pool: 1}", "when: {docker: true}"), false},
		{"in one layer", "-- a/layer.yaml --\nwhen: {db: sqlite}\n-- a/x --\n-- a/x.tmpl --\n", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := layer.Load(files(test.text), "set")
			if !test.refused {
				require.NoError(t, err)
				return
			}
			require.Regexp(t, `^set/[ab]/x\S*: writes x\S*, and so does set/a/x`, err)
		})
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(questions), []byte("when: {db: sqlite}\nmoved: {a: b}"), "x/y.tmpl")
	f.Add([]byte("name: a\nversion: 1\nresources: [{name: a, fields: [b]}]"), []byte("contributes: {a: [{b: [1]}]}"), "__revision__.py")
	f.Fuzz(func(t *testing.T, set, one []byte, name string) {
		if !fs.ValidPath("a/b/" + name) {
			return // no folder holds it, and MapFS would walk it without an end
		}
		fsys := fstest.MapFS{"templates.yaml": {Data: set}, "a/layer.yaml": {Data: one}, "a/b/" + name: {Data: []byte("x")}}
		loaded, err := layer.Load(fsys, "set")
		if err != nil {
			require.True(t, strings.HasPrefix(err.Error(), "set"), err)
			return
		}
		for _, q := range loaded.Questions {
			if q.Default != nil {
				require.NoError(t, q.Validate(q.Default))
			}
		}
	})
}
