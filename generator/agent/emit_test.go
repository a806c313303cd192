package agent_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/agent"
)

var emitCases = []struct{ name, text, want string }{
	{"plain", "---\nname: a\ndescription: plain words\n---\nb\n", "---\nname: a\ndescription: \"plain words\"\n---\nb\n"},
	{"colon", "---\nname: a\ndescription: Use it: now\n---\n", "---\nname: a\ndescription: \"Use it: now\"\n---\n"},
	{"name that is no word", "---\nname: My Agent\ndescription: x\n---\n", "---\nname: \"My Agent\"\ndescription: \"x\"\n---\n"},
	{"name that YAML 1.1 takes for a boolean", "---\nname: yes\ndescription: x\n---\n", "---\nname: \"yes\"\ndescription: \"x\"\n---\n"},
	{"name in quotes", "---\nname: 'a-b'\ndescription: x\n---\n", "---\nname: a-b\ndescription: \"x\"\n---\n"},
	{"line ends", "\uFEFF---\r\nname: a\r\ndescription: x\r\n---\r\n\r\nb\r\nc\rd  ", "---\nname: a\ndescription: \"x\"\n---\n\nb\nc\rd  "},
	{"bytes of the body", "---\nname: a\ndescription: x\n---\n{{ .X }} caf\xe9\n-- f --\n<<<<<<< yours\n---\n", "---\nname: a\ndescription: \"x\"\n---\n{{ .X }} caf\xe9\n-- f --\n<<<<<<< yours\n---\n"},
	{"no body", "---\nname: a\ndescription: x\n---", "---\nname: a\ndescription: \"x\"\n---\n"},
	{"block scalars", "---\nname: a\ndescription: |\n  a\n  b\nmore: >-\n  c\n  d: e\n---\n", "---\nname: a\ndescription: \"a\\nb\\n\"\nmore: \"c d: e\"\n---\n"},
	{"dashes", "---\nname: a\ndescription: \"a --- b -----\"\n---\n", "---\nname: a\ndescription: \"a \\u002d-- b \\u002d\\u002d\\u002d--\"\n---\n"},
	{
		"dashes elsewhere", "---\nname: a\ndescription: x\n\"x---y\": \"p---q\"\n# --- gone\n# stays\nz: 1 # stays too\n---\n",
		"---\nname: a\ndescription: \"x\"\n\"x\\u002d--y\": \"p\\u002d--q\"\n# stays\nz: 1 # stays too\n---\n",
	},
	{
		"characters", "---\nname: a\ndescription: \"é \U0001F600 \\u202e \\u2028 \\x7f \\ufeff \\t \\\"q\\\" \\\\\"\n---\n",
		"---\nname: a\ndescription: \"é \U0001F600 \\u202e \\u2028 \\u007f \\ufeff \\t \\\"q\\\" \\\\\"\n---\n",
	},
	{"surrogates", "---\nname: a\ndescription: \"\\ud83d\\ude00\"\n---\n", "---\nname: a\ndescription: \"\U0001F600\"\n---\n"},
	{"tools", "---\nname: a\ntools:\n  - Read\n  - \"Agent(a, b)\"\ndescription: x\n---\n", "---\nname: a\ntools: Read, Agent(a, b)\ndescription: \"x\"\n---\n"},
	{"all tools by name", "---\nname: a\ndescription: x\ntools: [\"*\"]\n---\n", "---\nname: a\ndescription: \"x\"\ntools: \"*\"\n---\n"},
	{"no tools", "---\nname: a\ndescription: x\ntools: []\n---\n", "---\nname: a\ndescription: \"x\"\ntools: []\n---\n"},
	{"tools without a value", "---\nname: a\ndescription: x\ntools: \n---\n", "---\nname: a\ndescription: \"x\"\ntools:\n---\n"},
	{
		"spelling", "---\nname: a\ndescription: x\nversion: 1.10\nnone: ~\nyes: on\nnum: 010\nt: '1'\n---\n",
		"---\nname: a\ndescription: \"x\"\nversion: 1.10\nnone: ~\n\"yes\": \"on\"\nnum: 010\nt: \"1\"\n---\n",
	},
	{
		"structure", "---\nname: a\ndescription: x\nhooks:\n    Stop:\n    -   matcher: \"\"\n        hooks: [{type: command, command: \"a: b\"}]\nl:\n- - 1\n  - x\n- {}\n-\n---\n",
		"---\nname: a\ndescription: \"x\"\nhooks:\n  Stop:\n    - matcher: \"\"\n      hooks: [{type: command, command: \"a: b\"}]\nl:\n  - [1, x]\n  - {}\n  - null\n---\n",
	},
	{"aliases and merges", "---\nname: a\ndescription: x\nb: &b {k: 1, l: 2}\nc:\n  <<: *b\n  k: 3\n---\n", "---\nname: a\ndescription: \"x\"\nb: {k: 1, l: 2}\nc:\n  k: 3\n  l: 2\n---\n"},
	{"tags", "---\nname: a\ndescription: x\nc: !!python/object:x [!!str 1]\n---\n", "---\nname: a\ndescription: \"x\"\nc: [\"1\"]\n---\n"},
	{"duplicates", "---\nname: a\nname: b\ndescription: x\nh: {k: 1, k: 2}\n---\n", "---\nname: b\ndescription: \"x\"\nh: {k: 2}\n---\n"},
	{
		"key-anchored", "---\nname: a\ndescription: Use it. Examples:\n<example>\nuser: hi\n</example>\ntools:\n  - Read\nmaxTurns: 3\n---\nb\n",
		"---\nname: a\ndescription: \"Use it. Examples:\\n<example>\\nuser: hi\\n</example>\"\ntools: Read\nmaxTurns: 3\n---\nb\n",
	},
	{"framed elsewhere", "---\nname: a\ndescription: first --- second\ntools: Read\n---\nbody\n", "---\nname: a\ndescription: \"first\"\n---\n second\ntools: Read\n---\nbody\n"},
}

func TestEmit(t *testing.T) {
	for _, c := range emitCases {
		t.Run(c.name, func(t *testing.T) {
			out, err := agent.Read([]byte(c.text)).Emit()
			require.NoError(t, err)
			require.Equal(t, c.want, string(out))
			again, err := agent.Read(out).Emit()
			require.NoError(t, err)
			require.Equal(t, c.want, string(again))
			require.Equal(t, everywhere, agent.Read(out).Loads())
		})
	}
}

func TestEmitRefuses(t *testing.T) {
	cases := map[string]string{
		"":                                                                   "no front matter",
		"---\nname: a\n":                                                     "no closing line",
		"---\nname: a\n---\n":                                                "no description",
		"---\ndescription: x\n---\n":                                         "no name",
		"---\nname: 1\ndescription: x\n---\n":                                "name is not a string",
		"---\nname: a\ndescription: [x]\n---\n":                              "description is not a string",
		"---\nname: a\ndescription: \"\"\n---\n":                             "description is empty",
		"---\nname: a:b\ndescription: x\n---\n":                              "colon",
		"---\nname: -a\ndescription: x\n---\n":                               "hyphen",
		"---\nname: ../a\ndescription: x\n---\n":                             "slash",
		"---\nname: a.\ndescription: x\n---\n":                               "portable",
		"---\nname: con\ndescription: x\n---\n":                              "portable",
		"---\nname: \"a \"\ndescription: x\n---\n":                           "portable",
		"---\nname: .git\ndescription: x\n---\n":                             "portable",
		"---\nname: a\ndescription: x\nhooks: run\n---\n":                    "hooks",
		"---\nname: " + strings.Repeat("n", 254) + "\ndescription: x\n---\n": "portable",
		"---\nname: a\ndescription: x\n---\n" + strings.Repeat("x", agent.MaxBytes):            "1 MiB",
		"---\nname: a\ndescription: x\nk: \"" + strings.Repeat("\u2028", 300000) + "\"\n---\n": "when written",
	}
	for text, reason := range cases {
		_, err := agent.Read([]byte(text)).Emit()
		require.ErrorContains(t, err, reason)
	}
}

// TestEmitCorpus writes every real definition that can be written, and reads it back.
func TestEmitCorpus(t *testing.T) {
	dir := corpus(t)
	for _, c := range cases(t, dir) {
		data, err := os.ReadFile(filepath.Join(dir, c.Path))
		require.NoError(t, err)
		file := agent.Read(data)
		out, err := file.Emit()
		if err != nil {
			require.True(t, strings.HasPrefix(c.Path, "synthetic/"), "%s: %v", c.Path, err)
			continue
		}
		again := agent.Read(out)
		require.Equal(t, everywhere, again.Loads(), c.Path)
		require.Equal(t, file.Description, again.Description, c.Path)
		require.Equal(t, file.Tools, again.Tools, c.Path)
		require.Equal(t, string(file.Body), string(again.Body), c.Path)
		require.Len(t, again.Fields, len(file.Fields), c.Path)
	}
}
