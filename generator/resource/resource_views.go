package resource

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// with are the fields for which keep holds.
func (r Resource) with(keep func(Field) bool) []Field {
	return slices.DeleteFunc(slices.Clone(r.Fields), func(f Field) bool { return !keep(f) })
}

// CreateFields are those that a client gives for a new row.
func (r Resource) CreateFields() []Field { return r.with(Field.Creatable) }

// UpdateFields are those that a client can change.
func (r Resource) UpdateFields() []Field { return r.with(Field.Mutable) }

// ReadFields are those that replies hold.
func (r Resource) ReadFields() []Field { return r.with(Field.Shown) }

// RequiredFields are those that a client must give.
func (r Resource) RequiredFields() []Field { return r.with(Field.Required) }

// UniqueFields are those of which no two rows have one value.
func (r Resource) UniqueFields() []Field { return r.with(Field.Unique) }

// Searched are the fields that `q` looks at.
func (r Resource) Searched() []Field { return r.with(func(f Field) bool { return f.Has("search") }) }

// Filtered are the fields that the list can be filtered by.
func (r Resource) Filtered() []Field { return r.with(func(f Field) bool { return f.Has("filter") }) }

// Sorted are the fields that the list can be sorted by, created_at aside.
func (r Resource) Sorted() []Field { return r.with(func(f Field) bool { return f.Has("sort") }) }

// Enums are the fields that are enums.
func (r Resource) Enums() []Field { return r.with(func(f Field) bool { return f.Kind == "enum" }) }

// MemberLines are the members of an enum.
func (f Field) MemberLines() []string {
	lines := make([]string, len(f.Members))
	for i, m := range f.Members {
		lines[i] = fmt.Sprintf("    %s = %q", strings.ToUpper(m), m)
	}
	return unlikeTests(f.EnumClass(), lines)
}

// unlikeTests are the lines of a class that the generated tests import: pytest would take one called Test… for a class of tests.
func unlikeTests(name string, lines []string) []string {
	if !strings.HasPrefix(name, "Test") {
		return lines
	}
	return append([]string{"    __test__ = False"}, lines...)
}

// Py spells one logical line of Python, broken as ruff would when it is too long. In it {item}, {items} and {Item} stand
// for the names of the resource, {user: CurrentUser, } stays only where rows are owned, and the other placeholders are
// those of parts.
func (r Resource) Py(line string) string {
	line = r.parts().Replace(line)
	return fit(ownerPart.ReplaceAllStringFunc(line, func(part string) string {
		switch {
		case !r.Owned:
			return ""
		case strings.HasPrefix(part, "{."):
			return part[1 : len(part)-len(", }")]
		}
		return part[1 : len(part)-1]
	}))
}

// parts are what a line of a template may leave open.
func (r Resource) parts() *strings.Replacer {
	choose := func(holds bool, yes, no string) string {
		if holds {
			return yes
		}
		return no
	}
	unique, immutable, hidden := len(r.UniqueFields()) > 0, len(r.Immutable()) > 0, len(r.Hidden()) > 0
	return strings.NewReplacer(
		"{item}", r.Singular, "{items}", r.Name, "{Item}", r.Class, "{a item}", r.article()+"_"+r.Singular,
		"{search}", r.searchArgument(),
		"{conflict}", choose(unique, ", responses=conflict", ""),
		"{or conflict}", choose(unique, " | conflict", ""),
		"{with user}", choose(r.Owned, ", user", ""),
		"{and mutable}", choose(immutable, " and field not in IMMUTABLE", ""),
		"{patch conflict}", choose(immutable, "(422 if field in IMMUTABLE else 409)", "409"),
		"{shown}", choose(hidden, "SHOWN", "BODY"),
		"{stored}", choose(hidden, "created.json().get(field, value)", "created.json()[field]"),
		"{change}", choose(r.ChangeLine() != "", "CHANGE", "{}"),
		"{lock}", choose(r.mongodb, "", ", *, lock: bool = False"),
		"{given}", choose(r.GivenLine() != "", "GIVEN", "BODY"),
	)
}

// ownerPart is what stays in a line only where rows are owned.
var ownerPart = regexp.MustCompile(`\{[^{}]*, \}`)

// Words is the singular for people: "order line".
func (r Resource) Words() string { return strings.ReplaceAll(r.Singular, "_", " ") }

// article is the word before Words: "an item".
func (r Resource) article() string {
	if strings.ContainsRune("aeiou", rune(r.Singular[0])) {
		return "an"
	}
	return "a"
}

// conflict is what a client reads when a unique value is taken.
func (r Resource) conflict() string {
	var names []string
	for _, f := range r.UniqueFields() {
		names = append(names, f.Name)
	}
	text := "Another " + r.Words() + " has this " + strings.Join(names, " or ") + "."
	if len(text) > 80 {
		text = "Another " + r.Words() + " has a value that must be unique."
	}
	return pyString(text)
}

// sortLine declares the sort of the list.
func (r Resource) sortLine() string {
	names := []string{`"created_at"`}
	for _, f := range r.Sorted() {
		names = append(names, fmt.Sprintf("%q", f.Name))
	}
	line := "    sort: Annotated[str, Field(max_length=1000, pattern=sort_pattern(" + strings.Join(names, ", ") + `))] = "-created_at"`
	if len(line) <= lineLength {
		return line
	}
	// Ruff parenthesises the default before it breaks the annotation, unless the annotation is too long by itself.
	annotation := strings.TrimSuffix(line, ` = "-created_at"`)
	if len(annotation)+len(" = (") <= lineLength {
		return annotation + " = (\n        \"-created_at\"\n    )"
	}
	pattern := "pattern=sort_pattern(" + strings.Join(names, ", ") + ")"
	return "    sort: Annotated[\n        str,\n" + fit("        Field(max_length=1000, "+pattern+"),") + "\n    ] = \"-created_at\""
}

// lines gives one line for each field, or what stands for none.
func lines(fields []Field, line func(Field) string, none ...string) []string {
	all := make([]string, 0, len(fields))
	for _, f := range fields {
		all = append(all, line(f))
	}
	if len(all) == 0 {
		return none
	}
	return all
}

// ModelLines declare the columns, and the owner.
func (r Resource) ModelLines() []string {
	all := lines(r.Fields, Field.ModelLine)
	if r.Owned {
		all = append(all, `    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))`,
			"", `    owner: Mapped[User] = relationship(lazy="raise")`)
	}
	return unlikeTests(r.Class, all)
}

// AliasLines name the types of the fields, after a blank line.
func (r Resource) AliasLines() []string {
	fields := r.with(Field.named)
	if len(fields) == 0 {
		return nil
	}
	return append([]string{""}, lines(fields, Field.Alias)...)
}

// CreateLines declare what a client gives for a new row.
func (r Resource) CreateLines() []string {
	return lines(r.CreateFields(), Field.CreateLine, "    pass")
}

// UpdateLines declare what a client can change, after the docstring.
func (r Resource) UpdateLines() []string {
	fields := r.UpdateFields()
	if len(fields) == 0 {
		return nil
	}
	return append([]string{""}, lines(fields, Field.UpdateLine)...)
}

// ReadLines declare what a reply holds beside the id and the times.
func (r Resource) ReadLines() []string {
	fields := r.ReadFields()
	if r.Owned {
		return append(lines(fields, Field.ReadLine), "    owner_id: UUID")
	}
	return lines(fields, Field.ReadLine, "    pass")
}

// QueryLines declare the parameters of the list.
func (r Resource) QueryLines() []string {
	all := []string{r.sortLine()}
	if len(r.Searched()) > 0 {
		all = append(all, "    q: SearchText | None = None")
	}
	for _, f := range r.Filtered() {
		all = append(all, f.FilterLines()...)
	}
	return unlikeTests(r.Class, all)
}

// searchArgument names the columns, or the fields of a document, that `q` looks at.
func (r Resource) searchArgument() string {
	fields := r.Searched()
	if len(fields) == 0 {
		return ""
	}
	return ", search=" + pyTuple(lines(fields, func(f Field) string {
		if r.mongodb {
			return pyString(f.Name)
		}
		return r.Class + "." + f.Name
	}))
}

// FindLine is the query of one row.
func (r Resource) FindLine() string {
	if r.mongodb {
		return r.findDocument()
	}
	if !r.Owned {
		return r.Py("    {item} = await session.get({Item}, {item}_id, with_for_update=lock)")
	}
	return r.Py("    found = select({Item}).where({Item}.id == {item}_id, {Item}.owner_id == owner.id)") + "\n" +
		r.Py("    {item} = await session.scalar(found.with_for_update() if lock else found)")
}

// JSONLines see to a change of JSON that Python takes for none.
func (r Resource) JSONLines() []string {
	if len(r.jsonUpdates()) == 0 {
		return nil
	}
	return []string{
		fmt.Sprintf("        if isinstance(value, dict) and repr(value) != repr(getattr(%s, name)):", r.Singular),
		fmt.Sprintf("            flag_modified(%s, name)  # To Python True and 1 are equal.", r.Singular),
	}
}

func (r Resource) jsonUpdates() []Field {
	return r.with(func(f Field) bool { return f.Kind == "json" && f.Mutable() })
}

// FlushLines write a row; a taken value of a unique field is a conflict.
func (r Resource) FlushLines() []string {
	if len(r.UniqueFields()) == 0 {
		return []string{"    await session.flush()"}
	}
	return []string{
		"    try:", "        await session.flush()", "    except IntegrityError as error:",
		"        raise ConflictError(" + r.conflict() + ") from error",
	}
}

// ConflictLines document the conflict on the routes that can have one.
func (r Resource) ConflictLines() []string {
	if len(r.UniqueFields()) == 0 {
		return nil
	}
	return []string{"conflict = problems(HTTPStatus.CONFLICT)"}
}

// OperationLines are the ids of the operations, as many on a line as fit.
func (r Resource) OperationLines() []string {
	var lines []string
	for _, name := range []string{"list_" + r.Name, "create_" + r.Singular, "get_" + r.Singular, "update_" + r.Singular, "delete_" + r.Singular} {
		id, last := r.Name+"-"+name, len(lines)-1
		if last >= 0 && len(lines[last])+1+len(id) <= lineLength {
			lines[last] += " " + id
		} else {
			lines = append(lines, id)
		}
	}
	return lines
}

// RouterLine makes the router.
func (r Resource) RouterLine() string {
	responses := ""
	switch {
	case r.Owned:
		responses = ", responses=problems(HTTPStatus.UNAUTHORIZED)"
	case r.SignIn:
		responses = ", dependencies=[Depends(get_current_user)], responses=problems(HTTPStatus.UNAUTHORIZED)"
	}
	return fit(fmt.Sprintf("router = APIRouter(prefix=%q, tags=[%q], route_class=ETagRoute%s)", "/"+r.Name, r.Name, responses))
}
