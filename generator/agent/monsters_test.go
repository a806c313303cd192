package agent_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/agent"
)

// head begins a definition that everything can follow.
const head = "---\nname: monster\ndescription: x\n"

// monsters are definitions that are made to cost time or memory.
func monsters() map[string]string {
	big := func(s string) string { return strings.Repeat(s, size/len(s)) }
	bomb := "a0: &a0 [x]\n"
	for i := 1; i < 30; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9))
	}
	var keys, tools strings.Builder
	for i := range size / 6 {
		fmt.Fprintf(&keys, "k%d: v\n", i)
		fmt.Fprintf(&tools, "T%d, ", i)
	}
	return map[string]string{
		"alias bomb":       head + bomb + "---\n",
		"self alias":       head + "a1: &a [*a]\n---\n",
		"aliases":          head + "a1: &a x\na2: [" + strings.Repeat("*a, ", 101) + "]\n---\n",
		"flow nesting":     head + "a: " + strings.Repeat("[", 3000) + strings.Repeat("]", 3000) + "\n---\n",
		"open nesting":     head + "a: " + big("[") + "\n---\n",
		"map nesting":      head + "a: " + strings.Repeat("{a: ", 9000) + strings.Repeat("}", 9000) + "\n---\n",
		"block nesting":    head + "a:\n " + strings.Repeat("- ", 9000) + "x\n---\n",
		"key nesting":      head + "a: " + strings.Repeat("{? ", 9000) + big("x") + strings.Repeat("}", 9000) + "\n---\n",
		"question nesting": head + "a:\n " + big("? ") + "\n---\n",
		"anchors":          head + "a: " + big("&a ") + "\n---\n",
		"tags":             head + "a: " + big("!a ") + "\n---\n",
		"many keys":        head + keys.String() + "---\n",
		"many tools":       head + "tools: " + tools.String() + "Read\n---\n",
		"many items":       head + "a: [" + big("x,") + "]\n---\n",
		"comments":         head + big("# x\n\n") + "---\n",
		"long value":       head + "a: " + big("x: ") + "\n---\n",
		"quoted value":     head + "a: \"" + big("x\n\n") + "\"\n---\n",
		"surrogates":       head + "a: \"" + big("\\ud83d\\ude00") + "\"\n---\n",
		"backslashes":      head + "a: \"" + big("\\") + "\"\n---\n",
		"separators":       head + "a: " + big("x\u2028") + "\n---\n",
		"tabs":             head + big("\t") + "\n---\n",
		"servers":          head + "tools: " + big("mcp__a__b, mcp__c, ") + "\n---\n",
		"quotes":           head + "---\n" + big(">") + "\n",
		"lists":            head + "---\n" + big("- ") + "\n",
		"stairs":           head + "---\n" + stairs() + "\n",
		"fences":           head + "---\n" + big("```\n") + "\n",
		"ticks":            head + "---\n" + big("`a` ") + "\n",
		"tools in ticks":   head + "tools: Bash\n---\n" + big("`Read` ") + "\n",
		"misnamed":         head + "tools: mcp__a__b-c\n---\n" + big("`b_c` ") + "\n",
		"imports":          head + "---\n" + big("@a/b\n"),
		"brackets":         head + "---\n" + big("[(") + "\n",
		"agents":           "---\nname: monster\ndescription: " + big("the monste agent ") + "\n---\n",
		"too large":        head + "---\n" + strings.Repeat("x", 1<<20),
	}
}

// stairs is a list whose every item is in the one before.
func stairs() string {
	var b strings.Builder
	for i := range 400 {
		b.WriteString(strings.Repeat("  ", i) + "- a\n")
	}
	return b.String()
}

func TestMonsters(t *testing.T) {
	for name, text := range monsters() {
		if strings.Contains(slow, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			file := agent.Read([]byte(text))
			file.Contract()
			file.Lint(agent.LintOptions{Exists: func(string) bool { return false }})
			agent.Repairs(file, nil)
			_, _ = file.Project([]string{"tools", "imports", "names"}, nil)
			_, _ = file.Emit()
			runtime.ReadMemStats(&after)
			t.Log(time.Since(start), (after.TotalAlloc-before.TotalAlloc)>>20, "MiB")
			require.Less(t, time.Since(start), time.Minute, "it does not end")
		})
	}
}

func TestBounds(t *testing.T) {
	all := monsters()
	for _, name := range []string{"alias bomb", "self alias", "aliases", "too large"} {
		require.False(t, agent.Read([]byte(all[name])).Loads().Claude, name)
	}
	for _, name := range []string{"surrogates", "separators", "many keys"} {
		require.True(t, agent.Read([]byte(all[name])).Loads().Claude, name)
	}
	require.Equal(t, "monster", agent.Read([]byte(all["too large"])).Name)
}

// TestSentencesGrowWithTheFile reads a contract of a size that takes minutes where the time grows with the square.
func TestSentencesGrowWithTheFile(t *testing.T) {
	start := time.Now()
	sentences := strings.Repeat("comprehensive plan document that contains\n", 100_000)
	require.Empty(t, agent.Read([]byte(head+"---\n"+sentences)).Contract().Sections)
	t.Log(time.Since(start))
	require.Less(t, time.Since(start), time.Minute)
}
