//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// project is one that is really installed and run.
type project struct {
	name         string            // of its databases
	dir          string            // of its files
	answers      map[string]string // by question, as --set takes them
	env, testEnv []string
	gates        []*gate // to the servers without which it is not ready
}

// TestProjects installs, checks, tests, migrates and serves a project of each line of pairwise.txt, some at a time. With
// SCAFFOLD_PROJECTS=all it is each combination of answers there is, and with SCAFFOLD_SHARD=i/n the i-th of each n lines.
func TestProjects(t *testing.T) {
	services := &services{t: t, started: map[string]service{}}
	for i, line := range projectLines(t) {
		t.Run(strings.ReplaceAll(line, " ", ","), func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			p := makeProject(t, fmt.Sprintf("shop%d", i), line)
			for question, value := range p.answers {
				services.join(t, p, question+"="+value)
			}
			checkCode(t, p)
			checkLock(t, p.dir)
			checkMigrations(t, p.dir, p.env)
			checkSuite(t, p)
			serve(t, p)
			p.eachOption(func(o option) {
				if o.check != nil {
					o.check(t, p)
				}
			})
			requireUnchanged(t, p.dir)
			t.Logf("%s: %.0f s in all", line, time.Since(began).Seconds())
		})
	}
}

// projectLines are the answers of the projects to run.
func projectLines(t *testing.T) []string {
	t.Helper()
	file := "../../testdata/e2e/pairwise.txt"
	if os.Getenv("SCAFFOLD_PROJECTS") == "all" {
		file = filepath.Join(scratch(), "all.txt")
		run(t, ".", nil, "go", "test", "../../generator", "-count=1", "-run", "^TestPairwise$", "-list-all", file)
	}
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	shard, shards := 1, 1
	if text := os.Getenv("SCAFFOLD_SHARD"); text != "" {
		_, err := fmt.Sscanf(text, "%d/%d", &shard, &shards)
		require.NoError(t, err, "SCAFFOLD_SHARD is i/n, such as 1/4")
	}
	var lines []string
	n := 0
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if n++; n%shards == shard%shards {
			lines = append(lines, line)
		}
	}
	require.NotEmpty(t, lines)
	return lines
}

// makeProject generates and installs the project of a line, with these arguments too.
func makeProject(t *testing.T, name, line string, args ...string) *project {
	t.Helper()
	p := &project{name: name, answers: map[string]string{}}
	args = append(args, "--yes", "--no-git")
	for _, word := range strings.Fields(line) {
		question, value, _ := strings.Cut(word, "=")
		p.answers[question] = value
		args = append(args, "--set", word)
	}
	p.dir = newProject(t, args...)
	return p
}

// eachOption calls visit with what each answer asks for. The answer to a multi question is each of its values.
func (p *project) eachOption(visit func(option)) {
	for question, answer := range p.answers {
		for value := range strings.SplitSeq(answer, ",") {
			if o, ok := options[question+"="+value]; ok {
				visit(o)
			}
		}
	}
}

// services are the servers that projects share; each is started when the first project asks for it.
type services struct {
	t       *testing.T // lives as long as all projects
	mu      sync.Mutex
	started map[string]service
}

// join gives a project its databases on the server of an answer, and a way to it that can be closed.
func (s *services) join(t *testing.T, p *project, answer string) {
	t.Helper()
	start := options[answer].server
	if start == nil {
		return
	}
	s.mu.Lock()
	shared, ok := s.started[answer]
	if !ok {
		shared = start(s.t)
		s.started[answer] = shared
	}
	s.mu.Unlock()
	way := openGate(t, shared.address)
	env, testEnv := shared.join(t, p.name, "127.0.0.1:"+way.port)
	p.env, p.testEnv = append(p.env, env...), append(p.testEnv, testEnv...)
	if shared.vital {
		p.gates = append(p.gates, way)
	}
}

// typeCaches are folders for mypy, one for each project that is checked at a time: what it knows of a package holds for
// the next project that has the same.
var typeCaches = sync.OnceValue(func() chan string {
	caches := make(chan string, runtime.GOMAXPROCS(0))
	for i := range cap(caches) {
		caches <- filepath.Join(scratch(), fmt.Sprint("mypy", i))
	}
	return caches
})

// installed is a program of the project's own environment.
func installed(dir, name string) string { return filepath.Join(dir, ".venv", "bin", name) }

// checkCode runs the linters of the project, as its CI does, and one for that.
func checkCode(t *testing.T, p *project) {
	t.Helper()
	dir := p.dir
	run(t, dir, nil, installed(dir, "ruff"), "check", "--no-cache")
	run(t, dir, nil, installed(dir, "ruff"), "format", "--check", "--no-cache")
	if p.answers["ci"] == "github" {
		actionlint, err := filepath.Abs("../../bin/tools/actionlint")
		require.NoError(t, err)
		run(t, dir, nil, actionlint, ".github/workflows/ci.yml")
	}
	cache := <-typeCaches()
	defer func() { typeCaches() <- cache }()
	run(t, dir, nil, installed(dir, "mypy"), "--cache-dir", cache)
}

// unwanted are distributions that rule 14 of the skeleton leaves out.
var unwanted = regexp.MustCompile(`(?m)^name = "(passlib|python-jose|motor|arq|slowapi|fastapi-users|sqlmodel|aioredis|gunicorn|` +
	`prometheus-fastapi-instrumentator|poetry)"$`)

// checkLock: the lock is that of pyproject.toml, and nothing in it is unwanted.
func checkLock(t *testing.T, dir string) {
	t.Helper()
	run(t, dir, nil, "uv", "lock", "--check")
	lock, err := os.ReadFile(filepath.Join(dir, "uv.lock"))
	require.NoError(t, err)
	require.NotContains(t, unwanted.FindString(string(lock)), "name")
}

// checkMigrations brings a database up, looks for differences to the models, and goes down and up again.
func checkMigrations(t *testing.T, dir string, env []string) {
	t.Helper()
	migrate := func(args ...string) string {
		return run(t, dir, env, "uv", append(append([]string{"run", "--no-sync"}, migrator(t, dir)...), args...)...)
	}
	migrate("upgrade", "head")
	migrate("check")
	migrate("downgrade", "base")
	migrate("upgrade", "head")
	heads := strings.TrimSpace(migrate("heads"))
	require.NotContains(t, heads, "\n", "one head")
}

var migrateLine = regexp.MustCompile(`(?m)^    uv run (.+) upgrade head$`)

// migrator is the program that migrates the project's database, as its justfile calls it.
func migrator(t *testing.T, dir string) []string {
	t.Helper()
	justfile, err := os.ReadFile(filepath.Join(dir, "justfile"))
	require.NoError(t, err)
	match := migrateLine.FindSubmatch(justfile)
	require.NotNil(t, match, "the justfile has no line that migrates")
	return strings.Fields(string(match[1]))
}

var suiteResult = regexp.MustCompile(`\d+ passed.* in ([\d.]+)s`)

// checkSuite runs the project's tests, with warnings as errors and at least 95 % of all branches.
func checkSuite(t *testing.T, p *project) {
	t.Helper()
	out := run(t, p.dir, p.testEnv, installed(p.dir, "pytest"), "-q", "-W", "error", "--cov", "--cov-branch", "--cov-fail-under=95")
	result := suiteResult.FindString(out)
	require.NotEmpty(t, result, out)
	total := regexp.MustCompile(`(?m)^TOTAL.*$`).FindString(out)
	t.Logf("suite: %s; %s", result, strings.Join(strings.Fields(total), " "))
}

// serve runs the project and uses it as a client would, with and without its servers, and stops it in the middle of a request.
func serve(t *testing.T, p *project) {
	t.Helper()
	s := start(t, p.dir, p.env...)
	s.use()
	p.eachOption(func(o option) {
		if o.signIn != nil {
			o.signIn(s)
		}
	})
	if p.answers["example"] != "false" {
		useItems(s)
	}
	for _, way := range p.gates {
		checkGone(s, way)
	}
	switch {
	case p.answers["example"] != "false":
		s.stopWhileAsking("/api/v1/items", `{"name": "Last", "price": "1.00"}`)
	case p.answers["auth"] != "none":
		s.stopWhileAsking("/api/v1/auth/register", `{"email": "b@example.com", "password": "correct horse"}`)
	default:
		s.stop()
	}
}

// checkGone: without a server that the project needs it lives and isn't ready; it is ready again without a restart.
func checkGone(s *server, way *gate) {
	s.t.Helper()
	way.stop()
	require.Eventually(s.t, func() bool {
		ready, _, _ := s.ask("GET", "/health/ready", nil)
		return ready == http.StatusServiceUnavailable
	}, 20*time.Second, 200*time.Millisecond, "ready without %s", way.to)
	live, _, _ := s.ask("GET", "/health/live", nil)
	require.Equal(s.t, http.StatusOK, live)
	way.start()
	require.Eventually(s.t, func() bool {
		ready, _, _ := s.ask("GET", "/health/ready", nil)
		return ready == http.StatusOK
	}, 20*time.Second, 200*time.Millisecond, "not ready though %s is back", way.to)
}

// requireUnchanged asks scaffold whether linting, testing and serving left the project as it was made.
func requireUnchanged(t *testing.T, dir string) {
	t.Helper()
	out := run(t, dir, nil, program(t), "update", "--yes", "--dry-run", "--json")
	require.Contains(t, out, `"steps": []`)
}
