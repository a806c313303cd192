package generator

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"example.com/scaffold/generator/answers"
	"example.com/scaffold/generator/apply"
	"example.com/scaffold/generator/changeset"
	"example.com/scaffold/generator/layer"
)

// signs say which answer a repository gives without being asked: a dependency that it declares, paths that are all there, or
// that it holds a program at all. The first that holds decides a question, so what only these templates make comes before
// what others declare too.
var signs = []struct {
	question, value, dependency string
	paths                       []string
}{
	{question: "database", value: "postgres", dependency: "asyncpg"},
	{question: "database", value: "postgres", dependency: "psycopg"},
	{question: "database", value: "postgres", dependency: "psycopg2"},
	{question: "database", value: "postgres", dependency: "psycopg2-binary"},
	{question: "database", value: "mongodb", dependency: "pymongo"},
	{question: "database", value: "mongodb", dependency: "motor"},
	{question: "database", value: "mongodb", dependency: "beanie"},
	{question: "database", value: "sqlite", dependency: "aiosqlite"},
	{question: "auth", value: "session", paths: []string{"app/models/user_sessions.py"}},
	{question: "auth", value: "jwt", dependency: "pyjwt"},
	{question: "auth", value: "jwt", dependency: "python-jose"},
	{question: "auth", value: "jwt", dependency: "authlib"},
	{question: "auth", value: "none"},
	{question: "oauth", value: "google,github", paths: []string{"app/models/oauth_accounts.py", "app/core/google.py", "app/core/github.py"}},
	{question: "oauth", value: "google", paths: []string{"app/models/oauth_accounts.py", "app/core/google.py"}},
	{question: "oauth", value: "github", paths: []string{"app/models/oauth_accounts.py", "app/core/github.py"}},
	{question: "redis", value: "true", dependency: "redis"},
	{question: "tasks", value: "taskiq", dependency: "taskiq"},
	{question: "telemetry", value: "otel", dependency: "opentelemetry-sdk"},
	{question: "ci", value: "github", paths: []string{".github/workflows"}},
	{question: "ci", value: "gitlab", paths: []string{".gitlab-ci.yml"}},
	{question: "ci", value: "none"},
	{question: "example", value: "true", paths: []string{"app/models/items.py", "app/services/items.py", "tests/routers/test_items.py"}},
	{question: "example", value: "false"},
	{question: "kubernetes", value: "true", paths: []string{"deploy/base/kustomization.yaml"}},
}

// pipenvFile is where Pipenv keeps what a project needs.
const pipenvFile = "Pipfile"

// requirementsFolder may hold the requirements of pip, as *.txt.
const requirementsFolder = "requirements"

// infer reads the answers that the repository gives by what it holds.
func (p *Project) infer(set *layer.Set) (map[string]any, error) {
	known := map[string]any{"project_name": titleOf(set, p.root)}
	disk, err := p.look()
	if err != nil {
		return nil, err
	}
	declared, err := declaredIn(set, disk, known)
	if err != nil {
		return nil, err
	}
	for _, sign := range signs {
		_, decided := known[sign.question]
		question, asked := set.Question(sign.question)
		holds := isProgram(disk)
		switch {
		case sign.dependency != "":
			holds = declared[sign.dependency]
		case sign.paths != nil:
			holds = !slices.ContainsFunc(sign.paths, func(at string) bool { return disk[at].Kind == changeset.Absent })
		}
		if decided || !asked || !holds {
			continue
		}
		if value, err := answers.Typed(question, sign.value); err == nil {
			known[sign.question] = value
		}
	}
	return known, nil
}

// look reads the files of the repository that infer looks at.
func (p *Project) look() (changeset.Disk, error) {
	paths := []string{"pyproject.toml", pipenvFile, requirementsFolder, "app", "src", "setup.cfg"}
	for _, sign := range signs {
		paths = append(paths, sign.paths...)
	}
	names, err := apply.List(p.root)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if strings.HasPrefix(name, "requirements") && path.Ext(name) == ".txt" || path.Ext(name) == ".py" {
			paths = append(paths, name)
		}
	}
	folder, err := apply.Snapshot(p.root, []string{requirementsFolder})
	if err != nil {
		return nil, err
	}
	for _, name := range folder[requirementsFolder].Children {
		if path.Ext(name) == ".txt" {
			paths = append(paths, path.Join(requirementsFolder, name))
		}
	}
	return apply.Snapshot(p.root, paths)
}

// isProgram tells that a repository holds more than what a new one begins with, such as a README.md and a .gitignore.
func isProgram(disk changeset.Disk) bool {
	for at, node := range disk {
		if node.Kind != changeset.Absent && !strings.HasPrefix(at, ".") {
			return true
		}
	}
	return false
}

// declaredIn returns the distributions that the repository's files ask for, and puts the project's name and description in known.
func declaredIn(set *layer.Set, disk changeset.Disk, known map[string]any) (map[string]bool, error) {
	var project pyproject
	if err := toml.Unmarshal(disk["pyproject.toml"].Data, &project); err != nil {
		return nil, fmt.Errorf("pyproject.toml: %w", err)
	}
	var pipfile struct{ Packages map[string]any }
	if err := toml.Unmarshal(disk[pipenvFile].Data, &pipfile); err != nil {
		return nil, fmt.Errorf("%s: %w", pipenvFile, err)
	}
	if name := first(project.Project.Name, project.Tool.Poetry.Name); name != "" {
		known["project_name"] = titleOf(set, name)
	}
	if text := first(project.Project.Description, project.Tool.Poetry.Description); text != "" {
		known["description"] = text
	}
	names := project.dependencies()
	names.addKeys(pipfile.Packages)
	for at, node := range disk {
		if path.Ext(at) == ".txt" {
			names.addTexts(strings.Split(string(node.Data), "\n"))
		}
	}
	return names, nil
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// pyproject is what adopt reads of pyproject.toml: the standard's table and that of Poetry.
type pyproject struct {
	Project struct {
		Name         string
		Description  string
		Dependencies []string
		Optional     map[string][]string `toml:"optional-dependencies"`
	}
	Tool struct {
		Poetry struct {
			Name         string
			Description  string
			Dependencies map[string]any
		}
	}
}

func (f pyproject) dependencies() distributions {
	names := distributions{}
	names.addTexts(f.Project.Dependencies)
	for _, texts := range f.Project.Optional {
		names.addTexts(texts)
	}
	names.addKeys(f.Tool.Poetry.Dependencies)
	return names
}

// distributions are names in the normal form of PEP 503.
type distributions map[string]bool

// requirement matches the name that a PEP 508 requirement begins with.
var requirement = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*`)

var normalName = strings.NewReplacer("_", "-", ".", "-")

func (d distributions) addTexts(requirements []string) {
	for _, text := range requirements {
		d[normalName.Replace(strings.ToLower(requirement.FindString(strings.TrimSpace(text))))] = true
	}
}

func (d distributions) addKeys(table map[string]any) {
	for name := range table {
		d[normalName.Replace(strings.ToLower(name))] = true
	}
}
