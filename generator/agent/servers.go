package agent

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"example.com/scaffold/generator/agent/catalog"
	"example.com/scaffold/generator/agent/frontmatter"
)

// Server is an MCP server that a project declares for its agents. Stanza is its JSON object, on one line.
type Server struct {
	Name   string
	Stanza string
	For    string // what it serves, if it is one thing only
	Needs  string // a program that has to be installed for it, if any
}

// stanza is the form of a server in .mcp.json.
type stanza struct {
	Type    string            `json:"type"`
	Command string            `json:"command"`
	Args    []string          `json:"args"`
	Env     map[string]string `json:"env,omitempty"`
}

// Servers merges the MCP servers of the tools of all agents, sorted by name. Those of the editor are left out, and those
// that the agent which uses them brings along. Servers that the catalog does not know are returned apart, but for those that
// the agents declare by name: these are declared elsewhere.
func Servers(files []File) (known []Server, unknown []string) {
	undeclared := map[string]bool{}
	for _, f := range files {
		own := f.declared()
		for _, name := range f.servers() {
			if whole, named := own[name]; !whole {
				undeclared[name] = undeclared[name] || !named
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(undeclared)) {
		if s, ok := catalog.Facts().Server(name); ok {
			known = append(known, serverOf(s))
		} else if undeclared[name] {
			unknown = append(unknown, frontmatter.Visible(name, maxMessage))
		}
	}
	return known, unknown
}

// Reserved tells that no project can declare a server of the name: Claude Code has its own.
func Reserved(name string) bool { return has(catalog.Facts().Reserved, name) }

// serverOf makes a Server of a catalog entry.
func serverOf(s catalog.Server) Server {
	return Server{Name: s.Name, Stanza: oneLine(stanza{"stdio", s.Command, s.Args, s.Env}), For: s.For, Needs: s.Needs}
}

// oneLine is JSON without the escapes for HTML; what it is given always has a JSON form.
func oneLine(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
	return string(bytes.TrimSpace(b.Bytes()))
}

// MCPConfig returns the bytes of an .mcp.json that declares the servers; without any its map is empty.
func MCPConfig(servers []Server) []byte {
	config := struct {
		Servers map[string]json.RawMessage `json:"mcpServers"`
	}{map[string]json.RawMessage{}}
	for _, s := range servers {
		config.Servers[s.Name] = json.RawMessage(s.Stanza)
	}
	var b bytes.Buffer
	_ = json.Indent(&b, []byte(oneLine(config)), "", "  ") // what oneLine returns is JSON
	b.WriteByte('\n')
	return b.Bytes()
}

// declared returns the servers of the field mcpServers; true for those that have a stanza there, false for mere names.
func (f File) declared() map[string]bool {
	names := map[string]bool{}
	field, _ := f.Field("mcpServers")
	add := func(entries []frontmatter.Entry) {
		for _, e := range entries {
			names[e.Key.Text] = true
		}
	}
	add(field.Value.Entries)
	for _, item := range field.Value.Items {
		if item.Kind == frontmatter.Text && !names[item.Text] {
			names[item.Text] = false
		}
		add(item.Entries)
	}
	return names
}
