package answers_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/answers"
	"example.com/scaffold/generator/resource"
)

func TestEncodeNew(t *testing.T) {
	set := demo(t)
	values, err := answers.Resolve(set, answers.Request{Sets: []string{"project_name=yes", "note=two\nlines"}})
	require.NoError(t, err)
	d := answers.New()
	d.Templates = answers.Templates{Name: "demo", Version: "1"}
	d.Agents = []string{"planner"}
	d.Resources = []resource.Spec{{Name: "items", Fields: []resource.FieldSpec{{Text: "name:str{1..80}"}, {Text: "price:decimal{10,2}"}}}}
	d.Put(set, values)
	data, err := d.Encode()
	require.NoError(t, err)
	require.Equal(t, `# The answers that this project is rendered from. Change one here and run `+"`scaffold update`"+`, or run
# `+"`scaffold update --set KEY=VALUE`; `scaffold questions`"+` lists what each may be. Comments stay.
version: 1
templates: {name: demo, version: "1"}
answers:
  project_name: "yes"
  note: "two\nlines"
  database: sqlite
  tools: [lint]
  docker: true
  python: "3.13"
agents:
  - planner
resources:
  - name: items
    fields:
      - name:str{1..80}
      - price:decimal{10,2}
`, string(data))
}

const kept = `# ours
version: 1 # form

# where from
templates: {name: demo, version: "1"}

answers:
  # the shop
  project_name: 'Shop'   # as printed

  database: sqlite # for now
  note: |
    two
    lines
  tools: [lint, docs]
agents: [planner, "reviewer"]   # two
resources:
  - name: items # first
    fields:
      # what it is called
      - "name:str{1..80}"
      - {name: price, type: decimal, size: "10,2"}

  - name: tags
    fields: ["label:str"]
# end
`

func resolved(t *testing.T, d *answers.Document, sets ...string) answers.Values {
	t.Helper()
	values, err := answers.Resolve(demo(t), answers.Request{Stored: d, Sets: sets})
	require.NoError(t, err)
	return values
}

func TestEncodeKeepsEveryByteWhenNothingChanged(t *testing.T) {
	full := strings.Replace(kept, "  tools:", "  docker: true\n  python: \"3.13\"\n  tools:", 1)
	for _, text := range []string{full, strings.ReplaceAll(full, "\n", "\r\n"), "\ufeff" + full} {
		d := parse(t, text)
		d.Put(demo(t), resolved(t, d))
		data, err := d.Encode()
		require.NoError(t, err)
		require.Equal(t, text, string(data))
	}
}

func TestEncodeKeepsComments(t *testing.T) {
	require.Equal(t, edited, edit(t, kept))
	crlf := strings.NewReplacer("\n", "\r\n")
	require.Equal(t, crlf.Replace(edited), edit(t, crlf.Replace(kept)))
}

// edit changes what can be changed of a document.
func edit(t *testing.T, text string) string {
	t.Helper()
	d := parse(t, text)
	d.Put(demo(t), resolved(t, d, "database=postgres", "host=a: b", "project_name=New #1"))
	d.Templates.Version = "2"
	d.Agents = append(d.Agents, "third")
	d.Resources = append(d.Resources[:1:1], resource.Spec{Name: "orders", Fields: []resource.FieldSpec{{Text: "total:int=1"}}}, d.Resources[1])
	data, err := d.Encode()
	require.NoError(t, err)
	return string(data)
}

const edited = `# ours
version: 1 # form

# where from
templates: {name: demo, version: "2"}

answers:
  # the shop
  project_name: "New #1" # as printed

  database: postgres # for now
  pool: 5
  host: "a: b"
  note: |
    two
    lines
  tools: [lint, docs]
  docker: true
  python: "3.13"
agents: [planner, "reviewer", third] # two
resources:
  - name: items # first
    fields:
      # what it is called
      - "name:str{1..80}"
      - {name: price, type: decimal, size: "10,2"}
  - name: orders
    fields:
      - total:int=1

  - name: tags
    fields: ["label:str"]
# end
`

func TestEncodeBareMapping(t *testing.T) {
	d := parse(t, "# mine\nproject_name: X # name\nnote: n\n")
	d.Put(demo(t), resolved(t, d))
	data, err := d.Encode()
	require.NoError(t, err)
	require.Contains(t, string(data), "# mine\n")
	require.Contains(t, string(data), "  project_name: X # name\n  note: n\n")
	require.Equal(t, resolved(t, d), resolved(t, parse(t, string(data))))
}

func TestEncodeTakesOutWhatIsGone(t *testing.T) {
	d := parse(t, kept)
	d.Resources, d.Agents = d.Resources[:1], nil
	d.Put(demo(t), resolved(t, d))
	data, err := d.Encode()
	require.NoError(t, err)
	again := parse(t, string(data))
	require.Empty(t, again.Agents)
	require.Len(t, again.Resources, 1)
	require.Contains(t, string(data), "# what it is called\n")
	require.Contains(t, string(data), "# end\n")
}
