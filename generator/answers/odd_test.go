package answers_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEncodeOddDocuments changes answers in documents of unusual form: what is written reads back, and comments stay.
func TestEncodeOddDocuments(t *testing.T) {
	for name, text := range map[string]string{
		"flow with comments": "# a\nanswers: { # b\n  project_name: X, # c\n  # d\n  note: n, # e\n  database: sqlite # f\n  } # g\n# h\n",
		"json":               "{\"version\": 1, \"answers\": {\"project_name\": \"X\", \"note\": \"a\\nb\"}}\n",
		"json escapes":       "{\"version\": 1, \"answers\": {\"project_name\": \"X\", \"note\": \"\\ud83d\\ude00\"}}\n",
		"markers":            "%YAML 1.1\n--- # a\nanswers:\n  project_name: X # b\n... # c\n",
		"keys":               "? answers # a\n: # b\n  ? project_name\n  # c\n  : X\n  ? \"note\" # d\n  : |- # e\n    n\n\n    m\n",
		"tabs and blanks":    "answers:   \n\n\n  project_name:   X   # a\t\n\n  \n  note:    'n'  \n\n\n# b\n\n",
		"no final line":      "answers:\n  project_name: X\n  note: >+ # a\n    n\n\n    m\n\n# b",
		"comments only":      "# a\n\n# b\nanswers:\n  # c\n\n  # d\n  project_name: X\n  # e\n# f\nagents: # g\n  # h\n  - planner # i\n  # j\nresources: [] # k\n# l\n",
		"in texts":           "# a\nanswers:\n  project_name: \"X # b\"\n  note: |\n    # c\n    n # d\n  tools: [lint] # e\n",
		"null answers":       "# a\nversion: 1\nanswers:\n# b\n",
		"inner indentation":  "answers:\n      project_name: X # a\n      note: n\n      tools:\n      - docs # b\n      # c\n      - lint\nresources:\n- name: items\n  # d\n  fields:\n  - a:str # e\n",
	} {
		t.Run(name, func(t *testing.T) {
			d := parse(t, text)
			values := resolved(t, d, "project_name=New: name", "database=postgres", "host=h", "tools=docs", "note=two\nlines\n")
			d.Put(demo(t), values)
			d.Agents = append(d.Agents, "another")
			data, err := d.Encode()
			require.NoError(t, err)
			again := parse(t, string(data))
			require.Equal(t, values, resolved(t, again))
			require.Equal(t, d.Agents, again.Agents)
			for _, c := range "abcdefghijkl" {
				comment := "# " + string(c)
				if name == "in texts" && strings.ContainsRune("bcd", c) {
					require.NotContains(t, string(data), comment)
				} else if strings.Contains(text, comment) {
					require.Contains(t, string(data), comment, "%s", data)
				}
			}
			again.Put(demo(t), values)
			twice, err := again.Encode()
			require.NoError(t, err)
			require.Equal(t, string(data), string(twice))
		})
	}
}
