package agent_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/agent"
)

// seeds are definitions with one peculiarity each.
var seeds = []string{
	"---\nname: a\ndescription: plain words\n---\nbody\n",
	"---\nname: a\ndescription: Use it when: needed\ntools: Read, Agent(a, b)\n---\n",
	"---\r\nname: a\r\ndescription: x\r\n---\r\nb\r\nc\rd",
	"\uFEFF---\nname: a\ndescription: 'it''s'\n--- \nb",
	"---\nname: a\ndescription: >-\n  a: b\n  c\n\n  d\ntools:\n  - Read\n  - \"*\"\n---\n",
	"---\nname: a\ndescription: \"x\\ud83d\\ude00 \\/ \\e \\N\"\nmaxTurns: 0o17\n---\n",
	"---\nname: a\ndescription: x\u0085y\u2028z\n---\n",
	"---\nname: a\ndescription: \"first --- second\"\ntools: Read\n---\nbody\n",
	"---\nname: a\ndescription: first --- second\ntools: Read\n---\nbody\n",
	"---\nname: a\ndescription: x\n----\nbody\n",
	"---\n# head\nname: a # tail\n# --- gone\ndescription: x # cut\n# foot\n\n# last\n---\n",
	"---\nname: a\ndescription: x\nhooks:\n  Stop:\n    - matcher: \"\"\n      hooks: [{type: command, command: \"echo: x\"}]\n    # note\n    - {}\n---\n",
	"---\nname: a\ndescription: x\nbase: &b {k: 1.10, l: [~, null, yes, 010]}\nmore:\n  <<: *b\n  k: 2\n? [a, b]\n: {? {c: d} : e}\n---\n",
	"---\nname: a\ndescription: x\nlist:\n- - 1\n  - 2\n- k: v\n  l:\n  - z\n-\n---\n",
	"---\nname: a\nname: b\ndescription: x\n---\n",
	"---\nname: a\ndescription: Use it. Examples:\n<example>\nuser: hi\n</example>\nmodel: opus\n---\nb\n",
	"---\nname: a\ndescription: \"say \"hi\" now\"\n---\n",
	"---\nname: a\ndescription: caf\xe9\n---\n\xff\xfe",
	"---\nname: a\ndescription: x\ntools: []\ndisallowedTools: mcp__*\n---\n```\n@dev-journal/A.md\n```\n`tests/x` `resolve_it`\n",
	"---\nname: a\ndescription: x\nnote: !!python/object:x [1, !!str 2]\nloop: &l [*l]\n---\n",
	"---\nname: a\ndescription: x\nk: |\n\ttab\n  x\n---\n",
	"---\nname: a\ndescription: \"\\u0000\\uFFFE\u202E\"\n\"---\": \"-----\"\nx: a----b\n---\n",
	"---\nname: a\ndescription: 0: \ntools: (ead, Agent\x80a, b)\n---",
	"---\nname: a\nhooks:\n\tStop: []\ndescription: x\n---\n",
	"---\nname: a\ndescription: x\ntools:\n  - ---0",
	"---\nname: a\ndescription: x\ntools: [null, Read, ~]\n---\n",
}

// FuzzEmit holds that what is emitted loads everywhere, says the same, and is emitted again byte for byte.
func FuzzEmit(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		file := agent.Read(data)
		file.Contract()
		file.Lint(agent.LintOptions{Path: "a.md", Exists: func(string) bool { return false }})
		out, err := file.Emit()
		if err != nil {
			require.NotContains(t, err.Error(), "simplify", "%q", data)
			return
		}
		again := agent.Read(out)
		require.Equal(t, agent.Loads{StrictYAML: true, Claude: true, ClaudeCRLF: true}, again.Loads(), "%s", out)
		require.Equal(t, file.Name, again.Name)
		require.Equal(t, file.Description, again.Description)
		require.Equal(t, file.Tools, again.Tools)
		require.Equal(t, file.Disallowed, again.Disallowed)
		require.True(t, bytes.Equal(file.Body, again.Body), "body")
		front, _, _ := strings.Cut(string(out[4:]), "\n---\n")
		require.NotContains(t, front, "---")
		twice, err := again.Emit()
		require.NoError(t, err)
		require.Equal(t, string(out), string(twice))
		mended, err := file.Project([]string{"tools", "imports", "names"}, []string{"b-planner"})
		if err == nil {
			require.True(t, agent.Read(mended).Loads().Claude)
		}
	})
}
