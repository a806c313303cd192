package resource

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// ModelImports are the imports of the model.
func (r Resource) ModelImports() string {
	names := []string{"app.models.base.Record", "sqlalchemy.orm.Mapped", "sqlalchemy.Index"}
	if r.Owned {
		names = append(names, "app.models.users.User", "uuid.UUID", "sqlalchemy.ForeignKey", "sqlalchemy.orm.mapped_column", "sqlalchemy.orm.relationship")
	}
	for _, f := range r.Fields {
		line := f.ModelLine()
		names = append(names, lineImports(line)...)
		if strings.Contains(line, "mapped_column(") {
			names = append(names, "sqlalchemy.orm.mapped_column")
		}
		if !f.implied() {
			names = append(names, f.columnImports()...)
		}
		if f.Unique() {
			names = append(names, "sqlalchemy.UniqueConstraint")
		}
		if f.Kind == "enum" {
			names = append(names, "sqlalchemy.CheckConstraint", "enum.StrEnum")
		}
	}
	return importBlock(names)
}

func (f Field) columnImports() []string {
	switch f.Kind {
	case "decimal":
		return []string{"app.models.base.ExactDecimal"}
	case "datetime":
		return []string{"app.models.base.UTCDateTime"}
	case "json":
		return []string{"sqlalchemy.JSON", "sqlalchemy.dialects.postgresql.JSONB"}
	case "list":
		return []string{"sqlalchemy.JSON", "sqlalchemy.ARRAY", "sqlalchemy." + map[string]string{"str": "String", "int": "Integer"}[f.Item]}
	}
	name, _, _ := strings.Cut(f.column(""), "(")
	return []string{"sqlalchemy." + name}
}

// SchemaImports are the imports of the schemas.
func (r Resource) SchemaImports() string {
	names := []string{
		"app.core.pagination.PageQuery", "app.core.pagination.sort_pattern", "app.schemas.base.Input",
		"app.schemas.base.RecordRead", "typing.Annotated", "pydantic.Field",
	}
	if r.Owned {
		names = append(names, "uuid.UUID")
	}
	for _, f := range r.Fields {
		lines := []string{f.aliasBody()}
		if !f.Has("hidden") {
			lines = append(lines, f.ReadLine())
		}
		if f.Creatable() {
			lines = append(lines, f.CreateLine())
		}
		if f.Mutable() {
			lines = append(lines, f.UpdateLine())
		}
		lines = append(lines, f.FilterLines()...)
		for _, line := range lines {
			names = append(names, schemaImports(line)...)
		}
		if f.Kind == "enum" {
			names = append(names, "app.models."+r.Name+"."+f.EnumClass())
		}
	}
	if len(r.Searched()) > 0 {
		names = append(names, "app.core.pagination.SearchText")
	}
	return importBlock(names)
}

// schemaModules are where the names of the schema modules come from.
var schemaModules = map[string]string{
	"MISSING": "pydantic", "Field": "pydantic", "Strict": "pydantic", "StrictBool": "pydantic",
	"Day": "app.schemas.base", "NonBlank": "app.schemas.base", "Text": "app.schemas.base", "Email": "app.schemas.base", "UtcDatetime": "app.schemas.base",
	"LocalTime": "app.schemas.base", "Url": "app.schemas.base", "Slug": "app.schemas.base", "JsonObject": "app.schemas.base",
	"PlainDecimal": "app.schemas.base", "OneOf": "app.core.pagination", "SearchText": "app.core.pagination",
}

func schemaImports(line string) []string {
	_, kind, declared := strings.Cut(line, ": ")
	if !declared {
		kind = line
	}
	kind = stringLiteral.ReplaceAllString(kind, "")
	names := typeImports(kind)
	for _, word := range wordsOf(kind) {
		if module := schemaModules[word]; module != "" {
			names = append(names, module+"."+word)
		}
	}
	return names
}

// lineImports are what the declaration of a column needs.
func lineImports(line string) []string {
	_, kind, _ := strings.Cut(line, ": ")
	return typeImports(stringLiteral.ReplaceAllString(kind, ""))
}

func wordsOf(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool {
		return c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
	})
}

// named reports whether the schema module names the type of the field.
func (f Field) named() bool { return f.alias != "" && (f.Creatable() || f.Has("filter")) }

func (f Field) aliasBody() string {
	if !f.named() {
		return ""
	}
	return f.aliased()
}

// ServiceImports are the imports of the service.
func (r Resource) ServiceImports() string {
	names := []string{
		"uuid.UUID", "sqlalchemy.select", "sqlalchemy.ext.asyncio.AsyncSession", "app.core.errors.NotFoundError",
		"app.core.pagination.Page", "app.core.pagination.paginate", "app.models." + r.Class,
	}
	for _, suffix := range []string{"Create", "Query", "Update"} {
		names = append(names, "app.schemas."+r.Name+"."+r.Class+suffix)
	}
	if r.Owned {
		names = append(names, "app.models.User")
	}
	if len(r.UniqueFields()) > 0 {
		names = append(names, "sqlalchemy.exc.IntegrityError", "app.core.errors.ConflictError")
	}
	if len(r.jsonUpdates()) > 0 {
		names = append(names, "sqlalchemy.orm.attributes.flag_modified")
	}
	return importBlock(names)
}

// RouterImports are the imports of the router.
func (r Resource) RouterImports() string {
	names := []string{
		"http.HTTPStatus", "uuid.UUID", "fastapi.APIRouter", "fastapi.Request",
		"fastapi.Response", "app.core.api.ETagRoute", "app.core.errors.problems", "app.core.pagination.Page",
		"app.dependencies.PageDep", "app.dependencies.SessionDep", "app.models." + r.Class, "app.services." + r.Name + " as service",
	}
	for _, suffix := range []string{"Create", "Query", "Read", "Update"} {
		names = append(names, "app.schemas."+r.Name+"."+r.Class+suffix)
	}
	if r.Owned {
		names = append(names, "app.dependencies.CurrentUser")
	} else if r.SignIn {
		names = append(names, "fastapi.Depends", "app.dependencies.get_current_user")
	}
	return importBlock(names)
}

// ServiceTestImports are the imports of the tests of the service.
func (r Resource) ServiceTestImports() string {
	names := []string{
		"datetime.UTC", "datetime.datetime", "typing.Any", "pytest", "app.core.database.Sessions",
		"app.models." + r.Class, "app.schemas." + r.Name + "." + r.Class + "Query", "app.services." + r.Name + " as service", "tests.factories",
	}
	if r.Owned {
		names = append(names, "app.models.User")
	}
	for _, page := range r.Pages() {
		names = append(names, r.valueImports(page.Line())...)
	}
	return importBlock(names)
}

// RouterTestImports are the imports of the tests of the routes.
func (r Resource) RouterTestImports() string {
	names := []string{
		"typing.Any", "pytest", "httpx2.AsyncClient", "app.core.database.Sessions", "tests.factories",
	}
	if r.Owned {
		names = append(names, "app.models.User")
	}
	if len(r.Contested()) > 0 {
		names = append(names, "asyncio")
	}
	for _, row := range append(r.Rows(), r.EachContested()) {
		names = append(names, r.valueImports(row)...)
	}
	return importBlock(names)
}

// valueImports are what a line of literal values needs.
func (r Resource) valueImports(line string) []string {
	names := typeImports(stringLiteral.ReplaceAllString(line, ""))
	for _, f := range r.Enums() {
		if strings.Contains(line, f.EnumClass()+".") {
			names = append(names, "app.models."+r.Name+"."+f.EnumClass())
		}
	}
	return names
}

var stringLiteral = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'`)

// RevisionImports are the imports of the revision that adds the table.
func (r Resource) RevisionImports() string {
	names := []string{"sqlalchemy as sa", "alembic.op"}
	for _, f := range r.Fields {
		switch f.Kind {
		case "decimal":
			names = append(names, "app.models.base.ExactDecimal")
		case "json":
			names = append(names, "sqlalchemy.dialects.postgresql")
		}
	}
	return importBlock(names)
}

// SchemaTypes are the shared field types that some resource of the project needs, by name: "Slug", "LocalTime".
func (l List) SchemaTypes() []any {
	var used []any
	for _, r := range l {
		for _, f := range r.Fields {
			for _, name := range []string{plainSchema[f.Kind], f.readType()} {
				if name != "" && !slices.Contains(used, any(name)) {
					used = append(used, name)
				}
			}
		}
	}
	return used
}

// Imports sorts import statements into one block. It is a method only so that templates can reach it.
func (l List) Imports(statements []any) string {
	var names []string
	for _, statement := range statements {
		names = append(names, importedNames(fmt.Sprint(statement))...)
	}
	return importBlock(names)
}

// Sorted sorts names as isort and ruff sort those of one module. It is a method only so that templates can reach it.
func (l List) Sorted(names []any) []string {
	var sorted []string
	for _, name := range names {
		sorted = append(sorted, fmt.Sprint(name))
	}
	return sortMembers(sorted)
}

// FactoryImports are what the test factories of all resources need, with the statements of the rest of the file.
func (l List) FactoryImports(statements []any) string {
	var names []string
	for _, statement := range statements {
		names = append(names, importedNames(fmt.Sprint(statement))...)
	}
	for _, r := range l {
		names = append(names, "app.models."+r.Class)
		if r.Owned {
			names = append(names, "app.models.User")
		}
		for _, f := range r.MadeFields() {
			names = append(names, factoryImports(r, f)...)
		}
	}
	return importBlock(names)
}

// importedNames reads "from module import a, b" and "import module".
func importedNames(statement string) []string {
	module, members, from := strings.Cut(strings.TrimPrefix(statement, "from "), " import ")
	if !from {
		return []string{strings.TrimPrefix(statement, "import ")}
	}
	names := strings.Split(members, ", ")
	for i := range names {
		names[i] = module + "." + names[i]
	}
	return names
}

// Dependencies are the packages that the types of the fields need beside those of the skeleton.
func (l List) Dependencies() []any {
	if slices.Contains(l.SchemaTypes(), any("Email")) {
		return []any{"email-validator>=2.3"}
	}
	return nil
}

func factoryImports(r Resource, f Field) []string {
	value := f.FactoryValue()
	names := r.valueImports(value)
	if f.Kind == "uuid" && f.Unique() {
		names = append(names, "app.models.base.new_id")
	}
	return names
}
