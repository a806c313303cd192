package generator

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"example.com/scaffold/generator/agent"
	"example.com/scaffold/generator/apply"
	"example.com/scaffold/generator/changeset"
)

// mcpFile is where a project declares its MCP servers.
const mcpFile = ".mcp.json"

// maxServers is the size above which an .mcp.json is not read for the servers that it declares.
const maxServers = 1 << 20

// Servers returns the names of the MCP servers that the project's agents bring to .mcp.json.
func (p *Project) Servers() []string {
	known, _ := agent.Servers(files(p.state.agents))
	names := []string{}
	for _, server := range known {
		names = append(names, server.Name)
	}
	return names
}

func files(definitions []definition) []agent.File {
	list := []agent.File{}
	for _, def := range definitions {
		list = append(list, def.file)
	}
	return list
}

// declared returns the servers that the project has once it is written: those of its agents, and those in the .mcp.json on
// disk. One that can't be read declares none.
func (p *Project) declared() ([]string, error) {
	disk, err := apply.Snapshot(p.root, []string{mcpFile})
	if err != nil {
		return nil, err
	}
	var config struct {
		Servers map[string]json.RawMessage `json:"mcpServers"`
	}
	if node := disk[mcpFile]; node.Kind == changeset.Regular && len(node.Data) <= maxServers {
		_ = json.Unmarshal(node.Data, &config)
	}
	return union(p.Servers(), slices.Sorted(maps.Keys(config.Servers))), nil
}

// unknownServers says which servers of the definitions are declared nowhere, and that scaffold can't do it.
func (p *Project) unknownServers(definitions []definition, declared []string) []string {
	var notes []string
	for _, def := range definitions {
		_, unknown := agent.Servers([]agent.File{def.file})
		for _, name := range unknown {
			switch {
			case slices.Contains(declared, name):
			case agent.Reserved(name):
				notes = append(notes, fmt.Sprintf("%s: the name of the MCP server %s is reserved, so that %s can't declare it; rename the server", def.name, name, mcpFile))
			default:
				notes = append(notes, fmt.Sprintf("%s: scaffold doesn't know the MCP server %s; declare it in %s", def.name, name, mcpFile))
			}
		}
	}
	return notes
}
