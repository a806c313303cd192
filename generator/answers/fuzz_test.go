package answers_test

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/answers"
)

// FuzzDocument: whatever can be read and resolved is written so that it reads back as the same answers, and written
// again as the same bytes.
func FuzzDocument(f *testing.F) {
	f.Add([]byte(kept), "x")
	f.Add([]byte("project_name: X\r\n# c\r\n"), "a\nb")
	f.Add([]byte("answers: {project_name: yes, note: null, tools: []}\n"), "\x00")
	f.Add([]byte("? answers\n: {project_name: >-\n    a\n\n    b}\n"), "- a")
	f.Add([]byte("---\n# a\nanswers:\n  project_name: \"a\\u2028\" # x\n...\n"), "\u2028 ")
	f.Fuzz(func(t *testing.T, data []byte, note string) {
		set := demo(t)
		d, err := answers.Parse(data, "a.yaml")
		if err != nil {
			return
		}
		values, err := answers.Resolve(set, answers.Request{Given: d, Sets: []string{"note=" + note}})
		if err != nil || !utf8.ValidString(note) {
			return
		}
		d.Put(set, values)
		encoded, err := d.Encode()
		require.NoError(t, err)
		again, err := answers.Parse(encoded, "b.yaml")
		require.NoError(t, err, "%s", encoded)
		second, err := answers.Resolve(set, answers.Request{Stored: again})
		require.NoError(t, err)
		require.Equal(t, values, second)
		again.Put(set, second)
		twice, err := again.Encode()
		require.NoError(t, err)
		require.Equal(t, string(encoded), string(twice))
	})
}
