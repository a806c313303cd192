package catalog_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/agent/catalog"
)

func TestLoad(t *testing.T) {
	c, err := catalog.Load()
	require.NoError(t, err)
	require.NotEmpty(t, c.Fields)
	require.NotEmpty(t, c.Retired)
	require.NotEmpty(t, c.Libraries)
	require.NotEmpty(t, c.Placeholders)
	for _, s := range c.Secrets {
		require.NotNil(t, s.Pattern.Regexp, s.Name)
	}
	for _, slip := range c.Slips {
		_, ok := c.Field(slip)
		require.True(t, ok, slip)
	}
}

// TestTools holds that the lists of tools fit together: a removed tool is not built in, and what replaces it is.
func TestTools(t *testing.T) {
	c := catalog.Facts()
	seen := map[string]bool{}
	for _, tool := range c.BuiltIn {
		require.False(t, seen[tool.Name], tool.Name)
		seen[tool.Name] = true
	}
	for _, gone := range c.Gone {
		require.False(t, seen[gone.Name], gone.Name)
		require.NotEmpty(t, gone.Until, gone.Name)
		require.False(t, gone.Merged && gone.Use == "", gone.Name)
		if gone.Use != "" && !strings.HasPrefix(gone.Use, "mcp__") {
			require.True(t, seen[gone.Use], gone.Use)
		}
	}
	for _, name := range c.KeptInBackground {
		require.True(t, seen[name], name)
	}
	for _, never := range c.NeverInSubagents {
		require.True(t, seen[never.Name], never.Name)
	}
}

// TestServers holds that every server can be started, and holds no secret of its own.
func TestServers(t *testing.T) {
	for _, s := range catalog.Facts().Servers {
		require.Equal(t, s.Editor, s.Command == "", s.Name)
		require.Equal(t, s.For != "", len(s.About) > 0, s.Name)
		for key, value := range s.Env {
			require.Equal(t, "${"+key+":-}", value)
		}
	}
}
