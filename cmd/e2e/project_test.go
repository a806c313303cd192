//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// program builds scaffold once for a test and returns its path.
func program(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "scaffold")
	run(t, ".", nil, "go", "build", "-trimpath", "-o", binary, "../scaffold")
	return binary
}

// newProject generates a project with these arguments after `scaffold new shop` and installs it.
func newProject(t *testing.T, args ...string) string {
	t.Helper()
	work := t.TempDir()
	run(t, work, nil, program(t), append([]string{"new", "shop"}, args...)...)
	project := filepath.Join(work, "shop")
	require.FileExists(t, filepath.Join(project, "uv.lock"), "`new` locks the project where uv is there")
	run(t, project, nil, "uv", "sync", "--locked", "--quiet")
	return project
}

// run runs a program in a folder and returns what it printed; it fails the test with that where the program fails.
func run(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(cleanEnv(), env...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %s\n%s", name, strings.Join(args, " "), out)
	return string(out)
}

// cleanEnv is the environment without what a generated project or uv would read from it.
func cleanEnv() []string {
	var env []string
	for _, entry := range os.Environ() {
		switch name, _, _ := strings.Cut(entry, "="); name {
		case "CI", "VIRTUAL_ENV", "DATABASE_URL", "TEST_DATABASE_URL", "SECRET_KEY", "ENVIRONMENT", "PYTHONPATH":
		default:
			env = append(env, entry)
		}
	}
	return env
}

// variants are the answers whose projects are run for real; a database server is started for those that need one.
var variants = []struct {
	name string
	args []string
}{
	{"default", []string{"--yes"}},
	{"postgres", []string{"--yes", "--set", "database=postgres", "--set", "ci=gitlab"}},
	{"open", []string{"--yes", "--set", "auth=none"}},
	{"bare", []string{"--yes", "--set", "example=no", "--set", "ci=none"}},
}

func TestProjects(t *testing.T) {
	for _, variant := range variants {
		t.Run(variant.name, func(t *testing.T) {
			project := newProject(t, variant.args...)
			var env, testEnv []string
			if variant.name == "postgres" {
				url := postgres(t)
				env = []string{"DATABASE_URL=" + url + "/shop"}
				testEnv = []string{"TEST_DATABASE_URL=" + url + "/shop_test"}
			}
			checkCode(t, project)
			checkMigrations(t, project, env)
			out := run(t, project, testEnv, "uv", "run", "pytest", "-q", "-W", "error", "--cov")
			t.Log(lastLines(out, 4))
			serve(t, project, env, variant.name != "open", variant.name != "bare")
			requireUnchanged(t, project)
		})
	}
}

// checkCode runs the linters of the project, as its CI does.
func checkCode(t *testing.T, project string) {
	run(t, project, nil, "uv", "run", "ruff", "check")
	run(t, project, nil, "uv", "run", "ruff", "format", "--check")
	run(t, project, nil, "uv", "run", "mypy")
	run(t, project, nil, "uv", "lock", "--check")
}

// checkMigrations brings a database up, looks for differences to the models, and goes down and up again.
func checkMigrations(t *testing.T, project string, env []string) {
	for _, args := range [][]string{{"upgrade", "head"}, {"check"}, {"downgrade", "base"}, {"upgrade", "head"}} {
		run(t, project, env, "uv", append([]string{"run", "alembic"}, args...)...)
	}
	heads := strings.TrimSpace(run(t, project, env, "uv", "run", "alembic", "heads"))
	require.Len(t, strings.Split(heads, "\n"), 1, heads)
}

// requireUnchanged asks scaffold whether linting, testing and serving left the project as it was made.
func requireUnchanged(t *testing.T, project string) {
	out := run(t, project, nil, program(t), "update", "--yes", "--dry-run", "--json")
	require.Contains(t, out, `"steps": []`)
}

// TestSuiteInAnyOrder runs the default suite in parallel and in other orders.
func TestSuiteInAnyOrder(t *testing.T) {
	project := newProject(t, "--yes")
	for _, args := range [][]string{{"-n", "4"}, {"-p", "randomly", "-p", "no:cacheprovider", "-p", "xdist"}} {
		run(t, project, nil, "uv", append([]string{"run", "pytest", "-q", "-W", "error"}, args...)...)
	}
}

// TestCloneWithoutEnv is the suite in a clone: .env is ignored by git, and nothing of it may be needed.
func TestCloneWithoutEnv(t *testing.T) {
	project := newProject(t, "--yes")
	require.NoError(t, os.Remove(filepath.Join(project, ".env")))
	run(t, project, nil, "uv", "run", "pytest", "-q")
}

// TestSARIF reads the report of a check with a model of SARIF 2.1.0 that is not ours.
func TestSARIF(t *testing.T) {
	work := t.TempDir()
	scaffold := program(t)
	run(t, work, nil, scaffold, "new", "shop", "--yes", "--no-git", "--no-lock")
	project := filepath.Join(work, "shop")
	main := filepath.Join(project, "app", "main.py")
	require.NoError(t, os.WriteFile(main, []byte("<<<<<<< yours\n=======\n>>>>>>> scaffold\n"), 0o644))
	cmd := exec.Command(scaffold, "check", "--sarif")
	cmd.Dir, cmd.Env = project, cleanEnv()
	report, err := cmd.Output()
	require.Equal(t, 3, cmd.ProcessState.ExitCode(), "%v", err)
	require.NoError(t, os.WriteFile(filepath.Join(work, "report.sarif"), report, 0o644))
	read := `import pathlib, sarif_pydantic
report = sarif_pydantic.Sarif.model_validate_json(pathlib.Path("report.sarif").read_text())
print(sorted({result.rule_id for result in report.runs[0].results}))`
	out := run(t, work, nil, "uv", "run", "--no-project", "--quiet", "--with", "sarif-pydantic==0.6.2", "python", "-c", read)
	require.Equal(t, "['S002', 'S005']", strings.TrimSpace(out))
}

// TestImage builds the project's image, runs it and asks its health check, where the machine can.
func TestImage(t *testing.T) {
	project := newProject(t, "--yes")
	script, err := filepath.Abs("../../testdata/e2e/image.sh")
	require.NoError(t, err)
	cmd := exec.Command("bash", script, project)
	cmd.Env = cleanEnv()
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 77 {
		t.Skipf("IMAGE NOT BUILT: %s", out)
	}
	require.NoError(t, err, string(out))
	t.Log(lastLines(string(out), 5))
}

// lastLines returns the last n lines of a program's output.
func lastLines(out string, n int) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// freePort returns a port of the loopback address that nothing listens on.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := listenLoopback()
	require.NoError(t, err)
	defer listener.Close()
	_, port, found := strings.Cut(listener.Addr().String(), ":")
	require.True(t, found)
	return fmt.Sprint(port)
}
