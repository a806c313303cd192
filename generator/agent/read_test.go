package agent_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/agent"
)

// Verdicts, for short: of strict YAML, Claude Code, and Claude Code with CRLF line ends.
var (
	everywhere = agent.Loads{StrictYAML: true, Claude: true, ClaudeCRLF: true}
	claudeOnly = agent.Loads{Claude: true, ClaudeCRLF: true}
	strictOnly = agent.Loads{StrictYAML: true}
	linesOnly  = agent.Loads{Claude: true}
	nowhere    = agent.Loads{}
)

// described makes a definition whose third line is the description's.
func described(value string) string { return "---\nname: sample\ndescription: " + value + "\n---\nb\n" }

var readCases = []struct {
	name, text string
	loads      agent.Loads
	read       agent.Reading
	desc       string
}{
	{"plain", described("plain words"), everywhere, agent.ReadStrict, "plain words"},
	{"colon and blank", described("Use it: now"), linesOnly, agent.ReadQuoted, "Use it: now"},
	{"at sign", described("@home"), linesOnly, agent.ReadQuoted, "@home"},
	{"bracket not closed", described("[Read, Write"), linesOnly, agent.ReadQuoted, "[Read, Write"},
	{"quotes and backslashes in a repaired line", described(`a: "b\c"`), linesOnly, agent.ReadQuoted, `a: "b\c"`},
	{"colon at the end", described("Examples:"), nowhere, agent.ReadNone, "Examples:"},
	{"pasted lines", described("Use it. Examples:\n<example>\nuser: hi\n</example>"), nowhere, agent.ReadNone, "Use it. Examples:\n<example>\nuser: hi\n</example>"},
	{"colon and continuation", described("a: b\n  c: d"), nowhere, agent.ReadNone, "a: b\n  c: d"},
	{"inner quotes", described(`"say "hi" now"`), nowhere, agent.ReadNone, `say "hi" now`},
	{"inner apostrophe", described(`'don't'`), nowhere, agent.ReadNone, "don't"},
	{"unknown escape", described(`"a \d b"`), nowhere, agent.ReadNone, `a \d b`},
	{"folded block", described(">-\n  a: b\n  c"), everywhere, agent.ReadStrict, "a: b c"},
	{"comment", described("fix #12"), everywhere, agent.ReadStrict, "fix"},
	{"dashes in quotes", described(`"a --- b"`), strictOnly, agent.ReadStrict, "a --- b"},
	{"dashes in plain text", described("a --- b"), everywhere, agent.ReadStrict, "a"},
	{"four dashes", "---\nname: sample\ndescription: x\n----\n", claudeOnly, agent.ReadStrict, "x"},
	{"words after the end", "---\nname: sample\ndescription: x\n--- end\n", claudeOnly, agent.ReadStrict, "x"},
	{"duplicate key", described("x\ndescription: y"), claudeOnly, agent.ReadStrict, "y"},
	{"tab as indentation", described("x\nhooks:\n\tStop: []"), claudeOnly, agent.ReadStrict, "x"},
	{"not UTF-8", described("caf\xe9"), claudeOnly, agent.ReadStrict, "caf\uFFFD"},
	{"control character", described("a\ab"), claudeOnly, agent.ReadStrict, "a\ab"},
	{"NUL", described("a\x00b"), nowhere, agent.ReadNone, "a\x00b"},
	{"CRLF with a colon", strings.ReplaceAll(described("Use it: now"), "\n", "\r\n"), nowhere, agent.ReadNone, "Use it: now"},
	{"CRLF quoted", strings.ReplaceAll(described(`"Use it: now"`), "\n", "\r\n"), everywhere, agent.ReadStrict, "Use it: now"},
	{"line separators", described("a\u2028b\u0085c\u2029d"), everywhere, agent.ReadStrict, "a\u2028b\u0085c\u2029d"},
	{"repair stops at a separator", described("a: b\u2028c"), nowhere, agent.ReadNone, "a: b\u2028c"},
	{"surrogate pair", described(`"\ud83d\ude00 \uD83D\uDE01"`), everywhere, agent.ReadStrict, "\U0001F600 \U0001F601"},
	{"surrogate pair in plain text", described(`\ud83d\ude00`), everywhere, agent.ReadStrict, `\ud83d\ude00`},
	{"escaped backslash before u", described(`"\\ud83d\\ude00"`), everywhere, agent.ReadStrict, `\ud83d\ude00`},
	{"escaped slash", described(`"a\/b"`), everywhere, agent.ReadStrict, "a/b"},
	{"merge", "---\nbase: &b {description: merged}\n<<: *b\nname: sample\n---\n", everywhere, agent.ReadStrict, "merged"},
	{"alias of nothing", described("x\nnote: *no"), linesOnly, agent.ReadQuoted, "x"},
	{"byte order mark", "\uFEFF" + described("x"), everywhere, agent.ReadStrict, "x"},
	{"blank before the fence", " " + described("x"), nowhere, agent.ReadNone, ""},
	{"word after the fence", "--- x\nname: sample\ndescription: x\n---\n", nowhere, agent.ReadNone, ""},
	{"two documents", described("x\n...\na: b"), nowhere, agent.ReadNone, "x\n...\na: b"},
	{"number for a name", "---\nname: 12\ndescription: x\n---\n", strictOnly, agent.ReadStrict, "x"},
	{"tagged number for a name", "---\nname: !!str 12\ndescription: x\n---\n", everywhere, agent.ReadStrict, "x"},
	{"hooks as a list", described("x\nhooks: []"), strictOnly, agent.ReadStrict, "x"},
	{"hooks without a value", described("x\nhooks:"), everywhere, agent.ReadStrict, "x"},
	{"long name", "---\nname: " + strings.Repeat("n", 257) + "\ndescription: x\n---\n", strictOnly, agent.ReadStrict, "x"},
	{"list for a root", "---\n- a\n---\n", nowhere, agent.ReadNone, ""},
}

func TestRead(t *testing.T) {
	for _, c := range readCases {
		t.Run(c.name, func(t *testing.T) {
			file := agent.Read([]byte(c.text))
			require.Equal(t, c.loads, file.Loads())
			require.Equal(t, c.desc, file.Description)
			require.Equal(t, c.read, file.Read)
		})
	}
}

func TestReadTools(t *testing.T) {
	cases := []struct {
		field string
		want  []string
	}{
		{"", nil},
		{"tools:\n", nil},
		{"tools: ~\n", nil},
		{"tools: []\n", []string{}},
		{"tools: \"\"\n", []string{}},
		{"tools: Read,Write , Bash(git log:*, x)\n", []string{"Read", "Write", "Bash(git log:*, x)"}},
		{"tools: [Read, \"Write, Grep\"]\n", []string{"Read", "Write", "Grep"}},
		{"tools: Agent(a, b\n", []string{"Agent(a, b"}},
		{"tools:\n  - Read\n  - Read\n", []string{"Read", "Read"}},
	}
	for _, c := range cases {
		file := agent.Read([]byte("---\nname: sample\ndescription: x\n" + c.field + "---\n"))
		require.Equal(t, c.want, file.Tools, "%q", c.field)
	}
}

func TestReadFields(t *testing.T) {
	file := agent.Read([]byte("---\nname: sample\ndescription: a: b\n\nzeta:\n  - 1\n  # two\nname: second\n---\n\nbody\r\n\r"))
	var got []string
	for _, f := range file.Fields {
		got = append(got, f.Name)
	}
	require.Equal(t, []string{"name", "description", "zeta"}, got)
	require.Equal(t, "second", file.Name)
	require.True(t, file.Duplicate)
	require.Equal(t, "\nbody\n\r", string(file.Body))
	zeta, ok := file.Field("zeta")
	require.True(t, ok)
	require.Equal(t, []int{5, 8}, []int{zeta.Line, zeta.End})
}
