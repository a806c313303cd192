package apply

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"example.com/scaffold/generator/changeset"
	"example.com/scaffold/generator/tree"
)

// What is read from a project has these limits.
const (
	maxFileBytes    = 256 << 20 // one file at a path that scaffold writes
	maxTotalBytes   = 768 << 20 // all files of one snapshot
	maxChildren     = 100_000   // names listed of one folder
	maxAnswersBytes = 16 << 20
	maxBaseBytes    = 256 << 20
	maxAgentBytes   = 8 << 20
	maxAgents       = 10_000
)

// Snapshot reads what stands at the paths and at all their parents below the folder root; a folder among them is
// listed. It follows no link and opens only regular files. A path that is not in the result is absent; what
// can't be read is an error. A root that is not there holds nothing.
func Snapshot(root string, paths []string) (changeset.Disk, error) {
	sys, err := openDisk(root)
	if errors.Is(err, fs.ErrNotExist) {
		return changeset.Disk{}, nil
	}
	if err != nil {
		return nil, err
	}
	found, err := snapshot(sys, paths)
	return found, errors.Join(err, sys.close())
}

// List returns the names in the folder root, sorted.
func List(root string) ([]string, error) {
	sys, err := openDisk(root)
	if err != nil {
		return nil, err
	}
	names, err := sys.readdir(".", maxChildren)
	if err != nil {
		err = named(root, err)
	}
	return names, errors.Join(err, sys.close())
}

func snapshot(sys system, paths []string) (changeset.Disk, error) {
	found := changeset.Disk{}
	asked := map[string]bool{}
	for _, p := range paths {
		asked[p] = true
	}
	total := 0
	for _, p := range slices.Sorted(slices.Values(paths)) {
		if err := tree.CheckPath(p); err != nil {
			return nil, err
		}
		for _, step := range append(parents(p), p) {
			if _, known := found[step]; known {
				continue
			}
			node, err := look(sys, step, asked[step])
			if err != nil {
				return nil, err
			}
			if node.Kind == changeset.Absent {
				break
			}
			found[step] = node
			if total += len(node.Data); total > maxTotalBytes {
				return nil, fmt.Errorf("%s: with this file the project holds more than %d MB at paths that scaffold writes", step, maxTotalBytes>>20)
			}
			if node.Kind != changeset.Folder {
				break
			}
		}
	}
	return found, nil
}

// parents lists the folders on the way to p, the outermost first.
func parents(p string) []string {
	var found []string
	for i, r := range p {
		if r == '/' {
			found = append(found, p[:i])
		}
	}
	return found
}

// look reads what stands at p. With whole it reads a file's bytes and lists a folder's names. Nothing is there when a
// parent is a file; a link among the parents is an error.
func look(sys system, p string, whole bool) (changeset.Node, error) {
	info, err := sys.lstat(p)
	if missing(err) {
		return changeset.Node{}, nil
	}
	if err != nil {
		return changeset.Node{}, named(p, err)
	}
	node := changeset.Node{Kind: kindOf(info.Mode()), Mode: info.Mode().Perm()}
	switch {
	case node.Kind == changeset.Regular && whole:
		node.Data, node.Mode, err = read(sys, p, maxFileBytes)
	case node.Kind == changeset.Folder && whole:
		node.Children, err = sys.readdir(p, maxChildren)
		if err != nil {
			err = named(p, err)
		}
	}
	return node, err
}

func kindOf(mode fs.FileMode) changeset.Kind {
	switch {
	case mode.IsRegular():
		return changeset.Regular
	case mode.IsDir():
		return changeset.Folder
	case mode&fs.ModeSymlink != 0:
		return changeset.Link
	}
	return changeset.Special
}

// read returns the bytes and the permission bits of a regular file.
func read(sys system, p string, limit int64) (data []byte, mode fs.FileMode, err error) {
	f, err := sys.open(p)
	if err != nil {
		return nil, 0, named(p, err)
	}
	info, err := f.Stat()
	if err == nil {
		data, err = readBounded(f, info.Size(), limit)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, 0, named(p, err)
	}
	return data, info.Mode().Perm(), nil
}

func readBounded(r io.Reader, size, limit int64) ([]byte, error) {
	if size > limit {
		return nil, fmt.Errorf("larger than %d MB", limit>>20)
	}
	data := make([]byte, 0, size+1)
	for {
		n, err := r.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if int64(len(data)) > limit {
			return nil, fmt.Errorf("larger than %d MB", limit>>20)
		}
		if errors.Is(err, io.EOF) {
			return data, nil
		}
		if err != nil {
			return nil, err
		}
		if len(data) == cap(data) {
			data = slices.Grow(data, len(data)+512)
		}
	}
}

// ReadState returns the files below .scaffold/ that are the state of the project at root: the answers, the base and
// the stored agents, by their path below .scaffold/. A link at .scaffold or anywhere in it is refused, and a file
// beyond its limit. A project without a state has an empty one.
func ReadState(root string) (map[string][]byte, error) {
	sys, err := openDisk(root)
	if err != nil {
		return nil, err
	}
	state, err := readState(sys)
	return state, errors.Join(err, sys.close())
}

func readState(sys system) (map[string][]byte, error) {
	names, err := stateNames(sys)
	if err != nil {
		return nil, err
	}
	state := map[string][]byte{}
	total := int64(0)
	for _, name := range names {
		limit := stateLimit(name)
		if limit == 0 {
			continue
		}
		data, _, err := read(sys, stateDir+"/"+name, limit)
		if err != nil {
			return nil, err
		}
		if total += int64(len(data)); total > maxTotalBytes {
			return nil, fmt.Errorf("%s: larger than %d MB altogether", stateDir, maxTotalBytes>>20)
		}
		state[name] = data
	}
	return state, nil
}

// stateNames lists the files of the state folder by their path below it, and refuses every link.
func stateNames(sys system) ([]string, error) {
	var names []string
	for _, dir := range []string{"", agentsDir, undoDir} {
		at := path.Join(stateDir, dir)
		node, err := look(sys, at, true)
		switch {
		case err != nil:
			return nil, err
		case node.Kind == changeset.Absent:
			continue
		case node.Kind != changeset.Folder:
			return nil, fmt.Errorf("%s: %s where a folder belongs; move it away", at, kindName(node.Kind))
		case len(node.Children) > maxAgents:
			return nil, fmt.Errorf("%s: more than %d files", at, maxAgents)
		}
		for _, name := range node.Children {
			p := path.Join(at, name)
			info, err := sys.lstat(p)
			if err != nil {
				return nil, named(p, err)
			}
			if info.Mode()&fs.ModeSymlink != 0 {
				return nil, fmt.Errorf("%s: a symbolic link; scaffold's state must be files of its own: put a file in its place", p)
			}
			names = append(names, path.Join(dir, name))
		}
	}
	return names, nil
}

// Strangers returns the files below the state folder of root that are neither scaffold's nor hidden, by their path below it. A
// file in the form of an agent definition is none.
func Strangers(root string) ([]string, error) {
	sys, err := openDisk(root)
	if err != nil {
		return nil, err
	}
	names, err := strangers(sys)
	return names, errors.Join(err, sys.close())
}

func strangers(sys system) ([]string, error) {
	names, err := stateNames(sys)
	var found []string
	for _, name := range names {
		dir, base := path.Split(name)
		hidden := strings.HasPrefix(base, ".")
		writers := dir == undoDir+"/" || dir == "" && (base == "lock" || base == "journal" || strings.HasPrefix(base, "journal-"))
		if hidden || writers || stateLimit(name) > 0 {
			continue
		}
		info, err := sys.lstat(path.Join(stateDir, name))
		switch {
		case err != nil:
			return nil, named(path.Join(stateDir, name), err)
		case !info.IsDir():
			found = append(found, name)
		}
	}
	return found, err
}

// stateLimit returns how large a file of the state may be; 0 means that it is none.
func stateLimit(name string) int64 {
	switch {
	case name == "answers.yaml":
		return maxAnswersBytes
	case name == "base.txtar":
		return maxBaseBytes
	case path.Dir(name) == agentsDir && strings.HasSuffix(name, ".md"):
		return maxAgentBytes
	}
	return 0
}

func kindName(kind changeset.Kind) string {
	switch kind {
	case changeset.Regular:
		return "a file"
	case changeset.Folder:
		return "a folder"
	case changeset.Link:
		return "a symbolic link"
	case changeset.Special:
		return "a FIFO, socket or device"
	}
	return "nothing"
}

var (
	_ system = (*disk)(nil)
	_ file   = (*os.File)(nil)
)
