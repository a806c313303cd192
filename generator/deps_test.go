package generator_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "example.com/scaffold"

// siblings is the policy of imports inside the module: what each package may import. A package that is not here fails.
var siblings = map[string]string{
	"cmd/scaffold":                "cmd",
	"cmd":                         "cmd/prompt generator generator/agent generator/answers generator/apply generator/changeset generator/layer generator/resource generator/tree",
	"cmd/prompt":                  "generator/layer",
	"cmd/e2e":                     "",
	"generator":                   "generator/agent generator/answers generator/apply generator/changeset generator/layer generator/merge generator/render generator/resource generator/tree templates",
	"generator/agent":             "generator/agent/catalog generator/agent/frontmatter generator/tree",
	"generator/agent/catalog":     "",
	"generator/agent/frontmatter": "generator/standin",
	"generator/answers":           "generator/layer generator/layer/strict generator/resource",
	"generator/apply":             "generator/changeset generator/tree",
	"generator/changeset":         "generator/merge generator/tree",
	"generator/layer":             "generator/layer/strict generator/resource generator/tree",
	"generator/merge":             "",
	"generator/layer/strict":      "generator/standin",
	"generator/render":            "generator/layer generator/resource generator/tree",
	"generator/resource":          "",
	"generator/standin":           "",
	"generator/tree":              "",
	"templates":                   "",
}

// only names the packages that alone may import a module from outside.
var only = map[string]string{
	"github.com/AlecAivazis/survey":   "cmd/prompt",
	"github.com/spf13/cobra":          "cmd",
	"github.com/Masterminds/sprig":    "generator/render",
	"github.com/yuin/goldmark":        "generator/agent",
	"net":                             "",
	"net/http":                        "",
	"os/exec":                         "cmd",
	"github.com/stretchr/testify":     "",
	"github.com/rogpeppe/go-internal": "",
	"github.com/creack/pty":           "",
	"github.com/tree-sitter":          "",
	"github.com/moby/buildkit":        "",
	"mvdan.cc/sh":                     "",
}

func TestImportPolicy(t *testing.T) {
	for dir, imports := range importsByPackage(t) {
		allowed, known := siblings[dir]
		require.True(t, known, "package %s is not in the policy", dir)
		for _, path := range imports {
			if own, ok := strings.CutPrefix(path, module+"/"); ok {
				require.Contains(t, strings.Fields(allowed), own, "%s imports %s", dir, path)
			}
			for prefix, owners := range only {
				if path == prefix || strings.Contains(prefix, ".") && strings.HasPrefix(path, prefix+"/") {
					require.Contains(t, strings.Fields(owners), dir, "%s imports %s", dir, path)
				}
			}
		}
	}
}

// TestOnlyApplyWrites finds each use of package os that changes files.
func TestOnlyApplyWrites(t *testing.T) {
	writers := strings.Fields("Create CreateTemp WriteFile OpenFile Remove RemoveAll Rename Mkdir MkdirAll MkdirTemp Chmod Symlink Link Truncate OpenRoot")
	eachSource(t, func(dir, name string) {
		if dir == "generator/apply" || dir == "generator/layer" {
			return // layer opens a set's folder by os.OpenRoot, to read
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(node ast.Node) bool {
			if selector, ok := node.(*ast.SelectorExpr); ok {
				if ident, ok := selector.X.(*ast.Ident); ok && ident.Name == "os" {
					require.NotContains(t, writers, selector.Sel.Name, "in %s", name)
				}
			}
			return true
		})
	})
}

func importsByPackage(t *testing.T) map[string][]string {
	found := map[string][]string{}
	eachSource(t, func(dir, name string) {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, spec := range file.Imports {
			value, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			found[dir] = append(found[dir], value)
		}
	})
	return found
}

// eachSource calls visit with each Go file of the program and its package's folder; not with tests, nor with what the
// go command passes over.
func eachSource(t *testing.T, visit func(dir, name string)) {
	require.NoError(t, filepath.WalkDir("..", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := entry.Name()
		if entry.IsDir() && (base == "testdata" || base == "bin" || base != ".." && strings.ContainsAny(base[:1], "._")) {
			return fs.SkipDir
		}
		if !entry.IsDir() && filepath.Ext(base) == ".go" && !strings.HasSuffix(base, "_test.go") {
			visit(strings.TrimPrefix(filepath.ToSlash(filepath.Dir(name)), "../"), name)
		}
		return nil
	}))
}
