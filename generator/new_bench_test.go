package generator_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator"
)

// BenchmarkNew plans the default project, from the embedded set to the changeset; nothing is written.
func BenchmarkNew(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "shop")
	for b.Loop() {
		set, err := generator.OpenSet("")
		require.NoError(b, err)
		_, err = generator.New(generator.NewOptions{Dir: dir, Set: set})
		require.NoError(b, err)
	}
}
