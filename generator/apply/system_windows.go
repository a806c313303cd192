package apply

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/windows"
)

const readFlags = os.O_RDONLY

type mutex windows.Handle

func (m mutex) Close() error { return windows.CloseHandle(windows.Handle(m)) }

// lockFolder makes a named mutex for the folder, which goes with the process. A nil closer without an error means
// that another process has it.
func lockFolder(root *os.Root, shared bool) (io.Closer, error) {
	full, err := filepath.Abs(root.Name())
	if err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(full); err == nil {
		full = real
	}
	sum := sha256.Sum256([]byte(strings.ToLower(full)))
	name, err := windows.UTF16PtrFromString(`Local\scaffold-` + hex.EncodeToString(sum[:]))
	if err != nil {
		return nil, err
	}
	handle, err := windows.CreateMutex(nil, false, name)
	switch {
	case errors.Is(err, windows.ERROR_ALREADY_EXISTS):
		windows.CloseHandle(handle)
		return nil, nil
	case err != nil:
		return nil, os.NewSyscallError("CreateMutex", err)
	}
	return mutex(handle), nil
}

// appendFolder opens nothing: Windows syncs no folders.
func appendFolder(handles []file, _ *os.Root) ([]file, error) { return handles, nil }

func removeFolder(root *os.Root, name string) error {
	info, err := root.Lstat(name)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return syscall.ENOTDIR
	}
	return root.Remove(name)
}

func cannotLink(err error) bool {
	return errors.Is(err, windows.ERROR_INVALID_FUNCTION) || errors.Is(err, windows.ERROR_NOT_SUPPORTED) ||
		errors.Is(err, windows.ERROR_TOO_MANY_LINKS)
}

func notEmpty(err error) bool { return errors.Is(err, windows.ERROR_DIR_NOT_EMPTY) }
