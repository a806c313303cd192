package resource

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// MadeFields are the fields that a test factory must give a value.
func (r Resource) MadeFields() []Field {
	return r.with(func(f Field) bool { return !f.Optional && f.Default == nil })
}

// Numbered reports whether some factory counts its rows.
func (l List) Numbered() bool { return slices.ContainsFunc(l, Resource.Numbered) }

// Numbered reports whether the factory counts its rows, to make unique values.
func (r Resource) Numbered() bool {
	for _, f := range r.MadeFields() {
		if f.Unique() && f.Kind != "uuid" {
			return true
		}
	}
	return false
}

// FactoryLine is the statement of the factory that makes the row.
func (r Resource) FactoryLine() string {
	values := dict(r.MadeFields(), Field.FactoryValue)
	if r.Owned {
		values = strings.TrimSuffix(values, "}") + `, "owner_id": owner.id}`
		values = strings.Replace(values, "{, ", "{", 1)
	}
	line := fmt.Sprintf("    %s = %s(**%s | values)", r.Singular, r.Class, values)
	if values == "{}" {
		return fmt.Sprintf("    %s = %s(**values)", r.Singular, r.Class)
	}
	if len(line) <= lineLength {
		return line
	}
	dictionary := fit("        **" + values)
	if len("        **"+values+" | values") <= lineLength {
		return fmt.Sprintf("    %s = %s(\n        **%s | values\n    )", r.Singular, r.Class, values)
	}
	return fmt.Sprintf("    %s = %s(\n%s\n        | values\n    )", r.Singular, r.Class, dictionary)
}

// FactoryValue is what a factory gives the field: the same for each row, and for a unique field a value by number.
func (f Field) FactoryValue() string {
	if !f.Unique() {
		return f.samples[0].Py
	}
	switch f.Kind {
	case "str":
		return f.numberedText()
	case "int", "bigint", "smallint", "decimal":
		return f.numberedNumber()
	case "date":
		return "date(2030, 1, 1) + timedelta(days=number)"
	case "time":
		return "time(12 + number // 3600 % 12, number // 60 % 60, number % 60)"
	case "datetime":
		return "datetime(2030, 1, 1, tzinfo=UTC) + timedelta(seconds=number)"
	case "uuid":
		return "new_id()"
	case "email":
		return `f"number{number}@example.com"`
	case "url":
		return `f"https://example.com/number/{number}"`
	}
	return `f"number-{number}"`
}

// FactoryTables are the values of unique fields with a pattern, which no formula makes.
func (r Resource) FactoryTables() []string {
	var tables []string
	for _, f := range r.MadeFields() {
		if !f.Unique() || f.Pattern == "" {
			continue
		}
		var values []string
		for _, text := range f.matching(uniqueCount + sampleCount) {
			if value := pyString(text); !slices.Contains(f.samples, sample{value, value}) && len(values) < uniqueCount {
				values = append(values, value)
			}
		}
		tables = append(tables, fit(f.tableName()+" = ["+strings.Join(values, ", ")+"]"))
	}
	return tables
}

func (f Field) tableName() string {
	return strings.ToUpper("_" + f.class + "_" + f.Name + "_VALUES")
}

// numberedText makes a text of the number that no sample has.
func (f Field) numberedText() string {
	if f.Pattern != "" {
		return fmt.Sprintf("%s[number %% %d]", f.tableName(), uniqueCount)
	}
	if f.MaxSize < 12 {
		return fmt.Sprintf(`f"{number %% %s:0%d}"`, "1"+strings.Repeat("0", f.MaxSize), f.MaxSize)
	}
	if f.MinSize > 8 {
		return fmt.Sprintf(`f"{number:0%d}"`, f.MinSize)
	}
	return fmt.Sprintf(`f"%s {number}"`, pascal(f.Name)[:min(3, len(pascal(f.Name)))])
}

// numberedNumber counts above the samples, within the bounds.
func (f Field) numberedNumber() string {
	lo, hi := f.bounds()
	one := units("1", f.Scale)
	start := new(big.Int).Add(lo, big.NewInt(sampleCount))
	if lo.Cmp(one) <= 0 && hi.Cmp(new(big.Int).Mul(one, big.NewInt(sampleCount))) >= 0 {
		start = new(big.Int).Mul(one, big.NewInt(sampleCount+1))
	}
	span := new(big.Int).Sub(hi, start)
	if span.Cmp(big.NewInt(uniqueCount)) < 0 {
		start = new(big.Int).Add(lo, big.NewInt(sampleCount))
		span = new(big.Int).Sub(hi, start)
	}
	expression := fmt.Sprintf("%s + number", start)
	if span.Cmp(big.NewInt(1_000_000)) < 0 {
		expression = fmt.Sprintf("%s + number %% %s", start, span)
	}
	if f.Kind == "decimal" {
		return fmt.Sprintf("Decimal(%s).scaleb(-%d)", expression, f.Scale)
	}
	return expression
}
