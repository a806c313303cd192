//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// switches are changes of answers on one living project, one after the other and back.
var switches = []string{
	"auth=session redis=true tasks=taskiq",
	"database=postgres ci=gitlab oauth=google",
	"auth=none kubernetes=true tasks=none",
	"auth=jwt telemetry=otel",
	"database=mongodb",
	"database=sqlite example=false redis=false",
	"example=true ci=none telemetry=none kubernetes=false",
}

// TestSwitches changes the answers of a project that people have worked on. After each change their work is there, nothing is
// in conflict, the database of before comes to the new models by migrations, and the suite passes, their own tests included.
func TestSwitches(all *testing.T) {
	services := &services{t: all, started: map[string]service{}}
	p := makeProject(all, "switched", "database=sqlite auth=jwt")
	work := writeOwnWork(all, p.dir)
	joined := map[string]*project{} // by answer, what its server asks of the project
	for _, answers := range switches {
		all.Run(strings.ReplaceAll(answers, " ", ","), func(t *testing.T) {
			args := []string{"update", "--yes"}
			for _, answer := range strings.Fields(answers) {
				question, value, _ := strings.Cut(answer, "=")
				p.answers[question] = value
				args = append(args, "--set", answer)
				if joined[answer] == nil {
					joined[answer] = &project{name: p.name}
					services.join(all, joined[answer], answer)
				}
			}
			run(t, p.dir, nil, program(t), args...)
			requireOwnWork(t, p.dir, work)
			run(t, p.dir, nil, "uv", "sync", "--quiet")
			checkCode(t, p)
			env, testEnv := p.environment(joined)
			run(t, p.dir, env, "uv", append(append([]string{"run", "--no-sync"}, migrator(t, p.dir)...), "upgrade", "head")...)
			run(t, p.dir, env, "uv", append(append([]string{"run", "--no-sync"}, migrator(t, p.dir)...), "check")...)
			t.Log(lastLines(run(t, p.dir, testEnv, installed(p.dir, "pytest"), "-q", "-W", "error", "-n", "2"), 1))
			out := run(t, p.dir, nil, program(t), "update", "--yes", "--dry-run", "--json")
			require.NotRegexp(t, `"action": "(create|update|delete|merge|conflict)"`, out, "a second update has nothing to do")
		})
	}
}

// environment is what the answers of the project ask for now; SQLite, which is a file of its own, asks for nothing.
func (p *project) environment(joined map[string]*project) (env, testEnv []string) {
	env = []string{"DATABASE_URL=sqlite:///./app.db"}
	for question, answer := range p.answers {
		if of := joined[question+"="+answer]; of != nil {
			env, testEnv = append(env, of.env...), append(testEnv, of.testEnv...)
		}
	}
	return env, testEnv
}

// ownWork is what people add to a project, by file: whole files, and text at the end of some that scaffold made.
var ownWork = map[string]string{
	"app/services/prices.py":        "\"\"\"Prices as people read them.\"\"\"\n\n\ndef in_words(cents: int) -> str:\n    return f\"{cents // 100} and {cents % 100:02} cents\"\n",
	"tests/services/test_prices.py": "from app.services.prices import in_words\n\n\ndef test_in_words() -> None:\n    assert in_words(1990) == \"19 and 90 cents\"\n",
	"app/routers/greetings.py": `from fastapi import APIRouter

router = APIRouter(prefix="/greetings", tags=["greetings"])


@router.get("")
async def greet() -> str:
    return "hello"
`,
	"tests/routers/test_greetings.py": `from httpx2 import AsyncClient


async def test_greet(anonymous: AsyncClient) -> None:
    assert (await anonymous.get("/api/v1/greetings")).json() == "hello"
`,
	"README.md":                "\n## House rules\n\nAsk Ada before a release.\n",
	"dev-journal/CHANGELOG.md": "\n## ENTRY 2, 2026/11/30 09:00 AM: Prices\n",
}

// writeOwnWork does what people do: files of their own, a router that is wired in, a resource, a setting that is another, a line
// that is gone. It returns a line of each file that must be there ever after.
func writeOwnWork(t *testing.T, dir string) map[string]string {
	t.Helper()
	lines := map[string]string{}
	for name, text := range ownWork {
		path := filepath.Join(dir, filepath.FromSlash(name))
		old, err := os.ReadFile(path)
		if err != nil {
			require.ErrorIs(t, err, os.ErrNotExist)
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		}
		require.NoError(t, os.WriteFile(path, append(old, text...), 0o644))
		lines[name] = strings.TrimSpace(text)
	}
	edit := func(name, old, replacement string) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Contains(t, string(data), old, name)
		require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(data), old, replacement, 1)), 0o644))
		lines[name] = replacement
	}
	edit("app/main.py", `version="0.1.0"`, `version="3.1.4"`)
	edit("app/routers/__init__.py", "from app.routers.items import", "from app.routers.greetings import router as greetings_router\nfrom app.routers.items import")
	path := filepath.Join(dir, "app", "routers", "__init__.py")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append(data, "api_router.include_router(greetings_router)\n"...), 0o644))
	edit("app/core/config.py", `"""Everything the environment decides.`, `"""Everything the environment decides, but for the colour of the walls.`)
	edit(".scaffold/answers.yaml", "resources:\n", "resources:\n  - name: books\n    fields: [\"title:str{1..80}!sort!unique\", \"pages:int?!min=1!filter\", \"out_on:date?\"]\n")
	lines[".scaffold/answers.yaml"] = "name: books"
	lines["app/routers/__init__.py"] = "api_router.include_router(greetings_router)"
	return lines
}

func requireOwnWork(t *testing.T, dir string, lines map[string]string) {
	t.Helper()
	for name, line := range lines {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		require.NoError(t, err)
		require.Contains(t, string(data), line, name)
	}
	require.FileExists(t, filepath.Join(dir, "app", "routers", "books.py"))
}
