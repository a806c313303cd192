package generator_test

import (
	"fmt"
	"hash/maphash"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator"
	"example.com/scaffold/generator/layer"
	"example.com/scaffold/generator/tree"
)

// rules hold projects to what can be seen in their text. Each distinct file is looked at once, in however many projects
// it is. A problem is a sentence that doesn't name the project.
type rules struct {
	set   *layer.Set
	seed  maphash.Seed
	mu    sync.Mutex
	known map[seen]*file
	reads map[string]map[string]bool // by list, the layers that read it
	where sync.Map                   // by text, the file that held it last
}

// seen is the content of a file under its name.
type seen struct {
	name string
	hash uint64
}

// file is what one distinct file says.
type file struct {
	once     sync.Once
	problems []string
	python   pyFile // of a .py
	squeezed string // the text without blanks, quotes and escapes
	holds    sync.Map
}

func newRules(set *layer.Set) *rules {
	return &rules{set: set, seed: maphash.MakeSeed(), known: map[seen]*file{}, reads: readersOf(set)}
}

func (r *rules) distinct() int { return len(r.known) }

// check returns what is wrong with a project; example is the same one with the example resource, where it has none.
func (r *rules) check(c combination, files, example tree.Tree) []string {
	p := project{rules: r, combination: c, files: files, example: example, looked: map[string]*file{}, imported: map[imported]bool{}}
	for _, name := range files.Paths() {
		file := r.look(name, files[name].Data)
		p.looked[name] = file
		p.problems = append(p.problems, file.problems...)
		for _, i := range file.python.imports {
			p.imported[i] = true
		}
	}
	p.checkSize()
	p.checkSettings()
	p.checkPlan()
	p.checkTools()
	p.checkContributions()
	p.checkModules()
	p.checkNames()
	p.checkDependencies()
	return p.problems
}

func (r *rules) hash(data []byte) uint64 { return maphash.Bytes(r.seed, data) }

// look reads a file, the first time that this content is seen under this name.
func (r *rules) look(name string, data []byte) *file {
	key := seen{name, r.hash(data)}
	r.mu.Lock()
	known := r.known[key]
	if known == nil {
		known = &file{}
		r.known[key] = known
	}
	r.mu.Unlock()
	known.once.Do(func() {
		text := string(data)
		known.problems = append(checkText(name, text), checkIdioms(name, text)...)
		known.squeezed = squeeze(text)
		if path.Ext(name) == ".py" {
			var err error
			if known.python, err = readPython(name, data); err != nil {
				known.problems = append(known.problems, err.Error())
			}
		}
	})
	return known
}

// project is one project under the rules.
type project struct {
	*rules
	combination
	files    tree.Tree
	example  tree.Tree
	looked   map[string]*file
	imported map[imported]bool // by any file
	problems []string
}

// expect notes a problem where something doesn't hold.
func (p *project) expect(holds bool, format string, args ...any) {
	if !holds {
		p.problems = append(p.problems, fmt.Sprintf(format, args...))
	}
}

// placeholder is what a line of a resource's template leaves open: see Resource.Py.
var placeholder = regexp.MustCompile(`\{(?:Session|Item|items|item|a item|with user|conflict|shown|stored|owner: User, |user, )\}`)

// checkText: no leftovers of a template, LF, a final newline, and a form that its language's parser takes.
func checkText(name, text string) (problems []string) {
	for _, leftover := range []string{"<no value>", "{{ .", "{{.", "__resource__", "%!", "\r"} {
		if strings.Contains(text, leftover) {
			problems = append(problems, fmt.Sprintf("%s: holds %q", name, leftover))
		}
	}
	if leftover := placeholder.FindString(text); leftover != "" {
		problems = append(problems, fmt.Sprintf("%s: holds %q", name, leftover))
	}
	if text != "" && (!strings.HasSuffix(text, "\n") || strings.HasSuffix(text, "\n\n")) {
		problems = append(problems, name+": one newline ends a file")
	}
	line := 0
	for text := range strings.Lines(text) {
		if line++; strings.TrimRight(text, " \t\n") != strings.TrimSuffix(text, "\n") {
			problems = append(problems, fmt.Sprintf("%s:%d: blanks at the end", name, line))
		}
	}
	if err := parseFile(name, []byte(text)); err != nil {
		problems = append(problems, fmt.Sprintf("%s: %v", name, err))
	}
	return problems
}

// idiom is what a rule of the skeleton rules out, and where it is looked for. A find that `but` matches is none.
type idiom struct {
	check           string // the number of the check, or of the rule
	rule            string
	where, not, but *regexp.Regexp
}

func forbid(check, rule, where, not, but string) idiom {
	i := idiom{check, rule, regexp.MustCompile(where), regexp.MustCompile(not), nil}
	if but != "" {
		i.but = regexp.MustCompile(but)
	}
	return i
}

// call is a pattern of a call with all its arguments, two parentheses deep.
func call(name string) string { return name + `\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)` }

var forbidden = []idiom{
	forbid("check 4", "literal algorithms", `^app/`, call(`jwt\.decode`)+`|`+call(`JWSRegistry`), `\balgorithms=\[(?:"[A-Z0-9]+"(?:, )?)+\]|\bregistry=[A-Z_]+`),
	forbid("check 4", "tokens are verified", `^app/`, `verify_signature|decode_complete|get_unverified`, ""),
	forbid("check 12", "hashing in a thread", `^app/(routers|services|dependencies)`, `PasswordHash|\.verify_and_update\(|_hasher\b`, ""),
	forbid("check 12", "hashing in a thread", `^app/core/`, `(?m)^ .*\b_hasher\.\w+\(`, ""),
	forbid("check 16", "secrets are compared by compare_digest", `^app/`, `\b(?:\w+\.)?(?:\w*_)?(?:token|digest|csrf|signature|state|secret)(?:_hash)? [!=]= \w+|[!=]= (?:\w+\.)?(?:\w*_)?(?:token|digest|csrf|signature|secret)(?:_hash)?\b`, `^[A-Z]\w+\.`),
	forbid("check 25", "no commit but the session's own", `^app/(services|routers)/`, `\.commit\(|\.rollback\(`, ""),
	forbid("check 25", "one spelling of the session dependency", `^app/(services|routers|core)/`, `Depends\(get_session\b`, ""),
	forbid("check 25", "no session in a task or a gathering", `^app/`, `(?:gather|add_task|create_task|start_soon)\([^)]*\bsession\b`, ""),
	forbid("check 27", "lazy loads raise", `^app/models/`, call(`\brelationship`), `lazy="raise"`),
	forbid("check 32", "aware times", `^(app|tests|migrations)/.*\.py$`, `utcnow\(|datetime\.now\(\)|utcfromtimestamp|func\.now\(\)|date\.today\(`, ""),
	forbid("check 42", "no SQL by format", `^app/`, `text\(\s*f"|execute\(\s*f"|text\([^)]*\.format\(`, ""),
	forbid("check 47", "pure ASGI middleware", `^app/`, `BaseHTTPMiddleware|@\w+\.middleware\(`, ""),
	forbid("check 47", "lifespan, not events", `^app/`, `on_event|on_startup|on_shutdown`, ""),
	forbid("check 47", "routes are not walked", `^app/`, `app\.routes\b|router\.routes\b`, ""),
	forbid("check 55", "actions pinned by commit", `^\.github/`, `uses: \S+`, `uses: (?:\./|\S+@[0-9a-f]{40}$)`),
	forbid("rule 4", "Annotated, no default Depends", `^app/`, `= (?:Depends|Query|Body|Path|Header|Cookie|Form|Security)\(`, ""),
	forbid("rule 5", "one tree of errors", `^app/(services|routers|dependencies)`, `\bHTTPException\b`, ""),
	forbid("rule 9", "one way to log", `^app/(services|routers|models|schemas)/`, `\bprint\(|logging\.getLogger`, ""),
	forbid("rule 10", "tests use the migrations and the real session", `^tests/`, `create_all\(|dependency_overrides\[get_session`, ""),
	forbid("rule 11", "no old SQLAlchemy", `^app/`, `session\.query\(|declarative_base\(|\bColumn\(`, ""),
	forbid("rule 12", "base images by version", `^(Dockerfile|compose\.yaml|kubernetes/)`, `(?:FROM|image:) \S+`, `:[\w.-]*\d|(?:FROM|image:) (?:build|app|base)\b`),
	forbid("rule 14", "not used", `^(app|tests|migrations|pyproject)`, `\b(?:passlib|jose|python-jose|motor|arq|slowapi|fastapi[-_]users|sqlmodel|aioredis|gunicorn|prometheus[-_]fastapi[-_]instrumentator|ORJSONResponse|poetry)\b`, ""),
	forbid("style", "no debugging", `^(app|tests|migrations)/`, `\bprint\(.*#|breakpoint\(|\bpdb\b`, ""),
	forbid("style", "no old Pydantic", `^app/`, `\.dict\(\)|@validator|class Config:|parse_obj`, ""),
}

// checkIdioms looks for what the rules forbid.
func checkIdioms(name, text string) (problems []string) {
	for _, rule := range forbidden {
		if !rule.where.MatchString(name) {
			continue
		}
		for _, found := range rule.not.FindAllString(text, -1) {
			if rule.but == nil || !rule.but.MatchString(found) {
				problems = append(problems, fmt.Sprintf("%s: %s (%s): %s", name, rule.rule, rule.check, found))
			}
		}
	}
	return problems
}

// checkSize: the default project stays small. Counted with the state and the lock.
func (p *project) checkSize() {
	if !p.isDefault() {
		return
	}
	lines, app := 0, 0
	for name, file := range p.files {
		if path.Ext(name) == ".py" {
			lines += strings.Count(string(file.Data), "\n")
		}
		if strings.HasPrefix(name, "app/") || strings.HasPrefix(name, "migrations/") {
			app++
		}
	}
	p.expect(len(p.files)+6 < 95, "the default project has %d files", len(p.files)+6)
	p.expect(app < 45, "the default project has %d files in app/ and migrations/", app)
	p.expect(lines < 3500, "the default project has %d lines of Python", lines)
}

// isDefault tells that every answer is the default.
func (p *project) isDefault() bool {
	return !slices.ContainsFunc(p.set.Questions, func(q layer.Question) bool {
		return q.Default != nil && !sameAnswer(p.values[q.Name], q.Default)
	})
}

var (
	settingLine = regexp.MustCompile(`(?m)^    ([a-z][a-z_]+): [A-Z\w]`)
	envLine     = regexp.MustCompile(`(?m)^([A-Z][A-Z_]+)=`)
)

// checkSettings: .env.example names each setting and nothing else, and each setting is read somewhere (check 53).
func (p *project) checkSettings() {
	config := string(p.files["app/core/config.py"].Data)
	_, body, _ := strings.Cut(config, "class Settings(")
	settings, named := map[string]bool{}, map[string]bool{}
	for _, match := range settingLine.FindAllStringSubmatch(body, -1) {
		settings[strings.ToUpper(match[1])] = true
	}
	example := string(p.files[".env.example"].Data)
	for _, match := range envLine.FindAllStringSubmatch(example, -1) {
		named[match[1]] = true
	}
	p.expect(len(settings) > 0 && maps.Equal(settings, named), ".env.example names %s, and the settings are %s",
		slices.Sorted(maps.Keys(named)), slices.Sorted(maps.Keys(settings)))
	p.expect(strings.Contains(example, "\nSECRET_KEY=\n"), ".env.example holds a SECRET_KEY (check 18)")
	for setting := range settings {
		read := setting == "SECRET_KEY" // is asked for in every project
		for name, file := range p.looked {
			read = read || strings.HasPrefix(name, "app/") && file.python.attributes[strings.ToLower(setting)]
		}
		p.expect(read || !canReadPython, "no code reads %s", setting)
	}
}

var sessionDependency = regexp.MustCompile(`Depends\(get_session\b`)

// checkTools: what the tools are told to look for, which other checks rely on.
func (p *project) checkTools() {
	var config struct {
		Tool struct {
			Ruff struct {
				Lint          struct{ Select []string }
				ExtendExclude []string `toml:"extend-exclude"`
			}
			Mypy   struct{ Strict bool }
			Pytest struct {
				FilterWarnings []string `toml:"filterwarnings"`
			}
			Coverage struct {
				Run    struct{ Branch bool }
				Report struct {
					FailUnder int `toml:"fail_under"`
				}
			}
		}
	}
	err := toml.Unmarshal(p.files["pyproject.toml"].Data, &config)
	tool := config.Tool
	p.expect(err == nil, "pyproject.toml: %v", err)
	for _, family := range []string{"S", "ASYNC", "FAST", "DTZ"} {
		p.expect(slices.Contains(tool.Ruff.Lint.Select, family), "ruff does not look for %s (checks 42, 46, 32)", family)
	}
	p.expect(slices.Contains(tool.Ruff.ExtendExclude, "*.md"), "ruff formats Markdown (rule 13)")
	p.expect(tool.Mypy.Strict, "mypy is not strict (check 52)")
	p.expect(slices.Contains(tool.Pytest.FilterWarnings, "error"), "warnings are no errors (check 52)")
	p.expect(tool.Coverage.Run.Branch && tool.Coverage.Report.FailUnder >= 95, "branches below 95 %% (check 52)")
	if workflow, there := p.files[".github/workflows/ci.yml"]; there {
		p.expect(strings.Contains(string(workflow.Data), "\npermissions: {}\n"), "the workflow has permissions (check 55)")
	}
	// One spelling of the session dependency, in the one place for it (check 25).
	spellings := len(sessionDependency.FindAll(p.files["app/dependencies.py"].Data, -1))
	p.expect(spellings == 1, "app/dependencies.py spells the session dependency %d times (check 25)", spellings)
}

// TestRulesFind: a project of the defaults is spoilt in one place after another, and each time a rule says so.
func TestRulesFind(t *testing.T) {
	set, err := generator.OpenSet("")
	require.NoError(t, err)
	defaults := combinationsOf(t, set)[0]
	variants, err := generator.NewVariants(set, defaults.values)
	require.NoError(t, err)
	rules := newRules(set)
	for _, spoil := range []struct{ file, from, to, says string }{
		{"app/main.py", "def create_app", "def def", "is not Python"},
		{"app/main.py", "from app.core.logging", "from app.core.none", "app/core/logging.py: nothing imports it"},
		{"app/core/errors.py", "\nclass ", "\ndef stray() -> None: ...\n\n\nclass ", "nothing uses stray"},
		{"app/core/errors.py", "\nclass ", "\nimport requests\n\nclass ", "imports requests, which"},
		{"pyproject.toml", "    \"fastapi", "    \"requests\",\n    \"fastapi", "nothing uses requests"},
		{"tests/conftest.py", "def quick_hashes", "def quicker_hashes", "nothing uses quicker_hashes"},
		{"app/core/tokens.py", `algorithms=["HS256"]`, "algorithms=[claims]", "check 4"},
		{"app/core/security.py", "await to_thread.run_sync(_hasher.hash, password, limiter=_hashing)", "_hasher.hash(password)", "check 12"},
		{"app/core/security.py", "def hash_token", "def same(token: str) -> bool:\n    return token == stored\n\n\ndef hash_token", "check 16"},
		{"app/services/items.py", "    await session.flush()", "    await session.commit()", "check 25"},
		{"app/core/config.py", "class Settings(BaseSettings):", "class Settings(BaseSettings):\n    unread: int = 1", "UNREAD"},
		{".env.example", "SECRET_KEY=\n", "SECRET_KEY=0123456789\n", "check 18"},
		{"app/models/base.py", "datetime.now(UTC)", "datetime.utcnow()", "check 32"},
		{"pyproject.toml", `"S", `, "", "checks 42"},
		{".github/workflows/ci.yml", "permissions: {}", "permissions: read-all", "check 55"},
		{"dev-journal/OUR-PLAN.md", "app/core/errors.py", "app/core/mistakes.py", "names app/core/mistakes.py"},
		{"dev-journal/OUR-PLAN.md", "`tests/factories.py`", "`tests/__init__.py`", "does not name tests/factories.py"},
		{"dev-journal/OUR-PLAN.md", "def test_not_ready", "def test_ready", "shows a line that no file has: async def test_ready"},
		{"dev-journal/OUR-PLAN.md", "| `tests/test_openapi.py`", "| `tests/core/test_errors.py`", "two rows for tests/core/test_errors.py"},
		{"dev-journal/OUR-PLAN.md", "session: AsyncSession", "session: {Session}", "holds \"{Session}\""},
		{"compose.yaml", "services:", "services: {}\nservices:", "already defined"},
		{"README.md", "# ", "{{ .Project }}\n# ", "holds"},
	} {
		files, err := variants.Tree(defaults.values)
		require.NoError(t, err)
		require.Empty(t, rules.check(defaults, files, nil))
		file := files[spoil.file]
		text := strings.Replace(string(file.Data), spoil.from, spoil.to, 1)
		require.NotEqual(t, string(file.Data), text, "%s has no %s", spoil.file, spoil.from)
		file.Data = []byte(text)
		files[spoil.file] = file
		if problems := strings.Join(rules.check(defaults, files, nil), "\n"); canReadPython {
			require.Contains(t, problems, spoil.says)
		}
	}
}
