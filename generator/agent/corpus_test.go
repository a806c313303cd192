package agent_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/agent"
	"example.com/scaffold/generator/agent/frontmatter"
)

// expected is one line of the corpus: a file and what its readers make of it.
type expected struct {
	Path        string
	Strict      string // ok, reject or - where readers disagree
	Claude      bool
	ClaudeCRLF  bool `json:"claude_crlf"`
	Name        string
	NameSure    bool `json:"name_sure"`
	Read        string
	Framing     string
	Description *string
	Tools       []string
	Fields      [][2]any
	Dup         bool
	BodySHA     *string `json:"body_sha256"`
	BodyLen     *int    `json:"body_len"`
}

// corpus returns the folder of agent files to read, or skips: their licences keep most of them out of this repository.
func corpus(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("SCAFFOLD_AGENT_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "agents")
	}
	if _, err := os.Stat(filepath.Join(dir, "expected.jsonl")); err != nil {
		t.Skipf("NOT RUN: no corpus of agent files in %s; set SCAFFOLD_AGENT_CORPUS to its folder", dir)
	}
	return dir
}

// cases reads the corpus's table.
func cases(t *testing.T, dir string) []expected {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "expected.jsonl"))
	require.NoError(t, err)
	var all []expected
	for line := range strings.Lines(string(data)) {
		var e expected
		require.NoError(t, json.Unmarshal([]byte(line), &e))
		all = append(all, e)
	}
	require.NotEmpty(t, all)
	return all
}

func TestCorpus(t *testing.T) {
	dir := corpus(t)
	for _, want := range cases(t, dir) {
		t.Run(want.Path, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(dir, want.Path))
			require.NoError(t, err)
			check(t, want, agent.Read(data))
		})
	}
}

// check compares a file with the corpus's line.
func check(t *testing.T, want expected, got agent.File) {
	t.Helper()
	if want.Strict != "-" {
		assert.Equal(t, want.Strict == "ok", got.Loads().StrictYAML, "strict")
	}
	assert.Equal(t, want.Claude, got.Loads().Claude, "claude")
	assert.Equal(t, want.ClaudeCRLF, got.Loads().ClaudeCRLF, "claude, CRLF")
	assert.Equal(t, want.Read, string(got.Read), "read")
	assert.Equal(t, want.Framing == "differs", got.FramingDiffers, "framing")
	if want.NameSure {
		assert.Equal(t, want.Name, got.Name, "name")
	}
	if want.BodyLen != nil {
		sum := sha256.Sum256(got.Body)
		assert.Equal(t, *want.BodyLen, len(got.Body), "length of the body")
		assert.Equal(t, *want.BodySHA, hex.EncodeToString(sum[:]), "body")
	}
	if want.Read == "none" {
		return
	}
	assert.Equal(t, want.Dup, got.Duplicate, "duplicate key")
	if want.Description != nil {
		assert.Equal(t, *want.Description, got.Description, "description")
	}
	if absent(want) {
		assert.Nil(t, got.Tools, "all tools")
	} else {
		assert.Equal(t, want.Tools, got.Tools, "tools")
	}
	fields := [][2]any{}
	for _, f := range got.Fields {
		fields = append(fields, [2]any{f.Name, plain(f.Value)})
	}
	assert.Equal(t, once(want.Fields), fields, "fields")
}

// absent reports whether the corpus's file has no tools, or a key without a value, which is the same.
func absent(e expected) bool {
	for _, f := range e.Fields {
		if m, ok := f[1].(map[string]any); f[0] == "tools" {
			return ok && m["k"] == "o" && m["t"] == ""
		}
	}
	return true
}

// plain writes a value as the corpus does.
func plain(v frontmatter.Value) any {
	switch v.Kind {
	case frontmatter.List:
		list := []any{}
		for _, item := range v.Items {
			list = append(list, plain(item))
		}
		return map[string]any{"l": list}
	case frontmatter.Map:
		pairs := []any{}
		for _, e := range v.Entries {
			pairs = append(pairs, []any{e.Key.Text, plain(e.Value)})
		}
		return map[string]any{"m": pairs}
	case frontmatter.Plain:
		return map[string]any{"t": v.Text, "k": "o"}
	}
	return map[string]any{"t": v.Text, "k": "s"}
}

// once drops all but the last of equal keys, which is what readers that take them do.
func once(fields [][2]any) [][2]any {
	for _, f := range fields {
		m, ok := f[1].(map[string]any)
		pairs, isMap := m["m"].([]any)
		if !ok || !isMap {
			continue
		}
		kept := []any{}
		places := map[string]int{}
		for _, p := range pairs {
			key := p.([]any)[0].(string)
			if at, ok := places[key]; ok {
				kept[at] = p
				continue
			}
			places[key] = len(kept)
			kept = append(kept, p)
		}
		m["m"] = kept
	}
	return fields
}
