package layer

import (
	"fmt"
	"io/fs"
	"os"
)

// Open returns the folder dir as a set's file system. No file outside of it can be read through it, no symbolic link
// is followed, and only regular files are opened. It stays open as long as it is in use.
func Open(dir string) (fs.FS, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; a template set is a folder with templates.yaml", dir, cause(err))
	}
	return folder{root}, nil
}

// folder is a file system below an os.Root that refuses to open what is not a regular file or a folder.
type folder struct{ root *os.Root }

// Open implements fs.FS.
func (f folder) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	info, err := f.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() && !info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fmt.Errorf("is not a regular file")}
	}
	return f.root.OpenFile(name, os.O_RDONLY|nonblock, 0)
}
