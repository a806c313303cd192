package resource

import (
	"fmt"
	"strings"
)

// column is the SQLAlchemy type of the field; sa is "" in a model and "sa." in a revision.
func (f Field) column(sa string) string {
	switch f.Kind {
	case "str", "email", "url", "slug":
		return fmt.Sprintf("%sString(%d)", sa, f.MaxSize)
	case "decimal":
		return fmt.Sprintf("ExactDecimal(%d, %d)", f.Digits, f.Scale)
	case "enum":
		if sa == "" {
			return fmt.Sprintf("Enum(%s, native_enum=False, length=%d, values_callable=list)", f.EnumClass(), maxMember)
		}
		return fmt.Sprintf("sa.String(%d)", maxMember)
	case "json":
		return sa + `JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")`
	case "list":
		item := map[string]string{"str": sa + "String(255)", "int": sa + "Integer"}[f.Item]
		return fmt.Sprintf(`%sARRAY(%s).with_variant(%sJSON(none_as_null=True), "sqlite")`, sa, item, sa)
	case "datetime":
		if sa == "" {
			return "UTCDateTime"
		}
		return "sa.DateTime(timezone=True)"
	}
	name := map[string]string{
		"text": "Text", "int": "Integer", "bigint": "BigInteger", "smallint": "SmallInteger", "float": "Double",
		"bool": "Boolean", "date": "Date", "time": "Time", "uuid": "Uuid",
	}[f.Kind]
	if sa == "" {
		return name
	}
	return sa + name + "()"
}

// implied reports whether SQLAlchemy derives the column from the Python type.
func (f Field) implied() bool {
	switch f.Kind {
	case "int", "bool", "date", "time", "uuid":
		return true
	}
	return false
}

// ModelLine declares the column of the field.
func (f Field) ModelLine() string {
	var arguments []string
	if !f.implied() {
		arguments = append(arguments, f.column(""))
	}
	// SQLAlchemy takes an explicit None for a missing value, and would put the default in its place.
	if f.Default != nil && !(f.Optional && f.Creatable()) {
		value := f.shadowFree(f.literal(*f.Default).Py)
		if f.Kind == "json" || f.Kind == "list" {
			value = f.factory()
		}
		arguments = append(arguments, "default="+value)
	}
	line := fmt.Sprintf("    %s: Mapped[%s]", f.Name, f.orNone(f.inClass(f.python())))
	if len(arguments) > 0 {
		line += " = mapped_column(" + strings.Join(arguments, ", ") + ")"
	}
	return fit(line)
}

// TableLine is the line that gives a model its indexes and constraints; empty where there are none.
func (r Resource) TableLine() string {
	var items []string
	if r.Owned {
		items = append(items, `Index(None, "owner_id", "created_at", "id")`)
	} else {
		items = append(items, `Index(None, "created_at", "id")`)
	}
	for _, f := range r.Fields {
		switch {
		case f.Unique() && r.Owned:
			items = append(items, fmt.Sprintf(`UniqueConstraint("owner_id", %q)`, f.Name))
		case f.Unique():
			items = append(items, fmt.Sprintf("UniqueConstraint(%q)", f.Name))
		}
		if f.Has("index") {
			items = append(items, fmt.Sprintf("Index(None, %q)", f.Name))
		}
		if f.Kind == "enum" {
			items = append(items, fmt.Sprintf("CheckConstraint(%s, name=%q)", pyString(f.check()), f.Name))
		}
	}
	return fit("    __table_args__ = " + pyTuple(items))
}

// check is the condition that keeps an enum's column to its members.
func (f Field) check() string {
	return fmt.Sprintf("%s IN ('%s')", f.Name, strings.Join(f.Members, "', '"))
}

// identifiers are the names that the database gets for what a field adds to its table.
func (r Resource) identifiers(f Field) []string {
	var names []string
	if f.Unique() {
		names = append(names, r.unique(f))
	}
	if f.Has("index") {
		names = append(names, "ix_"+r.Name+"_"+f.Name)
	}
	if f.Kind == "enum" {
		names = append(names, "ck_"+r.Name+"_"+f.Name)
	}
	return names
}

func (r Resource) unique(f Field) string {
	if r.Owned {
		return "uq_" + r.Name + "_owner_id_" + f.Name
	}
	return "uq_" + r.Name + "_" + f.Name
}

// revisionColumn spells the column of a revision, which no model reads.
var revisionColumn = strings.NewReplacer("(JSONB(", "(postgresql.JSONB(", "none_as_null=True", "")

// RevisionColumns are the lines of the columns in the revision that adds the table.
func (r Resource) RevisionColumns() []string {
	var lines []string
	add := func(name, kind string, nullable bool) {
		null := map[bool]string{true: "True", false: "False"}[nullable]
		lines = append(lines, fit(fmt.Sprintf("        sa.Column(%q, %s, nullable=%s),", name, kind, null)))
	}
	for _, f := range r.Fields {
		add(f.Name, revisionColumn.Replace(f.column("sa.")), f.Optional)
	}
	if r.Owned {
		add("owner_id", `sa.Uuid(), sa.ForeignKey("users.id", ondelete="CASCADE")`, false)
	}
	lines = append(lines, `        sa.Column("id", sa.Uuid(), primary_key=True),`)
	add("created_at", "sa.DateTime(timezone=True)", false)
	add("updated_at", "sa.DateTime(timezone=True)", false)
	return lines
}

// RevisionConstraints are the lines of the constraints in the revision that adds the table. Their names follow from the
// naming convention of the models.
func (r Resource) RevisionConstraints() []string {
	var lines []string
	for _, f := range r.Fields {
		if f.Unique() {
			columns := fmt.Sprintf("%q", f.Name)
			if r.Owned {
				columns = `"owner_id", ` + columns
			}
			lines = append(lines, fmt.Sprintf("        sa.UniqueConstraint(%s),", columns))
		}
		if f.Kind == "enum" {
			lines = append(lines, fmt.Sprintf("        sa.CheckConstraint(%s, name=%q),", pyString(f.check()), f.Name))
		}
	}
	for i := range lines {
		lines[i] = fit(lines[i])
	}
	return lines
}

// RevisionIndexes are the lines that add the indexes after the table.
func (r Resource) RevisionIndexes() []string {
	index := func(columns ...string) string {
		return fit(fmt.Sprintf(`    op.create_index(%q, %q, ["%s"])`, "ix_"+r.Name+"_"+strings.Join(columns, "_"), r.Name, strings.Join(columns, `", "`)))
	}
	lines := []string{index(r.listColumns()...)}
	for _, f := range r.Fields {
		if f.Has("index") {
			lines = append(lines, index(f.Name))
		}
	}
	return lines
}
