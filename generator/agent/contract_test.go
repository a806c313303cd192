package agent_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/agent"
)

func TestContract(t *testing.T) {
	body := "You output a comprehensive plan\ndocument that contains the following:\n" + // lines 5 and 6
		"\n- **Goals**: why\n  and why not\n\n* **Work  items:** what\n- **Risks**\n\nNo more.\n- **Not this**: x\n" +
		"Read `dev-journal/PRD.md` and `dev-journal/../x.md`, `dev-journal/prd.md`, `./dev-journal/notes/A.md`.\n" +
		"```\n@dev-journal/STACK.md\n`tests/unit/`\n- FastAPI\n```\n" +
		"`tests/e2e/test_x.py` `testing/x` tests/y\n- with fastapi, not flasky (Pytest)\n1. Write it (asyncpg; x).\nFlask here.\n"
	c := agent.Read([]byte("---\nname: maker\ndescription: x\ntools: mcp__b__x, mcp__a, mcp__ide__y, Read\n---\n" + body)).Contract()
	require.Equal(t, []agent.Mention{{Text: "Goals", Line: 9}, {Text: "Work items", Line: 12}, {Text: "Risks", Line: 13}}, c.Sections)
	require.Equal(t, []agent.Mention{{Text: "dev-journal/PRD.md", Line: 17}, {Text: "dev-journal/notes/A.md", Line: 17}, {Text: "dev-journal/STACK.md", Line: 19}}, c.Journal)
	require.Equal(t, []agent.Mention{{Text: "tests/unit/", Line: 20}, {Text: "tests/e2e/test_x.py", Line: 23}}, c.TestPaths)
	require.Equal(t, []agent.Mention{{Text: "a", Line: 4}, {Text: "b", Line: 4}}, c.Servers)
	require.Equal(t, []string{"FastAPI", "pytest", "asyncpg"}, agent.Texts(c.Libraries))
	require.False(t, c.Planner)
}

func TestContractOfNothing(t *testing.T) {
	c := agent.Read([]byte("no front matter, a comprehensive plan document that contains:\n\nnothing")).Contract()
	require.Empty(t, c.Sections)
	require.Empty(t, c.Journal)
	require.Equal(t, []string{"tests/"}, agent.Texts(c.TestPaths))
}

// TestContractPlaceholders holds that a path which stands for several is no path, but its folder is.
func TestContractPlaceholders(t *testing.T) {
	c := agent.Read([]byte("---\nname: a\ndescription: x\n---\n`tests/unit/test_*.py` `tests/api/<name>.py` `tests/{x}/y` `tests/x.py::test_y`\n")).Contract()
	require.Equal(t, []string{"tests/unit/", "tests/api/", "tests/", "tests/x.py"}, agent.Texts(c.TestPaths))
}

func TestPlanner(t *testing.T) {
	for text, want := range map[string]bool{
		"---\nname: x-planner\ndescription: x\n---\n":                        true,
		"---\nname: x\ndescription: x\n---\nYou are a **PLANNING AGENT**.\n": true,
		"---\nname: x\ndescription: x\n---\nYou do\n*NOT* implement it.\n":   true,
		"---\nname: x\ndescription: x\n---\n```\nPLANNING AGENT\n```\n":      false,
		"---\nname: x\ndescription: x\n---\nAsk the planning agent.\n":       false,
	} {
		require.Equal(t, want, agent.Read([]byte(text)).Contract().Planner, "%q", text)
	}
}

// TestContractPlanner holds the contract of a real planner of 2025.
func TestContractPlanner(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(corpus(t), "user", "python-backend-expert-planner.md"))
	require.NoError(t, err)
	c := agent.Read(data).Contract()
	require.Equal(t, []string{"Architecture Overview", "Implementation Steps", "Dependencies", "Security Considerations", "Testing Plan", "Code Examples"}, agent.Texts(c.Sections))
	require.Equal(t, []string{"dev-journal/PROJECT-DESCRIPTION.md", "dev-journal/TECH-STACK.md", "dev-journal/PRD.md", "dev-journal/CHANGELOG.md", "dev-journal/OUR-PLAN.md"}, agent.Texts(c.Journal))
	require.Equal(t, []string{"context7", "gemini-cli", "shadcn-ui"}, agent.Texts(c.Servers))
	require.True(t, c.Planner)
}
