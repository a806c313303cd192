package render_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/layer"
	"example.com/scaffold/generator/render"
	"example.com/scaffold/templates"
)

// TestBuiltInParses reads every template of the built-in set, those that the defaults don't select too.
func TestBuiltInParses(t *testing.T) {
	set, err := layer.Load(templates.FS, "templates")
	require.NoError(t, err)
	require.NoError(t, render.Check(set))
}

func BenchmarkLoadBuiltIn(b *testing.B) {
	for b.Loop() {
		_, err := layer.Load(templates.FS, "templates")
		require.NoError(b, err)
	}
}

func BenchmarkParseBuiltIn(b *testing.B) {
	set, err := layer.Load(templates.FS, "templates")
	require.NoError(b, err)
	for b.Loop() {
		require.NoError(b, render.Check(set))
	}
}

// BenchmarkFiles renders a set of many files: time and memory grow as their number does.
func BenchmarkFiles(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			fsys := fstest.MapFS{"templates.yaml": {Data: []byte(questions)}, "a/layer.yaml": {}}
			for i := range n {
				text := fmt.Sprintf("# %s\nn = %d\nname = {{ pyString .Project.Name }}\n", strings.Repeat("text ", 200), i)
				fsys[fmt.Sprintf("a/d%d/f%d.py.tmpl", i%100, i)] = &fstest.MapFile{Data: []byte(text)}
			}
			set, err := layer.Load(fsys, "set")
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				_, err := render.Render(b.Context(), set, data(), nil)
				require.NoError(b, err)
			}
		})
	}
}
