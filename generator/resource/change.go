package resource

import (
	"fmt"
	"slices"
	"strings"
)

// Change is a resource whose table is another than in the run before. What a template prints of it is what the resource is now.
type Change struct {
	Resource
	Before Resource
}

// Changes are the resources that are in both lists with tables that differ, in the order of now. Rows that have an owner
// where they had none, or the reverse, are the one difference there is.
func Changes(before, now List) []Change {
	var changes []Change
	for _, r := range now {
		at := slices.IndexFunc(before, func(old Resource) bool { return old.Name == r.Name })
		if at >= 0 && before[at].Owned != r.Owned {
			changes = append(changes, Change{Resource: r, Before: before[at]})
		}
	}
	return changes
}

// Title says what the revision does.
func (c Change) Title() string {
	if c.Owned {
		return "give each of the " + c.Name + " an owner"
	}
	return "let " + c.Name + " belong to nobody"
}

// Notes are the lines after the title.
func (c Change) Notes() []string {
	switch {
	case c.Owned:
		return []string{fmt.Sprintf("Rows that were everybody's go to a user who cannot sign in: give them away by UPDATE %s SET owner_id = …", c.Name)}
	case len(c.UniqueFields()) > 0:
		return []string{"Where two users have a value that is to be unique for all, this stops and changes nothing: change one of them first."}
	}
	return []string{"Whose rows they were is lost."}
}

// UpgradeLines are the body of the revision.
func (c Change) UpgradeLines() []string { return c.from(c.Before, c.Resource) }

// DowngradeLines take it back.
func (c Change) DowngradeLines() []string { return c.from(c.Resource, c.Before) }

func (c Change) from(before, now Resource) []string {
	lines := disown(before, now)
	if now.Owned {
		lines = own(before, now)
	}
	for i := range lines {
		lines[i] = fit(lines[i])
	}
	return lines
}

// own adds the owner: the column, a user for the rows that are there, and what the owner is part of.
func own(before, now Resource) []string {
	name := now.Name
	lines := []string{
		fmt.Sprintf(`    op.add_column(%q, sa.Column("owner_id", sa.Uuid(), nullable=True))`, name),
		`    nobody = sa.bindparam("nobody", uuid4(), sa.Uuid())`,
		`    now = sa.bindparam("now", datetime.now(UTC), sa.DateTime(timezone=True))`,
		`    add_nobody = sa.text(`,
		`        "INSERT INTO users (id, email, password_hash, is_active, session_version, created_at, updated_at) "`,
		fmt.Sprintf(`        "SELECT :nobody, 'nobody@%s.invalid', '!', FALSE, 0, :now, :now WHERE EXISTS (SELECT 1 FROM %s)"`, strings.ReplaceAll(name, "_", "-"), name),
		`    )`,
		`    op.execute(add_nobody.bindparams(nobody, now))`,
		fmt.Sprintf(`    op.execute("UPDATE %s SET owner_id = (SELECT id FROM users WHERE email = 'nobody@%s.invalid')")`, name, strings.ReplaceAll(name, "_", "-")),
		fmt.Sprintf(`    with op.batch_alter_table(%q) as batch:`, name),
		`        batch.alter_column("owner_id", existing_type=sa.Uuid(), nullable=False)`,
		fmt.Sprintf(`        batch.create_foreign_key(%q, "users", ["owner_id"], ["id"], ondelete="CASCADE")`, "fk_"+name+"_owner_id_users"),
	}
	return append(lines, replaced(before, now)...)
}

// disown takes the owner away with what it is part of.
func disown(before, now Resource) []string {
	lines := []string{fmt.Sprintf(`    with op.batch_alter_table(%q) as batch:`, now.Name)}
	lines = append(lines, replaced(before, now)...)
	return append(lines,
		fmt.Sprintf(`        batch.drop_constraint(%q, type_="foreignkey")`, "fk_"+now.Name+"_owner_id_users"),
		`        batch.drop_column("owner_id")`)
}

// replaced changes the indexes and unique constraints that the owner is part of.
func replaced(before, now Resource) []string {
	var lines []string
	add := func(format string, a ...any) { lines = append(lines, fmt.Sprintf("        "+format, a...)) }
	for _, f := range before.UniqueFields() {
		add(`batch.drop_constraint(%q, type_="unique")`, before.unique(f))
	}
	add("batch.drop_index(%q)", before.listIndex())
	add("batch.create_index(%q, [%s])", now.listIndex(), quotedNames(now.listColumns()))
	for _, f := range now.UniqueFields() {
		columns := []string{f.Name}
		if now.Owned {
			columns = []string{"owner_id", f.Name}
		}
		add("batch.create_unique_constraint(%q, [%s])", now.unique(f), quotedNames(columns))
	}
	return lines
}

// listColumns are those of the index that serves the list.
func (r Resource) listColumns() []string {
	if r.Owned {
		return []string{"owner_id", "created_at", "id"}
	}
	return []string{"created_at", "id"}
}

func (r Resource) listIndex() string {
	return "ix_" + r.Name + "_" + strings.Join(r.listColumns(), "_")
}

func quotedNames(names []string) string { return `"` + strings.Join(names, `", "`) + `"` }

// ChangeImports are the imports of the revision.
func (c Change) ChangeImports() string {
	return importBlock([]string{"datetime.UTC", "datetime.datetime", "uuid.uuid4", "sqlalchemy as sa", "alembic.op"})
}
