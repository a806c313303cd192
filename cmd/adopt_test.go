package cmd_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAdoptFindsItsOwnAnswers: a project that lost its whole state gets the answers back that it was made from, and makes
// no revision twice.
func TestAdoptFindsItsOwnAnswers(t *testing.T) {
	t.Parallel()
	for _, made := range []string{
		"",
		"example=false",
		"auth=none kubernetes=true ci=gitlab",
		"auth=session",
		"auth=session oauth=google",
		"auth=session database=mongodb oauth=google,github ci=none",
		"oauth=github database=postgres redis=true",
		"tasks=taskiq",
		"tasks=taskiq telemetry=otel redis=true oauth=google kubernetes=true",
		"database=mongodb example=false tasks=taskiq oauth=google,github",
	} {
		t.Run(made, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			run := func(args ...string) {
				t.Helper()
				done := scaffold(t, dir, args...)
				require.Equal(t, 0, done.code, "%s%s", done.out, done.errors)
			}
			flags := []string{"new", "shop", "--yes", "--no-git", "--no-lock"}
			for _, set := range strings.Fields(made) {
				flags = append(flags, "--set", set)
			}
			run(flags...)
			root := filepath.Join(dir, "shop")
			before := content(t, root)[".scaffold/answers.yaml"]
			require.NoError(t, os.RemoveAll(filepath.Join(root, ".scaffold")))
			run("-C", "shop", "adopt", "--yes")
			require.Equal(t, before, content(t, root)[".scaffold/answers.yaml"])
			run("-C", "shop", "update", "--yes", "--set", "example=true")
			items, err := filepath.Glob(filepath.Join(root, "migrations/*/*add_items.py"))
			require.NoError(t, err)
			require.Len(t, items, 1)
		})
	}
}
