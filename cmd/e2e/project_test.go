//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// scratch is a folder for what the tests of a run share.
var scratch = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "scaffold-e2e")
	if err != nil {
		panic(err)
	}
	return dir
})

func TestMain(m *testing.M) {
	code := m.Run()
	for _, failure := range failures.of {
		fmt.Println("\nonce more, what ended badly:", failure)
	}
	os.RemoveAll(scratch())
	os.Exit(code)
}

// failures are the ends of what was printed by programs that ended badly: in a long log they are hard to find.
var failures struct {
	sync.Mutex
	of []string
}

var build = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(scratch(), "scaffold")
	out, err := exec.Command("go", "build", "-trimpath", "-o", binary, "../scaffold").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, out)
	}
	return binary, err
})

// program builds scaffold once for a run and returns its path.
func program(t *testing.T) string {
	t.Helper()
	binary, err := build()
	require.NoError(t, err)
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

// patience is how long a program may take, on a slow machine too.
const patience = 10 * time.Minute

// run runs a program in a folder and returns what it printed; it fails the test with that where the program fails, or hangs.
func run(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = time.Second
	cmd.Dir = dir
	cmd.Env = append(cleanEnv(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		failures.Lock()
		defer failures.Unlock()
		failures.of = append(failures.of, fmt.Sprintf("%s: %s %s: %v\n%s", t.Name(), name, strings.Join(args, " "), err, lastLines(string(out), 60)))
	}
	require.NoError(t, err, "%s %s\n%s", name, strings.Join(args, " "), out)
	return string(out)
}

// cleanEnv is the environment without what a generated project or uv would read from it.
func cleanEnv() []string {
	env := []string{"UV_HTTP_RETRIES=10"} // A package index that is away for a moment says nothing of a project.
	for _, entry := range os.Environ() {
		switch name, _, _ := strings.Cut(entry, "="); name {
		case "CI", "VIRTUAL_ENV", "DATABASE_URL", "TEST_DATABASE_URL", "REDIS_URL", "TEST_REDIS_URL", "SECRET_KEY", "ENVIRONMENT", "PYTHONPATH":
		default:
			env = append(env, entry)
		}
	}
	return env
}

// TestSuiteInAnyOrder runs the suite in parallel and in other orders, in a file for each worker and on a server.
func TestSuiteInAnyOrder(t *testing.T) {
	for _, database := range []string{"sqlite", "postgres"} {
		project := newProject(t, "--yes", "--set", "database="+database)
		var env []string
		if database == "postgres" {
			env = []string{"TEST_DATABASE_URL=" + postgres(t) + "/shop_test"}
		}
		for _, args := range [][]string{{"-n", "4"}, {"-p", "randomly", "-p", "no:cacheprovider", "-p", "xdist"}} {
			out := run(t, project, env, "uv", append([]string{"run", "pytest", "-q", "-W", "error"}, args...)...)
			t.Log(database, args, lastLines(out, 1))
		}
	}
}

// TestCloneWithoutEnv is the suite in a clone: .env is ignored by git, and nothing of it may be needed.
func TestCloneWithoutEnv(t *testing.T) {
	project := newProject(t, "--yes")
	require.NoError(t, os.Remove(filepath.Join(project, ".env")))
	run(t, project, nil, "uv", "run", "pytest", "-q")
}

// TestServedQuietly serves the defaults at LOG_LEVEL=WARNING: uvicorn keeps to it too. A body of a thousand wrong fields, which any
// stranger can send, is answered with a hundred of them.
func TestServedQuietly(t *testing.T) {
	s := start(t, newProject(t, "--yes"), "LOG_LEVEL=WARNING")
	wrong := map[string]int{}
	for i := range 1000 {
		wrong[fmt.Sprint("field", i)] = i
	}
	status, _, problem := s.ask("POST", "/api/v1/auth/register", wrong)
	require.Equal(t, http.StatusUnprocessableEntity, status)
	require.Len(t, problem["errors"], 100)
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGTERM))
	_ = s.cmd.Wait() // by the signal
	require.Empty(t, s.out.String())
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
