package cmd_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator"
	"example.com/scaffold/generator/layer"
)

// valuesOf are answers to a question that are worth a switch.
func valuesOf(q layer.Question) []string {
	switch q.Kind {
	case layer.KindBool:
		return []string{"true", "false"}
	case layer.KindText:
		return []string{"Other"}
	}
	var values []string
	for _, choice := range q.Choices {
		values = append(values, choice.Value)
	}
	if q.Kind == layer.KindMulti {
		values = append(values, "")
	}
	return values
}

// TestEverySwitchIsOneChange: after each switch of an answer a second update writes nothing at all, not even to the state, and
// one undo brings back what was there before the switch.
func TestEverySwitchIsOneChange(t *testing.T) {
	t.Parallel()
	set, err := generator.OpenSet("")
	require.NoError(t, err)
	for _, q := range set.Questions {
		t.Run(q.Name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			made := scaffold(t, dir, "new", "shop", "--yes", "--no-git", "--no-lock")
			require.Equal(t, 0, made.code, made.errors)
			for _, value := range append(valuesOf(q), valuesOf(q)[0]) { // there, through all, and back
				switchAnswer(t, filepath.Join(dir, "shop"), q.Name+"="+value)
			}
		})
	}
}

func switchAnswer(t *testing.T, root, set string) {
	t.Helper()
	update := func() {
		switched := scaffold(t, root, "update", "--yes", "--set", set)
		require.Equal(t, 0, switched.code, "%s: %s%s", set, switched.out, switched.errors)
	}
	before, listing := content(t, root), listed(t, root)
	update()
	if listing == listed(t, root) {
		return // it was the answer already
	}
	after, listing := content(t, root), listed(t, root)
	again := scaffold(t, root, "update", "--yes")
	require.Contains(t, again.out, "nothing to do", set)
	require.Equal(t, listing, listed(t, root), "%s: the second update wrote something", set)

	undone := scaffold(t, root, "undo", "--yes")
	require.Equal(t, 0, undone.code, undone.errors)
	equal(t, before, content(t, root), set+": after undo")
	update()
	equal(t, after, content(t, root), set+": once more")
}
