package generator_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator"
)

// pairwiseFile holds the answers of the projects that `make test` really runs, one a line.
var pairwiseFile = filepath.Join("..", "testdata", "e2e", "pairwise.txt")

const pairwiseHead = `# The projects that cmd/e2e installs and runs: every two answers that can go together are together in one of them.
# Computed from the questions of the template set; after a change of them: go test ./generator -run Pairwise -update
`

// pair is two answers, in the order of their questions.
type pair [2]string

// pairsOf are all pairs of the combination's answers.
func pairsOf(c combination) []pair {
	var pairs []pair
	for i, first := range c.words {
		for _, second := range c.words[i+1:] {
			pairs = append(pairs, pair{first, second})
		}
	}
	return pairs
}

// pairwise picks combinations in which each pair of answers that occurs in any of them occurs: the first, which are the
// defaults, and then again and again the one that brings most new pairs; of equals the first.
func pairwise(all []combination) []combination {
	if len(all[0].words) < 2 {
		return all
	}
	missing := map[pair]bool{}
	pairs := make([][]pair, len(all))
	for i, c := range all {
		pairs[i] = pairsOf(c)
		for _, p := range pairs[i] {
			missing[p] = true
		}
	}
	var picked []combination
	for at := 0; len(missing) > 0; at = richest(pairs, missing) {
		picked = append(picked, all[at])
		for _, p := range pairs[at] {
			delete(missing, p)
		}
	}
	return picked
}

// richest is the combination with the most missing pairs.
func richest(pairs [][]pair, missing map[pair]bool) int {
	best, most := 0, -1
	for i, list := range pairs {
		count := 0
		for _, p := range list {
			if missing[p] {
				count++
			}
		}
		if count > most {
			best, most = i, count
		}
	}
	return best
}

var listAll = flag.String("list-all", "", "write all combinations to this file, one a line")

// TestPairwise: the file is what the questions make it, and it holds every pair.
func TestPairwise(t *testing.T) {
	set, err := generator.OpenSet("")
	require.NoError(t, err)
	all := combinationsOf(t, set)
	if *listAll != "" {
		require.NoError(t, os.WriteFile(*listAll, []byte(lines(all)), 0o644))
	}
	picked := pairwise(all)
	want := pairwiseHead + lines(picked)
	if *update {
		require.NoError(t, os.WriteFile(pairwiseFile, []byte(want), 0o644))
	}
	data, err := os.ReadFile(pairwiseFile)
	require.NoError(t, err)
	require.Equal(t, want, string(data), "not what the questions make it: go test ./generator -run Pairwise -update")
	requireEveryPair(t, all, strings.Split(strings.TrimPrefix(string(data), pairwiseHead), "\n"))
	require.LessOrEqual(t, len(picked), 20, "projects that are really run")
}

func lines(all []combination) string {
	var text strings.Builder
	for _, c := range all {
		text.WriteString(c.String() + "\n")
	}
	return text.String()
}

// requireEveryPair reads the lines anew and looks for each pair of each combination in them.
func requireEveryPair(t *testing.T, all []combination, lines []string) {
	t.Helper()
	held := map[pair]bool{}
	for _, line := range lines {
		for _, p := range pairsOf(combination{words: strings.Fields(line)}) {
			held[p] = true
		}
	}
	for _, c := range all {
		for _, p := range pairsOf(c) {
			require.True(t, held[p], "no project has both %s and %s", p[0], p[1])
		}
	}
}
