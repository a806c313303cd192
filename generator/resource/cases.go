package resource

import (
	"fmt"
	"math/big"
	"slices"
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

func (f Field) cases() []Case {
	var cases []Case
	yes := func(values ...string) {
		for _, value := range values {
			cases = append(cases, Case{f.Name, value, created})
		}
	}
	no := func(values ...string) {
		for _, value := range values {
			cases = append(cases, Case{f.Name, value, refused})
		}
	}
	switch f.Kind {
	case "str", "text":
		return f.lengthCases()
	case "int", "bigint", "smallint", "decimal":
		return f.numberCases()
	case "float":
		no(`"x"`, "True")
		if f.Min != "" {
			yes(pyFloat(float(f.Min)))
			no(pyFloat(float(f.Min) - 1))
		}
		if f.Max != "" {
			yes(pyFloat(float(f.Max)))
			no(pyFloat(float(f.Max) + 1))
		}
	case "bool":
		yes("True", "False")
		no(`"yes"`, "1")
	case "date":
		yes(`"2024-02-29"`)
		no(`"2026-02-29"`)
	case "time":
		yes(`"23:59:59"`)
		no(`"24:00:00"`, `"10:00:00Z"`)
	case "datetime":
		yes(`"2024-02-29T23:59:59Z"`)
		no(`"2026-01-01T00:00:00"`, `"0001-01-01T00:00:00+14:00"`)
	case "uuid":
		no(`"x"`)
	case "email":
		no(`"x"`, `"a\x00@example.com"`)
	case "url":
		no(`"x"`, `"ftp://example.com/"`, `"https://example.com/" + "x" * 2083`)
	case "slug":
		yes(`"a-1"`, `"x" * 100`)
		no(`""`, `"A"`, `"a--b"`, `"x" * 101`)
	case "enum":
		for _, m := range f.Members {
			yes(fmt.Sprintf("%q", m))
		}
		no(`"Unknown"`)
	case "json":
		yes("{}")
		no("[]", `{"a": "\x00"}`, `{"a": "x" * 65_536}`)
	case "list":
		yes("[]")
		if f.Item == "int" {
			yes("[2147483647]", "[0] * 100")
			no("[2147483648]", `["x"]`, "[0] * 101")
		} else {
			yes(`["x" * 255]`, `["x"] * 100`)
			no(`["x" * 256]`, "[1]", `["\x00"]`, `["x"] * 101`)
		}
	}
	return cases
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

// dict spells a dictionary of one value for each field.
func dict(fields []Field, value func(Field) string) string {
	items := make([]string, len(fields))
	for i, f := range fields {
		items[i] = fmt.Sprintf("%q: %s", f.Name, value(f))
	}
	return "{" + strings.Join(items, ", ") + "}"
}

func firstJSON(f Field) string { return f.samples[0].JSON }

// BodyLine is what a client sends for a row with all of its fields.
func (r Resource) BodyLine() string {
	return fit("BODY: dict[str, Any] = " + dict(r.CreateFields(), firstJSON))
}

// RequiredLine is what a client must send at least.
func (r Resource) RequiredLine() string {
	return fit("REQUIRED: dict[str, Any] = " + dict(r.RequiredFields(), firstJSON))
}

// ChangeLine is a change that a client can make; empty where there is none.
func (r Resource) ChangeLine() string {
	fields := r.with(func(f Field) bool { return f.Mutable() && f.Shown() && len(f.samples) > 1 })
	if len(fields) == 0 {
		return ""
	}
	return fit("CHANGE: dict[str, Any] = " + dict(fields[:1], func(f Field) string { return f.samples[1].JSON }))
}

// names spells a list of the names of fields.
func fieldNames(fields []Field) string {
	quoted := make([]string, len(fields))
	for i, f := range fields {
		quoted[i] = fmt.Sprintf("%q", f.Name)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// Each is the decorator that runs a test for each of the fields.
func (r Resource) Each(fields []Field) string {
	return fit(`@pytest.mark.parametrize("field", ` + fieldNames(fields) + ")")
}

// Hidden, Immutable and Readonly are the fields with that modifier.
func (r Resource) Hidden() []Field { return r.with(func(f Field) bool { return !f.Shown() }) }

// Immutable are the fields that are given once.
func (r Resource) Immutable() []Field {
	return r.with(func(f Field) bool { return f.Has("immutable") })
}

// Readonly are the fields that a client never gives.
func (r Resource) Readonly() []Field { return r.with(func(f Field) bool { return f.Has("readonly") }) }

// Contested are the unique fields that clients give.
func (r Resource) Contested() []Field {
	return r.with(func(f Field) bool { return f.Unique() && f.Creatable() })
}

// EachContested is the decorator that runs a test for each contested field, with a value of BODY as the model has it.
func (r Resource) EachContested() string {
	pairs := lines(r.Contested(), func(f Field) string { return fmt.Sprintf("(%q, %s)", f.Name, f.samples[0].Py) })
	return fit(`@pytest.mark.parametrize(("field", "taken"), [` + strings.Join(pairs, ", ") + "])")
}

// NotTheirs is the decorator that runs a test for each field that no client sets.
func (r Resource) NotTheirs() string {
	names := []string{`"id"`, `"created_at"`}
	if r.Owned {
		names = append(names, `"owner_id"`)
	}
	for _, f := range r.Readonly() {
		names = append(names, fmt.Sprintf("%q", f.Name))
	}
	return fit(`@pytest.mark.parametrize("field", [` + strings.Join(names, ", ") + "])")
}

// ConstantLines are the other values that the tests of the routes share.
func (r Resource) ConstantLines() []string {
	var all []string
	if hidden := r.Hidden(); len(hidden) > 0 {
		all = append(all, fit("HIDDEN = "+fieldNames(hidden)), "SHOWN = {name: value for name, value in BODY.items() if name not in HIDDEN}")
	}
	if immutable := r.Immutable(); len(immutable) > 0 {
		all = append(all, fit("IMMUTABLE = "+fieldNames(immutable)))
	}
	if change := r.ChangeLine(); change != "" {
		all = append(all, change)
	}
	if rows := r.Rows(); len(rows) > 0 {
		all = append(all, "ROWS: list[dict[str, Any]] = [")
		all = append(append(all, rows...), "]")
	}
	return all
}

// rowCount is how many rows the tests of filters make.
const rowCount = 3

// rowSample is the value of a field in one of those rows; the second row has nulls.
func (f Field) rowSample(row int) (sample, bool) {
	if f.Optional && row == 1 {
		return sample{}, false
	}
	samples := f.samples
	if (f.Kind == "str" || f.Kind == "text") && f.Pattern == "" && f.MaxSize >= 4 {
		samples = nil
		for _, text := range []string{"100%", "a_b", "axb"} {
			samples = append(samples, f.literal(text+strings.Repeat("x", max(f.MinSize-len(text), 0))))
		}
	}
	return samples[row%len(samples)], true
}

// Rows are the rows of the tests of filters, as dictionaries.
func (r Resource) Rows() []string {
	fields := r.with(func(f Field) bool { return f.Has("filter") || f.Has("search") })
	if len(fields) == 0 {
		return nil
	}
	rows := make([]string, rowCount)
	for row := range rows {
		rows[row] = fit("    " + dict(fields, func(f Field) string {
			if s, ok := f.rowSample(row); ok {
				return s.Py
			}
			return "None"
		}) + ",")
	}
	return rows
}

// Filter is one query and the numbers of the rows that it finds.
type Filter struct {
	Query string // Python
	Text  string // what a search looks for
	Found []int
}

// Line is the row of a parametrised test.
func (q Filter) Line() string {
	found := strings.ReplaceAll(fmt.Sprint(q.Found), " ", ", ")
	return fit("        (" + q.Query + ", " + found + "),")
}

// Filters are the queries that try each filter and the search.
func (r Resource) Filters() []Filter {
	var all []Filter
	for _, f := range r.Searched() {
		for _, query := range f.containing("q") {
			query.Found = r.searching(query.Text)
			all = append(all, query)
		}
	}
	for _, f := range r.Filtered() {
		all = append(all, f.filters()...)
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(q Filter) bool {
		again := seen[q.Query]
		seen[q.Query] = true
		return again
	})
}

func (f Field) filters() []Filter {
	first, _ := f.rowSample(0)
	last, _ := f.rowSample(2)
	find := func(suffix, value string, fits func(sample) bool) Filter {
		return Filter{Query: fmt.Sprintf("{%q: %s}", f.Name+suffix, value), Found: f.rows(fits)}
	}
	all := []Filter{find("", first.Query(), func(s sample) bool { return s == first })}
	for _, operator := range f.Operators() {
		switch operator {
		case "in":
			value := pyString(text(first) + "," + text(last))
			if strings.Contains(text(first)+text(last), ",") {
				value = first.Query()
			}
			all = append(all, find("__in", value, func(s sample) bool { return s == first || s == last }))
		case "gte":
			all = append(all, find("__gte", last.Query(), func(s sample) bool { return f.rank(s) >= f.rank(last) }))
		case "lte":
			all = append(all, find("__lte", first.Query(), func(s sample) bool { return f.rank(s) <= f.rank(first) }))
		case "contains":
			all = append(all, f.containing(f.Name+"__contains")...)
		case "isnull":
			all = append(all, Filter{Query: fmt.Sprintf(`{"%s__isnull": "true"}`, f.Name), Found: []int{1}},
				find("__isnull", `"false"`, func(sample) bool { return true }))
		}
	}
	return all
}

// text is the value of a sample as a query has it.
func text(s sample) string { return strings.Trim(s.Query(), `"'`) }

func (f Field) rank(s sample) int { return slices.Index(f.samples, s) }

func (f Field) rows(fits func(sample) bool) []int {
	found := []int{}
	for row := range rowCount {
		if s, ok := f.rowSample(row); ok && fits(s) {
			found = append(found, row)
		}
	}
	return found
}

// containing tries a substring: its case does not count, and the wildcards of SQL mean themselves.
func (f Field) containing(parameter string) []Filter {
	first, _ := f.rowSample(0)
	part := func(value string) Filter {
		query := fmt.Sprintf("{%q: %s}", parameter, pyString(value))
		return Filter{Query: query, Text: value, Found: f.rows(holds(value))}
	}
	if strings.Contains(text(first), "%") {
		return []Filter{part("0%"), part("A_")}
	}
	return []Filter{part(strings.ToUpper(text(first)))}
}

// holds reports whether a value has a text in it, in any case.
func holds(part string) func(sample) bool {
	return func(s sample) bool { return strings.Contains(strings.ToLower(text(s)), strings.ToLower(part)) }
}

// searching are the rows in which some searched field has the text.
func (r Resource) searching(part string) []int {
	found := []int{}
	for row := range rowCount {
		if slices.ContainsFunc(r.Searched(), func(f Field) bool { return slices.Contains(f.rows(holds(part)), row) }) {
			found = append(found, row)
		}
	}
	return found
}

// WrongQueries are parameters that the list refuses.
func (r Resource) WrongQueries() []string {
	var all []string
	add := func(name, value string) { all = append(all, fmt.Sprintf("        {%q: %s},", name, value)) }
	for _, f := range r.Filtered() {
		switch {
		case f.kind.text:
			add(f.Name, `"a\x00b"`)
			add(f.Name+"__contains", `"a\x00b"`)
		default:
			add(f.Name, `"x"`)
		}
		add(f.Name+"__unknown", `"1"`)
	}
	return all
}

// Page is one sort and the values of its first field in that order.
type Page struct {
	Sort   string
	Values []string // Python
}

// Line is the row of a parametrised test.
func (p Page) Line() string {
	return fit(fmt.Sprintf("        (%q, [%s]),", p.Sort, strings.Join(p.Values, ", ")))
}

// Pages are the sorts that the tests walk through, with ties and nulls.
func (r Resource) Pages() []Page {
	second := ""
	if sorted := r.Sorted(); len(sorted) > 0 {
		second = "," + sorted[0].Name
	}
	pages := []Page{
		{"created_at", []string{"OLD", "OLD", "OLD", "NEW", "NEW"}},
		{"-created_at" + second, []string{"NEW", "NEW", "OLD", "OLD", "OLD"}},
	}
	for _, f := range r.Sorted() {
		var up []string
		switch {
		case f.Unique():
			for _, s := range f.samples {
				up = append(up, s.Py)
			}
		case len(f.samples) == 1:
			up = slices.Repeat([]string{f.samples[0].Py}, 5)
		default:
			up = append(slices.Repeat([]string{f.samples[0].Py}, 3), f.samples[1].Py, f.samples[1].Py)
		}
		down := slices.Clone(up)
		slices.Reverse(down)
		if f.Optional {
			up, down = append(up, "None", "None"), append(down, "None", "None")
		}
		pages = append(pages, Page{f.Name, up}, Page{"-" + f.Name, down})
	}
	return pages
}
