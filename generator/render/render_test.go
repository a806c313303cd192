package render_test

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"example.com/scaffold/generator/layer"
	"example.com/scaffold/generator/render"
	"example.com/scaffold/generator/resource"
	"example.com/scaffold/generator/tree"
)

const questions = `name: demo
version: "1"
questions:
  - {name: project_name, kind: text}
  - {name: db, kind: choice, choices: [sqlite, postgres], default: sqlite}
  - {name: case, kind: bool, default: false}
`

func load(t testing.TB, text string) *layer.Set {
	t.Helper()
	fsys := fstest.MapFS{"templates.yaml": {Data: []byte(questions)}}
	for _, f := range txtar.Parse([]byte(text)).Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	set, err := layer.Load(fsys, "set")
	require.NoError(t, err)
	return set
}

func data(sets ...string) render.Data {
	d := render.Data{
		Answers:   map[string]any{"project_name": `a "b" {{ .Project }}`, "db": "sqlite", "case": false},
		Project:   render.Project{Name: "Shop", Slug: "shop"},
		Agents:    []render.Agent{{Name: "planner", Text: "{{ .X }}\r\n-- x --"}, {Name: "tester"}},
		Resources: resource.List{{Name: "items", Singular: "item"}, {Name: "orders", Singular: "order"}},
		Journals:  []render.Journal{{Path: "dev-journal/PRD.md", Name: "PRD"}, {Path: "dev-journal/X.md", Name: "X"}},
	}
	for _, set := range sets {
		key, value, _ := strings.Cut(set, "=")
		d.Answers[key] = value
	}
	return d
}

func run(t testing.TB, set string, d render.Data) (render.Output, error) {
	t.Helper()
	return render.Render(context.Background(), load(t, set), d, bytes.NewReader(bytes.Repeat([]byte{0xfb}, 4096)))
}

const example = `
-- a/layer.yaml --
once: ["dev-journal/**"]
secret: [.env]
union: ["*.toml"]
moved: {old.py: new.py}
contributes: {deps: [one], routers: []}
-- a/.env.tmpl --
KEY={{ randomSecret 6 }}
-- a/new.py.tmpl --
NAME = {{ pyString .Answers.project_name }}
DEPS = [{{ range .Contributes.deps }}{{ . }}, {{ end }}]
{{- range .Contributes.routers }}
never
{{- end }}
-- a/raw.txt --
{{ .Not.A.Template }}
-- a/run.sh --
#!/bin/sh
-- a/dev-journal/PRD.md --
mine
-- a/blank.txt.tmpl --
{{ if false }}x{{ end }}
-- b/layer.yaml --
when: {db: postgres}
contributes: {deps: [two, {x: y}], never: [z]}
-- b/pg.txt --
-- c/layer.yaml --
contributes: {deps: [three]}
-- each/layer.yaml --
each: resource
moved: {m/__resource__.txt: n/__resource__.txt}
-- each/n/__resource__.txt.tmpl --
{{ .Resource.Name }} of {{ len .Resources }}
-- each/v/__revision___add___resource__.py.tmpl --
{{ .Revision.ID }} after {{ .Revision.Down | pyString }}
-- agents/layer.yaml --
each: agent
-- agents/.claude/agents/__agent__.md.tmpl --
{{ .Agent.Text }}
-- features/layer.yaml --
-- features/v/__revision___base.py.tmpl --
{{ .Revision.ID }} after {{ .Revision.Down | pyString }}
-- journal/layer.yaml --
each: journal
-- journal/dev-journal/__journal__.md.tmpl --
{{ .Journal.Path }}
`

func TestRender(t *testing.T) {
	out, err := run(t, example, data())
	require.NoError(t, err)
	require.Equal(t, tree.Tree{
		".env":                      {Data: []byte("KEY=-_v7-_v7\n"), Once: true, Secret: true},
		"new.py":                    {Data: []byte("NAME = 'a \"b\" {{ .Project }}'\nDEPS = [one, three, ]\n")},
		"raw.txt":                   {Data: []byte("{{ .Not.A.Template }}\n")},
		"run.sh":                    {Data: []byte("#!/bin/sh\n"), Exec: true},
		"dev-journal/PRD.md":        {Data: []byte("mine\n"), Once: true},
		"dev-journal/X.md":          {Data: []byte("dev-journal/X.md\n")},
		"blank.txt":                 {Data: []byte("\n")},
		"n/items.txt":               {Data: []byte("items of 2\n")},
		"n/orders.txt":              {Data: []byte("orders of 2\n")},
		"v/0001_base.py":            {Data: []byte("0001 after \"\"\n")},
		"v/0002_add_items.py":       {Data: []byte("0002 after \"0001\"\n")},
		"v/0003_add_orders.py":      {Data: []byte("0003 after \"0002\"\n")},
		".claude/agents/planner.md": {Data: []byte("{{ .X }}\r\n-- x --\n")},
		".claude/agents/tester.md":  {Data: []byte("\n")},
	}, out.Tree)
	require.Equal(t, map[string]string{"old.py": "new.py", "m/items.txt": "n/items.txt", "m/orders.txt": "n/orders.txt"}, out.Moved)
	require.Equal(t, []string{"*.toml"}, out.Union)
	out, err = run(t, example, data("db=postgres"))
	require.NoError(t, err)
	require.Equal(t, "DEPS = [one, two, map[x:y], three, ]", strings.Split(string(out.Tree["new.py"].Data), "\n")[1])
	require.Contains(t, out.Tree, "pg.txt")
}

// TestAnswersInPaths: a path that holds an answer moves when the answer changes.
func TestAnswersInPaths(t *testing.T) {
	set := "-- templates.yaml --\nname: t\nversion: \"1\"\nquestions:\n  - {name: pkg, kind: text, prompt: P?, default: one}\n" +
		"-- l/layer.yaml --\n-- l/src/__pkg__/__init__.py --\nx\n"
	d := data()
	d.Answers, d.Applied = map[string]any{"pkg": "two"}, map[string]any{"pkg": "one"}
	out, err := run(t, set, d)
	require.NoError(t, err)
	require.Contains(t, out.Tree, "src/two/__init__.py")
	require.Equal(t, map[string]string{"src/one/__init__.py": "src/two/__init__.py"}, out.Moved)
	for _, bad := range []string{"../x", "/", "//", "a//b", "."} {
		d.Answers["pkg"] = bad
		_, err = run(t, set, d)
		require.ErrorContains(t, err, "set/l/src/__pkg__/__init__.py: ", bad)
	}
	d.Answers["pkg"] = "/abs"
	_, err = run(t, strings.ReplaceAll(set, "l/src/", "l/"), d)
	require.ErrorContains(t, err, `set/l/__pkg__/__init__.py: "/abs/__init__.py": the path is absolute`)
}

func TestSameBytes(t *testing.T) {
	first, err := run(t, example, data())
	require.NoError(t, err)
	for range 20 {
		again, err := run(t, example, data())
		require.NoError(t, err)
		require.Equal(t, first, again)
	}
}

func TestRefusals(t *testing.T) {
	each := "-- e/layer.yaml --\neach: agent\n-- e/x/__agent__.md --\n"
	agents := func(names ...string) render.Data {
		d := data()
		d.Agents = nil
		for _, name := range names {
			d.Agents = append(d.Agents, render.Agent{Name: name})
		}
		return d
	}
	for _, test := range []struct {
		name, set string
		data      render.Data
		want      string
	}{
		{"two layers, by answers", "-- a/layer.yaml --\nwhen: {db: sqlite}\n-- a/x --\n-- b/layer.yaml --\nwhen: {db: sqlite, project_name: p}\n-- b/y --\n-- c/layer.yaml --\neach: resource\n-- c/same.txt --\n", data(), "set/c/same.txt: writes same.txt twice, because it is rendered for each resource; put __resource__ into its name"},
		{"folding", "-- a/layer.yaml --\n-- a/README.md --\n-- b/layer.yaml --\n-- b/readme.md --\n", data(), "set/b/readme.md"},
		{"folder of another", "-- a/layer.yaml --\n-- a/x --\n-- b/layer.yaml --\n-- b/X/y --\n", data(), "set/b/X/y"},
		{"slash", each, agents("a/b"), `agent "a/b": a name with a slash`},
		{"dots", "-- e/layer.yaml --\neach: agent\n-- e/x/__agent__ --\n", agents(".."), "set/e/x/__agent__: "},
		{"device", each, agents("con"), "set/e/x/__agent__.md: "},
		{"control", each, agents("a\x1b"), "set/e/x/__agent__.md: "},
		{"two agents", each, agents("a", "A"), "set/e/x/__agent__.md"},
		{"state", "-- e/layer.yaml --\neach: agent\n-- e/__agent__/x --\n", agents(".Scaffold"), "set/e/__agent__/x: "},
		{"moved twice", "-- a/layer.yaml --\nmoved: {x: y}\n-- b/layer.yaml --\nmoved: {x: z}\n", data(), "set/b/layer.yaml: moved: x moves to z, but another layer moves it to y"},
		{"moved by name", "-- e/layer.yaml --\neach: agent\nmoved: {__agent__: y}\n", agents(".git"), "set/e/layer.yaml: moved: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := run(t, test.set, test.data)
			require.ErrorContains(t, err, test.want)
		})
	}
}

// one renders one template, in a secret file when secret is wanted.
func one(t testing.TB, template string) (string, error) {
	t.Helper()
	out, err := run(t, "-- a/layer.yaml --\ncontributes: {nums: [1, 2, 3]}\n-- a/x.txt.tmpl --\n"+template+"\n", data())
	return string(out.Tree["x.txt"].Data), err
}

func TestTemplateErrors(t *testing.T) {
	for _, test := range []struct{ template, want string }{
		{"\n{{ .Answers.typo }}", `set/a/x.txt.tmpl:2:12: <.Answers.typo>: map has no entry for key "typo"`},
		{"{{ if .Answers.typo }}{{ end }}", `set/a/x.txt.tmpl:1:15: <.Answers.typo>: map has no entry`},
		{"{{ $x := .Answers.typo }}", `set/a/x.txt.tmpl:1:18: <.Answers.typo>: map has no entry`},
		{`{{ index .Answers "typo" }}`, `set/a/x.txt.tmpl:1:4: <index .Answers "typo">: error calling index: there is no "typo"`},
		{"{{ .Typo }}", `set/a/x.txt.tmpl:1:4: <.Typo>: map has no entry`},
		{"{{ .Project.Typo }}", `set/a/x.txt.tmpl:1:12: <.Project.Typo>: can't evaluate field Typo`},
		{"{{ .Resource.Name }}", `set/a/x.txt.tmpl:1:13: <.Resource.Name>: map has no entry for key "Resource"`},
		{"{{ .Revision.ID }}", `map has no entry for key "Revision"`},
		{"{{ .Contributes.typo }}", `map has no entry for key "typo"`},
		{"x\n  {{ nope 1 }}", `set/a/x.txt.tmpl:2:6: function "nope" not defined`},
		{"{{ env \"HOME\" }}", `set/a/x.txt.tmpl:1:4: function "env" not defined`},
		{"{{ now }}", `function "now" not defined`},
		{"{{ if }}", "set/a/x.txt.tmpl:1:1: missing value for if"},
		{"é😀 {{ foo }}", `set/a/x.txt.tmpl:1:7: function "foo" not defined`},
		{"é😀 {{ .Answers.nope }}", `set/a/x.txt.tmpl:1:15: <.Answers.nope>: map has no entry`},
		{`ab {{ "foo" }} {{ foo }} {{ foo }}`, `set/a/x.txt.tmpl:1:19: function "foo" not defined`},
		{`ab {{ upper "x" }} {{ if }}`, "set/a/x.txt.tmpl:1:20: missing value for if"},
		{`ab "{{ foo }}" {{ "}}" }}`, `set/a/x.txt.tmpl:1:8: function "foo" not defined`},
		{`ab {{ "x`, "set/a/x.txt.tmpl:1:4: unterminated quoted string"},
		{"{{ $x }}", `set/a/x.txt.tmpl:1:4: undefined variable "$x"`},
		{"a\nb {{ range .Agents }}", "set/a/x.txt.tmpl:"},
		{"{{ randomSecret 8 }}", "set/a/x.txt.tmpl:1:4: <randomSecret 8>: error calling randomSecret: stands only in a file that its layer lists under secret"},
		{`{{ fail "no such thing" }}`, "no such thing"},
		{"{{ div 1 0 }}", "set/a/x.txt.tmpl:1:4: "},
		{"{{ first 1 }}", "set/a/x.txt.tmpl:1:4: "},
		{"{{ shString \"a\\x00\" }}", "the text holds NUL"},
	} {
		t.Run(test.template, func(t *testing.T) {
			_, err := one(t, test.template)
			require.ErrorContains(t, err, test.want)
			require.ErrorContains(t, err, "set/a/x.txt.tmpl:")
			require.NotContains(t, err.Error(), "_step")
			require.NotContains(t, err.Error(), "interface {}")
		})
	}
	_, err := run(t, "-- a/layer.yaml --\neach: resource\n-- a/__resource__.tmpl --\n{{ .Resource.X }}\n", data())
	require.ErrorContains(t, err, `(for resource "items")`)
}

func TestFunctionsWork(t *testing.T) {
	for template, want := range map[string]string{
		`{{ join ", " .Contributes.nums }}`: "1, 2, 3", `{{ repeat 3 "ab" }}`: "ababab", `{{ indent 2 "a\n\nb" }}`: "  a\n\n  b",
		`{{ range until 3 }}{{ . }}{{ end }}`: "012", `{{ printf "%05.1f|%-3s|%q" 2.5 "a" "b" }}`: `002.5|a  |"b"`, `{{ print "a" 1 }}`: "a1",
		`{{ replace "a" "b" "aXa" }}`: "bXb", `{{ (index .Contributes.nums 1) }}`: "2", `{{ dict "a" 1 | hasKey }}`: "",
		`{{ list 1 2 | join "-" | upper }}`: "1-2", `{{ "A b" | snakecase }}`: "a_b", `{{ .Project.Name | lower | trunc 2 }}`: "sh", `{{ add 1 2 }}`: "3",
		`{{ define "x" }}<{{ . }}>{{ end }}{{ template "x" 1 }}{{ template "x" 2 }}`: "<1><2>", `{{ range 3 }}{{ . }}{{ end }}`: "012",
		`{{ range $i, $n := .Contributes.nums }}{{ if eq $i 1 }}{{ continue }}{{ end }}{{ $n }}{{ else }}none{{ end }}`: "13",
		`{{ with .Project }}{{ .Name }}{{ end }}{{ ternary "y" "n" true }}{{ default "d" "" }}{{ html "<" }}`:           "Shopyd&lt;",
	} {
		if want == "" {
			continue
		}
		got, err := one(t, template)
		require.NoError(t, err, template)
		require.Equal(t, want+"\n", got, template)
	}
}

func TestCheckReadsEveryLayer(t *testing.T) {
	require.NoError(t, render.Check(load(t, example)))
	set := load(t, "-- a/layer.yaml --\nwhen: {db: postgres}\n-- a/x.tmpl --\n{{ nope }}\n-- b/layer.yaml --\n-- b/empty.tmpl --\n")
	require.ErrorContains(t, render.Check(set), `set/a/x.tmpl:1:4: function "nope" not defined`)
	out, err := render.Render(context.Background(), set, data(), nil)
	require.NoError(t, err)
	require.Equal(t, tree.Tree{"empty": {Data: []byte{}}}, out.Tree)
}

// TestAllowList holds every function that a template can call. A new one must be pure: no clock, chance, environment,
// network, file, or rule of the system's paths; the order of its result must not be chance either.
func TestAllowList(t *testing.T) {
	require.Equal(t, strings.Fields(`
		_step abbrev add add1 append camelcase cat coalesce compact concat contains default dict div empty fail first has
		hasKey hasPrefix hasSuffix html indent index initial int join js jsonString kebabcase last list lower max mdText
		min mod mul nindent nospace prepend print printf println pyString randomSecret repeat replace rest reverse
		shString snakecase sortAlpha splitList sub substr ternary toString tomlString trim trimAll trimPrefix trimSuffix
		trunc uniq until untitle upper urlquery without wrap yamlString`), render.Functions())
}

// TestBounded: what would run for ever, or fill the memory, is an error in seconds.
func TestBounded(t *testing.T) {
	double := func(grow string) string {
		return `{{ $x := "0123456789" }}{{ range until 60 }}{{ $x = ` + grow + ` }}{{ end }}{{ len $x }}`
	}
	for _, template := range []string{
		`{{ repeat 2000000000 "x" }}`, `{{ repeat 4000000000000000000 "xxxxx" }}`, `{{ repeat -1 "x" }}`,
		`{{ range until 2000000000 }}x{{ end }}`, `{{ until -1 }}`, `{{ indent 2000000000 "x" }}`, `{{ nindent 2000000000 "x" }}`,
		`{{ range 9223372036854775807 }}{{ end }}`, `{{ range 9223372036854775807 }}x{{ end }}`, `{{ range 100000 }}{{ range 100000 }}{{ end }}{{ end }}`,
		`{{ $l := until 10000 }}{{ range $l }}{{ range $l }}{{ range $l }}{{ end }}{{ end }}{{ end }}`,
		`{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}`,
		`{{ define "a" }}{{ template "b" }}{{ end }}{{ define "b" }}{{ if true }}x{{ template "a" }}{{ end }}{{ end }}{{ template "a" }}`,
		double(`print $x $x`), double(`printf "%s%s" $x $x`), double(`cat $x $x`), double(`println $x $x`), double(`join $x (list $x $x)`), double(`replace "0" $x $x`),
		double(`js (printf "%q" $x)`), double(`html (print $x $x "<")`), double(`urlquery (print $x $x)`), double(`pyString (print $x "\\")`), double(`printf "%[1]s%[1]s%[1]s" $x`), double(`repeat 9 $x`),
		`{{ $l := list 1 }}{{ range until 60 }}{{ $l = list $l $l }}{{ end }}{{ print $l }}`, `{{ $l := list 1 }}{{ range until 60 }}{{ $l = concat $l $l }}{{ end }}{{ len $l }}`,
		`{{ $l := dict "a" 1 }}{{ range until 60 }}{{ $l = dict "a" $l "b" $l }}{{ end }}{{ $l }}`, `{{ printf "%1000000000d" 1 }}`, `{{ printf "%*d" 1000000000 1 }}`, `{{ printf "%.99999f" 1.0 }}`,
		`{{ $x := repeat 4000000 "x" }}{{ range 1000 }}{{ $x }}{{ end }}`, `{{ $x := repeat 4000000 "x" }}{{ range 1000000 }}{{ if eq $x (print $x "y") }}{{ end }}{{ end }}`,
		"{{ range until 3 }}" + strings.Repeat(`{{ $x := repeat 4000000 "x" }}`, 1000) + "{{ end }}",
		chain(40), strings.Repeat(`{{ if true }}`, 40_000) + `{{ template "x" }}` + strings.Repeat(`{{ end }}`, 40_000),
	} {
		t.Run(fmt.Sprintf("%.60s", template), func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := one(t, template)
			runtime.ReadMemStats(&after)
			require.ErrorContains(t, err, "set/a/x.txt.tmpl:1:")
			require.Less(t, time.Since(start), 30*time.Second)
			require.Less(t, after.Sys, uint64(1<<30))
		})
	}
}

// chain is n templates, each of which calls the next one twice.
func chain(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{{ define "t%d" }}{{ template "t%d" }}{{ template "t%d" }}{{ end }}`, i, i+1, i+1)
	}
	fmt.Fprintf(&b, `{{ define "t%d" }}{{ end }}{{ template "t0" }}`, n)
	return b.String()
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := render.Render(ctx, load(t, example), data(), nil)
	require.ErrorIs(t, err, context.Canceled)
}

func BenchmarkRender(b *testing.B) {
	var text strings.Builder
	text.WriteString("-- a/layer.yaml --\ncontributes: {deps: [a, b, c]}\n")
	for i := range 100 {
		fmt.Fprintf(&text, "-- a/f%d.py.tmpl --\n%sX = {{ pyString .Answers.project_name }}\n{{ range .Contributes.deps }}{{ . | upper }}\n{{ end }}\n", i, strings.Repeat("# some line of text that is like python\n", 40))
	}
	set := load(b, text.String())
	for b.Loop() {
		if _, err := render.Render(context.Background(), set, data(), nil); err != nil {
			b.Fatal(err)
		}
	}
}
