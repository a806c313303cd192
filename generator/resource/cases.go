package resource

import (
	"fmt"
	"math/big"
	"strings"
)

// Case is one value that a client gives, and the status that answers it.
type Case struct {
	Field, Value string // Value is Python
	Status       int
}

// Line is the case as a row of a parametrised test.
func (c Case) Line() string {
	return fit(fmt.Sprintf("        (%q, %s, %d),", c.Field, c.Value, c.Status))
}

const (
	created = 201
	refused = 422
)

// Cases try each field at its limits: one below, at and one above each bound, and what no value may be.
func (r Resource) Cases() []Case {
	var cases []Case
	for _, f := range r.CreateFields() {
		null := refused
		if f.Optional {
			null = created
		}
		cases = append(cases, Case{f.Name, "None", null})
		cases = append(cases, f.cases()...)
	}
	return cases
}

// plainCases are the values to try of the types whose limits no field changes: those that are taken, those that are not.
var plainCases = map[string][2][]string{
	"bool":     {{"True", "False"}, {`"yes"`, "1"}},
	"date":     {{`"2024-02-29"`}, {`"2026-02-29"`}},
	"time":     {{`"23:59:59"`}, {`"24:00:00"`, `"10:00:00Z"`}},
	"datetime": {{`"2024-02-29T23:59:59Z"`}, {`"2026-01-01T00:00:00"`, `"0001-01-01T00:00:00+14:00"`}},
	"uuid":     {nil, {`"x"`}},
	"email":    {nil, {`"x"`, `"a\x00@example.com"`}},
	"url":      {nil, {`"x"`, `"ftp://example.com/"`, `"https://example.com/" + "x" * 2083`}},
	"slug":     {{`"a-1"`, `"x" * 100`}, {`""`, `"A"`, `"a--b"`, `"x" * 101`}},
	"json":     {{"{}"}, {"[]", `{"a": "\x00"}`, `{"a": "x" * 65_536}`}},
}

func (f Field) cases() []Case {
	switch f.Kind {
	case "str", "text":
		return f.lengthCases()
	case "int", "bigint", "smallint", "decimal":
		return f.numberCases()
	case "float":
		return f.floatCases()
	case "enum":
		members := make([]string, len(f.Members))
		for i, m := range f.Members {
			members[i] = pyString(m)
		}
		return f.tried(members, []string{`"Unknown"`})
	case "list":
		if f.Item == "int" {
			return f.tried([]string{"[]", "[2147483647]", "[0] * 100"}, []string{"[2147483648]", `["x"]`, "[0] * 101"})
		}
		return f.tried([]string{"[]", `["x" * 255]`, `["x"] * 100`}, []string{`["x" * 256]`, "[1]", `["\x00"]`, `["x"] * 101`})
	}
	return f.tried(plainCases[f.Kind][0], plainCases[f.Kind][1])
}

// tried are the cases of values that are taken, and of values that are not.
func (f Field) tried(taken, not []string) []Case {
	cases := make([]Case, 0, len(taken)+len(not))
	for _, value := range taken {
		cases = append(cases, Case{f.Name, value, created})
	}
	for _, value := range not {
		cases = append(cases, Case{f.Name, value, refused})
	}
	return cases
}

func (f Field) floatCases() []Case {
	taken, not := []string{}, []string{`"x"`, "True"}
	if f.Min != "" {
		taken, not = append(taken, pyFloat(float(f.Min))), append(not, pyFloat(float(f.Min)-1))
	}
	if f.Max != "" {
		taken, not = append(taken, pyFloat(float(f.Max))), append(not, pyFloat(float(f.Max)+1))
	}
	return f.tried(taken, not)
}

// times spells a string of n equal letters.
func times(n int) string {
	if n <= 3 {
		return pyString(strings.Repeat("x", n))
	}
	return `"x" * ` + pyInt(n)
}

func (f Field) lengthCases() []Case {
	var cases []Case
	add := func(value string, status int) { cases = append(cases, Case{f.Name, value, status}) }
	if f.Pattern != "" {
		for _, s := range f.samples[:1] {
			add(s.JSON, created)
		}
		add(`"\x00"`, refused)
		add(times(f.MaxSize+1), refused)
		return cases
	}
	if f.MinSize > 0 {
		add(times(f.MinSize-1), refused)
		add(pyString(strings.Repeat(" ", min(f.MinSize, 3))), refused)
	}
	add(times(f.MinSize), created)
	if f.MaxSize != f.MinSize {
		add(times(f.MaxSize), created)
	}
	add(times(f.MaxSize+1), refused)
	if f.MaxSize >= 3 {
		add(`"a\x00b"`, refused)
	}
	return cases
}

func (f Field) numberCases() []Case {
	var cases []Case
	lo, hi := f.bounds()
	one := big.NewInt(1)
	add := func(n *big.Int, status int) {
		value := fixed(n, f.Scale)
		if f.Kind == "decimal" {
			value = pyString(value)
		}
		cases = append(cases, Case{f.Name, value, status})
	}
	add(new(big.Int).Sub(lo, one), refused)
	add(lo, created)
	add(hi, created)
	add(new(big.Int).Add(hi, one), refused)
	if f.Kind != "decimal" {
		return append(cases, Case{f.Name, `"1"`, refused}, Case{f.Name, "True", refused}, Case{f.Name, "1.5", refused})
	}
	finer := strings.TrimSuffix(fixed(lo, f.Scale), ".") + "1"
	if f.Scale == 0 {
		finer = fixed(lo, 0) + ".1"
	}
	return append(cases, Case{f.Name, pyString(finer), refused}, Case{f.Name, `"NaN"`, refused})
}

// Kept are values that are stored in another form than they are given in.
type Kept struct{ Field, Given, Stored string }

// Line is the row of a parametrised test.
func (k Kept) Line() string {
	return fit(fmt.Sprintf("        (%q, %s, %s),", k.Field, k.Given, k.Stored))
}

// Normalised are the fields whose values are brought into one form, each with an example.
func (r Resource) Normalised() []Kept {
	var all []Kept
	for _, f := range r.with(func(f Field) bool { return f.Creatable() && f.Shown() }) {
		sample := f.samples[0].JSON
		switch {
		case f.kind.name == "str" || f.kind.name == "text":
			all = append(all, Kept{f.Name, sample[:1] + " " + sample[1:len(sample)-1] + " " + sample[len(sample)-1:], sample})
		case f.Kind == "decimal" && f.Scale > 0:
			if short := strings.TrimRight(strings.Trim(sample, `"`), "0"); short != strings.Trim(sample, `"`) {
				all = append(all, Kept{f.Name, pyString(strings.TrimSuffix(short, ".")), sample})
			}
		case f.Kind == "datetime":
			all = append(all, Kept{f.Name, `"2026-01-01T02:00:00+02:00"`, `"2026-01-01T00:00:00Z"`})
		case f.Kind == "email":
			all = append(all, Kept{f.Name, `"A@Example.COM"`, `"a@example.com"`})
		}
	}
	return all
}
