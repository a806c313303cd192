package resource

import (
	"slices"
	"strings"
)

// kind is a type of the grammar and what it can do. The modifiers that fit are a list, so that a refusal can name them.
type kind struct {
	name   string
	python string   // the Python type, as imported
	module string   // where it is imported from; empty for a builtin
	size   string   // "length", "decimal" or empty
	mods   []string // the modifiers that fit, beyond those that always do
	text   bool     // a string whose case and substrings can be looked for
	order  bool     // has __gte and __lte
}

// anyMods fit every type.
var anyMods = []string{"immutable", "readonly", "hidden"}

// kinds is the table of types, in the order of the documentation.
var kinds = []kind{
	{name: "str", python: "str", size: "length", text: true, mods: []string{"unique", "index", "pattern", "search", "filter", "sort"}},
	{name: "text", python: "str", size: "length", text: true, mods: []string{"pattern", "search", "filter"}},
	{name: "int", python: "int", order: true, mods: numberMods},
	{name: "bigint", python: "int", order: true, mods: numberMods},
	{name: "smallint", python: "int", order: true, mods: numberMods},
	{name: "float", python: "float", order: true, mods: []string{"index", "min", "max", "filter", "sort"}},
	{name: "decimal", python: "Decimal", module: "decimal", size: "decimal", order: true, mods: numberMods},
	{name: "bool", python: "bool", mods: []string{"index", "filter", "sort"}},
	{name: "date", python: "date", module: "datetime", order: true, mods: keyMods},
	{name: "time", python: "time", module: "datetime", order: true, mods: keyMods},
	{name: "datetime", python: "datetime", module: "datetime", order: true, mods: keyMods},
	{name: "uuid", python: "UUID", module: "uuid", mods: keyMods},
	{name: "email", python: "str", text: true, mods: textMods},
	{name: "url", python: "str", text: true, mods: textMods},
	{name: "slug", python: "str", text: true, mods: textMods},
	{name: "enum", mods: []string{"index", "filter", "sort"}},
	{name: "json"},
	{name: "list"},
	{name: "ref"},
	{name: "many"},
}

var (
	numberMods = []string{"unique", "index", "min", "max", "filter", "sort"}
	keyMods    = []string{"unique", "index", "filter", "sort"}
	textMods   = []string{"unique", "index", "search", "filter", "sort"}
	// allMods is every modifier of the grammar.
	allMods = []string{
		"unique", "index", "min", "max", "pattern", "search", "filter", "sort",
		"immutable", "readonly", "hidden", "cascade", "restrict", "setnull",
	}
	// valueMods are written with a value: min=0.
	valueMods = []string{"min", "max", "pattern"}
)

func findKind(name string) (kind, bool) {
	at := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
	if at < 0 {
		return kind{}, false
	}
	return kinds[at], true
}

func kindNames() string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return strings.Join(names, " ")
}

// whyNot says why a modifier that exists doesn't fit a type, where the type alone doesn't tell.
func (k kind) whyNot(mod string) string {
	switch {
	case slices.Contains([]string{"cascade", "restrict", "setnull"}, mod):
		return "it says what happens to a ref when its target is deleted"
	case mod == "min" || mod == "max":
		if k.size == "length" {
			return "it bounds numbers; bound a length by a size, such as " + k.name + "{1..80}"
		}
		return "it bounds numbers"
	case mod == "pattern":
		return "it is for str and text"
	case mod == "search" && !k.text:
		return "only text can be searched"
	case k.name == "text":
		return "a text can be too long for an index; use a str with a size"
	case mod == "unique":
		return "there are too few or no comparable values"
	default:
		return "values of this type have no order and cannot be compared"
	}
}

// intBits are the bits of an integer column, without the sign.
var intBits = map[string]uint{"smallint": 15, "int": 31, "bigint": 63}
