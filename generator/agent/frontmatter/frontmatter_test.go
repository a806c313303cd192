package frontmatter_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/agent/frontmatter"
)

func TestQuote(t *testing.T) {
	for s, want := range map[string]string{
		"plain":              `"plain"`,
		"a\"b\\c\n\t\r":      `"a\"b\\c\n\t\r"`,
		"--- ---- --":        `"\u002d-- \u002d\u002d-- --"`,
		"\x00\x7f\u0085":     `"\u0000\u007f\u0085"`,
		"\u2028\u202e\ufeff": `"\u2028\u202e\ufeff"`,
		"é\u200d\U0001F600":  "\"é\u200d\U0001F600\"",
		"\xff":               "\"\uFFFD\"",
	} {
		require.Equal(t, want, frontmatter.Quote(s))
		doc, err := frontmatter.Strict([]byte("k: " + frontmatter.Quote(s)))
		require.NoError(t, err, "%q", s)
		if s != "\xff" {
			require.Equal(t, s, doc.Entries[0].Value.Text)
		}
	}
}

// TestWord holds that a bare word is read as the same string, in brackets too.
func TestWord(t *testing.T) {
	bare := []string{"word", "two words", "a-b", "1.2.x", "./path", "Bash(git log:*)", "x#y", "a:b"}
	quoted := []string{"", "yes", "NO", "null", "~", "1", "1.5e3", "0x1f", "2026-01-02", "12:30", "a: b", "a #b", "a:", "- a", "*a", "&a", "!a", "@a", "`a", " a", "a ", "[a", "a\tb", "a---b", "<<", "%a", "'a", "|", ">"}
	for _, s := range bare {
		require.Equal(t, s, frontmatter.Word(s, false))
	}
	for _, s := range quoted {
		require.Equal(t, frontmatter.Quote(s), frontmatter.Word(s, false), "%q", s)
	}
	for _, s := range append(bare, quoted...) {
		doc, err := frontmatter.Strict([]byte("a: " + frontmatter.Word(s, false) + "\nb: [" + frontmatter.Word(s, true) + "]\nc: {" + frontmatter.Word(s, true) + ": 1}\n"))
		require.NoError(t, err, "%q", s)
		require.Equal(t, s, doc.Entries[0].Value.Text)
		require.Equal(t, frontmatter.Text, doc.Entries[0].Value.Kind, "%q", s)
		require.Equal(t, s, doc.Entries[1].Value.Items[0].Text)
		require.Equal(t, s, doc.Entries[2].Value.Entries[0].Key.Text)
	}
}

func TestStrictErrors(t *testing.T) {
	cases := []struct {
		text         string
		line, column int
		message      string
	}{
		{"a: b\nc: d: e\n", 2, 5, "mapping values"},
		{"a: b\nb:\n  c: 1\n  c: 2\n", 4, 3, `"c" stands twice`},
		{"a: b\nc: x\x07\n", 2, 5, "U+0007"},
		{"a: \xff\n", 1, 4, "UTF-8"},
		{"a: \u0081\n", 1, 4, "U+0081"},
		{"- a\n", 1, 1, "not a map"},
		{"a1: &a [*a]\n", 1, 9, "its own anchor"},
	}
	for _, c := range cases {
		_, err := frontmatter.Strict([]byte(c.text))
		var at *frontmatter.Error
		require.True(t, errors.As(err, &at), "%q: %v", c.text, err)
		require.Equal(t, []int{c.line, c.column}, []int{at.Line, at.Column}, "%q", c.text)
		require.Contains(t, at.Message, c.message)
	}
}

func TestQuoteLines(t *testing.T) {
	for text, want := range map[string]string{
		"a: b: c":           `a: "b: c"`,
		"a-b_C:\t x\\ \"y*": `a-b_C: "x\\ \"y*"`,
		"a: b: c\r":         "a: b: c\r",
		"a: \"b: c\"":       `a: "b: c"`,
		"a: 'b: c'":         `a: 'b: c'`,
		"a: \"b\": c\"d":    `a: "\"b\": c\"d"`,
		" a: b: c":          " a: b: c",
		"a1: b: c":          "a1: b: c",
		"a: b\u2028: c*":    "a: b\u2028: c*",
		"a: plain":          "a: plain",
		"a:\u00a0b: c\nd:e": "a: \"b: c\"\nd:e",
	} {
		require.Equal(t, want, frontmatter.QuoteLines(text))
	}
}

func TestWriteKeepsComments(t *testing.T) {
	text := "# top\na: 1 # one\n# b's\nb:\n  # c's\n  c: x\n  d:\n    - 1 # first\n    # second's\n    - k: v\n      l: w\n"
	doc, err := frontmatter.Strict([]byte(text))
	require.NoError(t, err)
	require.Equal(t, text, string(frontmatter.Write(doc.Value, true)))
	require.NotContains(t, string(frontmatter.Write(doc.Value, false)), "#")
}
