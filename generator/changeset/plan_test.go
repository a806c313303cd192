package changeset_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/changeset"
	"example.com/scaffold/generator/tree"
)

// in makes an input of texts by path.
func in(base, next map[string]string) changeset.Input {
	input := changeset.Input{Base: tree.Tree{}, Next: tree.Tree{}}
	for path, data := range base {
		input.Base[path] = tree.File{Data: []byte(data)}
	}
	for path, data := range next {
		input.Next[path] = tree.File{Data: []byte(data)}
	}
	return input
}

type texts = map[string]string

// texts gives the contents of regular files.
func (w world) texts() texts {
	found := texts{}
	for path, node := range w {
		if node.Kind == changeset.Regular {
			found[path] = string(node.Data)
		}
	}
	return found
}

func worldOf(files texts) world {
	w := world{}
	for path, data := range files {
		w[path] = text(data)
	}
	return w
}

// TestHostileTrees: a path that no render could name is refused, wherever it comes from.
func TestHostileTrees(t *testing.T) {
	for _, path := range []string{"../x", "/x", ".git/config", ".scaffold/x", "a/../../b", "nul.py"} {
		_, err := changeset.Plan(in(nil, texts{path: "x"}))
		require.Error(t, err, path)
		_, err = changeset.Plan(in(texts{path: "x"}, nil))
		require.Error(t, err, path)
	}
}

func TestFileAndFolder(t *testing.T) {
	tests := []struct {
		name       string
		base, next texts
		disk       world
		want       texts
		refused    string
	}{
		{"our file becomes a folder", texts{"a": "1"}, texts{"a/b": "2"}, world{"a": text("1")}, texts{"a/b": "2"}, ""},
		{"our edited file would", texts{"a": "1"}, texts{"a/b": "2"}, world{"a": text("mine")}, nil, "a is a file of yours"},
		{"the user's file is where a folder must be", nil, texts{"a/b/c": "2"}, world{"a": text("mine")}, nil, "a is a file of yours"},
		{"the user made a folder a file", texts{"a/b": "1"}, texts{"a/b": "1"}, world{"a": text("mine")}, nil, "a is a file of yours"},
		{"dropped where the user made a folder a file", texts{"a/b": "1"}, nil, world{"a": text("mine")}, texts{"a": "mine"}, ""},
		{"our folder becomes a file", texts{"a/b": "1", "a/c/d": "1"}, texts{"a": "2"}, world{"a/b": text("1"), "a/c/d": text("1")}, texts{"a": "2"}, ""},
		{"with an edited file", texts{"a/b": "1", "a/c": "1"}, texts{"a": "2"}, world{"a/b": text("1"), "a/c": text("mine")}, nil, "a/c is yours"},
		{"with a file of the user's", texts{"a/b": "1"}, texts{"a": "2"}, world{"a/b": text("1"), "a/mine": text("mine")}, nil, "a/mine is yours"},
		{"with a folder of the user's", texts{"a/b": "1"}, texts{"a": "2"}, world{"a/b": text("1"), "a/mine/x": text("mine")}, nil, "a/mine is yours"},
		{"with an empty folder of the user's", texts{"a/b": "1"}, texts{"a": "2"}, world{"a/b": text("1"), "a/mine": folder()}, nil, "a/mine is yours"},
		{"with a link of the user's", texts{"a/b": "1"}, texts{"a": "2"}, world{"a/b": text("1"), "a/l": {Kind: changeset.Link}}, nil, "a/l is yours"},
		{"our folder, which the user emptied", texts{"a/b": "1"}, texts{"a": "2"}, world{"a": folder()}, texts{"a": "2"}, ""},
		{"a folder of the user's", nil, texts{"a": "2"}, world{"a/mine": text("mine")}, nil, "a is yours"},
		{"an empty folder of the user's", nil, texts{"a": "2"}, world{"a": folder()}, nil, "a is yours"},
		{"the user made a file a folder", texts{"a": "1"}, texts{"a": "1"}, world{"a/mine": text("mine")}, nil, "a: is a folder of yours"},
		{"and the set dropped it", texts{"a": "1"}, nil, world{"a/mine": text("mine")}, texts{"a/mine": "mine"}, ""},
		{"the user did it before the set", texts{"a": "1"}, texts{"a/b": "2"}, world{"a/mine": text("mine")}, texts{"a/mine": "mine", "a/b": "2"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.refused != "" {
				_, err := plan(tt.disk, in(tt.base, tt.next))
				require.ErrorContains(t, err, tt.refused)
				return
			}
			after, _ := update(t, tt.disk, in(tt.base, tt.next))
			require.Equal(t, tt.want, after.texts())
		})
	}
}

func TestOnceFileInTheWay(t *testing.T) {
	input := changeset.Input{Base: tree.Tree{"a/notes": {Once: true, Data: []byte("1")}}, Next: tree.Tree{"a": {}}}
	_, err := plan(world{"a/notes": text("1")}, input)
	require.ErrorContains(t, err, "a/notes is yours")
	_, err = plan(world{"a": text("1")}, changeset.Input{Base: tree.Tree{"a": {Once: true, Data: []byte("1")}}, Next: tree.Tree{"a/b": {}}})
	require.ErrorContains(t, err, "a is a file of yours")
}

func TestLinksAndSpecialFiles(t *testing.T) {
	link, fifo := changeset.Node{Kind: changeset.Link}, changeset.Node{Kind: changeset.Special}
	same, changed := in(texts{"d/f": "1"}, texts{"d/f": "1"}), in(texts{"d/f": "1"}, texts{"d/f": "2"})
	added, dropped := in(nil, texts{"d/f": "1"}), in(texts{"d/f": "1"}, nil)
	once := changeset.Input{Base: tree.Tree{"d/f": {Once: true}}, Next: tree.Tree{"d/f": {Once: true, Data: []byte("2")}}}
	moved := in(texts{"d/f": "1"}, texts{"g": "1"})
	moved.Moved = texts{"d/f": "g"}
	tests := []struct {
		name    string
		input   changeset.Input
		disk    world
		action  changeset.Action
		refused string
	}{
		{"link, not changed by the set", same, world{"d/f": link}, changeset.Leave, ""},
		{"link, changed by the set", changed, world{"d/f": link}, "", "d/f: is a symbolic link"},
		{"link, new in the set", added, world{"d/f": link}, "", "d/f: is a symbolic link"},
		{"link, dropped by the set", dropped, world{"d/f": link}, changeset.Conflict, ""},
		{"link, created once", once, world{"d/f": link}, changeset.Leave, ""},
		{"link, renamed by the set", moved, world{"d/f": link}, "", "d/f: is a symbolic link"},
		{"link on the way", same, world{"d": link}, "", "d/f: d is a symbolic link"},
		{"link on the way to a new file", added, world{"d": link}, "", "d/f: d is a symbolic link"},
		{"link on the way to a dropped file", dropped, world{"d": link}, "", "d/f: d is a symbolic link"},
		{"FIFO", same, world{"d/f": fifo}, "", "d/f: is a pipe"},
		{"FIFO, new in the set", added, world{"d/f": fifo}, "", "d/f: is a pipe"},
		{"FIFO, dropped by the set", dropped, world{"d/f": fifo}, "", "d/f: is a pipe"},
		{"FIFO on the way", changed, world{"d": fifo}, "", "d/f: d is a pipe"},
		{"FIFO beside", in(texts{"f": "\x001"}, texts{"f": "\x002"}), world{"f": text("\x003"), "f.scaffold-new": fifo}, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := plan(tt.disk, tt.input)
			if tt.refused != "" {
				require.ErrorContains(t, err, tt.refused)
				return
			}
			require.NoError(t, err)
			for _, step := range c.Steps {
				for _, write := range step.Writes {
					require.NotContains(t, []changeset.Kind{changeset.Link, changeset.Special}, write.Before.Kind)
				}
			}
			if tt.action != "" {
				require.Equal(t, tt.action, stepOf(c, "d/f").Action)
			}
		})
	}
}

func TestMarkersLeft(t *testing.T) {
	left := "a\n<<<<<<< yours\nb\n=======\nc\n>>>>>>> scaffold\n"
	tests := []struct {
		name             string
		base, disk, next string
		refused          string
	}{
		{"left", "1\n", left, "1\n", "f:2: conflict markers"},
		{"one line left", "1\n", "1\n>>>>>>> scaffold\n", "2\n", "f:2: "},
		{"in the base", left, left, "1\n", ""},
		{"in the next tree", "1\n", left, left, ""},
		{"once more than in the base", left, left + left, left, "f:8: "},
		{"a heading", "1\n", "Routing\n=======\n", "1\n", ""},
		{"CRLF", "1\n", "1\r\n<<<<<<< yours\r\n", "1\n", "f:2: "},
		{"not text", "1\n", "\x00\n<<<<<<< yours\n", "1\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := plan(world{"f": text(tt.disk)}, in(texts{"f": tt.base}, texts{"f": tt.next}))
			if tt.refused == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.refused)
		})
	}
	_, err := plan(world{"f": text(left)}, in(texts{"f": "1\n"}, nil))
	require.ErrorContains(t, err, "f:2", "dropped by the set")
	once := changeset.Input{Base: tree.Tree{"f": {Once: true}}, Next: tree.Tree{"f": {Once: true}}}
	_, err = plan(world{"f": text(left)}, once)
	require.NoError(t, err, "what is never merged can hold what it likes")
	many := texts{}
	for i := range 30 {
		many[fmt.Sprintf("f%02d", i)] = left
	}
	base := texts{}
	for path := range many {
		base[path] = "1\n"
	}
	_, err = plan(worldOf(many), in(base, base))
	require.ErrorContains(t, err, "f09:2 and 20 more: ")
}

func TestRestore(t *testing.T) {
	input := in(texts{"d/a": "1", "d/b": "1", "c": "1"}, texts{"d/a": "2", "d/b": "1", "c": "1"})
	disk := world{"c": text("mine")}
	for _, tt := range []struct {
		restore []string
		want    texts
		refused string
	}{
		{[]string{"d/a"}, texts{"c": "mine", "d/a": "2"}, ""},
		{[]string{"d"}, texts{"c": "mine", "d/a": "2", "d/b": "1"}, ""},
		{[]string{"d/", "d/b"}, texts{"c": "mine", "d/a": "2", "d/b": "1"}, ""},
		{[]string{"c"}, nil, "restore: c is there"},
		{[]string{"nowhere"}, nil, "restore: the templates have no file nowhere"},
		{[]string{"../c"}, nil, "restore: "},
		{[]string{""}, nil, "restore: "},
	} {
		input.Restore = tt.restore
		if tt.refused != "" {
			_, err := plan(disk, input)
			require.ErrorContains(t, err, tt.refused)
			continue
		}
		after, c := update(t, disk, input)
		require.Equal(t, tt.want, after.texts())
		require.Equal(t, changeset.Create, stepOf(c, strings.TrimSuffix(tt.restore[len(tt.restore)-1], "/")+map[bool]string{true: "/a"}[tt.restore[0] == "d"]).Action)
	}
}

func TestBeside(t *testing.T) {
	long := strings.Repeat("é", 127) + "x"
	tests := []struct {
		name    string
		path    string
		disk    texts // besides path, which holds "mine"
		want    texts
		refused string
	}{
		{"free", "f", nil, texts{"f.scaffold-new": "\x002"}, ""},
		{"ours of the last run", "f", texts{"f.scaffold-new": "\x001"}, texts{"f.scaffold-new": "\x002"}, ""},
		{"already", "f", texts{"f.scaffold-new": "\x002"}, texts{"f.scaffold-new": "\x002"}, ""},
		{"the user's", "f", texts{"f.scaffold-new": "mine"}, texts{"f.scaffold-new": "mine", "f.2.scaffold-new": "\x002"}, ""},
		{"two of the user's", "f", texts{"f.scaffold-new": "mine", "f.2.scaffold-new": "too"}, texts{"f.scaffold-new": "mine", "f.2.scaffold-new": "too", "f.3.scaffold-new": "\x002"}, ""},
		{"all taken", "f", texts{"f.scaffold-new": "1", "f.2.scaffold-new": "2", "f.3.scaffold-new": "3"}, nil, "f: the templates' version can't be put beside it"},
		{"long name", long, nil, texts{strings.Repeat("é", 121) + ".scaffold-new": "\x002"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			disk := worldOf(tt.disk)
			disk[tt.path] = text("\x00mine")
			input := in(texts{tt.path: "\x001"}, texts{tt.path: "\x002"})
			if tt.refused != "" {
				_, err := plan(disk, input)
				require.ErrorContains(t, err, tt.refused)
				return
			}
			after, c := update(t, disk, input)
			tt.want[tt.path] = "\x00mine"
			require.Equal(t, tt.want, after.texts())
			require.Equal(t, []string{tt.path}, c.Conflicts)
		})
	}
}

func TestAdopt(t *testing.T) {
	input := in(nil, texts{"a": "1\n", "b": "1\n", "c": "1\n"})
	input.Adopt = true
	input.Next["d"] = tree.File{}
	disk := worldOf(texts{"a": "mine\n", "b": "1\r\n"})
	disk["d"] = changeset.Node{Kind: changeset.Link}
	after, c := update(t, disk, input)
	require.Equal(t, texts{"a": "mine\n", "b": "1\r\n", "c": "1\n"}, after.texts())
	require.Empty(t, c.Conflicts)
	require.Equal(t, input.Next, c.Base)
}

func TestMixedLineEnds(t *testing.T) {
	input := in(texts{"f": "1\n2\n3\n4\n5\n"}, texts{"f": "1\n2\n3\n4\nfive\n"})
	after, _ := update(t, world{"f": text("1\r\n2\n3\n4\n5\n")}, input)
	require.Equal(t, "1\r\n2\n3\n4\nfive\n", string(after["f"].Data))
	after, c := update(t, world{"f": text("1\n2\n3\n4\n5\r\n")}, input)
	require.Equal(t, []string{"f"}, c.Conflicts)
	require.Contains(t, string(after["f"].Data), "5\r\n")
}

// TestNothingIsLost plans random projects: every line that a user wrote is on disk afterwards, whatever the set did.
func TestNothingIsLost(t *testing.T) {
	random := rand.New(rand.NewPCG(41, 43))
	paths := []string{"a", "b", "b/x", "b/y", "c/d/e", "c/f", "g.json", "h"}
	planned := 0
	for round := range 5000 {
		pick := func(line string) texts {
			files := texts{}
			for _, path := range paths {
				if random.IntN(3) > 0 {
					files[path] = strings.Repeat("same\n", random.IntN(3)) + fmt.Sprintf(line, random.IntN(3)) + "\nend\n"
				}
			}
			delete(files, []string{"b", "b/x"}[random.IntN(2)])
			if _, file := files["b"]; file {
				delete(files, "b/x")
				delete(files, "b/y")
			}
			return files
		}
		input := in(pick("line %d"), pick("line %d"))
		input.Moved = texts{paths[random.IntN(len(paths))]: paths[random.IntN(len(paths))], "b": "c"}
		own := pick("mine %d")
		disk := worldOf(own)
		for path, file := range input.Base {
			if _, there := disk[path]; !there && random.IntN(2) == 0 && own["b"] == "" && path != "b" {
				disk[path] = changeset.Node{Kind: changeset.Regular, Data: file.Data, Mode: 0o644}
			}
		}
		c, err := plan(disk, input)
		if err != nil {
			require.Contains(t, err.Error(), "yours", "round %d", round)
			continue
		}
		planned++
		after := disk.write(t, c)
		lost := map[string]int{}
		for _, data := range own {
			lost[mine(data)]++
		}
		all := ""
		for _, data := range after.texts() {
			all += data
		}
		for line := range lost {
			require.Contains(t, all, line, "round %d: %v", round, own)
		}
	}
	require.Greater(t, planned, 1000)
}

// mine returns the line that only the user can have written.
func mine(data string) string {
	for line := range strings.Lines(data) {
		if strings.HasPrefix(line, "mine") {
			return line
		}
	}
	return ""
}

func BenchmarkPlan10000(b *testing.B) {
	input := changeset.Input{Base: tree.Tree{}, Next: tree.Tree{}}
	disk := world{}
	for i := range 10_000 {
		path := fmt.Sprintf("app/part%03d/sub/file%05d.py", i%300, i)
		body := strings.Repeat(fmt.Sprintf("line of file %d\n", i), 100)
		input.Base[path] = tree.File{Data: []byte(body)}
		if i%10 == 0 {
			body += "changed\n"
		}
		input.Next[path] = tree.File{Data: []byte(body)}
		disk[path] = changeset.Node{Kind: changeset.Regular, Data: input.Base[path].Data, Mode: 0o644}
		if i%20 == 0 {
			disk[path] = changeset.Node{Kind: changeset.Regular, Data: []byte("edited\n" + string(input.Base[path].Data)), Mode: 0o644}
		}
	}
	paths := changeset.Paths(input)
	input.Disk = changeset.Disk(disk)
	for b.Loop() {
		changeset.Paths(input)
		if _, err := changeset.Plan(input); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(paths)), "paths")
}
