package generator_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"

	"example.com/scaffold/generator"
	"example.com/scaffold/generator/tree"
)

// combinations are all answers to the questions that choose layers.
func combinations() [][]string {
	all := [][]string{nil}
	for _, choices := range [][]string{
		{"database=sqlite", "database=postgres"}, {"auth=jwt", "auth=none"}, {"example=yes", "example=no"}, {"ci=github", "ci=gitlab", "ci=none"},
	} {
		var next [][]string
		for _, before := range all {
			for _, choice := range choices {
				next = append(next, append(slices.Clone(before), choice))
			}
		}
		all = next
	}
	return all
}

// TestEveryCombination holds each combination to the rules that can be seen in the text.
func TestEveryCombination(t *testing.T) {
	for _, sets := range combinations() {
		t.Run(strings.Join(sets, ","), func(t *testing.T) {
			t.Parallel()
			files := rendered(t, sets...)
			for _, name := range files.Paths() {
				checkText(t, name, string(files[name].Data))
			}
			lines := checkPython(t, files)
			checkSettings(t, files)
			checkPlan(t, files)
			require.Less(t, len(files)+6, 95, "files, with the state and the lock")
			// Open: the default project is to stay under 3,500, and has some 300 more. This keeps it from growing further.
			require.Less(t, lines, 3900, "lines of Python")
		})
	}
}

// TestHostileAnswers: answers that mean something in each language stay text, and every file still parses.
func TestHostileAnswers(t *testing.T) {
	hostile := `He said "hi" \n {{x}} # ${y} ` + "`z`" + ` ''' : <b>"""</b> *x* ~ % 😀 $(touch x) [a](b) | -->`
	files := rendered(t, "project_name=Café & O'Neil_2.0", "description="+hostile)
	for _, name := range files.Paths() {
		checkText(t, name, string(files[name].Data))
	}
	var project struct {
		Project struct{ Name, Description string }
	}
	require.NoError(t, toml.Unmarshal(files["pyproject.toml"].Data, &project))
	require.Equal(t, hostile, project.Project.Description)
	require.Equal(t, "cafe-oneil-2-0", project.Project.Name)
	require.Contains(t, string(files["app/main.py"].Data), `title="Café & O'Neil_2.0"`)
}

// checkText: no leftovers of a template, LF, a final newline, and a file that its language's parser takes.
func checkText(t *testing.T, name, text string) {
	require.NotContains(t, text, "<no value>", name)
	require.NotContains(t, text, "{{ .", name)
	require.NotContains(t, text, "{{.", name)
	require.NotContains(t, text, "__resource__", name)
	require.NotContains(t, text, "\r", name)
	if text != "" {
		require.True(t, strings.HasSuffix(text, "\n") && !strings.HasSuffix(text, "\n\n"), "%s: one newline ends a file", name)
	}
	for i, line := range strings.Split(text, "\n") {
		require.Equal(t, strings.TrimRight(line, " \t"), line, "%s:%d: blanks at the end", name, i+1)
	}
	var value any
	switch path.Ext(name) {
	case ".toml":
		require.NoError(t, toml.Unmarshal([]byte(text), &value), name)
	case ".yaml", ".yml":
		require.NoError(t, yaml.Unmarshal([]byte(text), &value), name)
	case ".json":
		require.NoError(t, json.Unmarshal([]byte(text), &value), name)
	}
}

// forbidden are idioms that a rule of the skeleton rules out, each with the places where it is looked for.
var forbidden = []struct{ rule, where, pattern string }{
	{"no commit but the session's own", `^app/(services|routers)/`, `\.commit\(`},
	{"one spelling of the session dependency", `^app/(services|routers|core)/`, `Depends\(get_session`},
	{"pure ASGI middleware", `^app/`, `BaseHTTPMiddleware|@\w+\.middleware\(`},
	{"lifespan, not events", `^app/`, `on_event`},
	{"routes are not walked", `^app/`, `app\.routes`},
	{"aware times", `^(app|tests)/`, `utcnow\(|datetime\.now\(\)`},
	{"no SQL by format", `^app/`, `text\(\s*f"|execute\(\s*f"`},
	{"no debugging", `^(app|tests|migrations)/`, `\bprint\(.*#|breakpoint\(`},
	{"no old Pydantic", `^app/`, `\.dict\(\)|@validator|class Config:`},
	{"no old SQLAlchemy", `^app/`, `session\.query\(|declarative_base\(`},
	{"lazy loads raise", `^app/models/`, `relationship\((?:[^)]*)\)`},
}

// checkPython holds the code to the rules, and returns how many lines it has.
func checkPython(t *testing.T, files tree.Tree) int {
	lines := 0
	for _, name := range files.Paths() {
		if path.Ext(name) != ".py" {
			continue
		}
		text := string(files[name].Data)
		lines += strings.Count(text, "\n")
		for _, rule := range forbidden {
			if !regexp.MustCompile(rule.where).MatchString(name) {
				continue
			}
			for _, found := range regexp.MustCompile(rule.pattern).FindAllString(text, -1) {
				if rule.rule == "lazy loads raise" && strings.Contains(found, `lazy="raise"`) {
					continue
				}
				require.Fail(t, rule.rule, "%s: %s", name, found)
			}
		}
	}
	return lines
}

// checkSettings: .env.example names each setting and nothing else, and each setting is read somewhere.
func checkSettings(t *testing.T, files tree.Tree) {
	settings := map[string]bool{}
	config := string(files["app/core/config.py"].Data)
	_, body, found := strings.Cut(config, "class Settings(")
	require.True(t, found)
	for _, match := range regexp.MustCompile(`(?m)^    ([a-z][a-z_]+): [A-Z\w]`).FindAllStringSubmatch(body, -1) {
		settings[strings.ToUpper(match[1])] = true
	}
	named := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^([A-Z][A-Z_]+)=`).FindAllStringSubmatch(string(files[".env.example"].Data), -1) {
		named[match[1]] = true
	}
	require.Equal(t, slices.Sorted(maps.Keys(settings)), slices.Sorted(maps.Keys(named)))
	require.Contains(t, string(files[".env.example"].Data), "\nSECRET_KEY=\n")
	for setting := range settings {
		reads := regexp.MustCompile(`\.` + strings.ToLower(setting) + `\b`)
		read := slices.ContainsFunc(files.Paths(), func(name string) bool {
			return strings.HasPrefix(name, "app/") && reads.Match(files[name].Data)
		})
		require.True(t, read || setting == "SECRET_KEY", "no code reads %s", setting) // the key is asked for in every project
	}
}

// checkPlan: the plan of the skeleton is true. Each path that it names is there, and each line of Python in its steps stands
// in the code; Code Examples are patterns.
func checkPlan(t *testing.T, files tree.Tree) {
	plan := string(files["dev-journal/OUR-PLAN.md"].Data)
	for _, match := range regexp.MustCompile("`([\\w.-]+(?:/[\\w.-]+)*\\.(?:py|toml|md|yml|yaml|mako))`").FindAllStringSubmatch(plan, -1) {
		require.Contains(t, files, match[1], "OUR-PLAN.md names a file that is not there")
	}
	code := map[string]bool{}
	for name, file := range files {
		if path.Ext(name) == ".py" {
			for line := range strings.Lines(string(file.Data)) {
				code[strings.TrimSpace(line)] = true
			}
		}
	}
	steps, _, _ := strings.Cut(plan, "\n## Code Examples")
	for _, fence := range regexp.MustCompile("(?s)```python\n(.*?)```").FindAllStringSubmatch(steps, -1) {
		for line := range strings.Lines(fence[1]) {
			if line = strings.TrimSpace(line); line != "" && line != "..." {
				require.True(t, code[line], "OUR-PLAN.md shows a line that no file has: %s", line)
			}
		}
	}
}

// TestSecrets: two projects of the same answers have other secrets, and no secret leaves .env.
func TestSecrets(t *testing.T) {
	seen := map[string]bool{}
	for range 2 {
		dir := filepath.Join(t.TempDir(), "shop")
		set, err := generator.OpenSet("")
		require.NoError(t, err)
		run, err := generator.New(generator.NewOptions{Dir: dir, Set: set})
		require.NoError(t, err)
		require.NoError(t, run.Apply(t.Context()))
		env, err := os.ReadFile(filepath.Join(dir, ".env"))
		require.NoError(t, err)
		match := regexp.MustCompile(`(?m)^SECRET_KEY=(\S{32,})$`).FindSubmatch(env)
		require.NotNil(t, match, "a key of at least 32 bytes")
		require.False(t, seen[string(match[1])])
		seen[string(match[1])] = true
		require.NoError(t, filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || entry.Name() == ".env" {
				return err
			}
			data, err := os.ReadFile(name)
			require.NotContains(t, string(data), string(match[1]), name)
			return err
		}))
	}
}
