package render_test

import (
	"testing"

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
