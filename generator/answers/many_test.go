package answers_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/answers"
	"example.com/scaffold/generator/layer"
)

// TestManyQuestions: five thousand questions, and a large answer, are read, resolved and written in seconds.
func TestManyQuestions(t *testing.T) {
	var questions, given strings.Builder
	questions.WriteString("name: many\nversion: \"1\"\nquestions:\n")
	for i := range 5000 {
		fmt.Fprintf(&questions, "  - {name: q%d, kind: text, pattern: '[a-z0-9]*', default: x%s}\n", i, map[bool]string{true: fmt.Sprintf(", when: {q%d: v%d}", i-1, i-1)}[i%7 == 1])
		fmt.Fprintf(&given, "q%d: v%d # c\n", i, i)
	}
	start := time.Now()
	set, err := layer.Load(fstest.MapFS{"templates.yaml": {Data: []byte(questions.String())}}, "set")
	require.NoError(t, err)
	d := parse(t, given.String())
	values, err := answers.Resolve(set, answers.Request{Given: d, Sets: []string{"q3=" + strings.Repeat("y", 1<<20)}})
	require.NoError(t, err)
	d.Put(set, values)
	data, err := d.Encode()
	require.NoError(t, err)
	again, err := answers.Resolve(set, answers.Request{Stored: parse(t, string(data))})
	require.NoError(t, err)
	require.Equal(t, values, again)
	require.Less(t, time.Since(start), 2*time.Minute)
}
