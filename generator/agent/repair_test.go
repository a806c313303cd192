package agent_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/agent"
)

const old = "---\nname: py-planner\ndescription: \"Use the `py` agent. Ask the other agent.\"\ntools: Read, LS, Glob, TodoRead, mcp__context7__get-library-docs\n" +
	"disallowedTools: [MultiEdit]\n---\n" +
	"First:\n\n```\n@dev-journal/A.md\n```\n- @dev-journal/B.md\n@docs/c.md\nCall `get_library_docs`.\n```text\n@dev-journal/D.md\nmore\n```\n"

func TestRepairs(t *testing.T) {
	file := agent.Read([]byte(old))
	repairs := agent.Repairs(file, []string{"other"})
	require.Equal(t, []agent.Repair{
		{Name: agent.RepairTools, Mends: map[string]int{"A010": 4}},
		{Name: agent.RepairImports, Mends: map[string]int{"A019": 3}},
		{Name: agent.RepairNames, Mends: map[string]int{"A016": 1, "A018": 1}},
	}, repairs)
	require.Empty(t, agent.Repairs(agent.Read([]byte(described("x"))), nil))
}

func TestProject(t *testing.T) {
	file := agent.Read([]byte(old))
	cases := []struct {
		repairs []string
		want    string
	}{
		{nil, old},
		{[]string{"tools"}, replaced(old,
			"Read, LS, Glob, TodoRead, mcp__context7__get-library-docs", "Read, Glob, mcp__context7__query-docs", "[MultiEdit]", "[]")},
		{[]string{"imports"}, replaced(old,
			"```\n@dev-journal/A.md\n```", "Read `dev-journal/A.md` first", "@dev-journal/B.md", "Read `dev-journal/B.md` first", "@dev-journal/D.md", "Read `dev-journal/D.md` first")},
		{[]string{"names"}, replaced(old, "the `py` agent", "the `py-planner` agent", "get_library_docs", "mcp__context7__query-docs")},
	}
	for _, c := range cases {
		out, err := file.Project(c.repairs, []string{"other"})
		require.NoError(t, err)
		require.Equal(t, c.want, string(out), "%v", c.repairs)
	}
	_, err := file.Project([]string{"all"}, nil)
	require.ErrorContains(t, err, "write tools, imports or names")
}

// TestProjectMends holds that what a repair mends is not said again, and that a second repair changes nothing.
func TestProjectMends(t *testing.T) {
	all := []string{agent.RepairTools, agent.RepairImports, agent.RepairNames}
	out, err := agent.Read([]byte(old)).Project(all, []string{"other"})
	require.NoError(t, err)
	mended := agent.Read(out)
	require.Empty(t, agent.Repairs(mended, []string{"other"}))
	again, err := mended.Project(all, []string{"other"})
	require.NoError(t, err)
	require.Equal(t, string(out), string(again))
}

// TestRepairLeavesCode holds that code in fences stays, and a fence that no import was in.
func TestRepairLeavesCode(t *testing.T) {
	text := "---\nname: a\ndescription: \"x\"\ntools: Bash, WebFetch\n---\n```sh\necho `webfetch` `bash`\n```\n\n```\n\n```\n"
	file := agent.Read([]byte(text))
	require.Empty(t, agent.Repairs(file, nil))
	for _, also := range []string{"", "Use `webFetch`.\n"} {
		out, err := agent.Read([]byte(text+also)).Project([]string{"imports", "names"}, nil)
		require.NoError(t, err)
		require.Equal(t, text+strings.ReplaceAll(also, "webFetch", "WebFetch"), string(out))
	}
}

// TestRepairNeverWidens holds that a list of removed tools does not become the right to all.
func TestRepairNeverWidens(t *testing.T) {
	out, err := agent.Read([]byte("---\nname: a\ndescription: x\ntools: TodoRead\n---\n")).Project([]string{"tools"}, nil)
	require.NoError(t, err)
	require.Equal(t, []string{}, agent.Read(out).Tools)
}

// TestRepairTakesNoToolAway holds that what an agent was never denied stays at hand, while a renamed tool stays denied.
func TestRepairTakesNoToolAway(t *testing.T) {
	file := agent.Read([]byte("---\nname: a\ndescription: x\ntools: Read, Glob, Grep, Edit\ndisallowedTools: BashOutput, LS, MultiEdit, KillShell, mcp__context7__get-library-docs\n---\n"))
	out, err := file.Project([]string{"tools"}, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"TaskStop", "mcp__context7__query-docs"}, agent.Read(out).Disallowed)
	fixes := []string{}
	for _, f := range file.Lint(agent.LintOptions{}) {
		fixes = append(fixes, f.Rule+" "+f.Fix)
	}
	require.Equal(t, []string{"A010 remove it", "A010 remove it", "A010 remove it", "A010 write TaskStop", "A010 write mcp__context7__query-docs, with libraryId and query"}, fixes)
}

// replaced replaces pairs of texts, each of which must be there.
func replaced(s string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		before, after, ok := cut(s, pairs[i])
		if !ok {
			return "missing: " + pairs[i]
		}
		s = before + pairs[i+1] + after
	}
	return s
}
