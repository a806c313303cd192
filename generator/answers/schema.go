package answers

import (
	"encoding/json"
	"math"
	"slices"
	"strings"

	"example.com/scaffold/generator/layer"
)

type object = map[string]any

// Schema returns a JSON Schema (2020-12) of the answers file for editors: of the full form, and of a bare mapping of
// answers where neither the key answers nor version is in it.
func Schema(set *layer.Set) ([]byte, error) {
	answers := object{}
	for _, q := range set.Questions {
		answers[q.Name] = question(q)
	}
	data, err := json.MarshalIndent(object{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   "Answers to the questions of the template set " + set.Name,
		"type":    "object",
		"if": object{"anyOf": []any{
			object{"required": []string{"answers"}},
			object{"required": []string{"version"}},
		}},
		"then": object{"$ref": "#/$defs/document"},
		"else": object{"$ref": "#/$defs/answers"},
		"$defs": object{
			"answers":  object{"type": "object", "properties": answers, "additionalProperties": false},
			"document": document(),
			"resource": resourceSchema(),
			"field":    fieldSchema(),
		},
	}, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(data, '\n'), nil
}

func document() object {
	text, scalar := object{"type": "string"}, object{"type": []string{"string", "number"}}
	return object{
		"type":                 "object",
		"additionalProperties": false,
		"properties": object{
			"version": object{"const": Version, "description": "The version of this form."},
			"templates": object{
				"type": "object", "description": "The template set that the project is rendered from; scaffold writes it.",
				"additionalProperties": false, "properties": object{"name": text, "version": scalar, "path": text},
			},
			"answers":   object{"anyOf": []any{object{"$ref": "#/$defs/answers"}, object{"type": "null"}}},
			"agents":    object{"type": "array", "items": text, "description": "The agent definitions below agents/, by name."},
			"resources": object{"type": "array", "items": object{"$ref": "#/$defs/resource"}},
		},
	}
}

func resourceSchema() object {
	return object{
		"type":                 "object",
		"required":             []string{"name", "fields"},
		"additionalProperties": false,
		"properties": object{
			"name":     object{"type": "string", "pattern": "^[a-z][a-z0-9_]*$", "description": "Plural, snake case: order_lines."},
			"singular": object{"type": "string", "pattern": "^[a-z][a-z0-9_]*$", "description": "Where it is not the plural without its s."},
			"fields":   object{"type": "array", "items": object{"$ref": "#/$defs/field"}},
			"no_owner": object{"type": "boolean", "description": "Rows belong to nobody, though the project has users."},
		},
	}
}

func fieldSchema() object {
	scalar := object{"type": []string{"string", "number", "boolean", "null"}}
	scalars := object{"type": "array", "items": scalar}
	return object{"anyOf": []any{
		object{"type": "string", "description": `A field such as name:str{1..80}; "scaffold resource fields" prints the grammar.`},
		object{
			"type": "object", "required": []string{"name", "type"}, "additionalProperties": false,
			"properties": object{
				"name": object{"type": "string"}, "type": object{"type": "string"}, "args": scalars, "size": scalar,
				"optional": object{"type": "boolean"}, "default": scalar, "mods": scalars,
			},
		},
	}}
}

// question is the schema of one answer. A text takes any scalar, as it is written.
func question(q layer.Question) object {
	s := object{}
	if q.Prompt != "" {
		s["title"] = q.Prompt
	}
	help := strings.TrimSpace(q.Help)
	if asked := condition(q.When); asked != "" {
		help = strings.TrimSpace(help + "\nAsked when " + asked + ".")
	}
	if help != "" {
		s["description"] = help
	}
	if q.Default != nil {
		s["default"] = q.Default
	}
	switch q.Kind {
	case layer.KindBool:
		s["type"], s["pattern"] = []string{"boolean", "string"}, "^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[Yy][Ee][Ss]|[Nn][Oo])$"
	case layer.KindInt:
		s["type"], s["minimum"], s["maximum"] = "integer", math.MinInt, math.MaxInt
	case layer.KindChoice:
		s["enum"], s["enumDescriptions"] = choices(q)
	case layer.KindMulti:
		values, help := choices(q)
		s["type"], s["uniqueItems"] = "array", true
		s["items"] = object{"enum": values, "enumDescriptions": help}
	default:
		s["type"] = []string{"string", "number", "boolean"}
		if fits(q, "", "~", "null") {
			s["type"] = []string{"string", "number", "boolean", "null"}
		}
		if !fits(q, "") {
			s["minLength"] = 1
		}
		if pattern, ok := portable(q.Pattern); ok {
			s["pattern"] = pattern
		}
		if q.Message != "" {
			s["errorMessage"] = q.Message
		}
	}
	return s
}

// fits tells that a question takes each of the texts.
func fits(q layer.Question, texts ...string) bool {
	return !slices.ContainsFunc(texts, func(text string) bool { return q.Validate(text) != nil })
}

// choices are the values with their help. One that YAML reads as a number, a bool or nothing without quotes stands there as
// that too, since an answer is taken as it is written.
func choices(q layer.Question) (values []any, help []string) {
	for _, c := range q.Choices {
		values, help = append(values, c.Value), append(help, c.Help)
		var plain any
		if json.Unmarshal([]byte(c.Value), &plain) == nil {
			switch plain.(type) {
			case bool, float64, nil:
				values, help = append(values, json.RawMessage(c.Value)), append(help, c.Help)
			}
		}
	}
	return values, help
}

// condition says in words what a question is asked under: "auth is "jwt" or "session"", or nothing.
func condition(when layer.When) string {
	var parts []string
	for _, key := range when.Keys() {
		var values []string
		for _, value := range when[key] {
			data, err := json.Marshal(value)
			if err == nil {
				values = append(values, string(data))
			}
		}
		parts = append(parts, key+" is "+strings.Join(values, " or "))
	}
	return strings.Join(parts, " and ")
}

// portable gives a pattern as ECMA-262 has it, if it means the same there; else the schema says nothing of it.
func portable(pattern string) (string, bool) {
	plain := strings.ReplaceAll(pattern, "(?:", "(")
	for _, only := range []string{"(?", `\A`, `\z`, `\Q`, `\C`, `\p`, `\P`, `\x{`, `\a`, "[["} {
		if strings.Contains(plain, only) {
			return "", false
		}
	}
	return "^(?:" + pattern + ")$", pattern != ""
}
