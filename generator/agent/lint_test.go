package agent_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/agent"
)

// brief writes findings as "rule severity line:column".
func brief(findings []agent.Finding) []string {
	all := []string{}
	for _, f := range findings {
		all = append(all, fmt.Sprintf("%s %s %d:%d", f.Rule, f.Severity, f.Line, f.Column))
	}
	return all
}

// definition makes a definition of front matter lines, below the name on line 2 and the description on line 3, and a body.
func definition(fields, body string) string {
	return "---\nname: sample\ndescription: Plain words.\n" + fields + "---\n" + body
}

// secret is a made-up token, in two parts so that no scanner takes this file for a leak.
const secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"

var lintCases = []struct {
	name, text string
	want       []string
	says       string // part of the first finding's message and fix
}{
	{"clean", definition("tools: Read, Grep, mcp__declared__x\nmodel: opus\ncolor: blue\n", "Body.\n"), []string{}, ""},
	{"plain value with a colon", "---\nname: sample\ndescription: Use it: now\n---\n", []string{"A001 error 3:20", "A002 error 3:14"}, "mapping values"},
	{"duplicate key", definition("color: red\ncolor: blue\n", ""), []string{"A001 error 5:1"}, `"color" stands twice write the key once`},
	{"duplicate key below", definition("hooks:\n  Stop: []\n  Stop: []\n", ""), []string{"A001 error 6:3"}, `"Stop" stands twice`},
	{"dashes in a value", "---\nname: sample\ndescription: \"a --- b\"\n---\n", []string{"A003 error 3:17"}, `\u002d--`},
	{"dashes in a comment", definition("# ---\n", ""), []string{"A003 error 4:3"}, `\u002d--`},
	{"four dashes at the end", "---\nname: sample\ndescription: x\n----\n", []string{"A001 error 4:1", "A003 error 4:1"}, "no closing line `---` close the front matter with `---` alone"},
	{"NUL", "---\nname: sample\ndescription: x\x00y\n---\n", []string{"A001 error 3:15", "A004 warning 3:15", "A023 error 3:15"}, "U+0000 remove it"},
	{"byte order mark", "\uFEFF" + definition("", ""), []string{"A004 warning 1:1"}, "byte order mark"},
	{"CRLF", strings.ReplaceAll(definition("", "b\n"), "\n", "\r\n"), []string{"A004 warning 1:4"}, "CRLF"},
	{"lone CR", definition("", "a\rb\n"), []string{"A004 warning 5:2"}, "lone CR"},
	{"not UTF-8", definition("", "caf\xe9\n"), []string{"A004 warning 5:4"}, "UTF-8"},
	{"empty", "", []string{"A005 error 1:1"}, "no front matter"},
	{"no end", "---\nname: sample\n", []string{"A005 error 1:1"}, "no closing line"},
	{"nothing in it", "---\n---\n", []string{"A005 error 1:1", "A005 error 1:1"}, "name is absent"},
	{"no description", "---\nname: sample\n---\n", []string{"A005 error 1:1"}, "description is absent"},
	{"too large", definition("color: teal\n", "@docs/a.md\n"+strings.Repeat("x", agent.MaxBytes)), []string{"A005 error 1:1"}, "over 1 MiB"},
	{"number for a name", "---\nname: 12\ndescription: x\n---\n", []string{"A005 error 2:1"}, "name is not a string"},
	{"empty description", "---\nname: sample\ndescription: \"\"\n---\n", []string{"A005 error 3:1"}, "description is empty"},
	{"colon in the name", "---\nname: a:b\ndescription: x\n---\n", []string{"A006 error 2:1", "A006 warning 2:1", "A006 warning 2:1"}, "colon"},
	{"name of another", "---\nname: Sample-Two\ndescription: x\n---\n", []string{"A006 error 2:1", "A006 warning 2:1", "A006 warning 2:1"}, "sample-two"},
	{"slip", definition("allowed-tools: Read\n", ""), []string{"A007 warning 4:1"}, "did you mean tools?"},
	{"near key", definition("modle: opus\n", ""), []string{"A007 warning 4:1"}, "did you mean model?"},
	{"unknown key", definition("zeta: 1\n", ""), []string{"A007 info 4:1"}, "zeta"},
	{
		"bad values", definition("color: teal\nmodel: gpt\npermissionMode: yolo\neffort: 3\nmemory: all\nisolation: vm\nmaxTurns: many\nbackground: maybe\n", ""),
		[]string{"A008 warning 4:1", "A008 warning 5:1", "A008 warning 6:1", "A008 warning 7:1", "A008 warning 8:1", "A008 warning 9:1", "A008 warning 10:1", "A008 warning 11:1"},
		"teal",
	},
	{"good values", definition("color: pink\nmodel: claude-opus-5\npermissionMode: plan\neffort: max\nmemory: user\nisolation: worktree\nmaxTurns: 3\nbackground: true\nhooks: {}\n", ""), []string{}, ""},
	{"model of a provider", definition("model: us.vendor.model-2:0\n", ""), []string{}, ""},
	{"hooks not a map", definition("hooks: run\n", ""), []string{"A008 error 4:1"}, "hooks"},
	{"retired model", definition("model: claude-3-5-haiku-20241022\n", ""), []string{"A009 warning 4:1"}, "2026-02-19"},
	{"retired model of a provider", definition("model: vendor/claude-sonnet-4@20250514\n", ""), []string{"A009 warning 4:1"}, "2026-06-15"},
	{
		"gone tools", definition("tools: Read, LS,\n  KillShell\ndisallowedTools:\n  - MultiEdit\n", ""),
		[]string{"A010 warning 4:14", "A010 warning 5:3", "A010 warning 7:5"},
		"Glob",
	},
	{"gone MCP tool", definition("tools: mcp__context7__get-library-docs\nmcpServers: [context7]\n", ""), []string{"A010 warning 4:8"}, "query-docs"},
	{"unknown tools", definition("tools: Read, read, Frobnicate\n", ""), []string{"A011 warning 4:14", "A011 warning 4:20"}, "write Read"},
	{
		"tools that are lost", definition("tools: Read, AskUserQuestion, LSP, TodoWrite, mcp__ide__getDiagnostics, ExitPlanMode\npermissionMode: plan\n", ""),
		[]string{"A012 warning 4:14", "A012 info 4:31", "A012 info 4:36", "A012 info 4:47", "A012 info 4:73"},
		"never given",
	},
	{"no tool", definition("tools: []\n", ""), []string{"A013 error 4:1"}, "name one tool"},
	{"nothing resolves", definition("tools: Frob\n", ""), []string{"A011 warning 4:8", "A013 error 4:1"}, "Frob"},
	{"tools without a value", definition("tools:\n", ""), []string{}, ""},
	{
		"undeclared servers", definition("tools: mcp__playwright__go, mcp__playwright__stop, mcp__odd, mcp__declared__x, mcp__own__y\nmcpServers:\n  - own: {command: own}\n", ""),
		[]string{"A014 warning 4:8", "A014 warning 4:52"},
		`"playwright": {"type":"stdio","command":"npx"`,
	},
	{
		"odd servers", definition("tools: mcp__my.server__x, mcp__a b, mcp__\ndisallowedTools: mcp__*, mcp__é__x, mcp__github*\n", ""),
		[]string{"A011 warning 4:8", "A011 warning 4:27", "A011 warning 4:37", "A011 warning 5:26", "A011 warning 5:37"},
		"write mcp__my_server__x",
	},
	{"reserved server", definition("tools: mcp__workspace__y\n", ""), []string{"A014 warning 4:8"}, "rename the server"},
	{"server's tools", definition("tools: mcp__context7__query-doc\nmcpServers: [context7]\n", ""), []string{"A015 warning 4:8"}, "mcp__context7__query-docs"},
	{"server for something else", definition("tools: mcp__shadcn-ui__get_block\nmcpServers: [shadcn-ui]\n", "You write SQL.\n"), []string{"A015 info 4:8"}, "React"},
	{"server for this", definition("tools: mcp__shadcn-ui__get_block\nmcpServers: [shadcn-ui]\n", "You write React.\n"), []string{}, ""},
	{
		"wrong names in the body", definition("tools: mcp__context7__resolve-library-id, mcp__context7__query-docs\nmcpServers: [context7]\n", "First `resolve_library_id`, then `get_library_docs`.\n"),
		[]string{"A016 warning 7:8", "A016 warning 7:35"},
		"resolve-library-id",
	},
	{"tool the list lacks", definition("tools: Read\n", "Use `Grep` here; `Write` is a word.\nThe `WebFetch` tool too.\n"), []string{"A016 warning 6:6", "A016 warning 7:6"}, "Grep"},
	{"tool that must be used", definition("tools: Read\n", "Fine. You MUST use the `Grep` tool.\n"), []string{"A017 warning 6:25"}, "Grep"},
	{
		"tools that must be used", definition("tools: Read, mcp__declared__*\n", "You **MUST** _use_ the `WebSearch` tool.\n\nFirst you MUST use\nboth `Grep` and `Glob`, not `Bash`. See `Edit`.\n"+
			"- You MUST use `mcp__context7__query-docs`, `mcp__declared__x` and `rg`.\n- `Write` is no tool here.\n"),
		[]string{"A017 warning 6:25", "A017 warning 9:7", "A017 warning 9:18", "A017 warning 10:17"},
		"WebSearch",
	},
	{"tools that are named for another", definition("tools: Read\n", "Beside `Bash` you MUST use `Read` instead of `Grep`. The `Glob` tool is one that you MUST use.\n"), []string{"A017 warning 6:59"}, "Glob"},
	{"all tools", definition("", "You MUST use the `Grep` tool.\n"), []string{}, ""},
	{
		"nobody's name", "---\nname: sample-planner\ndescription: Ask the sample agent. Use sample-plannr agent. Ask the main agent, the other-one agent, the `other` agent, the 'sample' agent.\n---\n",
		[]string{"A006 warning 2:1", "A021 warning 2:1", "A018 warning 3:22", "A018 warning 3:40", "A018 warning 3:107"},
		"sample-planner",
	},
	{
		"imports", definition("", "@docs/a.md\n```\n@src/b\n```\n@app.get(\"/x\")\n@pytest.mark.one\nme@x.org/a.md\n"),
		[]string{"A019 warning 5:1", "A020 warning 5:1", "A019 warning 7:1", "A020 warning 7:1"},
		"Read `docs/a.md` first",
	},
	{"paths that are missing", definition("", "See `docs/there.md`, `docs/a.md`, `a.md`, `docs/*.md`, `docs/a.md`.\n"), []string{"A020 warning 5:23"}, "docs/a.md"},
	{"paths elsewhere", definition("", "See `/etc/a.md`, `../docs/a.md`, `~/a.md` and `docs/../a/b.md`.\n"), []string{"A020 warning 5:48"}, "docs/../a"},
	{"planner that writes", definition("tools: Read, Edit, Bash\n", "You are a **PLANNING AGENT**.\n"), []string{"A021 warning 4:1"}, "Edit, Bash"},
	{"planner in plan mode", definition("permissionMode: plan\n", "You do **NOT** implement.\n"), []string{}, ""},
	{"long description", "---\nname: sample\ndescription: " + strings.Repeat("é", 1025) + "\n---\n", []string{"A022 info 3:1"}, "1025"},
	{"longer description", "---\nname: sample\ndescription: " + strings.Repeat("é", 1537) + "\n---\n", []string{"A022 warning 3:1"}, "1537"},
	{
		"hidden characters", definition("", "a\u202Eb\nc\u200Bd\n\U0001F468\u200D\U0001F469\ne\U000E0041\nf\x1bg\n"),
		[]string{"A023 error 5:2", "A023 error 6:2", "A023 error 8:2", "A023 error 9:2"},
		"U+202E",
	},
	{"more hidden characters", "\uFEFF\uFEFF" + definition("", "a\u180Eb\nc\u206Ad\n"), []string{"A004 warning 1:1", "A005 error 1:1", "A023 error 1:1", "A023 error 5:2", "A023 error 6:2"}, "byte order mark"},
	{"hidden by an escape", "---\nname: sample\ndescription: \"Plain \\u202e\\n\\t words\\u00ad.\"\n---\n", []string{"A023 error 3:1"}, "U+202E by an escape"},
	{"secret", definition("", "token `"+secret+"`\nAKIAIOSFODNN7EXAMPLE\n"), []string{"A024 error 5:8"}, "GitHub token"},
	{"bypass", definition("permissionMode: bypassPermissions\n", ""), []string{"A025 error 4:1"}, "without asking"},
	{"literal newline", "---\nname: sample\ndescription: One\\nTwo\n---\n", []string{"A026 info 3:14"}, `\n`},
	{"cut value", "---\nname: sample\ndescription: fix #12 now\ntools: Read, Grep # note\n---\n", []string{"A027 warning 3:18", "A027 warning 4:19"}, "description"},
	{"cut on a later line", "---\nname: sample\ndescription: Mend\n  issue\t#12 of\n# an issue #13\n---\n", []string{"A027 warning 4:9"}, "description"},
	{"comments beside values", "---\nname: sample\n# issue #13\ndescription: C#,\n  F# and \\#\n# issue #14\ncolor: 'red' # brand\n---\n", []string{}, ""},
	{"colour that is a comment", definition("color: #ff0000\n", ""), []string{"A028 warning 4:8"}, "null"},
	{"long body", definition("", strings.Repeat("x", 30001)), []string{"A029 info 5:1"}, "30001"},
}

func TestLint(t *testing.T) {
	for _, c := range lintCases {
		t.Run(c.name, func(t *testing.T) {
			file := agent.Read([]byte(c.text))
			got := file.Lint(agent.LintOptions{
				Path:       "agents/sample.md",
				Exists:     func(path string) bool { return path == "docs/there.md" },
				MCPServers: []string{"declared"},
				Others:     []string{"sample-two", "other-one"},
			})
			require.Equal(t, c.want, brief(got), "%+v", got)
			if len(got) > 0 {
				require.Contains(t, got[0].Message+" "+got[0].Fix, c.says)
				require.NotEmpty(t, got[0].Fix)
			}
			require.NotContains(t, fmt.Sprint(got), secret)
		})
	}
}

// TestLintQuotedList holds that a list which was read as text is answered with the tools that it means.
func TestLintQuotedList(t *testing.T) {
	fixes := []string{}
	for _, f := range agent.Read([]byte("---\nname: sample\ndescription: Use it: now\ntools: [Read, \"LS\"]\n---\n")).Lint(agent.LintOptions{}) {
		if f.Rule == "A011" {
			fixes = append(fixes, f.Fix)
		}
	}
	require.Equal(t, []string{"write tools: Read, LS", "write tools: Read, LS"}, fixes)
}

func TestClean(t *testing.T) {
	require.True(t, agent.Clean([]agent.Finding{{Severity: agent.Info}}))
	require.False(t, agent.Clean([]agent.Finding{{Severity: agent.Info}, {Severity: agent.Warn}}))
}

// TestSecrets holds that each form is found. The rest of each is put together here, so that no scanner takes this file for a leak.
func TestSecrets(t *testing.T) {
	const hex, long = "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0"
	found := func(text string) []agent.Finding {
		return agent.Read([]byte(definition("", text+"\n"))).Lint(agent.LintOptions{})
	}
	for _, begin := range []string{
		"GOCSPX-", "ya29.", "aws_secret_access_key = ", `AWS_SECRET_ACCESS_KEY": "`, "xapp-1-", "dckr_pat_", "hvs.", "gsk_", "xai-", "lin_api_", "ATATT3", "whsec_", "glrt-",
		"tskey-auth-", "figd_", "sk-", "sk-proj-", "sk-proj-a-b_", "sk-svcacct-",
	} {
		require.Equal(t, []string{"A024 error 5:1"}, brief(found(begin+long)), begin)
		require.NotContains(t, found(begin + long)[0].Message, long)
	}
	for _, begin := range []string{"shpat_", "dapi"} {
		require.Equal(t, []string{"A024 error 5:1"}, brief(found(begin+hex)), begin)
	}
	for _, text := range []string{
		"sk-learn-pipeline-for-tabular-data", "sk-proj-some-words-with-hyphens-here", "aws_secret_access_key = ${AWS_SECRET_ACCESS_KEY}", "gsk_your_" + long, "xai-" + "tools-and-their-explanations",
		"dapifunctionsthatarelongandplainwords", "hvs.example", "figd_",
	} {
		require.Empty(t, found(text), text)
	}
}

// TestLintPlanner holds what must be said of a real planner of 2025, alone in a folder.
func TestLintPlanner(t *testing.T) {
	path := filepath.Join(corpus(t), "user", "python-backend-expert-planner.md")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	file := agent.Read(data)
	require.Equal(t, agent.Loads{Claude: true}, file.Loads())
	said := map[string]int{}
	for _, f := range file.Lint(agent.LintOptions{Path: path, Exists: func(string) bool { return false }}) {
		said[f.Rule+" "+string(f.Severity)]++
	}
	require.Equal(t, map[string]int{
		"A001 error": 1, "A002 error": 1, "A010 warning": 5, "A012 info": 4, "A014 warning": 3, "A015 info": 1, "A016 warning": 2,
		"A018 warning": 1, "A019 warning": 2, "A020 warning": 5, "A021 warning": 1, "A022 info": 1,
	}, said)
}
