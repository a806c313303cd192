package strict_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/layer/strict"
)

func TestParse(t *testing.T) {
	for _, text := range []string{"", "\n", "# only a comment\n", "\ufeff# a\r\n", "---\n", "~x: 1"} {
		d, err := strict.Parse([]byte(text), "f")
		require.NoError(t, err, "%q", text)
		require.Equal(t, text == "~x: 1", d.Root != nil, "%q", text)
	}
	d, err := strict.Parse([]byte("\ufeffa: 1\r\nb: [x, 'y']\r\n"), "f")
	require.NoError(t, err)
	fields, err := d.Fields(d.Root, "it", "a", "b")
	require.NoError(t, err)
	texts, err := d.Texts(fields[1].Value, "b")
	require.NoError(t, err)
	require.Equal(t, []string{"x", "y"}, texts)
}

// TestSurrogates: JSON's escapes of one character are that character, where they are escapes; one half alone is refused.
func TestSurrogates(t *testing.T) {
	_, err := strict.Parse([]byte(`{"\uD83D\ude00": ["a\ud83d\ude00 \u00e9", "\\ud83d\ude00x", '\ud83d\ude00', \ud83d\ude00]} # \ud83d\ude00`), "f")
	require.ErrorContains(t, err, "f:1:")
	d, err := strict.Parse([]byte(`{"\uD83D\ude00": ["a\ud83d\ude00 \u00e9", "\\ud83d\\ude00x", '\ud83d\ude00', \ud83d\ude00]} # \ud83d\ude00`), "f")
	require.NoError(t, err)
	fields, err := d.Fields(d.Root, "it")
	require.NoError(t, err)
	require.Equal(t, "\U0001F600", fields[0].Key)
	texts, err := d.Texts(fields[0].Value, "it")
	require.NoError(t, err)
	require.Equal(t, []string{"a\U0001F600 é", `\ud83d\ude00x`, `\ud83d\ude00`, `\ud83d\ude00`}, texts)
	require.Equal(t, `# \ud83d\ude00`, d.Root.LineComment+d.Tree.FootComment+d.Root.FootComment)
	_, err = strict.Parse([]byte(`"\ud83d"`), "f")
	require.ErrorContains(t, err, "f:1:")
}

// TestBounded: hostile documents are read or refused in seconds on a quiet machine, within 1 GB.
func TestBounded(t *testing.T) {
	const size = strict.MaxBytes - 10
	for name, text := range map[string]string{
		"flow depth":   strings.Repeat("[", size),
		"map depth":    strings.Repeat("{a: ", size/4),
		"block depth":  strings.Repeat("- ", size/2),
		"keys":         strings.Repeat("? ", size/2),
		"flow items":   "[" + strings.Repeat("a,", size/2) + "]",
		"lines":        strings.Repeat("- a\n", size/4),
		"empty lines":  strings.Repeat("\n", size),
		"keys of one":  "{" + strings.Repeat("a: b,", size/5) + "}",
		"line breaks":  strings.Repeat("- a\u2028", size/6),
		"old Mac":      strings.Repeat("- a\r", size/4),
		"comments":     strings.Repeat("#\r", size/2),
		"plain":        strings.Repeat("a ", size/2),
		"long escapes": `"` + strings.Repeat(`\n`, size/2-2) + `"`,
		"anchors":      strings.Repeat("&a ", size/3),
		"tags":         strings.Repeat("!a ", size/3),
		"too long":     strings.Repeat("x", 50<<20),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, _ = strict.Parse([]byte(text), "f")
			require.Less(t, time.Since(start), 2*time.Minute)
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			require.Less(t, m.Sys, uint64(1<<30))
		})
	}
}

func TestNearest(t *testing.T) {
	known := []string{"database", "docker", "ci"}
	for word, want := range map[string]string{"databse": "database", "Docker": "docker", "cy": "ci", "colour": "", "": "", strings.Repeat("x", 1000): ""} {
		require.Equal(t, want, strict.Nearest(word, known), word)
	}
}
