package resource

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
)

// Limits are the values of a field that a client can give, and those that it can't, as Python.
type Limits struct {
	Field     string
	Good, Bad []string
}

// Line is the row of a parametrised test.
func (l Limits) Line() string {
	return fit(fmt.Sprintf("        (%q, [%s], [%s]),", l.Field, strings.Join(l.Good, ", "), strings.Join(l.Bad, ", ")))
}

// Limits try each field at its limits: one below, at and one above each bound, and what no value may be. A field that no
// client sets takes none.
func (r Resource) Limits() []Limits {
	var all []Limits
	for _, f := range r.CreateFields() {
		l := f.limits()
		l.Field = f.Name
		if f.Optional {
			l.Good = append([]string{"None"}, l.Good...)
		} else {
			l.Bad = append([]string{"None"}, l.Bad...)
		}
		all = append(all, l)
	}
	for _, name := range r.NotTheirs() {
		all = append(all, Limits{Field: name, Bad: []string{"NOBODY"}})
	}
	return all
}

// plainLimits are those of the types whose limits no field changes.
var plainLimits = map[string]Limits{
	"bool":     {Good: []string{"True", "False"}, Bad: []string{`"yes"`, "1"}},
	"date":     {Good: []string{`"2024-02-29"`}, Bad: []string{`"2026-02-29"`, "0", `"0"`}},
	"time":     {Good: []string{`"23:59:59"`}, Bad: []string{`"24:00:00"`, `"10:00:00Z"`, "0", `"0"`}},
	"datetime": {Good: []string{`"2024-02-29T23:59:59Z"`}, Bad: []string{`"2026-01-01T00:00:00"`, `"0001-01-01T00:00:00+14:00"`, "0", `"0"`}},
	"uuid":     {Bad: []string{`"x"`}},
	"email":    {Bad: []string{`"x"`, `"a\x00@example.com"`}},
	"url":      {Bad: []string{`"x"`, `"ftp://example.com/"`, `"https://example.com/\x00"`, `"https://example.com/" + "x" * 2083`}},
	"slug":     {Good: []string{`"a-1"`, `"x" * 100`}, Bad: []string{`""`, `"A"`, `"a--b"`, `"x" * 101`}},
	"json":     {Good: []string{"{}", `{"a": "😀\\u0000"}`}, Bad: []string{"[]", `{"a": "\x00"}`, `{"a": "\\\x00"}`, `{"a": "x" * 65_536}`}},
}

func (f Field) limits() Limits {
	switch f.Kind {
	case "str", "text":
		return f.lengthLimits()
	case "int", "bigint", "smallint", "decimal":
		return f.numberLimitValues()
	case "float":
		return f.floatLimits()
	case "json":
		l := plainLimits["json"]
		if f.mongodb {
			l.Bad = append(slices.Clone(l.Bad), `{"$a": 1}`, `{"a": [{"b.c": 1}]}`, `{"a": 2**63}`)
		}
		return l
	case "enum":
		members := make([]string, len(f.Members))
		for i, m := range f.Members {
			members[i] = pyString(m)
		}
		return Limits{Good: members, Bad: []string{`"Unknown"`}}
	case "list":
		if f.Item == "int" {
			return Limits{Good: []string{"[]", "[2147483647]", "[0] * 100"}, Bad: []string{"[2147483648]", `["x"]`, "[0] * 101"}}
		}
		return Limits{Good: []string{"[]", `["x" * 255]`, `["x"] * 100`}, Bad: []string{`["x" * 256]`, "[1]", `["\x00"]`, `["x"] * 101`}}
	}
	return plainLimits[f.Kind]
}

func (f Field) floatLimits() Limits {
	l := Limits{Bad: []string{`"x"`, "True"}}
	if f.Min != "" {
		l.Good, l.Bad = append(l.Good, pyFloat(float(f.Min))), append(l.Bad, pyFloat(min(float(f.Min)-1, math.Nextafter(float(f.Min), math.Inf(-1)))))
	}
	if f.Max != "" {
		l.Good, l.Bad = append(l.Good, pyFloat(float(f.Max))), append(l.Bad, pyFloat(max(float(f.Max)+1, math.Nextafter(float(f.Max), math.Inf(1)))))
	}
	return l
}

// times spells a string of n equal letters.
func times(n int) string {
	if n <= 3 {
		return pyString(strings.Repeat("x", n))
	}
	return `"x" * ` + pyInt(n)
}

func (f Field) lengthLimits() Limits {
	above := times(f.MaxSize + 1)
	if f.Pattern != "" {
		return Limits{Good: []string{f.samples[0].JSON}, Bad: []string{`"\x00"`, above}}
	}
	l := Limits{Good: []string{times(f.MinSize)}}
	if f.MinSize > 0 {
		l.Bad = []string{times(f.MinSize - 1), pyString(strings.Repeat(" ", min(f.MinSize, 3)))}
	}
	if f.MaxSize != f.MinSize {
		l.Good = append(l.Good, times(f.MaxSize))
	}
	l.Bad = append(l.Bad, above)
	if f.MaxSize >= 3 {
		l.Bad = append(l.Bad, `"a\x00b"`)
	}
	return l
}

func (f Field) numberLimitValues() Limits {
	lo, hi := f.bounds()
	one := big.NewInt(1)
	spell := func(n *big.Int) string {
		if f.Kind == "decimal" {
			return pyString(fixed(n, f.Scale))
		}
		return fixed(n, f.Scale)
	}
	l := Limits{
		Good: []string{spell(lo), spell(hi)},
		Bad:  []string{spell(new(big.Int).Sub(lo, one)), spell(new(big.Int).Add(hi, one))},
	}
	if f.Kind != "decimal" {
		l.Bad = append(l.Bad, `"1"`, "True", "1.5")
		return l
	}
	finer := strings.TrimSuffix(fixed(lo, f.Scale), ".") + "1"
	if f.Scale == 0 {
		finer = fixed(lo, 0) + ".1"
	}
	l.Bad = append(l.Bad, pyString(finer), `"NaN"`)
	return l
}

// GivenLine is what a client may send for the row of BodyLine in other forms than those that are stored; empty where
// there are no others.
func (r Resource) GivenLine() string {
	given := dict(r.CreateFields(), Field.loose)
	if given == dict(r.CreateFields(), firstJSON) {
		return ""
	}
	return fit("GIVEN: dict[str, Any] = " + given)
}

// loose is the first sample in a form that is stored in another.
func (f Field) loose() string {
	sample := f.samples[0].JSON
	text := strings.Trim(sample, `"`)
	switch {
	case !f.Shown():
	case f.kind.name == "str" || f.kind.name == "text":
		return sample[:1] + " " + sample[1:len(sample)-1] + " " + sample[len(sample)-1:]
	case f.Kind == "decimal" && strings.Contains(text, ".") && f.Digits > f.Scale:
		return pyString(strings.TrimSuffix(strings.TrimRight(text, "0"), "."))
	case f.Kind == "datetime":
		return strings.Replace(sample, "T12:00:00Z", "T14:00:00+02:00", 1)
	case f.Kind == "email":
		return strings.ToUpper(sample)
	}
	return sample
}
