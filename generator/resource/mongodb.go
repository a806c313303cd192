package resource

import (
	"fmt"
	"slices"
	"strings"
)

// mongoDigits are the digits that BSON's decimal keeps exactly.
const mongoDigits = 34

func (ctx Context) mongodb() bool { return ctx.Database == "mongodb" }

// bsonType is what BSON calls the values of the field.
func (f Field) bsonType() string {
	switch f.Kind {
	case "int", "bigint", "smallint":
		return "number"
	case "decimal":
		return "decimal"
	case "date", "datetime":
		return "date"
	case "uuid":
		return "binData"
	}
	return "string"
}

// document is the type of the value in a document, which knows how BSON keeps it.
func (f Field) document() string {
	switch f.Kind {
	case "decimal":
		return fmt.Sprintf("Annotated[Decimal, ExactDecimal(%d, %d)]", f.Digits, f.Scale)
	case "datetime":
		return "UTCDateTime"
	}
	return f.inClass(f.python())
}

// DocumentLine declares the field of a document.
func (f Field) DocumentLine() string {
	line := "    " + f.Name + ": " + f.orNone(f.document())
	switch {
	case f.Default != nil && (f.Kind == "json" || f.Kind == "list"):
		return fit(line + " = Field(default_factory=" + f.factory() + ")")
	case f.Default != nil:
		value := f.shadowFree(f.literal(*f.Default).Py)
		if len(line+" = "+value) > lineLength {
			return line + " = (\n        " + value + "\n    )"
		}
		return line + " = " + value
	case f.Optional:
		return line + " = None"
	}
	return line
}

// DocumentLines declare the fields of a document, and its owner.
func (r Resource) DocumentLines() []string {
	all := lines(r.Fields, Field.DocumentLine)
	if r.Owned {
		all = append(all, "    owner_id: UUID")
	}
	return unlikeTests(r.Class, all)
}

// index is one index of a collection.
type index struct {
	name    string
	keys    []string
	options []string
}

// arguments spell the index for IndexModel and for create_index.
func (i index) arguments() string {
	keys := `"` + strings.Join(i.keys, `", "`) + `"`
	if len(i.keys) > 1 {
		keys = "[" + keys + "]"
	}
	return strings.Join(append([]string{keys, fmt.Sprintf("name=%q", i.name)}, i.options...), ", ")
}

// indexes are those of the collection: one for the list, and those that fields ask for.
func (r Resource) indexes() []index {
	owner := []string{}
	if r.Owned {
		owner = append(owner, "owner_id")
	}
	list := append(append([]string{}, owner...), "created_at")
	all := []index{{name: "ix_" + r.Name + "_" + strings.Join(list, "_") + "_id", keys: append(list, "_id")}}
	for _, f := range r.Fields {
		if f.Unique() {
			options := []string{"unique=True"}
			if f.Optional {
				// Nulls are not equal to each other.
				options = append(options, fmt.Sprintf(`partialFilterExpression={%q: {"$type": %q}}`, f.Name, f.bsonType()))
			}
			all = append(all, index{r.unique(f), append(append([]string{}, owner...), f.Name), options})
		}
		if f.Has("index") {
			all = append(all, index{name: "ix_" + r.Name + "_" + f.Name, keys: []string{f.Name}})
		}
	}
	return all
}

// IndexLines declare the indexes of a document.
func (r Resource) IndexLines() []string {
	all := []string{}
	for _, i := range r.indexes() {
		all = append(all, "IndexModel("+i.arguments()+")")
	}
	return []string{fit("    INDEXES = " + pyTuple(all))}
}

// IndexSteps are the steps of the revision that makes the indexes, and by the first of them the collection.
func (r Resource) IndexSteps() []string {
	all := []string{}
	for _, i := range r.indexes() {
		all = append(all, fit(fmt.Sprintf("    await database[%q].create_index(%s)", r.Name, i.arguments())))
	}
	return all
}

// DocumentImports are the imports of the document.
func (r Resource) DocumentImports() string {
	names := []string{"pymongo.IndexModel", "app.models.base.Record"}
	if r.Owned {
		names = append(names, "uuid.UUID")
	}
	for _, f := range r.Fields {
		names = append(names, lineImports(f.DocumentLine())...)
		switch f.Kind {
		case "decimal":
			names = append(names, "typing.Annotated", "app.models.base.ExactDecimal")
		case "datetime":
			names = append(names, "app.models.base.UTCDateTime")
		case "enum":
			names = append(names, "enum.StrEnum")
		}
		if strings.Contains(f.DocumentLine(), "Field(default_factory=") {
			names = append(names, "pydantic.Field")
		}
	}
	return importBlock(names)
}

// DocumentServiceImports are the imports of the service.
func (r Resource) DocumentServiceImports() string {
	names := []string{
		"uuid.UUID", "pymongo.asynchronous.client_session.AsyncClientSession", "app.core.errors.NotFoundError",
		"app.core.pagination.Page", "app.core.pagination.paginate", "app.models." + r.Class,
	}
	for _, helper := range []string{"delete_one", "find_one", "insert_one", "update_one"} {
		names = append(names, "app.models.base."+helper)
	}
	for _, suffix := range []string{"Create", "Query", "Update"} {
		names = append(names, "app.schemas."+r.Name+"."+r.Class+suffix)
	}
	if r.Owned {
		names = append(names, "app.models.User")
	}
	if len(r.UniqueFields()) > 0 {
		names = append(names, "pymongo.errors.DuplicateKeyError", "app.core.errors.ConflictError")
	}
	return importBlock(names)
}

// Scope is what every document that a caller may see has to fit, as a dictionary with these items before.
func (r Resource) Scope(items ...string) string {
	if r.Owned {
		items = append(items, `"owner_id": owner.id`)
	}
	return "{" + strings.Join(items, ", ") + "}"
}

// findDocument is the query of one document.
func (r Resource) findDocument() string {
	return fit(fmt.Sprintf("    %s = await find_one(session, %s, %s)", r.Singular, r.Class, r.whereID()))
}

// DeleteLine deletes that document: nothing is read before, so that of two requests one finds it.
func (r Resource) DeleteLine() string {
	return fit(fmt.Sprintf("    if not await delete_one(session, %s, %s):", r.Class, r.whereID()))
}

// whereID is what the document of an id fits.
func (r Resource) whereID() string { return r.Scope(fmt.Sprintf(`"_id": %s_id`, r.Singular)) }

// Writing is a statement that writes a document, and tells of a unique value that is taken.
func (r Resource) Writing(statement string) []string {
	statement = r.Py("    " + statement)
	if len(r.UniqueFields()) == 0 {
		return []string{statement}
	}
	return []string{
		"    try:", "    " + statement, "    except DuplicateKeyError as error:",
		"        raise ConflictError(" + r.conflict() + ") from error",
	}
}

// UpgradeSteps are the steps of the revision that gives documents an owner or takes it away.
func (c Change) UpgradeSteps() []string { return changeSteps(c.Before, c.Resource) }

// DowngradeSteps take it back.
func (c Change) DowngradeSteps() []string { return changeSteps(c.Resource, c.Before) }

// changeSteps may run again from the start: an old index goes when the new ones are there.
func changeSteps(before, now Resource) []string {
	collection := fmt.Sprintf("database[%q]", now.Name)
	var steps []string
	add := func(format string, a ...any) { steps = append(steps, fit("    "+fmt.Sprintf(format, a...))) }
	if now.Owned {
		address := "nobody@" + strings.ReplaceAll(now.Name, "_", "-") + ".invalid"
		add(`nobody, ownerless = {"email": %q}, {"owner_id": {"$exists": False}}`, address)
		add(`if await %s.count_documents(ownerless, limit=1):`, collection)
		add(`    times = {"created_at": datetime.now(UTC), "updated_at": datetime.now(UTC)}`)
		add(`    account = {"_id": uuid4(), "name": None, "password_hash": "!", "is_active": False, "session_version": 0}`)
		add(`    await database["users"].update_one(nobody, {"$setOnInsert": account | times}, upsert=True)`)
		add(`for user in await database["users"].find(nobody).to_list():`)
		add(`    await %s.update_many(ownerless, {"$set": {"owner_id": user["_id"]}})`, collection)
	}
	for _, i := range without(now.indexes(), before.indexes()) {
		add("await %s.create_index(%s)", collection, i.arguments())
	}
	for _, i := range without(before.indexes(), now.indexes()) {
		add("await %s.drop_index(%q)", collection, i.name)
	}
	if !now.Owned {
		add(`await %s.update_many({}, {"$unset": {"owner_id": ""}})`, collection)
	}
	return steps
}

// without are the indexes that the others don't have.
func without(all, others []index) []index {
	return slices.DeleteFunc(slices.Clone(all), func(i index) bool {
		return slices.ContainsFunc(others, func(other index) bool { return other.name == i.name })
	})
}

// DocumentNotes are the lines after the title of that revision.
func (c Change) DocumentNotes() []string {
	if c.Owned {
		return []string{"Those that were everybody's go to a user who cannot sign in. Give them away by changing their owner_id."}
	}
	if len(c.UniqueFields()) > 0 {
		return []string{"Where two users have a value that is to be unique for all, this stops, and what it did before stays: change one of them first."}
	}
	return c.Notes()
}
