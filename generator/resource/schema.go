package resource

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// schemaNames are what the schema modules import or define, so that no alias takes the name.
var schemaNames = []string{
	"Annotated", "Any", "Day", "Decimal", "Email", "Field", "Input", "LocalTime", "NonBlank", "OneOf", "PageQuery", "PlainDecimal", "RecordRead",
	"SearchText", "Slug", "Strict", "StrictBool", "Text", "Url", "UtcDatetime", "JsonObject", "UUID", "MISSING",
}

// plainSchema are the types that need no alias of their own.
var plainSchema = map[string]string{
	"bool": "StrictBool", "date": "Day", "datetime": "UtcDatetime", "time": "LocalTime", "uuid": "UUID", "email": "Email",
	"url": "Url", "slug": "Slug", "json": "JsonObject",
}

// name gives the fields what they can only have beside each other: aliases, and whether they shadow a type.
func (r *Resource) name() {
	taken := slices.Concat(schemaNames, r.classes())
	names := make([]string, len(r.Fields))
	for i, f := range r.Fields {
		names[i] = f.Name
	}
	for i := range r.Fields {
		f := &r.Fields[i]
		f.mongodb, f.siblings = r.mongodb, names
		if plainSchema[f.Kind] == "" && f.Kind != "enum" {
			f.alias = pascal(f.Name)
			for n := 1; slices.Contains(taken, f.alias); n++ {
				f.alias = pascal(f.Name) + "Value" + strings.TrimPrefix(fmt.Sprint(n), "1")
			}
			taken = append(taken, f.alias)
		}
		f.samples = nil
		for _, text := range f.sampleTexts() {
			f.samples = append(f.samples, f.literal(text))
		}
	}
}

// EnumClass is the name of the enum of the field: OrderStatus.
func (f Field) EnumClass() string { return f.class + pascal(f.Name) }

// python is the type of the value at the top of a module, where no field shadows it.
func (f Field) python() string {
	switch f.Kind {
	case "enum":
		return f.EnumClass()
	case "json":
		return "dict[str, Any]"
	case "list":
		return "list[" + f.Item + "]"
	}
	return f.kind.python
}

var lowerTypes = regexp.MustCompile(`\b(str|int|float|bool|list|dict|date|time|datetime)\b`)

// inClass spells a type for the body of a class, where a field of the same name would shadow it: dt.date.
func (f Field) inClass(expression string) string {
	return lowerTypes.ReplaceAllStringFunc(expression, func(name string) string {
		switch {
		case !slices.Contains(f.siblings, name):
			return name
		case name == "date" || name == "time" || name == "datetime":
			return "dt." + name
		}
		return "builtins." + name
	})
}

var (
	typeModules = map[string]string{
		"Decimal": "decimal", "UUID": "uuid", "Any": "typing",
		"date": "datetime", "time": "datetime", "datetime": "datetime", "UTC": "datetime", "timedelta": "datetime",
	}
	typeName   = regexp.MustCompile(`(?:^|[^.\w"])(Decimal|UUID|Any|date|time|datetime|UTC|timedelta)\b`)
	dtTypeName = regexp.MustCompile(`\bdt\.`)
)

// typeImports are what an expression needs that was spelled by inClass or by python.
func typeImports(expression string) []string {
	var names []string
	for _, match := range typeName.FindAllStringSubmatch(expression, -1) {
		if name := typeModules[match[1]] + "." + match[1]; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if strings.Contains(expression, "json.loads(") {
		names = append(names, "json")
	}
	if strings.Contains(expression, "builtins.") {
		names = append(names, "builtins")
	}
	if dtTypeName.MatchString(expression) {
		names = append(names, "datetime as dt")
	}
	return names
}

// orNone adds None to a type where the field is optional.
func (f Field) orNone(expression string) string {
	if f.Optional {
		return expression + " | None"
	}
	return expression
}

// Alias is the line that names the Pydantic type of the field; empty where a shared type does.
func (f Field) Alias() string {
	if f.alias == "" {
		return ""
	}
	return fit(f.alias + " = " + f.aliased())
}

func (f Field) aliased() string {
	switch f.Kind {
	case "str", "text":
		base, limits := "NonBlank", []string{fmt.Sprintf("max_length=%s", pyInt(f.MaxSize))}
		if f.MinSize != 1 {
			limits = append([]string{fmt.Sprintf("min_length=%s", pyInt(f.MinSize))}, limits...)
			base = "Text"
		}
		if f.MinSize == 0 {
			limits = limits[1:]
		}
		if f.Pattern != "" {
			limits = append(limits, "pattern="+pyRegex(f.RustPattern()))
		}
		return annotated(base, limits)
	case "decimal":
		return annotated(f.python(), append(f.numberLimits(), fmt.Sprintf("max_digits=%d", f.Digits), fmt.Sprintf("decimal_places=%d", f.Scale)))
	case "float":
		return annotated(f.python(), append(f.strictness(), append(f.numberLimits(), "allow_inf_nan=False")...))
	case "list":
		item := "Annotated[Text, Field(max_length=255)]"
		if f.Item == "int" {
			item = "Annotated[" + f.Item + ", Field(strict=True, ge=-(2**31), lt=2**31)]"
		}
		return annotated("list["+item+"]", []string{"max_length=100"})
	}
	return annotated(f.python(), append(f.strictness(), f.numberLimits()...))
}

func annotated(base string, limits []string) string {
	return "Annotated[" + base + ", Field(" + strings.Join(limits, ", ") + ")]"
}

// strictness: a filter has to read numbers from text, so there the fields of the body are strict one by one.
func (f Field) strictness() []string {
	if f.Has("filter") {
		return nil
	}
	return []string{"strict=True"}
}

// numberLimits bound a number by its modifiers, and where there are none by its column.
func (f Field) numberLimits() []string {
	var limits []string
	switch {
	case f.Min != "":
		limits = append(limits, "ge="+f.bound(f.Min))
	case intBits[f.Kind] > 0:
		limits = append(limits, fmt.Sprintf("ge=-(2**%d)", intBits[f.Kind]))
	}
	switch {
	case f.Max != "":
		limits = append(limits, "le="+f.bound(f.Max))
	case intBits[f.Kind] > 0:
		limits = append(limits, fmt.Sprintf("lt=2**%d", intBits[f.Kind]))
	}
	return limits
}

func (f Field) bound(text string) string {
	if f.Kind == "decimal" && strings.Contains(text, ".") {
		return "Decimal(" + pyString(text) + ")"
	}
	return text
}

// schemaType is the type of the field in a request.
func (f Field) schemaType() string {
	switch {
	case f.alias != "" && f.number() && f.Kind != "decimal" && f.Has("filter"):
		return "Annotated[" + f.alias + ", Strict()]"
	case f.alias != "":
		return f.alias
	case f.Kind == "enum":
		return f.EnumClass()
	}
	return plainSchema[f.Kind]
}

// filterType is the type of the field in a query, where everything is text.
func (f Field) filterType() string {
	switch {
	case f.Kind == "bool":
		return f.inClass("bool")
	case f.alias != "":
		return f.alias
	}
	return f.schemaType()
}

// CreateLine declares the field for a new row.
func (f Field) CreateLine() string {
	line := "    " + f.Name + ": " + f.orNone(f.schemaType())
	switch {
	case f.Default != nil && (f.Kind == "json" || f.Kind == "list"):
		line += " = Field(default_factory=" + f.schemaFactory() + ")"
	case f.Default != nil:
		value := f.shadowFree(f.literal(*f.Default).Py)
		if len(line+" = "+value) > lineLength {
			return line + " = (\n        " + value + "\n    )"
		}
		line += " = " + value
	case f.Optional:
		line += " = None"
	}
	return fit(line)
}

// factory makes a fresh copy of a default that could be changed.
func (f Field) factory() string {
	value := f.literal(*f.Default).Py
	switch value {
	case "{}":
		return "dict"
	case "[]":
		return "list"
	}
	return "lambda: " + value
}

// schemaFactory is factory in a form that mypy takes: it cannot tell that a literal is JSON.
func (f Field) schemaFactory() string {
	if factory := f.factory(); f.Kind == "list" || factory == "dict" {
		return factory
	}
	return "lambda: json.loads(" + pyString(*f.Default) + ")"
}

// shadowFree spells a literal so that no field shadows its constructor.
func (f Field) shadowFree(literal string) string {
	if f.kind.module == "datetime" {
		return f.inClass(literal)
	}
	return literal
}

// UpdateLine declares the field for a change.
func (f Field) UpdateLine() string {
	kind := f.schemaType() + " | MISSING"
	return fit("    " + f.Name + ": " + f.orNone(kind) + " = MISSING")
}

// ReadLine declares the field for a reply.
func (f Field) ReadLine() string {
	kind := cmp.Or(f.readType(), f.inClass(f.python()))
	return "    " + f.Name + ": " + f.orNone(kind)
}

// readType is the shared type of the field in a reply, where it is not that of Python. Python may write a decimal of no place or
// of more than six as 1E+4 or 1E-7.
func (f Field) readType() string {
	switch {
	case f.Kind == "time":
		return "LocalTime"
	case f.Kind == "decimal" && (f.Scale > 6 || f.Scale == 0) && !f.Has("hidden"):
		return "PlainDecimal"
	}
	return ""
}

// Operators are the filters of the field beside equality, as they follow its name: "in", "gte".
func (f Field) Operators() []string {
	var operators []string
	if f.Kind != "bool" {
		operators = append(operators, "in")
	}
	if f.kind.order {
		operators = append(operators, "gte", "lte")
	}
	if f.kind.text {
		operators = append(operators, "contains")
	}
	if f.Optional {
		operators = append(operators, "isnull")
	}
	return operators
}

// FilterLines declare the filters of the field in the query of the list.
func (f Field) FilterLines() []string {
	if !f.Has("filter") {
		return nil
	}
	lines := []string{"    " + f.Name + ": " + f.filterType() + " | None = None"}
	for _, operator := range f.Operators() {
		kind := f.filterType()
		switch operator {
		case "in":
			kind = "OneOf[" + kind + "]"
		case "contains":
			kind = "SearchText"
		case "isnull":
			kind = f.inClass("bool")
		}
		lines = append(lines, "    "+f.Name+"__"+operator+": "+kind+" | None = None")
	}
	return lines
}

// pyInt groups thousands as ruff's readers like them: 20_000.
func pyInt(n int) string {
	text := fmt.Sprint(n)
	if n >= 10_000 {
		return text[:len(text)-3] + "_" + text[len(text)-3:]
	}
	return text
}
