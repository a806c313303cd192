package resource_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"

	"example.com/scaffold/generator/resource"
)

var users = resource.Context{Users: true, Database: "postgres"}

// parse reads one resource "items" with the fields.
func parse(ctx resource.Context, fields ...string) (resource.Resource, error) {
	spec := resource.Spec{Name: "items"}
	for _, field := range fields {
		spec.Fields = append(spec.Fields, resource.FieldSpec{Text: field})
	}
	list, err := resource.Parse([]resource.Spec{spec}, ctx)
	if err != nil {
		return resource.Resource{}, err
	}
	return list[0], nil
}

func TestFields(t *testing.T) {
	for field, want := range map[string][3]string{ // the line of the model, of the alias and of an update
		"name:str{1..80}": {
			"name: Mapped[str] = mapped_column(String(80))",
			"Name = Annotated[NonBlank, Field(max_length=80)]", "name: Name | MISSING = MISSING",
		},
		"code:str{3..5}?": {
			"code: Mapped[str | None] = mapped_column(String(5))",
			"Code = Annotated[Text, Field(min_length=3, max_length=5)]", "code: Code | MISSING | None = MISSING",
		},
		"note:str{..20}=a!b": {}, // not reached: b is no modifier
		"price:decimal{10,2}!min=0.5": {
			"price: Mapped[Decimal] = mapped_column(ExactDecimal(10, 2))",
			`Price = Annotated[Decimal, Field(ge=Decimal("0.5"), max_digits=10, decimal_places=2)]`, "price: Price | MISSING = MISSING",
		},
		"decimal:decimal{4,0}": {
			"decimal: Mapped[Decimal] = mapped_column(ExactDecimal(4, 0))",
			"DecimalValue = Annotated[Decimal, Field(max_digits=4, decimal_places=0)]", "decimal: DecimalValue | MISSING = MISSING",
		},
		"date:date?":           {"date: Mapped[dt.date | None]", "", "date: Day | MISSING | None = MISSING"},
		"born_on:date":         {"born_on: Mapped[date]", "", "born_on: Day | MISSING = MISSING"},
		"int:int!filter":       {"int: Mapped[builtins.int]", "Int = Annotated[int, Field(ge=-(2**31), lt=2**31)]", "int: Annotated[Int, Strict()] | MISSING = MISSING"},
		"size:smallint":        {"size: Mapped[int] = mapped_column(SmallInteger)", "Size = Annotated[int, Field(strict=True, ge=-(2**15), lt=2**15)]", "size: Size | MISSING = MISSING"},
		"status:enum(a,b)=b":   {"status: Mapped[ItemStatus] = mapped_column(Enum(ItemStatus, native_enum=False, length=50, values_callable=list), default=ItemStatus.B)", "", "status: ItemStatus | MISSING = MISSING"},
		"happened_at:datetime": {"happened_at: Mapped[datetime] = mapped_column(UTCDateTime)", "", "happened_at: UtcDatetime | MISSING = MISSING"},
		`tag:str{3}!pattern=/[^a-z]+|.\S(?s:.)[\x00-c]/`: {
			"tag: Mapped[str] = mapped_column(String(3))",
			`Tag = Annotated[NonBlank, Field(max_length=3, pattern=r"^(?:[^\x00a-z]+|[^\x00\n][^\x00\t\n\f\r ][^\x00][\x01-c])$")]`,
			"tag: Tag | MISSING = MISSING",
		},
		`tag:str{9}!pattern=/^{(?P<a>[0-9]+)\>\$/`: {
			"tag: Mapped[str] = mapped_column(String(9))",
			`Tag = Annotated[NonBlank, Field(max_length=9, pattern=r"^\{([0-9]+)>\$$")]`, "tag: Tag | MISSING = MISSING",
		},
		`tag:str{3}!pattern=/\d{2}!/`: {
			"tag: Mapped[str] = mapped_column(String(3))",
			`Tag = Annotated[NonBlank, Field(max_length=3, pattern="^[0-9]{2}!$")]`, "tag: Tag | MISSING = MISSING",
		},
	} {
		t.Run(field, func(t *testing.T) {
			r, err := parse(users, field)
			if want[0] == "" {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			f := r.Fields[0]
			flat := func(text string) string { return strings.Join(strings.Fields(text), " ") }
			got := [3]string{strings.ReplaceAll(strings.ReplaceAll(flat(f.ModelLine()), "( ", "("), " )", ")"), f.Alias(), flat(f.UpdateLine())}
			require.Equal(t, want, got)
		})
	}
}

func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		field  string
		column int
		says   string
	}{
		{"name", 5, "a type is missing"},
		{"name:", 6, "unknown type"},
		{"name:string", 6, `unknown type "string"`},
		{"größe:int", 1, "names are like"},
		{"name:str{0}", 10, "1 to 10000"},
		{"name:str{5..2}", 10, "above the greatest"},
		{"name:str{a}", 10, "not a size"},
		{"name:str{80", 10, `missing "}"`},
		{"name:str?{80}", 10, "out of place"},
		{"count:int{3}", 11, "takes no size"},
		{"count:int(3)", 7, "nothing in parentheses"},
		{"price:decimal", 7, "needs its digits"},
		{"price:decimal{10}", 15, "not the size of a decimal"},
		{"price:decimal{2,3}", 15, "more than the 2 in all"},
		{"price:decimal{10,2}!min=0.001", 21, "at most 2 digits"},
		{"price:decimal{10,2}!min=5!max=4", 27, "below min=5"},
		{"n:int!min=-3000000000", 7, "does not fit the column"},
		{"n:int=2147483648", 7, "does not fit the column"},
		{"n:int=5!max=4", 7, "out of bounds"},
		{"n:int!min", 7, "needs a value"},
		{"n:int!filter=1", 7, "takes no value"},
		{"n:int!sort!sort", 12, "given twice"},
		{"n:int!pattern=/a/", 7, "for str and text"},
		{"n:int!shiny", 7, "unknown modifier"},
		{"s:str!min=1", 7, "bound a length by a size"},
		{"s:str!pattern=/(/", 7, "missing closing )"},
		{"s:str!pattern=/(?=a)/", 7, "invalid or unsupported Perl syntax"},
		{"s:str{2}!pattern=/aaa/", 1, "both the pattern and the size"},
		{"s:str{3}=abcd", 10, "1 to 3 characters"},
		{"s:str{3}=x!pattern=/[a-c]/", 10, "does not match the pattern"},
		{"s:str{3}!unique=x", 10, "takes no value"},
		{"s:str{3}=x!unique", 10, "a unique field again"},
		{"s:str{1}!unique", 1, "at least 64 possible values"},
		{"s:str{601}!unique", 3, "an index takes"},
		{"s:text!unique", 8, "too long for an index"},
		{"s:text!sort", 8, "too long for an index"},
		{"b:bool=yes", 8, "neither true nor false"},
		{"b:bool!unique", 8, "too few"},
		{"e:enum", 3, "lists its members"},
		{"e:enum(A)", 8, "cannot be a member"},
		{"e:enum(a,a)", 10, "given twice"},
		{"e:enum(a)=b", 11, "not a member"},
		{"l:list", 3, "says what it holds"},
		{"l:list(float)", 3, "says what it holds"},
		{"l:list(int)=[1.5]", 13, "whole numbers"},
		{"j:json=[]", 8, "not a JSON object"},
		{`j:json={"a":[1e400]}`, 8, "too large"},
		{`j:json={"\u0000":1}`, 8, "holds a NUL"},
		{"j:json!filter", 8, "does not fit json"},
		{"d:date=2026-02-30", 8, "not a date"},
		{"t:datetime=2026-01-01T00:00:00", 12, "with its offset"},
		{"h:str!hidden!sort", 14, "tell what hidden keeps back"},
		{"r:str!readonly", 7, "required readonly"},
		{"r:str?!readonly!immutable", 17, "contradict"},
		{"r:ref(items)", 3, "later version"},
		{"tags:many(tags)", 6, "later version"},
		{"class:str", 1, "keyword of Python"},
		{"order:int", 1, "reserved word of SQL"},
		{"metadata:json", 1, "SQLAlchemy owns it"},
		{"model_name:str", 1, "begin with model_"},
		{"json:json", 1, "Pydantic owns it"},
		{"id:int", 1, "every table of the project has it"},
		{"owner_id:uuid", 1, "as its owner"},
		{"none:int", 1, "it is a keyword of Python"},
		{"self:int", 1, "SQLAlchemy owns it"},
		{"cursor:str!filter", 1, "parameter of that name"},
		{"a__b:str", 1, "names are like"},
		{strings.Repeat("a", 41) + ":int", 1, "at most 40"},
		{"a:str\x00", 0, "one line of plain text"},
	} {
		t.Run(test.field, func(t *testing.T) {
			_, err := parse(users, test.field)
			var refused *resource.Error
			require.ErrorAs(t, err, &refused)
			require.Contains(t, refused.Error(), test.says)
			require.Equal(t, test.column, refused.Column, refused.Error())
			require.True(t, strings.HasPrefix(refused.Error(), `resource items: field "`))
		})
	}
}

func TestEveryRefusalIsReported(t *testing.T) {
	_, err := parse(users, "a:int", "b:strange", "a:str", "c:decimal")
	require.ErrorContains(t, err, `"b:strange"`)
	require.ErrorContains(t, err, `two fields are named "a"`)
	require.ErrorContains(t, err, `"c:decimal"`)
}

func TestSuggestions(t *testing.T) {
	for field, says := range map[string]string{
		"order:int": "call it item_order", "name:string": "the types are str text", "n:int!shiny": "the modifiers are unique",
		"price:decimal": "decimal{10,2}",
	} {
		_, err := parse(users, field)
		require.ErrorContains(t, err, says)
	}
}

func TestDatabaseDecidesTheDigits(t *testing.T) {
	_, err := parse(resource.Context{Database: "sqlite"}, "price:decimal{19,2}")
	require.ErrorContains(t, err, "database=postgres")
	_, err = parse(resource.Context{Database: "postgres"}, "price:decimal{19,2}")
	require.NoError(t, err)
}

func TestOwner(t *testing.T) {
	with, err := parse(users, "name:str")
	require.NoError(t, err)
	require.True(t, with.Owned && with.SignIn)
	without, err := parse(resource.Context{}, "name:str", "owner_id:int", "owner:str")
	require.NoError(t, err)
	require.False(t, without.Owned || without.SignIn)
	list, err := resource.Parse([]resource.Spec{{Name: "items", NoOwner: true, Fields: []resource.FieldSpec{{Text: "a:int"}}}}, users)
	require.NoError(t, err)
	require.False(t, list[0].Owned)
	require.True(t, list[0].SignIn)
}

// TestChange: what can be null is cleared, and something else gets another value.
func TestChange(t *testing.T) {
	for fields, want := range map[string]string{
		"name:str sku:str? note:text?":             `{"name": "b", "sku": None}`,
		"sku:str? seen:int?=5":                     `{"sku": None, "seen": 2}`,
		"name:str size:int":                        `{"name": "b"}`,
		"kind:enum(a)?":                            `{"kind": None}`,
		"name:str!immutable secret:str?!hidden":    "",
		"kind:enum(a) at:date?!readonly paid:bool": `{"paid": True}`,
	} {
		r, err := parse(users, strings.Fields(fields)...)
		require.NoError(t, err, fields)
		if want != "" {
			want = "CHANGE: dict[str, Any] = " + want
		}
		require.Equal(t, want, r.ChangeLine(), fields)
	}
}

// TestSearch: what only a field beside the searched one has is not found.
func TestSearch(t *testing.T) {
	r, err := parse(users, "name:str!filter", "note:text{..500}?!search")
	require.NoError(t, err)
	found := map[string][]int{}
	for _, f := range r.Filters() {
		found[f.Query] = f.Found
	}
	require.Equal(t, []int{}, found[`{"q": "_."}`])
	require.Equal(t, []int{1}, found[`{"name__contains": "_."}`])
}

func TestResourceNames(t *testing.T) {
	for _, test := range []struct{ name, singular, want, says string }{
		{name: "order_lines", want: "order_line OrderLine"},
		{name: "orders", want: "order Order"},
		{name: "categories", want: "category Category"},
		{name: "boxes", want: "box Box"},
		{name: "addresses", want: "address Address"},
		{name: "people", want: "person Person"},
		{name: "statuses", want: "status Status"},
		{name: "houses", want: "house House"},
		{name: "movies", want: "movie Movie"},
		{name: "series", singular: "series_item", want: "series_item SeriesItem"},
		{name: "series", says: "or give its singular, such as singular: one_series"},
		{name: "sheep", says: `"sheep" is not known as an English plural`},
		{name: "order", says: "such as orders"},
		{name: "box", says: "such as boxes"},
		{name: "items", singular: "items", says: `resource items: the singular of "items" is the same word; give another, such as singular: one_items`},
		{name: "items", singular: "It-em", says: "cannot be a singular"},
		{name: "Items", says: "names are like"},
		{name: "users", says: "the project has something of that name"},
		{name: "refresh_tokens", says: "the project has"},
		{name: "sessions", says: "the project has"},
		{name: "classes", says: "class is a keyword of Python"},
		{name: "nones", says: "none is a keyword of Python"},
		{name: "problems", says: "the project has something of that name"},
		{name: strings.Repeat("a", 40) + "s", says: "at most 35"},
	} {
		t.Run(test.name+test.singular, func(t *testing.T) {
			list, err := resource.Parse([]resource.Spec{{Name: test.name, Singular: test.singular, Fields: []resource.FieldSpec{{Text: "a:int"}}}}, users)
			if test.says != "" {
				require.ErrorContains(t, err, test.says)
				require.NotContains(t, err.Error(), "\n", "one refusal")
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want, list[0].Singular+" "+list[0].Class)
		})
	}
	_, err := resource.Parse([]resource.Spec{{Name: "items"}}, users)
	require.ErrorContains(t, err, "no fields")
	spec := resource.Spec{Name: "items", Fields: []resource.FieldSpec{{Text: "a:int"}}}
	_, err = resource.Parse([]resource.Spec{spec, spec}, users)
	require.ErrorContains(t, err, "already has the name")
	for class, fields := range map[string][]string{
		"OrderA1": {"a1:enum(x)", "a_1:enum(x)"}, "OrderRead": {"read:enum(x)"}, "OrderStatus": {"status:enum(x)"},
	} {
		specs := []resource.Spec{{Name: "orders"}, {Name: "order_statuses", Fields: []resource.FieldSpec{{Text: "a:int"}}}}
		for _, field := range fields {
			specs[0].Fields = append(specs[0].Fields, resource.FieldSpec{Text: field})
		}
		_, err = resource.Parse(specs, users)
		require.ErrorContains(t, err, class)
	}
	for _, text := range []string{"Hi!", "x!sort", "a\nb"} {
		mapping := resource.FieldSpec{Map: &resource.Mapping{Name: "a", Type: "str", Default: &text}}
		_, err = resource.Parse([]resource.Spec{{Name: "orders", Fields: []resource.FieldSpec{mapping}}}, users)
		require.ErrorContains(t, err, "the string form", text)
	}
}

// TestImports: one block as isort leaves it, numbers by their value, what gets another name on a line of its own.
func TestImports(t *testing.T) {
	require.Equal(t, `import time
from collections.abc import Callable

from fastapi import APIRouter, Depends

from app.models.part2s import Part2 as Part2
from app.models.part10s import LIMIT, Part2, Part10, make
from app.models.users import Reset as Reset
from app.models.users import User as User`, resource.List{}.Imports([]any{
		"from app.models.users import User as User", "from app.models.users import Reset as Reset", "from app.models.part10s import make, Part10, Part2, LIMIT",
		"from app.models.part2s import Part2 as Part2", "from fastapi import Depends", "from fastapi import APIRouter, Depends",
		"import time", "from collections.abc import Callable", "import time",
	}))
}

func TestNamesFitTheDatabase(t *testing.T) {
	spec := resource.Spec{Name: strings.Repeat("a", 30) + "s", Fields: []resource.FieldSpec{{Text: strings.Repeat("b", 30) + ":str!unique"}}}
	_, err := resource.Parse([]resource.Spec{spec}, users)
	require.ErrorContains(t, err, "PostgreSQL takes 63")
}

func TestYAML(t *testing.T) {
	var spec resource.Spec
	require.NoError(t, yaml.Unmarshal([]byte(`
name: items
fields:
  - "name:str{1..80}!sort"
  - name: price
    type: decimal
    size: 10,2
    default: 1.10
    mods: [min=0, sort]
  - {name: state, type: enum, args: [new, old], optional: true}
`), &spec))
	require.Equal(t, []string{"name:str{1..80}!sort", "price:decimal{10,2}=1.10!min=0!sort", "state:enum(new,old)?"},
		[]string{spec.Fields[0].String(), spec.Fields[1].String(), spec.Fields[2].String()})
	list, err := resource.Parse([]resource.Spec{spec}, users)
	require.NoError(t, err)
	require.Contains(t, list[0].Fields[1].CreateLine(), `Decimal("1.10")`)

	written, err := yaml.Marshal(spec)
	require.NoError(t, err)
	var again resource.Spec
	require.NoError(t, yaml.Unmarshal(written, &again))
	require.Equal(t, spec.Fields[1].Map, again.Fields[1].Map)

	for text, says := range map[string]string{
		"fields: [[a]]":                        "a field is a string",
		"fields: [{nam: a}]":                   `unknown key "nam"`,
		"fields: [{name: a, name: b}]":         "name",
		"fields: [{name: a, mods: unique}]":    "must be a list",
		"fields: [{name: [a]}]":                "must be a single value",
		"fields: [{name: a, optional: often}]": "optional",
	} {
		require.ErrorContains(t, yaml.Unmarshal([]byte(text), &resource.Spec{}), says, text)
	}
}

// FuzzParse: whatever is given is refused with a position inside it, or gives code of which each part can be printed.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"name:str{1..80}!sort!filter", "price:decimal{10,2}=1.5!min=0", `s:str{..20}!pattern=/a\/[b-d]+|\d/`, "e:enum(a,b)=a", "l:list(int)=[1]",
		`j:json={"a":[1]}`, "x:ref(items)!cascade", "at:time=09:30!readonly", "u:url?!unique!search", "n:float!min=-1.5!max=2",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, field string) {
		r, err := parse(users, field)
		if err != nil {
			var refused *resource.Error
			require.True(t, errors.As(err, &refused))
			require.LessOrEqual(t, refused.Column, len([]rune(field))+1)
			return
		}
		for _, text := range []string{
			r.ModelImports(), r.SchemaImports(), r.TableLine(), r.BodyLine(), r.RequiredLine(), r.FactoryLine(), r.RevisionImports(),
			r.RouterTestImports(), r.ServiceTestImports(), strings.Join(r.QueryLines(), ""), strings.Join(r.RevisionColumns(), ""),
			strings.Join(r.RevisionConstraints(), ""), strings.Join(r.ConstantLines(), ""), strings.Join(r.CreateLines(), ""),
		} {
			require.NotContains(t, text, "\x00")
		}
		for _, l := range r.Limits() {
			require.NotEmpty(t, l.Line())
		}
		require.NotEmpty(t, r.Pages())
		r.Filters()
		r.WrongQueries()
		r.GivenLine()
	})
}
