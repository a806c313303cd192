package layer

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"example.com/scaffold/generator/layer/strict"
)

// loader holds what Load knows of the files of a set.
type loader struct {
	fsys   fs.FS
	set    *Set
	files  []string // every regular file, in path order
	layers []string // every folder with a layer.yaml, in path order
	bytes  int64
	lists  map[string]bool
}

// Load reads the set whose root is fsys. The label stands before every place in an error.
func Load(fsys fs.FS, label string) (*Set, error) {
	l := &loader{fsys: fsys, set: &Set{Label: label}, lists: map[string]bool{}}
	if err := l.scan(); err != nil {
		return nil, err
	}
	if err := l.readSet(); err != nil {
		return nil, err
	}
	for _, dir := range l.layers {
		if err := l.readLayer(dir); err != nil {
			return nil, err
		}
	}
	if err := l.readFiles(); err != nil {
		return nil, err
	}
	l.set.Lists = slices.Sorted(maps.Keys(l.lists))
	if err := l.set.checkWriters(); err != nil {
		return nil, err
	}
	return l.set, l.order()
}

// order puts each layer behind those that it comes after. For the rest they stay in path order.
func (l *loader) order() error {
	byPath := map[string]Layer{}
	for _, one := range l.set.Layers {
		byPath[one.Path] = one
	}
	var ordered []Layer
	const begun, done = 1, 2
	state := map[string]int{}
	var add func(Layer) error
	add = func(one Layer) error {
		switch state[one.Path] {
		case begun:
			return l.errorf(path.Join(one.Path, layerFile), "after: this layer comes after itself")
		case done:
			return nil
		}
		state[one.Path] = begun
		for _, name := range one.After {
			if err := add(byPath[name]); err != nil {
				return err
			}
		}
		state[one.Path] = done
		ordered = append(ordered, one)
		return nil
	}
	for _, one := range l.set.Layers {
		if err := add(one); err != nil {
			return err
		}
	}
	l.set.Layers = ordered
	return nil
}

func (l *loader) errorf(name, format string, args ...any) error {
	return fmt.Errorf("%s: %w", l.place(name), fmt.Errorf(format, args...))
}

// place is a file of the set as errors name it, on one line.
func (l *loader) place(name string) string {
	if strings.ContainsFunc(name, unicode.IsControl) {
		name = strings.Trim(strconv.Quote(name), `"`)
	}
	return path.Join(l.set.Label, name)
}

// scan finds the files and layers of the set, and refuses what is neither a folder nor a regular file. The folder .git
// at the root is no part of the set.
func (l *loader) scan() error {
	return fs.WalkDir(l.fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return l.errorf(name, "%w", cause(err))
		case name == ".git" && entry.IsDir():
			return fs.SkipDir
		case name == ".git":
			return nil
		case strings.Count(name, "/") >= maxDepth:
			return l.errorf(name, "more than %d folders deep", maxDepth)
		case entry.IsDir():
			return nil
		case entry.Type()&fs.ModeSymlink != 0:
			return l.errorf(name, "is a symbolic link; a template set holds only files and folders")
		case !entry.Type().IsRegular():
			return l.errorf(name, "is not a regular file; a template set holds only files and folders")
		case len(l.files) >= maxFiles:
			return l.errorf(name, "more than %d files", maxFiles)
		}
		l.files = append(l.files, name)
		if path.Base(name) == layerFile {
			l.layers = append(l.layers, path.Dir(name))
		}
		return nil
	})
}

// cause takes the path out of a file error, since the place already names it.
func cause(err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}

// read returns the bytes of a file within the limits.
func (l *loader) read(name string, limit int64) ([]byte, error) {
	file, err := l.fsys.Open(name)
	if err != nil {
		return nil, l.errorf(name, "%w", cause(err))
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, l.errorf(name, "%w", cause(err))
	case !info.Mode().IsRegular():
		return nil, l.errorf(name, "is not a regular file")
	case info.Size() > limit:
		return nil, l.errorf(name, "%d bytes are too large; at most %d are read", info.Size(), limit)
	}
	if l.bytes += info.Size(); l.bytes > maxSet {
		return nil, l.errorf(name, "the set is too large; at most %d bytes are read", maxSet)
	}
	data := make([]byte, info.Size()+1)
	n, err := io.ReadFull(file, data)
	switch {
	case err == nil:
		return nil, l.errorf(name, "grew while it was read")
	case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return nil, l.errorf(name, "%w", cause(err))
	}
	return data[:n:n], nil
}

func (l *loader) document(name string) (*strict.Document, error) {
	data, err := l.read(name, strict.MaxBytes)
	if err != nil {
		return nil, err
	}
	return strict.Parse(data, l.place(name))
}

// readFiles gives every file to the nearest layer above it. A file that is in no layer is the set's own affair.
func (l *loader) readFiles() error {
	at := map[string]int{}
	for i, dir := range l.layers {
		at[dir] = i
	}
	for _, name := range l.files {
		if path.Base(name) == layerFile {
			continue
		}
		dir := path.Dir(name)
		for dir != "." {
			if _, ok := at[dir]; ok {
				break
			}
			dir = path.Dir(dir)
		}
		if dir == "." {
			continue
		}
		if err := l.addFile(&l.set.Layers[at[dir]], name); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) addFile(to *Layer, name string) error {
	target, template := strings.CutSuffix(strings.TrimPrefix(name, to.Path+"/"), suffix)
	if err := to.checkPath(target); err != nil {
		return l.errorf(name, "%w", err)
	}
	limit := int64(maxFile)
	if template {
		limit = maxTemplate
	}
	data, err := l.read(name, limit)
	if err != nil {
		return err
	}
	to.Files = append(to.Files, File{Source: name, Path: target, Data: data, Template: template})
	return nil
}

// checkWriters refuses a path that two files write when both are certain to be selected by some answers.
func (s *Set) checkWriters() error {
	type writer struct {
		layer  *Layer
		source string
	}
	writers := map[string][]writer{}
	for i := range s.Layers {
		l := &s.Layers[i]
		for _, f := range l.Files {
			for _, other := range writers[f.Path] {
				if other.layer == l || s.together(l.When, other.layer.When) && s.together(l.Gone, other.layer.Gone) {
					return fmt.Errorf("%s: writes %s, and so does %s", path.Join(s.Label, f.Source), f.Path, path.Join(s.Label, other.source))
				}
			}
			writers[f.Path] = append(writers[f.Path], writer{l, f.Source})
		}
	}
	return nil
}
