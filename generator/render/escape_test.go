package render_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
	"go.yaml.in/yaml/v4"

	"example.com/scaffold/generator/render"
)

// hostile are answers that some language reads as something other than text.
var hostile = []string{
	"", " ", " lead", "trail ", "plain", `"`, `'`, `"""`, `'''`, `a"b'c`, `it's`, `say "hi"`, `\`, `\\`, `a\`, `\n`, `\"`, `\x41`, `\u0041`, `\N{DIGIT ONE}`,
	"a\nb", "a\r\nb", "\r", "\t", "\x00", "\x1b[31m", "\x7f", "\u0085", "\u00a0", "\u00ad", "\u200b", "\u200d", "\u2028", "\u2029", "\u202e", "\ufeff",
	"\ufffe", "\U000e0001", "\U0010ffff", "é", "e\u0301", "日本", "😀", "👨‍👩‍👧", "yes", "no", "null", "~", "1e3", "0x10", "010", "1_000", "2026-01-01", ".inf",
	"# c", "a # b", "a: b", "- a", "? a", "[a]", "{a}", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a`", "${HOME}", "$(id)", "$x", "`id`", "; id", "a && b",
	"{{ .X }}", "{% x %}", "%s", "%(x)s", "---", "...", "<<<<<<< yours", "=======", "-- x --", "EOF", "a=b", "-n", "--help", "!", "!!", "^", "0", "\\0", "\\\n",
	strings.Repeat("long ", 500),
}

func decodeYAML(t *testing.T, literal string) any {
	var value struct{ Value any }
	require.NoError(t, yaml.Load([]byte("value: "+literal+"\nnext: 1\n"), &value), literal)
	return value.Value
}

func decodeTOML(t *testing.T, literal string) any {
	var value struct{ Value any }
	_, err := toml.Decode("value = "+literal+"\n", &value)
	require.NoError(t, err, literal)
	return value.Value
}

func decodeJSON(t *testing.T, literal string) any {
	var value any
	require.NoError(t, json.Unmarshal([]byte(literal), &value), literal)
	return value
}

// decodePython reads the escapes that Python and Go have in common; pyString writes no other.
func decodePython(t *testing.T, literal string) any {
	body := literal[1 : len(literal)-1]
	var b strings.Builder
	for body != "" {
		r, _, rest, err := strconv.UnquoteChar(body, literal[0])
		require.NoError(t, err, literal)
		// Go reads \xNN as a byte, Python as a character, which is what is counted here.
		b.WriteRune(r)
		body = rest
	}
	return b.String()
}

func TestEscapes(t *testing.T) {
	for name, decode := range map[string]func(*testing.T, string) any{
		"pyString": decodePython, "tomlString": decodeTOML, "yamlString": decodeYAML, "jsonString": decodeJSON,
	} {
		t.Run(name, func(t *testing.T) {
			for _, value := range hostile {
				literal, err := render.Escapers[name](value)
				require.NoError(t, err)
				require.Equal(t, value, decode(t, literal), literal)
				require.NotContains(t, literal, "\n")
				require.False(t, strings.ContainsFunc(literal, func(r rune) bool { return !unicode.IsPrint(r) }), "%q", literal)
			}
			_, err := render.Escapers[name]("\xff")
			require.ErrorContains(t, err, "not valid UTF-8")
		})
	}
}

func TestPyStringQuotesAsRuff(t *testing.T) {
	for value, want := range map[string]string{
		"a": `"a"`, "it's": `"it's"`, `say "hi"`: `'say "hi"'`, `"'`: `"\"'"`, "\x1b\u2028": `"\x1b\u2028"`, "": `""`,
	} {
		literal, err := render.Escapers["pyString"](value)
		require.NoError(t, err)
		require.Equal(t, want, literal)
	}
}

func TestPyStringInPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	var literals []string
	for _, value := range hostile {
		literal, err := render.Escapers["pyString"](value)
		require.NoError(t, err)
		literals = append(literals, literal)
	}
	command := exec.Command(python, "-c", "import ast, json, sys; print(json.dumps([ast.literal_eval(line) for line in sys.stdin.read().splitlines()]))")
	command.Stdin = strings.NewReader(strings.Join(literals, "\n"))
	out, err := command.Output()
	require.NoError(t, err)
	var values []string
	require.NoError(t, json.Unmarshal(out, &values))
	require.Equal(t, hostile, values)
}

func TestShStringInShell(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh")
	}
	script, want := "", ""
	for _, value := range hostile {
		literal, err := render.Escapers["shString"](value)
		if strings.Contains(value, "\x00") {
			require.ErrorContains(t, err, "NUL")
			continue
		}
		require.NoError(t, err)
		script += "printf '%s\\000' " + literal + "\n"
		want += value + "\x00"
	}
	command := exec.Command(shell)
	command.Stdin = strings.NewReader(script)
	out, err := command.Output()
	require.NoError(t, err)
	require.Equal(t, want, string(out))
}

// TestMdText: wherever the text stands, the page has one paragraph, heading, item or cell of text and nothing else.
func TestMdText(t *testing.T) {
	values := append([]string{
		"# h", "## h ##", "C# rocks #", "- a", "+ a", "* a", "1. a", "12) a", "> q", "    code", "```", "~~~", "***", "___", "===", "a\n===", "a\n\n# b", "<b>x</b>", "<!-- x", "&lt;",
		"[a](b)", "![a](b)", "[a]: b", "*a*", "_a_", "a_b_c", "**a**", "~~a~~", "`a`", "a|b", "| a | b |", "https://x.org", "www.x.org", "a@x.org", "<https://x.org>",
		"mailto:a@x.org", "ftp://x.org", "[ ] todo", "[x] done", "[^1]", "\\", "a\\", "!", "$x$", ":smile:", "a:", "HTTP://X.ORG", "WWW.x.org", "\tcode", "a\n- b", "a\r\n\r\n> b",
	}, hostile...)
	for _, value := range values {
		line, err := render.Escapers["mdText"](value)
		require.NoError(t, err)
		require.NotContains(t, line, "\n")
		for _, frame := range []string{"%s\n", "x %s y\n", "# %s\n", "- %s\n", "> %s\n", "**%s**\n", "| a |\n|---|\n| %s |\n"} {
			page := fmt.Sprintf(frame, line)
			plain := fmt.Sprintf(frame, "plain")
			if line == "" {
				continue
			}
			require.Equal(t, shape(plain), shape(page), "%q in %q", value, page)
		}
	}
}

// shape is the kinds of a page's nodes, without its text.
func shape(page string) string {
	var b strings.Builder
	source := []byte(page)
	root := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering && n.Kind() != ast.KindText && n.Kind() != ast.KindString {
			b.WriteString(n.Kind().String() + " ")
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

func TestMdTextReads(t *testing.T) {
	for value, want := range map[string]string{
		"Café Shop 2.0 (beta), it's 5-fold": "Café Shop 2.0 (beta), it's 5-fold",
		"two\nlines\x1b[31m":                `two lines \[31m`,
		"a\u202eb\u200bc":                   "abc",
		"# x_y":                             `\# x\_y`,
	} {
		line, err := render.Escapers["mdText"](value)
		require.NoError(t, err)
		require.Equal(t, want, line)
	}
}

func FuzzEscapes(f *testing.F) {
	for _, value := range hostile {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for name, decode := range map[string]func(*testing.T, string) any{
			"pyString": decodePython, "tomlString": decodeTOML, "yamlString": decodeYAML, "jsonString": decodeJSON,
		} {
			literal, err := render.Escapers[name](value)
			if !utf8.ValidString(value) {
				require.Error(t, err)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, value, decode(t, literal), "%s: %s", name, literal)
		}
		if line, err := render.Escapers["mdText"](value); err == nil && line != "" {
			require.Equal(t, shape("- x plain y\n"), shape("- x "+line+" y\n"), "%q", line)
			require.Equal(t, shape("plain\n"), shape(line+"\n"), "%q", line)
		}
	})
}
