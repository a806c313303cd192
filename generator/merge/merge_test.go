package merge_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"example.com/scaffold/generator/merge"
)

// TestCases reads testdata/merge: each file holds base, yours, theirs and the text that comes out. A comment line
// `union` merges by Union. `$` at the end of a file's last line means that it has no newline.
func TestCases(t *testing.T) {
	names, err := filepath.Glob("../../testdata/merge/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			require.NoError(t, err)
			files := map[string][]byte{}
			for _, file := range archive.Files {
				files[file.Name] = bytes.TrimSuffix(file.Data, []byte("$\n"))
			}
			merged := merge.Text
			if bytes.Contains(archive.Comment, []byte("union\n")) {
				merged = merge.Union
			}
			got := merged(files["base"], files["yours"], files["theirs"], labels)
			require.Equal(t, string(files["merged"]), string(got.Data))
			require.Equal(t, bytes.Count(files["merged"], []byte("<<<<<<< yours")), got.Conflicts)
		})
	}
}

// checkIdentities holds for any three texts.
func checkIdentities(t *testing.T, o, a, b []byte) {
	text := func(o, a, b []byte) string { return string(merge.Text(o, a, b, labels).Data) }
	require.Equal(t, string(a), text(o, a, o))
	require.Equal(t, string(b), text(o, o, b))
	require.Equal(t, string(a), text(o, a, a))
	there := merge.Text(o, a, b, labels)
	back := merge.Text(o, b, a, merge.Labels{Yours: "scaffold", Base: "base", Theirs: "yours"})
	require.Equal(t, there.Conflicts, back.Conflicts)
	if there.Conflicts == 0 {
		require.Equal(t, string(there.Data), string(back.Data))
	}
	checkLines(t, there, o, a, b)
	union := merge.Union(o, a, b, labels)
	require.LessOrEqual(t, union.Conflicts, there.Conflicts)
	checkLines(t, union, o, a, b)
}

// checkLines finds lines from nowhere, and new lines of either side that are lost.
func checkLines(t *testing.T, got merge.Result, o, a, b []byte) {
	known, inBase, out := lineSet(o, a, b), lineSet(o), lineSet(got.Data)
	for line := range out {
		if !known[line] && !strings.Contains("<<<<<<< yours ||||||| base ======= >>>>>>> scaffold", line) {
			t.Fatalf("the line %q is from nowhere", line)
		}
	}
	for _, side := range [][]byte{a, b} {
		for line := range lineSet(side) {
			require.True(t, out[line] || inBase[line], "the line %q is lost", line)
		}
	}
}

// lineSet holds the lines of texts without their ends.
func lineSet(texts ...[]byte) map[string]bool {
	set := map[string]bool{}
	for _, text := range texts {
		for line := range strings.Lines(string(text)) {
			set[strings.TrimRight(line, "\r\n")] = true
		}
	}
	return set
}

func FuzzText(f *testing.F) {
	f.Add([]byte("a\nb\nc\n"), []byte("a\nx\nc\n"), []byte("a\nb\nc\nd\n"))
	f.Add([]byte("a\nb"), []byte("a\nb\n"), []byte("a\nb\nc"))
	f.Add([]byte("a\r\nb\r\n"), []byte("a\r\nx\r\n"), []byte("a\r\ny\r\n"))
	f.Add([]byte(""), []byte("a\n"), []byte("b\n"))
	f.Add([]byte("a\na\na\na\n"), []byte("a\na\na\n"), []byte("a\na\na\na\na\n"))
	f.Add([]byte(""), []byte("0"), []byte("\n"))
	f.Add([]byte("x\n"), []byte("\n"), []byte("x"))
	f.Add([]byte("<<<<<<< x\n"), []byte("=======\n"), []byte(">>>>>>> y\n"))
	f.Fuzz(checkIdentities)
}

func TestIdentities(t *testing.T) {
	random := rand.New(rand.NewPCG(13, 17))
	for i := range 4000 {
		s := newSample(random, i%4)
		checkIdentities(t, s.base, s.yours, s.theirs)
	}
}

func TestMarkers(t *testing.T) {
	tests := []struct {
		name, text string
		want       []int
	}{
		{"none", "a\nb\n", nil},
		{"conflict", "a\n<<<<<<< yours\nx\n||||||| base\n=======\ny\n>>>>>>> scaffold\nb\n", []int{2, 4, 5, 7}},
		{"git's", "<<<<<<< HEAD\nx\n=======\ny\n>>>>>>> topic\n", []int{1, 3, 5}},
		{"CRLF", "<<<<<<< yours\r\nx\r\n=======\r\ny\r\n>>>>>>> scaffold\r\n", []int{1, 3, 5}},
		{"one left", "a\n>>>>>>> scaffold\n", []int{2}},
		{"base left", "a\n||||||| base\n", []int{2}},
		{"no label", "<<<<<<<\nx\n=======\n>>>>>>>", []int{1, 3, 4}},
		{"heading", "Routing\n=======\n", nil},
		{"table", "|||||||\n", nil},
		{"8 characters", "<<<<<<<< yours\n========\n>>>>>>>> x\n", nil},
		{"6 characters", "<<<<<< yours\n>>>>>> x\n", nil},
		{"no blank", "<<<<<<<yours\n", nil},
		{"indented", " <<<<<<< yours\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { require.Equal(t, tt.want, merge.Markers([]byte(tt.text))) })
	}
}

// TestUnified puts hunks back together.
func TestUnified(t *testing.T) {
	random := rand.New(rand.NewPCG(19, 23))
	for i := range 1000 {
		s := newSample(random, i%4)
		old, next := strings.SplitAfter(string(s.base), "\n"), ""
		at := 0
		for _, h := range merge.Unified(s.base, s.yours, i%5) {
			start := h.OldStart - 1
			if h.OldLines == 0 {
				start++
			}
			next += strings.Join(old[at:start], "")
			require.Equal(t, h.NewStart, strings.Count(next, "\n")+min(1, h.NewLines))
			at = start
			oldLines, newLines := 0, 0
			for _, line := range h.Lines {
				if line.Op != '+' {
					require.Equal(t, old[at], string(line.Text))
					at++
					oldLines++
				}
				if line.Op != '-' {
					next += string(line.Text)
					newLines++
				}
			}
			require.Equal(t, h.OldLines, oldLines)
			require.Equal(t, h.NewLines, newLines)
		}
		require.Equal(t, string(s.yours), next+strings.Join(old[at:], ""))
	}
}

// large gives three texts of n lines; each side changed every 50th line, at other places.
func large(n int) (base, yours, theirs []byte) {
	var texts [3]bytes.Buffer
	for i := range n {
		for side := range texts {
			if i%50 == side*20 && side > 0 {
				fmt.Fprintf(&texts[side], "line %d changed by %d\n", i, side)
			} else {
				fmt.Fprintf(&texts[side], "line %d\n", i)
			}
		}
	}
	return texts[0].Bytes(), texts[1].Bytes(), texts[2].Bytes()
}

// hardest are texts of about 1 MB that a diff without bounds would take minutes for.
func hardest() map[string][3][]byte {
	random := rand.New(rand.NewPCG(29, 31))
	fill := func(line func() string) []byte {
		var out bytes.Buffer
		for out.Len() < 1<<20 {
			out.WriteString(line() + "\n")
		}
		return out.Bytes()
	}
	few := func() []byte { return fill(func() string { return string(rune('a' + random.IntN(2))) }) }
	fresh := func(prefix string) []byte {
		n := 0
		return fill(func() string { n++; return fmt.Sprint(prefix, n) })
	}
	shuffled := func() []byte {
		lines := strings.SplitAfter(string(fresh("")), "\n")
		random.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		return []byte(strings.Join(lines, ""))
	}
	equal := fill(func() string { return "a" })
	return map[string][3][]byte{
		"all equal":     {equal, equal[:len(equal)/2], append([]byte("b\n"), equal...)},
		"all different": {fresh("o"), fresh("a"), fresh("b")},
		"two lines":     {few(), few(), few()},
		"only newlines": {bytes.Repeat([]byte("\n"), 1<<20), bytes.Repeat([]byte("\n"), 1<<19), append(bytes.Repeat([]byte("\n"), 1<<19), "x\n\n\n"...)},
		"shuffled":      {fresh(""), shuffled(), shuffled()},
		"one line":      {bytes.Repeat([]byte("o"), 1<<20), bytes.Repeat([]byte("a"), 1<<20), bytes.Repeat([]byte("b"), 1<<20)},
	}
}

func TestIsBounded(t *testing.T) {
	for name, texts := range hardest() {
		start := time.Now()
		merge.Text(texts[0], texts[1], texts[2], labels)
		took := time.Since(start)
		t.Logf("%s: %v", name, took)
		require.Less(t, took, 2*time.Minute, name)
	}
}

func BenchmarkText10000Lines(b *testing.B) {
	base, yours, theirs := large(10_000)
	for b.Loop() {
		if merge.Text(base, yours, theirs, labels).Conflicts > 0 {
			b.Fatal("has conflicts")
		}
	}
}

func BenchmarkHardest(b *testing.B) {
	for name, texts := range hardest() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				merge.Text(texts[0], texts[1], texts[2], labels)
			}
		})
	}
}
