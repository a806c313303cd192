package cmd_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestScenarioTable: docs/scenarios.md names only stories, merge cases and tests that are there.
func TestScenarioTable(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile(filepath.Join("..", "docs", "scenarios.md"))
	require.NoError(t, err)
	there := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	for _, top := range []string{".", "../generator", "../testdata/scripts", "../testdata/merge"} {
		require.NoError(t, filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
			require.NoError(t, err)
			if name, story := strings.CutSuffix(entry.Name(), ".txtar"); story {
				there[name] = true
			}
			if strings.HasSuffix(path, "_test.go") {
				source, err := os.ReadFile(path)
				require.NoError(t, err)
				for _, match := range function.FindAllSubmatch(source, -1) {
					there[string(match[1])] = true
				}
			}
			return nil
		}))
	}
	named := 0
	for _, row := range strings.Split(string(table), "\n") {
		cells := strings.Split(row, "|")
		if len(cells) != 5 {
			continue
		}
		for _, match := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[3], -1) {
			require.True(t, there[match[1]], "%s names %s, which is not there", cells[1], match[1])
			named++
		}
	}
	require.Greater(t, named, 100)
}
