package changeset_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/changeset"
	"example.com/scaffold/generator/tree"
)

func TestSmoke(t *testing.T) {
	in := changeset.Input{
		Base: tree.Tree{"a/b": {Data: []byte("1\n2\n3\n4\n")}}, Next: tree.Tree{"c/b": {Data: []byte("1\n2\n3\n5\n")}, "n": {Data: []byte("x")}},
		Moved: map[string]string{"a": "c"},
		Disk:  changeset.Disk{"a": {Kind: changeset.Folder}, "a/b": {Kind: changeset.Regular, Mode: 0o644, Data: []byte("0\n2\n3\n4\n")}},
	}
	c, err := changeset.Plan(in)
	require.NoError(t, err)
	for _, s := range c.Steps {
		t.Logf("%+v", s)
	}
	require.Equal(t, []string{"a", "a/b", "c", "c/b", "c/b.2.scaffold-new", "c/b.3.scaffold-new", "c/b.scaffold-new", "n", "n.2.scaffold-new", "n.3.scaffold-new", "n.scaffold-new"}, changeset.Paths(in))
}
