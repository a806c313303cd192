package resource

import (
	"regexp/syntax"
	"slices"
	"strings"
)

// maxPattern bounds a pattern in bytes.
const maxPattern = 500

func (f *Field) readMods(r raw, _ Context) *refusal {
	for _, at := range r.mods {
		if err := f.readMod(at); err != nil {
			return err
		}
	}
	return f.judgeMods(r)
}

func (f *Field) readMod(at part) *refusal {
	name, value, hasValue := strings.Cut(at.text, "=")
	switch {
	case !slices.Contains(allMods, name):
		return refuse(at, "the modifiers are "+strings.Join(allMods, " "), "unknown modifier %q", name)
	case slices.Contains(f.mods, name):
		return refuse(at, "", "%s is given twice", name)
	case !slices.Contains(anyMods, name) && !slices.Contains(f.kind.mods, name):
		return refuse(at, "", "%s does not fit %s: %s", name, f.Kind, f.kind.whyNot(name))
	case slices.Contains(valueMods, name) && value == "":
		return refuse(at, "write "+map[string]string{"min": "min=0", "max": "max=100", "pattern": "pattern=/[a-z]+/"}[name], "%s needs a value", name)
	case hasValue && !slices.Contains(valueMods, name):
		return refuse(at, "write !"+name, "%s takes no value", name)
	}
	f.mods = append(f.mods, name)
	switch name {
	case "min":
		f.Min = value
		return f.checkNumber(part{text: value, column: at.column}, "min")
	case "max":
		f.Max = value
		return f.checkNumber(part{text: value, column: at.column}, "max")
	case "pattern":
		return f.readPattern(part{text: value, column: at.column})
	}
	return nil
}

func (f *Field) readPattern(at part) *refusal {
	text := at.text
	if len(text) < 3 || text[0] != '/' || text[len(text)-1] != '/' {
		return refuse(at, `write pattern=/[a-z]+/; a slash inside is \/`, "a pattern stands between slashes")
	}
	f.Pattern = strings.ReplaceAll(text[1:len(text)-1], `\/`, "/")
	if len(f.Pattern) > maxPattern {
		return refuse(at, "", "a pattern is at most %d bytes long", maxPattern)
	}
	if _, err := syntax.Parse(f.Pattern, syntax.Perl); err != nil {
		return refuse(at, "patterns are RE2, without look-around and back-references", "%s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return nil
}

// judgeMods refuses modifiers that contradict each other, the size or the default.
func (f *Field) judgeMods(r raw) *refusal {
	at := func(mod string) part {
		for _, m := range r.mods {
			if name, _, _ := strings.Cut(m.text, "="); name == mod {
				return m
			}
		}
		return r.name
	}
	switch {
	case f.Has("readonly") && f.Has("immutable"):
		return refuse(at("immutable"), "keep one: readonly is never given, immutable only once", "immutable and readonly contradict each other")
	case f.Has("readonly") && !f.Optional && r.def == nil:
		return refuse(at("readonly"), "add ? or a default", "nobody could give a required readonly field a value")
	case f.Unique() && r.def != nil:
		return refuse(*r.def, "leave the default out", "a second row would have the default of a unique field again")
	case f.Kind == "str" && (f.Has("unique") || f.Has("index")) && f.MaxSize > maxIndexed:
		return refuse(r.typ, "use a smaller size", "an index takes a str of at most %d characters", maxIndexed)
	case f.Kind == "str" && f.Has("sort") && f.MaxSize > maxSorted:
		return refuse(r.typ, "use a smaller size", "sorting takes a str of at most %d characters", maxSorted)
	}
	for _, mod := range []string{"filter", "sort", "search"} {
		if f.Has("hidden") && f.Has(mod) {
			return refuse(at(mod), "drop one of them", "a %s would tell what hidden keeps back", mod)
		}
	}
	if f.Min != "" && f.Max != "" && f.empty() {
		return refuse(at("max"), "", "max=%s is below min=%s", f.Max, f.Min)
	}
	return nil
}
