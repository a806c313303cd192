package layer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/layer"
)

func TestValidate(t *testing.T) {
	text := func(pattern string) layer.Question { return layer.Question{Kind: "text", Pattern: pattern} }
	some := []layer.Choice{{Value: "a"}, {Value: "b"}}
	for _, test := range []struct {
		q    layer.Question
		v    any
		want string // "" is valid
	}{
		{text(""), "", ""},
		{text(""), "a\x00\n", ""},
		{text(""), "\xff", "is not valid UTF-8"},
		{text(""), nil, "must be a text"},
		{text(""), strings.Repeat("x", 3<<20), "is 3145728 bytes long; at most 2097152 are taken"},
		{text("a+"), "aaa", ""},
		{text("a+"), "baaa", `"baaa" does not match a+`},
		{text("a+"), "aaa\n", `"aaa\n" does not match a+`},
		{text("^a+$"), "aaa\n", `"aaa\n" does not match ^a+$`},
		{text("a|ab"), "ab", ""},
		{text("a??b*"), "ab", ""},
		{text("(?i)AB"), "ab", ""},
		{text("(?m)^a$"), "a\nb", "does not match"},
		{text(""), "anything", ""},
		{layer.Question{Kind: "text", Pattern: "a", Message: "say a"}, "b", "say a"},
		{layer.Question{Kind: "choice", Choices: some}, "a", ""},
		{layer.Question{Kind: "choice", Choices: some}, "c", `"c" is not one of a, b`},
		{layer.Question{Kind: "choice", Choices: some}, []string{"a"}, "is not one of a, b"},
		{layer.Question{Kind: "multi", Choices: some}, []string{}, ""},
		{layer.Question{Kind: "multi", Choices: some}, []string{"b", "a"}, ""},
		{layer.Question{Kind: "multi", Choices: some}, []string{"b", "b"}, `"b" is given twice`},
		{layer.Question{Kind: "multi", Choices: some}, "a", "must be a list"},
		{layer.Question{Kind: "bool"}, true, ""},
		{layer.Question{Kind: "bool"}, "true", "must be true or false"},
		{layer.Question{Kind: "int"}, 5, ""},
		{layer.Question{Kind: "int"}, "5", "must be a whole number"},
	} {
		err := test.q.Validate(test.v)
		name := fmt.Sprintf("%s %.20q", test.q.Pattern, fmt.Sprint(test.v))
		if test.want == "" {
			require.NoError(t, err, name)
		} else {
			require.ErrorContains(t, err, test.want, name)
		}
	}
}

// TestPatternsAreBounded: no pattern of a set takes long to read or to match.
func TestPatternsAreBounded(t *testing.T) {
	for _, pattern := range []string{`^[\p{L}\p{N} ]{1,300}$`, `(((a{30}){30}){30})`, `(\pL{0,900}){0,1}`, strings.Repeat("a?", 400), `(a*)*b`} {
		start := time.Now()
		question := fmt.Sprintf("name: a\nversion: 1\nquestions: [{name: q, kind: text, pattern: '%s'}]\n", pattern)
		set, err := layer.Load(files("-- templates.yaml --\n"+question), "set")
		if err == nil {
			require.Error(t, set.Questions[0].Validate(strings.Repeat("a", 2<<20)), pattern)
		} else {
			require.ErrorContains(t, err, "set/templates.yaml:3:44: question q: bad pattern: ", pattern)
		}
		require.Less(t, time.Since(start), 2*time.Minute, pattern)
	}
}
