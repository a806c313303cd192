package generator_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator"
)

// TestHostileAnswers: answers that mean something in each language stay text, and every file still parses.
func TestHostileAnswers(t *testing.T) {
	hostile := `He said "hi" \n {{x}} # ${y} ` + "`z`" + ` ''' : <b>"""</b> *x* ~ % 😀 $(touch x) [a](b) | -->`
	files := rendered(t, "project_name=Café & O'Neil_2.0", "description="+hostile)
	for _, name := range files.Paths() {
		require.Empty(t, checkText(name, string(files[name].Data)))
		if path.Ext(name) == ".py" {
			_, err := readPython(name, files[name].Data)
			require.NoError(t, err)
		}
	}
	var project struct {
		Project struct{ Name, Description string }
	}
	require.NoError(t, toml.Unmarshal(files["pyproject.toml"].Data, &project))
	require.Equal(t, hostile, project.Project.Description)
	require.Equal(t, "cafe-oneil-2-0", project.Project.Name)
	require.Contains(t, string(files["app/main.py"].Data), `title="Café & O'Neil_2.0"`)
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

// TestProjectNamedLikeADependency: a distribution that depends on itself can't be locked.
func TestProjectNamedLikeADependency(t *testing.T) {
	for project, name := range map[string]string{"FastAPI": "fastapi-project", "pwdlib": "pwdlib-project", "Ruff": "ruff-project", "Shop": "shop"} {
		pyproject := string(rendered(t, "project_name="+project)["pyproject.toml"].Data)
		require.Contains(t, pyproject, "[project]\nname = \""+name+"\"\n")
	}
}

// TestChecksAreTests: each test that docs/checks.md names is in some project.
func TestChecksAreTests(t *testing.T) {
	checks, err := os.ReadFile("../docs/checks.md")
	require.NoError(t, err)
	var code strings.Builder
	for _, answers := range [][]string{nil, {"auth=session"}, {"database=mongodb"}, {"redis=true", "tasks=taskiq"}, {"telemetry=otel", "oauth=google"}} {
		for name, file := range rendered(t, answers...) {
			if strings.HasPrefix(name, "tests/") {
				code.WriteString(name + "\n" + string(file.Data))
			}
		}
	}
	named := regexp.MustCompile("[`:](test_\\w+)`").FindAllSubmatch(checks, -1)
	require.NotEmpty(t, named)
	for _, match := range named {
		require.True(t, strings.Contains(code.String(), "def "+string(match[1])+"("), "docs/checks.md names %s, which no project has", match[1])
	}
}
