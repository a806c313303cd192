package generator_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"
	"mvdan.cc/sh/v3/syntax"
)

// parseFile reads a file with a parser of its language; files of other languages are not read. Python is read by readPython.
func parseFile(name string, data []byte) error {
	base := path.Base(name)
	switch ext := path.Ext(name); {
	case ext == ".toml":
		var value any
		return toml.Unmarshal(data, &value)
	case ext == ".yaml" || ext == ".yml":
		return parseYAML(data)
	case ext == ".json":
		return parseJSON(data)
	case ext == ".sh":
		return parseShell(string(data))
	case base == "Dockerfile":
		return parseDockerfile(data)
	case strings.HasPrefix(base, ".env"):
		return parseEnv(string(data))
	case base == "justfile":
		return parseJustfile(string(data))
	case ext == ".md":
		return parseFences(string(data))
	}
	return nil
}

// parseYAML reads every document, which refuses a key that stands twice, and parses the shell lines of a pipeline.
func parseYAML(data []byte) error {
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithV3Defaults())
	for err == nil {
		var document yaml.Node
		if err = loader.Load(&document); err == nil {
			if err = document.Load(new(any)); err == nil {
				err = walkYAML(&document)
			}
		}
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

var scriptKeys = map[string]bool{"run": true, "script": true, "before_script": true, "after_script": true, "entry": true}

func walkYAML(n *yaml.Node) error {
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			if err := parseScript(child.Value, n.Content[i+1]); err != nil {
				return fmt.Errorf("line %d: %w", child.Line, err)
			}
		}
		if err := walkYAML(child); err != nil {
			return err
		}
	}
	return nil
}

// parseScript parses what a key of a pipeline runs: a text, or a list of lines of which each is a command.
func parseScript(key string, n *yaml.Node) error {
	if !scriptKeys[key] {
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		return parseShell(n.Value)
	}
	for _, line := range n.Content {
		if line.Kind != yaml.ScalarNode {
			return fmt.Errorf("%s: line %d is no text", key, line.Line)
		}
		if err := parseShell(line.Value); err != nil {
			return err
		}
	}
	return nil
}

// pipelineValue is what GitHub and just put in before a shell reads the line.
var pipelineValue = regexp.MustCompile(`\$?\{\{.*?\}\}`)

func parseShell(text string) error {
	_, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(pipelineValue.ReplaceAllString(text, "value")), "")
	return err
}

// parseJSON reads one value, and refuses a key that stands twice.
func parseJSON(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	if err := readJSON(decoder); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one value")
	}
	return nil
}

func readJSON(decoder *json.Decoder) error {
	token, err := decoder.Token()
	if err != nil || token != json.Delim('{') && token != json.Delim('[') {
		return err
	}
	keys := map[json.Token]bool{}
	for decoder.More() {
		if token == json.Delim('{') {
			key, err := decoder.Token()
			if err != nil || keys[key] {
				return errors.Join(err, fmt.Errorf("the key %q stands twice", key))
			}
			keys[key] = true
		}
		if err := readJSON(decoder); err != nil {
			return err
		}
	}
	_, err = decoder.Token()
	return err
}

// parseDockerfile reads the file as the builder does, and holds it to rule 12 where that can be seen.
func parseDockerfile(data []byte) error {
	file, err := parser.Parse(bytes.NewReader(data))
	if err != nil {
		return err
	}
	stages, _, err := instructions.Parse(file.AST, nil)
	if err != nil {
		return err
	}
	user, command, health := "", false, false
	for _, stage := range stages {
		user, command, health = "", false, false
		for _, c := range stage.Commands {
			switch c := c.(type) {
			case *instructions.RunCommand:
				if err := parseShell(strings.Join(c.CmdLine, " ")); err != nil {
					return err
				}
			case *instructions.UserCommand:
				user = c.User
			case *instructions.CmdCommand:
				command = !c.PrependShell
			case *instructions.HealthCheckCommand:
				health = c.Health.Test[0] == "CMD"
			}
		}
	}
	if !regexp.MustCompile(`^[1-9]\d*(:[1-9]\d*)?$`).MatchString(user) || !command || !health {
		return fmt.Errorf("the user %q is to be a number but 0, CMD and HEALTHCHECK are to be in exec form (rule 12)", user)
	}
	return nil
}

var envForm = regexp.MustCompile(`^([A-Z][A-Z0-9_]*)=\S*$`)

// parseEnv: comments, and NAME=value without quotes or blanks, each name once.
func parseEnv(text string) error {
	names := map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		match := envForm.FindStringSubmatch(line)
		if match == nil || names[match[1]] {
			return fmt.Errorf("not a setting, or one that stands twice: %s", line)
		}
		names[match[1]] = true
	}
	return nil
}

var recipeHead = regexp.MustCompile(`^@?[a-z][\w-]*(?: [*+]?\w+(?:="[^"]*")?)*:(?: [a-z][\w-]*)*$`)

// parseJustfile: comments, heads of recipes, each once, and below them lines of shell.
func parseJustfile(text string) error {
	heads := map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "set "):
		case strings.HasPrefix(line, "    "):
			if err := parseShell(strings.TrimPrefix(strings.TrimSpace(line), "@")); err != nil {
				return fmt.Errorf("%s: %w", line, err)
			}
		case recipeHead.MatchString(line) && !heads[strings.Fields(line)[0]]:
			heads[strings.Fields(line)[0]] = true
		default:
			return fmt.Errorf("neither the head of a recipe nor a line of one: %s", line)
		}
	}
	return nil
}

var fences = regexp.MustCompile("(?ms)^ *```(\\w*)\n(.*?)^ *```$")

// parseFences parses the shell lines of a README, which are in fences without another language.
func parseFences(text string) error {
	found := fences.FindAllStringSubmatch(text, -1)
	if strings.Count(text, "```") != 2*len(found) {
		return errors.New("a fence is not closed")
	}
	for _, fence := range found {
		if language := fence[1]; language != "" && language != "sh" && language != "bash" {
			continue
		}
		if err := parseShell(fence[2]); err != nil {
			return fmt.Errorf("%s: %w", fence[2], err)
		}
	}
	return nil
}

// TestParsersRefuse: each parser of these tests finds something.
func TestParsersRefuse(t *testing.T) {
	dockerfile := "FROM a:1\nRUN true\nHEALTHCHECK CMD [\"x\"]\nCMD [\"x\"]\nUSER 1\n"
	require.NoError(t, parseFile("Dockerfile", []byte(dockerfile)))
	for _, bad := range []struct{ name, text string }{
		{"a.toml", "a = 1\na = 2\n"},
		{"a.yaml", "a: 1\nb:\n  c: 1\n  c: 2\n"},
		{"a.yaml", "a: 1\n---\na: [\n"},
		{"ci.yml", "a:\n  run: echo $(\n"},
		{"ci.yml", "script:\n  - true\n  - if true; then\n"},
		{"a.json", `{"a": 1, "b": {"c": 1, "c": 2}}`},
		{"a.json", `{} {}`},
		{"Dockerfile", strings.Replace(dockerfile, "RUN true", "RUNS true", 1)},
		{"Dockerfile", strings.Replace(dockerfile, "RUN true", "RUN if true", 1)},
		{"Dockerfile", strings.Replace(dockerfile, "USER 1", "USER app", 1)},
		{"Dockerfile", strings.Replace(dockerfile, `CMD ["x"]`+"\nUSER", "CMD x\nUSER", 1)},
		{".env", "A=1\nA=2\n"},
		{".env.example", "a = 1\n"},
		{"justfile", "a:\n    if true; then\n"},
		{"justfile", "a\n"},
		{"README.md", "```\necho \"\n```\n"},
		{"README.md", "```\ntrue\n"},
	} {
		require.Error(t, parseFile(bad.name, []byte(bad.text)), bad.text)
	}
}

// TestPythonIsRead: what Python itself refuses, and what is new enough for older parsers to refuse.
func TestPythonIsRead(t *testing.T) {
	if !canReadPython {
		t.Skip("NOT RUN: a build without cgo has no parser of Python")
	}
	for _, bad := range []string{
		"def f()\n    pass\n", "f(1\n", "if x:\npass\n", "def def():\n    pass\n", "class = 1\n", "x = 'a\n", "if x:\n    a\n  b\n",
		"x = = 1\n", "for in x:\n    pass\n", "import\n", "@\ndef f(): ...\n", "x = [1, 2\ny = 3\n", "return return\n", "    x = 1\ny = 2\n",
	} {
		_, err := readPython("a.py", []byte(bad))
		assert.Error(t, err, bad)
	}
	for _, good := range []string{
		"match x:\n    case {'a': [1, *rest]} if rest:\n        pass\n    case A(b=1) | None:\n        pass\n",
		"def f[T](x: T, /, *, y: int = 1) -> T: ...\n", "type A[T] = list[T]\n", "try:\n    pass\nexcept* E as e:\n    pass\n",
		"x = f'{a!r:>{b}} {c[\"d\"]}'\n", "async def f():\n    async with (a() as b, c() as d):\n        yield [x async for x in b if (y := x)]\n",
	} {
		_, err := readPython("a.py", []byte(good))
		assert.NoError(t, err, good)
	}
}
