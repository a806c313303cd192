package cmd_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"example.com/scaffold/cmd"
	"example.com/scaffold/generator/changeset"
)

func written(path string) []changeset.Write {
	return []changeset.Write{{Path: path, After: changeset.Node{Kind: changeset.Regular}}}
}

// everyAction has a step of each kind.
func everyAction() cmd.Change {
	return cmd.Change{
		Command: "update", Root: ".", Kept: 80, Conflicts: []string{"b.py", "c.bin", "d.py"},
		Steps: []changeset.Step{
			{Path: "a.py", Action: changeset.Create, Mode: 0o644, Writes: written("a.py")},
			{Path: "b.py", Action: changeset.Conflict, Reason: "you and the templates changed line 3", Mode: 0o644, Writes: written("b.py")},
			{Path: "c.bin", Action: changeset.Conflict, Reason: "both changed it, and it is not text", Mode: 0o644, Writes: written("c.bin.scaffold-new")},
			{Path: "d.py", Action: changeset.Conflict, Reason: "you edited it, the templates dropped it", Mode: 0o644},
			{Path: "e.py", Action: changeset.Delete, Mode: 0o644, Writes: written("e.py")},
			{Path: "f.py", Action: changeset.Leave, Reason: "you deleted it", Mode: 0o644},
			{Path: "g.py", Action: changeset.Merge, Mode: 0o644, Writes: written("g.py")},
			{Path: "h.py", From: "old/h.py", Action: changeset.Move, Mode: 0o644, Writes: written("h.py")},
			{Path: "i.sh", Action: changeset.Chmod, Mode: 0o755, Writes: written("i.sh")},
			{Path: "j.py", Action: changeset.Update, Mode: 0o644, Writes: written("j.py")},
		},
	}
}

func TestHumanReport(t *testing.T) {
	require.Equal(t, strings.TrimPrefix(`
create    a.py
conflict  b.py  (you and the templates changed line 3)
conflict  c.bin  (both changed it, and it is not text)
conflict  d.py  (you edited it, the templates dropped it)
delete    e.py
leave     f.py  (you deleted it)
merge     g.py
move      old/h.py -> h.py
chmod     i.sh
update    j.py
not written: create 1, update 1, merge 1, conflict 3, delete 1, move 1, chmod 1, leave 1, keep 80
conflict b.py: you and the templates changed line 3
    edit b.py: choose between the marker lines, and remove them
conflict c.bin: both changed it, and it is not text
    compare c.bin with c.bin.scaffold-new, take what you want, and delete c.bin.scaffold-new
conflict d.py: you edited it, the templates dropped it
    delete d.py if you don't need it, else leave it: it is yours now
`, "\n"), everyAction().Human())
	require.Equal(t, "nothing to do: keep 3\n", cmd.Change{Kept: 3, Clean: true}.Human())
	require.Equal(t, "done: keep 3\n", cmd.Change{Kept: 3, Written: true}.Human())
}

func TestTreeReport(t *testing.T) {
	c := cmd.Change{Command: "new", Root: "shop", Tree: true, Written: true, Steps: []changeset.Step{
		{Path: "README.md", Action: changeset.Create},
		{Path: "app/a.py", Action: changeset.Create},
		{Path: "app/b/c.py", Action: changeset.Create},
		{Path: "pyproject.toml", Action: changeset.Create},
		{Path: "tests/a.py", Action: changeset.Create},
	}}
	require.Equal(t, "shop/\n  app/    2 files\n  tests/  1 file\n  README.md  pyproject.toml\ndone: create 5, keep 0\n", c.Human())
}

func TestJSONReport(t *testing.T) {
	c := everyAction()
	text, err := c.JSON()
	require.NoError(t, err)
	var got map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &got))
	require.EqualValues(t, 1, got["version"])
	require.Equal(t, "update", got["command"])
	require.Equal(t, ".", got["root"])
	require.EqualValues(t, 80, got["kept"])
	require.Equal(t, false, got["written"])
	require.Equal(t, []any{"b.py", "c.bin", "d.py"}, got["conflicts"])
	steps := got["steps"].([]any)
	require.Len(t, steps, 10)
	require.Equal(t, map[string]any{"path": "a.py", "action": "create", "reason": "", "mode": "0644"}, steps[0])
	require.Equal(t, map[string]any{"path": "h.py", "from": "old/h.py", "action": "move", "reason": "", "mode": "0644"}, steps[7])
	require.Equal(t, "0755", steps[8].(map[string]any)["mode"])
}

// TestHostileNames: a name moves no cursor, in no report, and JSON gives it back as it is.
func TestHostileNames(t *testing.T) {
	const name = "a\x1b[2J\n\u202e\u009b1m\x7f.py"
	c := cmd.Change{Command: "update", Root: name, Tree: true, Conflicts: []string{name}, Steps: []changeset.Step{
		{Path: name, From: name, Action: changeset.Conflict, Reason: name, Writes: written(name)},
		{Path: name + "/x", Action: changeset.Create},
	}}
	require.NotRegexp(t, `[\x00-\x09\x0b-\x1f\x7f-\x{9f}\x{202e}]`, c.Human())
	text, err := c.JSON()
	require.NoError(t, err)
	require.NotRegexp(t, `[\x00-\x09\x0b-\x1f\x7f-\x{9f}\x{202e}]`, text)
	var got struct{ Steps []struct{ Path string } }
	require.NoError(t, json.Unmarshal([]byte(text), &got))
	require.Equal(t, name, got.Steps[0].Path)
}

func findings() []cmd.Finding {
	found := []cmd.Finding{
		{Rule: "markers", Severity: "error", Path: "b 1,ü:2.py", Line: 7, Column: 2, Message: "50% left\n::error::no", Fix: "remove them"},
		{Rule: "edited", Severity: "info", Path: "a.py", Message: "edited"},
		{Rule: "missing", Severity: "warning", Path: "a.py", Line: 3, Message: "gone"},
	}
	cmd.SortFindings(found)
	return found
}

func TestAnnotations(t *testing.T) {
	var b strings.Builder
	cmd.Annotations(&b, "sub/", findings())
	require.Equal(t, strings.TrimPrefix(`
::notice file=sub/a.py,title=edited::edited
::warning file=sub/a.py,line=3,title=missing::gone
::error file=sub/b 1%2Cü%3A2.py,line=7,col=2,title=markers::50%25 left%0A::error::no%0Aremove them
`, "\n"), b.String())
}

func TestSARIF(t *testing.T) {
	var b strings.Builder
	require.NoError(t, cmd.WriteSARIF(&b, "sub/", findings()))
	var log struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct{ Rules []struct{ ID string } }
			}
			Results []struct {
				RuleID    string
				RuleIndex int
				Level     string
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           *struct{ StartLine, StartColumn int }
					}
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(b.String()), &log))
	require.Equal(t, "2.1.0", log.Version)
	run := log.Runs[0]
	require.Len(t, run.Results, 3)
	for i, want := range []struct{ level, uri string }{{"note", "sub/a.py"}, {"warning", "sub/a.py"}, {"error", "sub/b%201,%C3%BC%3A2.py"}} {
		got := run.Results[i]
		require.Equal(t, want.level, got.Level)
		require.Equal(t, want.uri, got.Locations[0].PhysicalLocation.ArtifactLocation.URI)
		require.Equal(t, got.RuleID, run.Tool.Driver.Rules[got.RuleIndex].ID)
	}
	require.Nil(t, run.Results[0].Locations[0].PhysicalLocation.Region)
	require.Equal(t, 7, run.Results[2].Locations[0].PhysicalLocation.Region.StartLine)
}

// TestSARIFSchema validates reports against the schema that OASIS publishes, as github.com/owenrumney/go-sarif v3.3.1 holds it.
func TestSARIFSchema(t *testing.T) {
	data, err := os.ReadFile("../testdata/sarif-schema-2.1.0.json")
	require.NoError(t, err)
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	require.NoError(t, compiler.AddResource("sarif.json", parsed))
	schema, err := compiler.Compile("sarif.json")
	require.NoError(t, err)
	validate := func(report string) error {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(report))
		require.NoError(t, err)
		return schema.Validate(value)
	}
	for name, found := range map[string][]cmd.Finding{"none": nil, "some": findings()} {
		var b strings.Builder
		require.NoError(t, cmd.WriteSARIF(&b, "sub folder/", found))
		require.NoError(t, validate(b.String()), name)
	}
	require.Error(t, validate(`{"version": "2.1.0", "runs": [{"results": []}]}`)) // no tool
	require.Error(t, validate(`{"version": "2.1.0", "runs": [], "other": 1}`))
}

// TestForeignPython: uv lock is not run where the project says which interpreter uv would start.
func TestForeignPython(t *testing.T) {
	for name, test := range map[string]struct{ file, text, want string }{
		"nothing":   {"README.md", "", ""},
		"version":   {".python-version", "3.13\n", ""},
		"a path":    {".python-version", "./evil\n", ".python-version"},
		"several":   {".python-versions", "3.13\n./evil\n", ".python-versions"},
		"with venv": {".venv/bin/python", "#!/bin/sh\n", ".venv"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			path := filepath.Join(root, test.file)
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, []byte(test.text), 0o755))
			require.Equal(t, test.want, cmd.ForeignPython(root))
		})
	}
}
