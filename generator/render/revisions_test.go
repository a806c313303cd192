package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/render"
	"example.com/scaffold/generator/resource"
	"example.com/scaffold/generator/tree"
)

func TestRevisionsStay(t *testing.T) {
	d := data()
	d.Resources = resource.List{{Name: "accounts"}, {Name: "items"}}
	d.Revisions = map[string]render.Revision{
		"v/__revision___base.py":      {ID: "0001"},
		"v/__revision___add_items.py": {ID: "0002", Resource: "items"},
		"v/#0003":                     {ID: "0003", Resource: "gone"},
	}
	out, err := run(t, example, d)
	require.NoError(t, err)
	require.Equal(t, "0002 after \"0001\"\n", string(out.Tree["v/0002_add_items.py"].Data))
	require.Equal(t, "0004 after \"0003\"\n", string(out.Tree["v/0004_add_accounts.py"].Data))
	require.Equal(t, map[string]render.Revision{
		"v/__revision___base.py":         {ID: "0001"},
		"v/__revision___add_items.py":    {ID: "0002", Resource: "items"},
		"v/__revision___add_accounts.py": {ID: "0004", Resource: "accounts"},
	}, out.Revisions)
}

// TestRevisionsOfAnotherTime: a switch of answers adds what is new, changes what stays, and takes away what is gone, last made
// first; each folder is a chain of its own.
func TestRevisionsOfAnotherTime(t *testing.T) {
	set := `-- templates.yaml --
name: t
version: "1"
questions:
  - {name: users, kind: bool, prompt: P?, default: true}
  - {name: mail, kind: bool, prompt: P?, default: true}
-- a/mail/layer.yaml --
when: {mail: true}
-- a/mail/w/__revision___add_mail.py.tmpl --
{{ .Revision.ID }} after {{ .Revision.Down }}
-- a/users/layer.yaml --
when: {users: true}
-- a/users/v/__revision___add_users.py --
-- a/users-gone/layer.yaml --
gone: {users: true}
-- a/users-gone/v/__revision___drop_users.py.tmpl --
{{ .Revision.ID }} after {{ .Revision.Down }}
-- b/changed/layer.yaml --
each: changed
-- b/changed/v/__revision___change___resource__.py.tmpl --
{{ .Revision.ID }} {{ .Resource.Name }} {{ .Resource.Before.Owned }}
-- b/dropped/layer.yaml --
each: dropped
-- b/dropped/v/__revision___drop___resource__.py.tmpl --
{{ .Revision.ID }} after {{ .Revision.Down }}
`
	d := data()
	d.Answers = map[string]any{"users": false, "mail": true}
	d.Revisions = map[string]render.Revision{"v/__revision___add_users.py": {ID: "0001"}, "v/#0002": {ID: "0002"}}
	d.Past = map[string]render.Past{"v": {
		Answers: map[string]any{"users": true, "mail": false},
		Dropped: resource.List{{Name: "orders"}},
		Changed: []resource.Change{{Resource: resource.Resource{Name: "items"}, Before: resource.Resource{Owned: true}}},
	}}
	out, err := run(t, set, d)
	require.NoError(t, err)
	require.Equal(t, tree.Tree{
		"v/0003_change_items.py": {Data: []byte("0003 items true\n")},
		"v/0004_drop_orders.py":  {Data: []byte("0004 after 0003\n")},
		"v/0005_drop_users.py":   {Data: []byte("0005 after 0004\n")},
		"w/0001_add_mail.py":     {Data: []byte("0001 after \n")},
	}, out.Tree)
	d.Heads = map[string][]string{"v": {"0001", "mine"}, "w": {"theirs"}}
	_, err = run(t, set, d)
	require.ErrorContains(t, err, "v: more than one revision that none follows: 0001, mine")
	d.Heads["v"] = []string{"mine"}
	out, err = run(t, set, d)
	require.NoError(t, err)
	require.Equal(t, "0001 after theirs\n", string(out.Tree["w/0001_add_mail.py"].Data))
}
