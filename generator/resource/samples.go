package resource

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
)

const (
	// sampleCount is how many different values the generated tests use at most.
	sampleCount = 5
	// uniqueCount is how many values a unique field must have: the tests make 50 rows, and some more beside them.
	uniqueCount = 64
)

// readSamples finds values for the generated tests, in ascending order, and refuses a field that has none.
func (f *Field) readSamples(r raw) *refusal {
	texts := f.sampleTexts()
	if len(texts) == 0 {
		return refuse(r.name, "check the pattern against the size", "no value found that fits both the pattern and the size")
	}
	for _, text := range texts {
		f.samples = append(f.samples, f.literal(text))
	}
	if f.Unique() && !f.roomy() {
		return refuse(r.name, "drop !unique or widen the bounds", "unique needs at least %d possible values", uniqueCount)
	}
	return nil
}

// roomy reports whether a unique field has values enough.
func (f Field) roomy() bool {
	switch {
	case f.Pattern != "":
		return len(f.matching(uniqueCount+sampleCount)) == uniqueCount+sampleCount
	case f.Kind == "str":
		return f.MaxSize >= 2
	case f.number():
		lo, hi := f.bounds()
		return new(big.Int).Sub(hi, lo).Cmp(big.NewInt(uniqueCount)) >= 0
	}
	return true
}

func (f Field) sampleTexts() []string {
	letters := []string{"a", "b", "c", "d", "e"}
	numbered := func(format string) (texts []string) {
		for i := range sampleCount {
			texts = append(texts, fmt.Sprintf(format, i+1))
		}
		return texts
	}
	switch f.Kind {
	case "str", "text":
		if f.Pattern != "" {
			return f.matching(sampleCount)
		}
		for i := range letters {
			letters[i] = strings.Repeat(letters[i], max(f.MinSize, 1))
		}
		return letters
	case "int", "bigint", "smallint", "decimal":
		return f.sampleNumbers()
	case "float":
		return f.sampleFloats()
	case "bool":
		return []string{"false", "true"}
	case "date":
		return numbered("2026-01-%02d")
	case "time":
		return numbered("%02d:00:00")
	case "datetime":
		return numbered("2026-01-%02dT12:00:00Z")
	case "uuid":
		return numbered("00000000-0000-4000-8000-%012d")
	case "email":
		return numbered("a%d@example.com")
	case "url":
		return numbered("https://example.com/%d")
	case "enum":
		return slices.Sorted(slices.Values(f.Members))
	case "json":
		return numbered(`{"a": %d}`)
	case "list":
		if f.Item == "int" {
			return numbered("[%d]")
		}
		return numbered(`["a%d"]`)
	}
	return letters
}

// sampleNumbers are 1, 2, 3 … where they fit, and else the least values that do.
func (f Field) sampleNumbers() []string {
	lo, hi := f.bounds()
	step := units("1", f.Scale)
	start := step
	last := new(big.Int).Mul(step, big.NewInt(sampleCount))
	if lo.Cmp(step) > 0 || hi.Cmp(last) < 0 {
		start, step = lo, big.NewInt(1)
	}
	var texts []string
	for n := new(big.Int).Set(start); n.Cmp(hi) <= 0 && len(texts) < sampleCount; n.Add(n, step) {
		texts = append(texts, fixed(n, f.Scale))
	}
	return texts
}

func (f Field) sampleFloats() []string {
	lo, hi := -1e9, 1e9
	if f.Min != "" {
		lo = float(f.Min)
		hi = max(hi, lo)
	}
	if f.Max != "" {
		hi = float(f.Max)
		lo = min(lo, hi)
	}
	start, step := 0.5, 1.0
	if lo > start || hi < start+4 {
		start, step = lo, (hi-lo)/4
	}
	texts := []string{}
	for i := range sampleCount {
		text := pyFloat(start + float64(i)*step)
		if !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return texts
}
