package merge_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/merge"
)

var labels = merge.Labels{Yours: "yours", Base: "base", Theirs: "scaffold"}

// TestAgainstGit merges random texts and compares with `git merge-file`. SCAFFOLD_MERGES sets how many; 10,000 take half
// a minute.
func TestAgainstGit(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not here")
	}
	count := 200
	if text := os.Getenv("SCAFFOLD_MERGES"); text != "" {
		n, err := strconv.Atoi(text)
		require.NoError(t, err)
		count = n
	}
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(7, 11))
	clean, differ, same, conflicts := 0, 0, 0, 0
	for i := range count {
		sample := newSample(random, i%4)
		for _, style := range []string{"--zdiff3", "--diff3"}[:1+i%2] {
			data, marked := gitMerge(t, dir, style, sample)
			got := merge.Text(sample.base, sample.yours, sample.theirs, labels)
			if !marked && got.Conflicts == 0 {
				clean++
				if !bytes.Equal(data, got.Data) {
					differ++
				}
				if sample.distinct {
					require.Equal(t, string(data), string(got.Data), "merge %d %s:\n%s", i, style, sample)
				}
			}
			if sample.distinct && style == "--zdiff3" {
				require.Equal(t, marked, got.Conflicts > 0, "merge %d %s:\n%s\n%s", i, style, sample, got.Data)
				if marked {
					conflicts++
					if bytes.Equal(data, got.Data) {
						same++
					}
				}
			}
		}
	}
	t.Logf("%d clean in both, %d of them differ where lines repeat; %d of %d conflicts byte for byte as git's", clean, differ, same, conflicts)
	require.Positive(t, clean)
	require.Equal(t, conflicts, same)
}

type sample struct {
	base, yours, theirs []byte
	distinct            bool
}

func (s sample) String() string {
	return fmt.Sprintf("base:\n%s\nyours:\n%s\ntheirs:\n%s", s.base, s.yours, s.theirs)
}

// newSample makes a base and two edits of it. Kind 0 and 1: no line twice; 2: lines move too; 3: few different lines.
func newSample(random *rand.Rand, kind int) sample {
	fresh := 0
	line := func() string {
		if kind == 3 {
			return string(rune('a' + random.IntN(4)))
		}
		fresh++
		return fmt.Sprintf("line %d", fresh)
	}
	var lines []string
	for range random.IntN(40) {
		lines = append(lines, line())
	}
	edit := func() []byte {
		edited := append([]string{}, lines...)
		for range random.IntN(5) {
			at := random.IntN(len(edited) + 1)
			to := min(at+random.IntN(4), len(edited))
			switch random.IntN(4) {
			case 0:
				edited = append(edited[:at:at], edited[to:]...)
			case 1, 2:
				block := []string{}
				for range 1 + random.IntN(3) {
					block = append(block, line())
				}
				if random.IntN(2) == 0 {
					to = at
				}
				edited = append(append(edited[:at:at], block...), edited[to:]...)
			case 3:
				if kind != 2 {
					continue
				}
				block := append([]string{}, edited[at:to]...)
				edited = append(edited[:at:at], edited[to:]...)
				at = random.IntN(len(edited) + 1)
				edited = append(append(edited[:at:at], block...), edited[at:]...)
			}
		}
		return join(edited, random.IntN(8) > 0)
	}
	s := sample{base: join(lines, random.IntN(8) > 0), distinct: kind != 3}
	before := fresh
	s.yours = edit()
	if random.IntN(3) == 0 {
		fresh = max(before, fresh-3) // some lines are new in both
	}
	s.theirs = edit()
	return s
}

func join(lines []string, ended bool) []byte {
	var out bytes.Buffer
	for i, line := range lines {
		out.WriteString(line)
		if ended || i+1 < len(lines) {
			out.WriteByte('\n')
		}
	}
	return out.Bytes()
}

// gitMerge returns git's merge, and whether it has conflicts.
func gitMerge(t *testing.T, dir, style string, s sample) ([]byte, bool) {
	for name, data := range map[string][]byte{"base": s.base, "yours": s.yours, "theirs": s.theirs} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	cmd := exec.Command("git", "merge-file", "-p", "-q", style, "-L", "yours", "-L", "base", "-L", "scaffold", "yours", "base", "theirs")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
	data, err := cmd.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) && failed.ExitCode() < 128 {
		return data, true
	}
	require.NoError(t, err)
	return data, false
}
