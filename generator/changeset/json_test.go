package changeset_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestJSONAndUnion(t *testing.T) {
	input := in(
		texts{".mcp.json": "{\n  \"a\": 1\n}\n", "x.toml": "a\n", "d/y.toml": "a\n", "bad.json": "{\n"},
		texts{".mcp.json": "{\n  \"a\": 1,\n  \"ours\": 2\n}\n", "x.toml": "a\nours\n", "d/y.toml": "a\nours\n", "bad.json": "{\n1\n"},
	)
	input.Union = []string{"**/*.toml"}
	disk := worldOf(texts{".mcp.json": "{\n    \"a\": 1,\n    \"mine\": 3\n}\n", "x.toml": "a\nmine\n", "d/y.toml": "a\r\nmine\r\n", "bad.json": "x\n{\n"})
	after, c := update(t, disk, input)
	require.Equal(t, texts{
		".mcp.json": "{\n    \"a\": 1,\n    \"ours\": 2,\n    \"mine\": 3\n}\n",
		"x.toml":    "a\nmine\nours\n",
		"d/y.toml":  "a\r\nmine\r\nours\r\n",
		"bad.json":  "x\n{\n1\n",
	}, after.texts())
	require.Empty(t, c.Conflicts)
}

// TestJSONStaysJSON: lines may merge where keys don't, but not to a text with a key twice.
func TestJSONStaysJSON(t *testing.T) {
	base, next := "{\n\"a\": 1,\n\"b\": 1\n}\n", "{\n\"a\": 1,\n\"b\": 1,\n\"x\": 2\n}\n"
	mine := "{\n\"x\": 1,\n\"a\": 1,\n\"b\": 1\n}\n"
	after, c := update(t, worldOf(texts{"f.json": mine}), in(texts{"f.json": base}, texts{"f.json": next}))
	require.Equal(t, texts{"f.json": mine, "f.json.scaffold-new": next}, after.texts())
	require.Equal(t, []string{"f.json"}, c.Conflicts)
	list := "{\"a\": [\n1,\n2,\n3\n]}\n"
	after, c = update(t, worldOf(texts{"f.json": strings.Replace(list, "1", "10", 1)}), in(texts{"f.json": list}, texts{"f.json": strings.Replace(list, "3", "30", 1)}))
	require.Equal(t, texts{"f.json": "{\"a\": [\n10,\n2,\n30\n]}\n"}, after.texts())
	require.Empty(t, c.Conflicts)
}

// TestJSONConflict: a key that both changed stays yours, the rest merges, and no marker line makes the file unreadable.
func TestJSONConflict(t *testing.T) {
	base := "{\n  \"s\": {\n    \"a\": {\"v\": 1},\n    \"b\": {\"v\": 1}\n  }\n}\n"
	next := "{\n  \"s\": {\n    \"b\": {\"v\": 2}\n  }\n}\n"
	after, c := update(t, worldOf(texts{".mcp.json": `{"s": {"mine": 0, "a": {"v": 9}, "b": {"v": 1}}}`}), in(texts{".mcp.json": base}, texts{".mcp.json": next}))
	require.Equal(t, texts{".mcp.json": `{"s": {"mine": 0, "a": {"v": 9}, "b": {"v": 2}}}`, ".mcp.json.scaffold-new": next}, after.texts())
	require.Equal(t, []string{".mcp.json"}, c.Conflicts)
	require.Contains(t, c.Steps[0].Reason, "you and the templates changed s.a: yours stays; compare it with .mcp.json.scaffold-new")
}
