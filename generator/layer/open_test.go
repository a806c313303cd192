//go:build unix

package layer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"example.com/scaffold/generator/layer"
)

// folder writes a good set to disk.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"templates.yaml": questions, "app/layer.yaml": "", "app/main.py": "x", ".git/HEAD": "ref", "docs/note.md": "n",
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

func load(dir string) (*layer.Set, error) {
	fsys, err := layer.Open(dir)
	if err != nil {
		return nil, err
	}
	return layer.Load(fsys, "set")
}

func TestOpen(t *testing.T) {
	dir := folder(t)
	require.NoError(t, os.Symlink("/", filepath.Join(dir, ".git/link")))
	set, err := load(dir)
	require.NoError(t, err)
	require.Len(t, set.Layers, 1)
	require.Equal(t, "x", string(set.Layers[0].Files[0].Data))
	_, err = layer.Open(filepath.Join(dir, "nowhere"))
	require.ErrorContains(t, err, "nowhere: no such file or directory; a template set is a folder with templates.yaml")
	_, err = layer.Open(filepath.Join(dir, "templates.yaml"))
	require.Error(t, err)
}

func TestOpenRefuses(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("s3cret"), 0o600))
	for name, make := range map[string]func(dir string) error{
		"app/link":       func(dir string) error { return os.Symlink(secret, filepath.Join(dir, "app/link")) },
		"app/inside":     func(dir string) error { return os.Symlink("main.py", filepath.Join(dir, "app/inside")) },
		"docs/link":      func(dir string) error { return os.Symlink("/", filepath.Join(dir, "docs/link")) },
		"app/loop":       func(dir string) error { return os.Symlink("loop", filepath.Join(dir, "app/loop")) },
		"app/fifo":       func(dir string) error { return unix.Mkfifo(filepath.Join(dir, "app/fifo"), 0o600) },
		"other":          func(dir string) error { return os.Symlink(filepath.Join(dir, "app"), filepath.Join(dir, "other")) },
		"app/layer.yaml": func(dir string) error { return relink(filepath.Join(dir, "app/layer.yaml"), secret) },
		"templates.yaml": func(dir string) error { return relink(filepath.Join(dir, "templates.yaml"), secret) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t)
			require.NoError(t, make(dir))
			_, err := load(dir)
			require.ErrorContains(t, err, "set/"+name+": is ")
			require.NotContains(t, err.Error(), "s3cret")
		})
	}
}

func relink(name, target string) error {
	if err := os.Remove(name); err != nil {
		return err
	}
	return os.Symlink(target, name)
}

// TestOpenRefusesLate: what becomes a link or a FIFO after the scan is not opened either.
func TestOpenRefusesLate(t *testing.T) {
	dir := folder(t)
	fsys, err := layer.Open(dir)
	require.NoError(t, err)
	require.NoError(t, os.Symlink("main.py", filepath.Join(dir, "app/link")))
	require.NoError(t, unix.Mkfifo(filepath.Join(dir, "app/fifo"), 0o600))
	for _, name := range []string{"app/link", "app/fifo", "../x", "/etc/passwd"} {
		_, err := fsys.Open(name)
		require.Error(t, err, name)
	}
}

func TestOpenBounded(t *testing.T) {
	dir := folder(t)
	big := filepath.Join(dir, "app/big")
	require.NoError(t, os.WriteFile(big, nil, 0o600))
	require.NoError(t, os.Truncate(big, 17<<20))
	_, err := load(dir)
	require.ErrorContains(t, err, "set/app/big: 17825792 bytes are too large")
	require.NoError(t, os.Rename(big, big+".tmpl"))
	require.NoError(t, os.Truncate(big+".tmpl", 2<<20))
	_, err = load(dir)
	require.ErrorContains(t, err, "set/app/big.tmpl: 2097152 bytes are too large")
	require.NoError(t, os.Remove(big+".tmpl"))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, strings.Repeat("d/", 60)), 0o700))
	_, err = load(dir)
	require.ErrorContains(t, err, "more than 50 folders deep")
}
