package agent_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/agent"
)

// cut is strings.Cut under a name that tables can use.
func cut(s, sep string) (string, string, bool) { return strings.Cut(s, sep) }

func TestServers(t *testing.T) {
	files := []agent.File{
		agent.Read([]byte("---\nname: a\ndescription: x\ntools: mcp__playwright__x, mcp__ide__getDiagnostics, mcp__odd__x, Read\n---\n`mcp__firecrawl__x`\n")),
		agent.Read([]byte("---\nname: b\ndescription: x\ntools: [mcp__playwright, mcp__context7__*, mcp__own__x]\nmcpServers:\n  - own: {command: own}\n  - context7\n---\n")),
		agent.Read([]byte("---\nname: c\ndescription: x\ntools: mcp__elsewhere__x\nmcpServers: [elsewhere]\n---\n")),
		agent.Read([]byte("---\nname: d\ndescription: x\n---\n")),
	}
	known, unknown := agent.Servers(files)
	require.Equal(t, []string{"odd"}, unknown)
	require.Len(t, known, 2)
	require.Equal(t, []string{"context7", "playwright"}, []string{known[0].Name, known[1].Name})
	var config struct {
		Servers map[string]map[string]any `json:"mcpServers"`
	}
	text := agent.MCPConfig(known)
	require.NoError(t, json.Unmarshal(text, &config))
	require.Equal(t, map[string]any{"CONTEXT7_API_KEY": "${CONTEXT7_API_KEY:-}"}, config.Servers["context7"]["env"])
	require.Equal(t, map[string]any{"type": "stdio", "command": "npx", "args": []any{"-y", "@playwright/mcp"}}, config.Servers["playwright"])
	require.Equal(t, byte('\n'), text[len(text)-1])
	require.Equal(t, "{\n  \"mcpServers\": {}\n}\n", string(agent.MCPConfig(nil)))
}

func TestCheckNames(t *testing.T) {
	require.NoError(t, agent.CheckNames([]string{"a", "b", "c"}))
	for _, names := range [][]string{{"a", "b", "a"}, {"Planner", "planner"}, {"stra\u00dfe", "STRASSE"}, {"\u00e9", "e\u0301"}} {
		require.ErrorContains(t, agent.CheckNames(names), "one name", "%q", names)
	}
}
