package changeset_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/changeset"
	"example.com/scaffold/generator/tree"
)

func TestMoved(t *testing.T) {
	v := versions
	tests := []struct {
		name             string
		moved            map[string]string
		base, disk, next texts
		want             texts
		conflicts        []string
	}{
		{"untouched", texts{"a": "b"}, texts{"a": v["1"]}, texts{"a": v["1"]}, texts{"b": v["2"]}, texts{"b": v["2"]}, nil},
		{"edited", texts{"a": "b"}, texts{"a": v["1"]}, texts{"a": v["u"]}, texts{"b": v["2"]}, texts{"b": v["m"]}, nil},
		{"edited at one place", texts{"a": "b"}, texts{"a": v["1"]}, texts{"a": v["c"]}, texts{"b": v["2"]}, texts{"b": v["!"]}, []string{"b"}},
		{"deleted", texts{"a": "b"}, texts{"a": v["1"]}, texts{}, texts{"b": v["2"]}, texts{}, nil},
		{"not text", texts{"a": "b"}, texts{"a": "\x001"}, texts{"a": "\x00mine"}, texts{"b": "\x002"}, texts{"b": "\x00mine", "b.scaffold-new": "\x002"}, []string{"b"}},
		{"not in the base", texts{"a": "b"}, texts{}, texts{"a": "mine"}, texts{"b": "2"}, texts{"a": "mine", "b": "2"}, nil},
		{"still in the set", texts{"a": "b"}, texts{"a": "1"}, texts{"a": "mine"}, texts{"a": "1", "b": "2"}, texts{"a": "mine", "b": "2"}, nil},
		{"not in the set", texts{"a": "b"}, texts{"a": "1"}, texts{"a": "1"}, texts{}, texts{}, nil},
		{"already", texts{"a": "b"}, texts{"b": "1"}, texts{"b": "1"}, texts{"b": "2"}, texts{"b": "2"}, nil},
		{"folder", texts{"old": "new"}, texts{"old/x/f": v["1"], "old/g": "1"}, texts{"old/x/f": v["u"], "old/g": "1", "old/mine": "mine"}, texts{"new/x/f": v["2"], "new/g": "1"}, texts{"new/x/f": v["m"], "new/g": "1", "old/mine": "mine"}, nil},
		{"folder with a slash", texts{"old/": "new/"}, texts{"old/f": v["1"]}, texts{"old/f": v["u"]}, texts{"new/f": v["2"]}, texts{"new/f": v["m"]}, nil},
		{"nearest folder", texts{"a": "x", "a/b": "y"}, texts{"a/b/f": "1", "a/f": "1"}, texts{"a/b/f": "mine", "a/f": "1"}, texts{"y/f": "1", "x/f": "1"}, texts{"y/f": "mine", "x/f": "1"}, nil},
		{"into a folder of its name", texts{"a": "a/main"}, texts{"a": v["1"]}, texts{"a": v["u"]}, texts{"a/main": v["2"]}, texts{"a/main": v["m"]}, nil},
		{"out of a folder of its name", texts{"a/main": "a"}, texts{"a/main": v["1"]}, texts{"a/main": v["u"]}, texts{"a": v["2"]}, texts{"a": v["m"]}, nil},
		{"chain", texts{"a": "b", "b": "c"}, texts{"a": v["1"]}, texts{"a": v["u"]}, texts{"c": v["2"]}, texts{"c": v["m"]}, nil},
		{"chain whose middle is new again", texts{"a": "b", "b": "c"}, texts{"a": v["1"]}, texts{"a": v["u"]}, texts{"b": "new", "c": v["2"]}, texts{"b": "new", "c": v["m"]}, nil},
		{"circle", texts{"a": "b", "b": "a"}, texts{"a": v["1"]}, texts{"a": v["u"]}, texts{"b": v["2"]}, texts{"b": v["m"]}, nil},
		{"two swapped stay", texts{"a": "b", "b": "a"}, texts{"a": "1", "b": "2"}, texts{"a": "x", "b": "2"}, texts{"a": "1", "b": "2"}, texts{"a": "x", "b": "2"}, nil},
		{"two names, both edited", texts{"a": "c", "b": "c"}, texts{"a": v["1"], "b": v["1"]}, texts{"a": v["u"], "b": strings.Replace(v["1"], "3", "three", 1)}, texts{"c": v["2"]}, texts{"c": "one\n2\nthree\n4\nFIVE\n"}, nil},
		{"two names, edited alike", texts{"a": "c", "b": "c"}, texts{"a": v["1"], "b": v["1"]}, texts{"a": v["u"], "b": v["u"]}, texts{"c": v["2"]}, texts{"c": v["m"]}, nil},
		{"two names, edits don't fit", texts{"a": "c", "b": "c"}, texts{"a": v["1"], "b": v["1"]}, texts{"a": v["u"], "b": v["c"]}, texts{"c": v["2"]}, texts{"c": v["m"], "b": v["c"]}, []string{"b"}},
		{"two names, one edited", texts{"a": "c", "b": "c"}, texts{"a": v["1"], "b": v["1"]}, texts{"a": v["1"], "b": v["u"]}, texts{"c": v["2"]}, texts{"c": v["m"]}, nil},
		{"two names, one deleted", texts{"a": "c", "b": "c"}, texts{"a": v["1"], "b": v["1"]}, texts{"b": v["u"]}, texts{"c": v["2"]}, texts{"c": v["m"]}, nil},
		{"into one that was there", texts{"a": "c"}, texts{"a": v["1"], "c": v["1"]}, texts{"a": v["1"], "c": v["u"]}, texts{"c": v["2"]}, texts{"c": v["m"]}, nil},
		{"edited, into one that was there", texts{"a": "c"}, texts{"a": v["1"], "c": v["1"]}, texts{"a": v["u"], "c": v["1"]}, texts{"c": v["2"]}, texts{"c": v["2"], "a": v["u"]}, []string{"a"}},
		{"edited, into one that was deleted", texts{"a": "c"}, texts{"a": v["1"], "c": v["1"]}, texts{"a": v["u"]}, texts{"c": v["2"]}, texts{"a": v["u"]}, []string{"a"}},
		{"onto a file of the user's", texts{"a": "b"}, texts{"a": "1"}, texts{"a": "1", "b": "mine"}, texts{"b": "2"}, texts{"b": "mine", "b.scaffold-new": "2"}, []string{"b"}},
		{"edited, onto a file of the user's", texts{"a": "b"}, texts{"a": "1"}, texts{"a": "edit", "b": "mine"}, texts{"b": "2"}, texts{"a": "edit", "b": "mine", "b.scaffold-new": "2"}, []string{"a", "b"}},
		{"renamed by hand", texts{"a": "b"}, texts{"a": v["1"]}, texts{"b": v["u"]}, texts{"b": v["2"]}, texts{"b": v["m"]}, nil},
		{"renamed by hand, edits don't fit", texts{"a": "b"}, texts{"a": v["1"]}, texts{"b": v["c"]}, texts{"b": v["2"]}, texts{"b": v["c"], "b.scaffold-new": v["2"]}, []string{"b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			input := in(tt.base, tt.next)
			input.Moved = tt.moved
			after, c := update(t, worldOf(tt.disk), input)
			require.Equal(t, tt.want, after.texts())
			require.Equal(t, append([]string{}, tt.conflicts...), c.Conflicts)
		})
	}
}

func TestMovedStep(t *testing.T) {
	input := in(texts{"a": versions["1"]}, texts{"b": versions["2"]})
	input.Base["a"] = tree.File{Data: []byte(versions["1"]), Exec: true}
	input.Moved = texts{"a": "b"}
	after, c := update(t, world{"a": regular(versions["u"], 0o700)}, input)
	step := stepOf(c, "b")
	require.Equal(t, changeset.Move, step.Action)
	require.Equal(t, "a", step.From)
	require.Equal(t, after["b"].Mode, step.Mode)
	require.EqualValues(t, 0o600, step.Mode, "the templates took the executable bit away")
}

func TestMovedOnce(t *testing.T) {
	for _, file := range []tree.File{{Once: true, Data: []byte("1\n")}, {Once: true, Secret: true}} {
		input := changeset.Input{Base: tree.Tree{"a": file}, Next: tree.Tree{"b": {Once: true, Secret: file.Secret, Data: []byte("2\n")}}, Moved: texts{"a": "b"}}
		after, c := update(t, world{"a": regular("mine\n", 0o600)}, input)
		require.Equal(t, texts{"b": "mine\n"}, after.texts())
		require.EqualValues(t, 0o600, after["b"].Mode)
		for _, write := range stepOf(c, "b").Writes {
			require.Equal(t, file.Secret, write.Secret)
		}
	}
}

// TestHostileMoves: nothing outside, in .git or in the state is ever asked for.
func TestHostileMoves(t *testing.T) {
	for _, path := range []string{"../x", "/etc/passwd", "a/../../b", ".git/config", ".GIT/config", ".scaffold/base.txtar", "", "/", ".", "a//b", `a\b`, "con", "a\nb"} {
		for _, moved := range []texts{{path: "b"}, {"a": path}} {
			input := in(texts{"a": "1"}, texts{"b": "1"})
			input.Moved = moved
			for _, asked := range changeset.Paths(input) {
				require.NotEqual(t, path, asked)
			}
			_, err := plan(worldOf(texts{"a": "1"}), input)
			require.ErrorContains(t, err, "moved: ", "%q", moved)
		}
	}
}
