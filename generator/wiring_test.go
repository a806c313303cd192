package generator_test

import (
	"fmt"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"example.com/scaffold/generator/layer"
)

// checkContributions: each entry that a chosen layer contributes to a list which a chosen layer reads stands in some file.
func (p *project) checkContributions() {
	selected := p.set.Selected(p.values, func(layer.Layer) map[string]any { return nil })
	for _, l := range selected {
		for _, list := range slices.Sorted(maps.Keys(l.Contributes)) {
			reads := func(l layer.Layer) bool { return p.reads[list][l.Path] }
			if onDemand[list] {
				continue
			}
			if !slices.ContainsFunc(selected, reads) {
				p.expect(len(p.reads[list]) > 0, "%s: no layer reads the list %s", l.Path, list)
				continue
			}
			for _, entry := range l.Contributes[list] {
				p.checkEntry(l.Path+": "+list, entry)
			}
		}
	}
}

var readsList = regexp.MustCompile(`\.Contributes\.(\w+)`)

// readersOf are the layers whose templates read a list, by the list.
func readersOf(set *layer.Set) map[string]map[string]bool {
	readers := map[string]map[string]bool{}
	for _, l := range set.Layers {
		for _, f := range l.Files {
			for _, match := range readsList.FindAllSubmatch(f.Data, -1) {
				list := string(match[1])
				if readers[list] == nil {
					readers[list] = map[string]bool{}
				}
				readers[list][l.Path] = true
			}
		}
	}
	return readers
}

// onDemand are lists of what is there when something asks for it: a type of a field; a session of a user who came by another way.
var onDemand = map[string]bool{"field_types": true, "start_session": true}

// checkEntry looks for every text in an entry.
func (p *project) checkEntry(where string, entry any) {
	switch entry := entry.(type) {
	case string:
		p.expect(p.anywhere(entry), "%s: nothing shows %s", where, clip(entry))
	case []any:
		for _, part := range entry {
			p.checkEntry(where, part)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(entry)) {
			p.checkEntry(where, entry[key])
		}
	}
}

// isOurs tells that a package is a folder of the project.
func (p *project) isOurs(name string) bool {
	for file := range p.files {
		if strings.HasPrefix(file, name+"/") {
			return true
		}
	}
	return false
}

func clip(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

var noise = strings.NewReplacer(" ", "", "\n", "", "\t", "", `\`, "", `"`, "", "'", "", "`", "")

// squeeze leaves out what wrapping, indenting and quoting change.
func squeeze(text string) string { return noise.Replace(text) }

// contains tells that the file holds the text, however it is wrapped, indented and quoted.
func (f *file) contains(text string) bool {
	holds, known := f.holds.Load(text)
	if !known {
		holds = strings.Contains(f.squeezed, squeeze(text))
		f.holds.Store(text, holds)
	}
	return holds.(bool)
}

// anywhere tells that some file of the project contains the text. An import line may have become part of a longer one.
func (p *project) anywhere(text string) bool {
	if module, names, found := strings.Cut(text, " import "); found && strings.HasPrefix(module, "from ") {
		return p.anyImport(strings.TrimPrefix(module, "from "), strings.Split(names, ", "))
	}
	if last, ok := p.where.Load(text); ok {
		if file := p.looked[last.(string)]; file != nil && file.contains(text) {
			return true
		}
	}
	for name, file := range p.looked {
		if file.contains(text) {
			p.where.Store(text, name)
			return true
		}
	}
	return false
}

func (p *project) anyImport(module string, names []string) bool {
	for _, name := range names {
		if canReadPython && !p.imported[imported{module, strings.TrimSpace(name)}] {
			return false
		}
	}
	return true
}

// withExample are the files of the project and, where it has no resource, those of the same project with the example:
// what resources build on is there before the first.
func (p *project) withExample() map[string]*file {
	if len(p.example) == 0 {
		return p.looked
	}
	all := maps.Clone(p.looked)
	for name, data := range p.example {
		all[name+"#"] = p.look(name, data.Data)
	}
	return all
}

// checkModules: each module of app/ is imported by another, but for the entries.
func (p *project) checkModules() {
	if !canReadPython {
		return
	}
	used := map[string]bool{"app": true, "app.main": true}
	for name, file := range p.withExample() {
		if !strings.HasPrefix(name, "app/") && !strings.HasPrefix(name, "migrations/") {
			continue
		}
		for _, i := range file.python.imports {
			if own := i.module + "." + i.name; p.isModule(own) {
				used[own] = true
			} else if moduleOf(strings.TrimSuffix(name, "#")) != i.module {
				used[i.module] = true
			}
		}
	}
	for name := range p.files {
		if module := moduleOf(name); strings.HasPrefix(name, "app/") && path.Ext(name) == ".py" {
			p.expect(used[module] || p.isPackage(module) || p.starts(module), "%s: nothing imports it", name)
		}
	}
}

// starts tells that a command names the module, such as a worker's.
func (p *project) starts(module string) bool {
	for _, name := range []string{"compose.yaml", "justfile", "Dockerfile", "pyproject.toml"} {
		if file := p.looked[name]; file != nil && (file.contains(module+":") || file.contains("-m "+module)) {
			return true
		}
	}
	return false
}

func moduleOf(name string) string {
	return strings.ReplaceAll(strings.TrimSuffix(strings.TrimSuffix(name, ".py"), "/__init__"), "/", ".")
}

func (p *project) isModule(module string) bool {
	name := strings.ReplaceAll(module, ".", "/")
	_, file := p.files[name+".py"]
	return file || p.isPackage(module)
}

// gives tells that the project has what is imported: a module, or a name that the module defines or has imported itself.
func (p *project) gives(i imported) bool {
	if i.name == "" {
		return p.isModule(i.module)
	}
	name := strings.ReplaceAll(i.module, ".", "/") + ".py"
	if p.isPackage(i.module) {
		name = strings.TrimSuffix(name, ".py") + "/__init__.py"
	}
	file := p.looked[name]
	if p.isModule(i.module+"."+i.name) || file == nil {
		return file != nil
	}
	// One of several that one statement defines is found by its text.
	together := regexp.MustCompile(`(?m)^(?:\w+, )*` + i.name + `(?:, \w+)* = `)
	return slices.ContainsFunc(file.python.defines, func(d definition) bool { return d.class == "" && d.name == i.name }) ||
		slices.ContainsFunc(file.python.imports, func(other imported) bool { return other.name == i.name }) ||
		together.Match(p.files[name].Data)
}

func (p *project) isPackage(module string) bool {
	_, folder := p.files[strings.ReplaceAll(module, ".", "/")+"/__init__.py"]
	return folder
}

// calledByOthers are names that a library calls, and names that are there for the person who goes on with the project.
var calledByOthers = map[string]string{
	"process_bind_param": "SQLAlchemy, of a TypeDecorator", "process_result_value": "SQLAlchemy", "load_dialect_impl": "SQLAlchemy",
	"format": "logging", "emit": "logging", "app": "uvicorn", "anyio_backend": "anyio's plugin", "on_start": "OpenTelemetry, of a SpanProcessor",
	"started": "PyMongo, of a CommandListener", "succeeded": "PyMongo", "failed": "PyMongo",
	"UtcDatetime":      "fields to come",
	"transform_python": "BSON, of a TypeCodec", "transform_bson": "BSON",
	"SettingsDep": "routes to come", "LimiterDep": "routes to come", "SessionsDep": "routes to come", "UnauthorizedError": "routes to come",
}

// checkNames: each function, class, constant and method of app/ is used in app/ or migrations/, and what tests share is used by a test.
func (p *project) checkNames() {
	if !canReadPython {
		return
	}
	used := map[string]map[string]bool{"app": {}, "tests": {}}
	for name, file := range p.withExample() {
		folder, _, _ := strings.Cut(name, "/")
		if folder == "migrations" {
			folder = "app"
		}
		if used[folder] != nil {
			maps.Copy(used[folder], file.python.names)
		}
	}
	for name, file := range p.looked {
		folder, _, _ := strings.Cut(name, "/")
		if folder != "app" && !sharedByTests[name] {
			continue
		}
		for _, d := range file.python.defines {
			dunder := strings.HasPrefix(d.name, "__")
			p.expect(d.registered || dunder || calledByOthers[d.name] != "" || used[folder][d.name], "%s: nothing uses %s", name, d)
		}
	}
}

func (d definition) String() string { return strings.TrimPrefix(d.class+"."+d.name, ".") }

var sharedByTests = map[string]bool{"tests/conftest.py": true, "tests/factories.py": true, "tests/database.py": true}

// distribution are the modules whose distribution has another name.
var distribution = map[string]string{"jwt": "pyjwt", "bson": "pymongo", "gridfs": "pymongo", "opentelemetry": "opentelemetry-api", "yaml": "pyyaml", "pydantic-core": "pydantic"}

// usedOtherwise are distributions that nothing need import, and a text that shows that they are used.
var usedOtherwise = map[string][]string{
	"aiosqlite": {"sqlite+aiosqlite"}, "asyncpg": {"postgresql+asyncpg"}, "email-validator": {"EmailStr"},
	"python-multipart": {"OAuth2PasswordRequestForm", "Form("}, "uvicorn": {"uvicorn app.main:app"},
	"mypy": {"[tool.mypy]"}, "ruff": {"[tool.ruff]"}, "pytest-cov": {"[tool.coverage.run]"},
	"pytest-xdist": {"worker_id", "PYTEST_XDIST_WORKER"}, "pytest-randomly": {"[tool.pytest]"},
}

var requirement = regexp.MustCompile(`^([A-Za-z0-9._-]+)`)

// checkDependencies: what pyproject.toml declares is used, and what the code imports is declared.
func (p *project) checkDependencies() {
	if !canReadPython {
		return
	}
	var config struct {
		Project struct{ Dependencies []string }
		Groups  map[string][]string `toml:"dependency-groups"`
	}
	if toml.Unmarshal(p.files["pyproject.toml"].Data, &config) != nil {
		return // checkTools says it
	}
	runtime, all := map[string]bool{}, map[string]bool{}
	for _, text := range config.Project.Dependencies {
		runtime[requirement.FindString(text)] = true
	}
	maps.Copy(all, runtime)
	for _, text := range config.Groups["dev"] {
		all[requirement.FindString(text)] = true
	}
	met := map[string]bool{}
	for name, file := range p.looked {
		declared := all
		if strings.HasPrefix(name, "app/") || strings.HasPrefix(name, "migrations/") {
			declared = runtime
		}
		for _, i := range file.python.imports {
			p.checkImport(name, i, declared, met)
		}
	}
	for _, needed := range slices.Sorted(maps.Keys(all)) {
		p.expect(met[needed] || slices.ContainsFunc(usedOtherwise[needed], p.anywhere), "pyproject.toml: nothing uses %s", needed)
	}
}

// checkImport looks for the distribution of a module, which may be part of one with a longer name.
func (p *project) checkImport(name string, i imported, declared, met map[string]bool) {
	parts := strings.Split(i.module+"."+i.name, ".")
	if p.isOurs(parts[0]) {
		p.expect(p.gives(i), "%s: imports %s of %s, which is not there", name, i.name, i.module)
		return
	}
	if stdlib[parts[0]] || strings.HasPrefix(i.module, ".") {
		return
	}
	found := false
	for n := range len(parts) {
		candidate := strings.ReplaceAll(strings.Join(parts[:n+1], "-"), "_", "-")
		if other, ok := distribution[candidate]; ok && n == 0 {
			candidate = other
		}
		if declared[candidate] {
			met[candidate], found = true, true
		}
	}
	p.expect(found, "%s: imports %s, which pyproject.toml does not declare", name, i.module)
}

// stdlib are the modules of Python's library.
var stdlib = readStdlib()

func readStdlib() map[string]bool {
	data, err := os.ReadFile("resource/words/library.txt")
	if err != nil {
		panic(fmt.Sprint("the list of Python's own modules: ", err))
	}
	names := map[string]bool{"__future__": true}
	_, list, _ := strings.Cut(string(data), "\n") // the first line says what they are
	for _, name := range strings.Fields(list) {
		names[name] = true
	}
	return names
}
