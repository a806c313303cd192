// Package catalog holds the dated facts about agent tools: fields, tools, models, MCP servers and libraries.
// They are data files, so that a new release of a tool changes no code.
package catalog

import (
	"embed"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"
)

//go:embed data/*.yaml
var files embed.FS

// Catalog is all facts.
type Catalog struct {
	Fields           []Field           `yaml:"fields"`
	Slips            map[string]string `yaml:"slips"`
	BuiltIn          []Tool            `yaml:"built_in"`
	Gone             []Gone            `yaml:"gone"`
	NeverInSubagents []Never           `yaml:"never_in_subagents"`
	KeptInBackground []string          `yaml:"kept_in_background"`
	Writes           []string          `yaml:"writes"`
	BuiltInAgents    []string          `yaml:"built_in_agents"`
	Aliases          []string          `yaml:"aliases"`
	Retired          []Retired         `yaml:"retired"`
	Servers          []Server          `yaml:"servers"`
	Reserved         []string          `yaml:"reserved"` // names of servers that no project can declare
	Libraries        []string          `yaml:"libraries"`
	Secrets          []Secret          `yaml:"secrets"`
	Placeholders     []Pattern         `yaml:"placeholders"`
}

// Field is a known key; Values, if any, are all that it takes.
type Field struct {
	Name   string
	Values []string
}

// Tool is a built-in tool. Alias is the tool it is another name of; Off says when it is not given by default.
type Tool struct {
	Name, Alias, Since, Off, Source string
	Instead                         []string
}

// Gone is a tool that was removed or renamed. Use is the name to write instead, if any; How says it in words. Merged tells that
// Use was a tool of its own before, so that to disallow the one never meant the other.
type Gone struct {
	Name, Until, Use, How string
	Merged                bool
}

// Never is a tool that no sub-agent gets, but in the permission mode Unless.
type Never struct{ Name, Unless string }

// Retired is a model id, or the beginning of ids before a `*`.
type Retired struct{ ID, Until string }

// Secret is the form of a key or token.
type Secret struct {
	Name    string
	Pattern Pattern
}

// Pattern is a regular expression.
type Pattern struct{ *regexp.Regexp }

// UnmarshalYAML compiles a pattern.
func (p *Pattern) UnmarshalYAML(node *yaml.Node) (err error) {
	p.Regexp, err = regexp.Compile(node.Value)
	return err
}

// Server is an MCP server and how it is started. Those of an editor are never started by a project.
type Server struct {
	Name, For, Command, Needs, Source string
	About, Args, Tools                []string
	Env                               map[string]string
	Editor                            bool
}

// Load reads the data files of this program. An error means that the program itself is broken.
func Load() (Catalog, error) {
	var c Catalog
	for _, name := range []string{"fields", "tools", "models", "servers", "libraries", "secrets"} {
		data, err := files.ReadFile("data/" + name + ".yaml")
		if err != nil {
			return c, err
		}
		if err := yaml.Unmarshal(data, &c); err != nil {
			return c, fmt.Errorf("catalog: %s: %w", name, err)
		}
	}
	return c, nil
}

// Facts returns the catalog of this program. It panics if its own files are broken, which a test rules out.
var Facts = sync.OnceValue(func() *Catalog {
	c, err := Load()
	if err != nil {
		panic(err)
	}
	return &c
})

// Field returns the known key of that name.
func (c *Catalog) Field(name string) (Field, bool) {
	for _, f := range c.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// Tool returns the built-in tool of that name.
func (c *Catalog) Tool(name string) (Tool, bool) {
	for _, t := range c.BuiltIn {
		if t.Name == name {
			return t, true
		}
	}
	return Tool{}, false
}

// Removed returns what is known of a removed or renamed tool.
func (c *Catalog) Removed(name string) (Gone, bool) {
	for _, g := range c.Gone {
		if g.Name == name {
			return g, true
		}
	}
	return Gone{}, false
}

// Server returns the known MCP server of that name.
func (c *Catalog) Server(name string) (Server, bool) {
	for _, s := range c.Servers {
		if s.Name == name {
			return s, true
		}
	}
	return Server{}, false
}

// Matches reports whether id is the retired model.
func (r Retired) Matches(id string) bool {
	if prefix, ok := strings.CutSuffix(r.ID, "*"); ok {
		return strings.HasPrefix(id, prefix)
	}
	return r.ID == id
}
