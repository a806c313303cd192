package cmd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// What a file of the command line may have; both are far beyond any real one.
const (
	maxAnswersBytes = 16 << 20
	maxAgentBytes   = 8 << 20
)

// readInput reads a file that was named on the command line. Anything but a regular file is refused without opening it.
func (a *app) readInput(name string, limit int64) ([]byte, error) {
	if name == "" {
		return nil, errors.New("the name of a file is empty")
	}
	path := a.path(name)
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, reason(err))
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", name)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, reason(err))
	}
	defer file.Close()
	return readBounded(file, name, limit)
}

func readBounded(r io.Reader, name string, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, reason(err))
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s: larger than %d MB", name, limit>>20)
	}
	return data, nil
}

func isFolder(path, flag string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("%s %s: %w", flag, path, reason(err))
	}
	if !info.IsDir() {
		return fmt.Errorf("%s %s: not a folder", flag, path)
	}
	return nil
}

// reason is an error of the system without the path that the message names already.
func reason(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
