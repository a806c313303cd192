package resource

import (
	"fmt"
	"slices"
	"strings"
)

// rowCount is how many rows the tests of filters make.
const rowCount = 3

// rowSample is the value of a field in one of those rows; the second row has nulls.
func (f Field) rowSample(row int) (sample, bool) {
	if f.takesNull() && row == 1 {
		return sample{}, false
	}
	samples := f.samples
	if (f.Kind == "str" || f.Kind == "text") && f.Pattern == "" && f.MaxSize >= 4 {
		samples = nil
		for _, text := range []string{"X%_1", "a_.b", "axb."} {
			samples = append(samples, f.literal(text+strings.Repeat("x", max(f.MinSize-len(text), 0))))
		}
	}
	return samples[row%len(samples)], true
}

// takesNull tells that a row can have no value in the field: a default stands wherever nobody can give one.
func (f Field) takesNull() bool { return f.Optional && (f.Default == nil || f.Creatable()) }

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
			filled := find("__isnull", `"false"`, func(sample) bool { return true })
			empty := slices.DeleteFunc([]int{0, 1, 2}, func(row int) bool { return slices.Contains(filled.Found, row) })
			all = append(all, Filter{Query: fmt.Sprintf(`{"%s__isnull": "true"}`, f.Name), Found: empty}, filled)
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

// containing tries a substring: its case does not count, and wildcards mean themselves. Of the rows `_.` is in a_.b alone, which is the
// one where a field may be null; in SQL it would fit axb. as well, and so would `x%`, and in a regular expression X%_1.
func (f Field) containing(parameter string) []Filter {
	first, _ := f.rowSample(0)
	part := func(value string) Filter {
		query := fmt.Sprintf("{%q: %s}", parameter, pyString(value))
		return Filter{Query: query, Text: value, Found: f.rows(holds(value))}
	}
	if strings.Contains(text(first), "%") {
		return []Filter{part("x%"), part("_.")}
	}
	if strings.Contains(text(first), `\`) {
		return nil // not every database knows the case of letters beyond ASCII
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
	add := func(name, value string) { all = append(all, fmt.Sprintf("        (%q, [%s]),", name, value)) }
	for _, f := range r.Filtered() {
		switch {
		case f.kind.text:
			add(f.Name, `"a\x00b"`)
			add(f.Name+"__contains", `"a\x00b"`)
		default:
			add(f.Name, `"?"`)
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
		if f.takesNull() {
			up, down = append(up, "None", "None"), append(down, "None", "None")
		}
		pages = append(pages, Page{f.Name, up}, Page{"-" + f.Name, down})
	}
	return pages
}
