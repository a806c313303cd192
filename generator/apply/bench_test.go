package apply_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/apply"
	"example.com/scaffold/generator/changeset"
)

func many(n int, data string) []changeset.Write {
	var list []changeset.Write
	for i := range n {
		list = append(list, changeset.Write{Path: fmt.Sprintf("app/p%d/q%d/f%d.py", i/100, i/10%10, i), After: text(fmt.Sprintf("# %d\n%s", i, data))})
	}
	return list
}

const kilobyte = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n"

func body(mark string) string {
	all := mark
	for range 32 {
		all += kilobyte
	}
	return all
}

func BenchmarkCreate(b *testing.B) {
	for _, n := range []int{95, 1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c := apply.Change{Command: "new", Writes: many(n, body("")), State: map[string][]byte{"answers.yaml": []byte("v")}}
			dir := b.TempDir()
			for i := 0; b.Loop(); i++ {
				require.NoError(b, apply.Create(b.Context(), filepath.Join(dir, fmt.Sprint(i)), c))
			}
		})
	}
}

// BenchmarkUpdate reads a project's files and changes one in ten.
func BenchmarkUpdate(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			root := filepath.Join(b.TempDir(), "p")
			c := apply.Change{Command: "new", Writes: many(n, body("")), State: map[string][]byte{"answers.yaml": []byte("v")}}
			require.NoError(b, apply.Create(b.Context(), root, c))
			var paths []string
			for _, w := range c.Writes {
				paths = append(paths, w.Path)
			}
			for round := 0; b.Loop(); round++ {
				disk, err := apply.Snapshot(root, paths)
				require.NoError(b, err)
				c := apply.Change{Command: "update", State: map[string][]byte{"answers.yaml": fmt.Append(nil, round)}}
				for i, p := range paths {
					if i%10 == 0 {
						c.Writes = append(c.Writes, changeset.Write{Path: p, Before: disk[p], After: text(body(fmt.Sprint(round)))})
					}
				}
				require.NoError(b, do(b, root, c))
			}
		})
	}
}

// BenchmarkSnapshot reads a project's files.
func BenchmarkSnapshot(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			root := filepath.Join(b.TempDir(), "p")
			c := apply.Change{Command: "new", Writes: many(n, body("")), State: map[string][]byte{"answers.yaml": []byte("v")}}
			require.NoError(b, apply.Create(b.Context(), root, c))
			var paths []string
			for _, w := range c.Writes {
				paths = append(paths, w.Path)
			}
			for b.Loop() {
				_, err := apply.Snapshot(root, paths)
				require.NoError(b, err)
			}
		})
	}
}
