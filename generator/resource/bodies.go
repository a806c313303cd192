package resource

import (
	"fmt"
	"strings"
)

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

// ChangeLine is a change that a client can make: the first field that can be null is cleared, and the first other one gets
// another value. It is empty where there is neither.
func (r Resource) ChangeLine() string {
	cleared, changed := "", ""
	fields := r.with(func(f Field) bool {
		switch {
		case !f.Mutable() || !f.Shown():
			return false
		case f.Optional && cleared == "":
			cleared = f.Name
			return true
		case len(f.samples) > 1 && changed == "":
			changed = f.Name
			return true
		}
		return false
	})
	if len(fields) == 0 {
		return ""
	}
	return fit("CHANGE: dict[str, Any] = " + dict(fields, func(f Field) string {
		if f.Name == cleared {
			return "None"
		}
		return f.samples[1].JSON
	}))
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

// EachContested is the decorator that runs a test for each contested field, and where another owner may have the value
// of BODY, with that value as the model has it.
func (r Resource) EachContested() string {
	if !r.Owned {
		return r.Each(r.Contested())
	}
	pairs := lines(r.Contested(), func(f Field) string { return fmt.Sprintf("(%q, %s)", f.Name, f.samples[0].Py) })
	return fit(`@pytest.mark.parametrize(("field", "taken"), [` + strings.Join(pairs, ", ") + "])")
}

// NotTheirs are the fields that no client sets.
func (r Resource) NotTheirs() []string {
	names := []string{"id", "created_at"}
	if r.Owned {
		names = append(names, "owner_id")
	}
	for _, f := range r.Readonly() {
		names = append(names, f.Name)
	}
	return names
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
