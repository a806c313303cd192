//go:build e2e

package e2e

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"

	"example.com/scaffold/generator"
	"example.com/scaffold/generator/layer"
)

// schemaChecker ships the JSON schemas of GitLab CI, of GitHub workflows and of Compose.
const schemaChecker = "check-jsonschema==0.39.0"

// TestPipelines checks each pipeline and each compose file that some answers make, every combination of them.
func TestPipelines(t *testing.T) {
	dir := t.TempDir()
	files := distinct(t, dir, ".github/workflows/ci.yml", ".gitlab-ci.yml", "compose.yaml")
	for name, paths := range files {
		t.Logf("%s: %d of a kind", name, len(paths))
		require.NotEmpty(t, paths, name)
	}
	for _, workflow := range files[".github/workflows/ci.yml"] {
		checkWorkflow(t, workflow)
	}
	if actionlint := tool(t, "actionlint"); actionlint != "" {
		run(t, dir, nil, actionlint, append([]string{"-no-color"}, files[".github/workflows/ci.yml"]...)...)
	}
	for schema, name := range map[string]string{
		"vendor.github-workflows": ".github/workflows/ci.yml", "vendor.gitlab-ci": ".gitlab-ci.yml", "vendor.compose-spec": "compose.yaml",
	} {
		run(t, dir, nil, "uvx", append([]string{"--quiet", schemaChecker, "--builtin-schema", schema}, files[name]...)...)
	}
	// A job of this name is what GitLab would take for the image of all jobs: the check must see it.
	wrong := filepath.Join(dir, "wrong.yml")
	require.NoError(t, os.WriteFile(wrong, []byte("image:\n  script: [docker build .]\n"), 0o644))
	cmd := exec.Command("uvx", "--quiet", schemaChecker, "--builtin-schema", "vendor.gitlab-ci", wrong)
	cmd.Env = cleanEnv()
	require.Error(t, cmd.Run())
}

// distinct renders every combination of answers and writes each form of the named files once. It returns their paths by name.
func distinct(t *testing.T, dir string, names ...string) map[string][]string {
	t.Helper()
	set, err := generator.OpenSet("")
	require.NoError(t, err)
	texts := map[string]map[string][]byte{}
	for _, sets := range answerSets(set) {
		run, err := generator.New(generator.NewOptions{Dir: filepath.Join(t.TempDir(), "shop"), Set: set, Sets: sets})
		require.NoError(t, err, sets)
		for _, name := range names {
			if file, ok := run.Changeset.Base[name]; ok {
				if texts[name] == nil {
					texts[name] = map[string][]byte{}
				}
				texts[name][fmt.Sprintf("%x", sha256.Sum256(file.Data))] = file.Data
			}
		}
	}
	paths := map[string][]string{}
	for name, forms := range texts {
		for i, key := range slices.Sorted(maps.Keys(forms)) {
			path := filepath.Join(dir, fmt.Sprintf("%d-%s", i, strings.TrimPrefix(filepath.Base(name), ".")))
			require.NoError(t, os.WriteFile(path, forms[key], 0o644))
			paths[name] = append(paths[name], path)
		}
	}
	return paths
}

// answerSets are all combinations of the questions that choose layers. The example decides about no file that is looked at.
func answerSets(set *layer.Set) [][]string {
	all := [][]string{nil}
	for _, q := range set.Questions {
		var values []string
		switch {
		case q.Kind == layer.KindBool && q.Name != "example":
			values = []string{q.Name + "=yes", q.Name + "=no"}
		case q.Kind == layer.KindChoice:
			for _, choice := range q.Choices {
				values = append(values, q.Name+"="+choice.Value)
			}
		default:
			continue
		}
		var next [][]string
		for _, before := range all {
			for _, value := range values {
				next = append(next, append(slices.Clone(before), value))
			}
		}
		all = next
	}
	return all
}

// checkWorkflow holds a workflow to the least it may do: nothing by default, reading the repository in each job, and actions that
// are pinned by commit with their version beside it.
func checkWorkflow(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	var workflow struct {
		Permissions map[string]string
		Jobs        map[string]struct {
			Permissions    map[string]string
			TimeoutMinutes int `yaml:"timeout-minutes"`
		}
	}
	require.NoError(t, yaml.Unmarshal(data, &workflow))
	require.NotNil(t, workflow.Permissions)
	require.Empty(t, workflow.Permissions)
	for name, job := range workflow.Jobs {
		require.Equal(t, map[string]string{"contents": "read"}, job.Permissions, name)
		require.Positive(t, job.TimeoutMinutes, name)
	}
	pinned := regexp.MustCompile(`^[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	for _, match := range regexp.MustCompile(`(?m)uses: (.*)$`).FindAllStringSubmatch(string(data), -1) {
		require.Regexp(t, pinned, match[1])
	}
}
