package resource_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/resource"
)

var documents = resource.Context{Users: true, Database: "mongodb"}

func TestDocumentLines(t *testing.T) {
	for field, want := range map[string]string{
		"a:str{1..80}":         "    a: str",
		"a:str?":               "    a: str | None = None",
		"a:decimal{10,2}?":     "    a: Annotated[Decimal, ExactDecimal(10, 2)] | None = None",
		"a:datetime":           "    a: UTCDateTime",
		"date:date?":           "    date: dt.date | None = None",
		"a:enum(new,paid)=new": "    a: ItemA = ItemA.NEW",
		"a:list(str)":          "    a: list[str]",
		"a:json={}":            "    a: dict[str, Any] = Field(default_factory=dict)",
	} {
		r, err := parse(documents, field)
		require.NoError(t, err, field)
		require.Equal(t, []string{want, "    owner_id: UUID"}, r.DocumentLines(), field)
	}
}

// TestIndexes: unique holds for each owner, and not for nulls.
func TestIndexes(t *testing.T) {
	r, err := parse(documents, "a:str{9}!unique", "b:int?!unique!index")
	require.NoError(t, err)
	require.Equal(t, []string{
		`    await database["items"].create_index(["owner_id", "created_at", "_id"], name="ix_items_owner_id_created_at_id")`,
		`    await database["items"].create_index(["owner_id", "a"], name="uq_items_owner_id_a", unique=True)`,
		"    await database[\"items\"].create_index(\n        [\"owner_id\", \"b\"], name=\"uq_items_owner_id_b\", unique=True, " +
			"partialFilterExpression={\"b\": {\"$type\": \"number\"}}\n    )",
		`    await database["items"].create_index("b", name="ix_items_b")`,
	}, r.IndexSteps())
}

func TestDigitsOfDocuments(t *testing.T) {
	_, err := parse(documents, "a:decimal{34,2}")
	require.NoError(t, err)
	_, err = parse(documents, "a:decimal{35,2}")
	require.ErrorContains(t, err, "MongoDB keeps at most 34 digits exactly")
}
