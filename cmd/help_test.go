package cmd_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"example.com/scaffold/cmd"
)

// TestHelp: the help of every command is what testdata/help.txtar says, so that a change of it is seen in a review.
func TestHelp(t *testing.T) {
	golden := filepath.Join("..", "testdata", "help.txtar")
	archive := &txtar.Archive{Comment: []byte("The help of every command; `make golden` writes this file.\n\n")}
	for _, path := range cmd.CommandPaths() {
		var out, wrong bytes.Buffer
		code := cmd.Main(append(strings.Fields(path), "--help"), cmd.Streams{Out: &out, Err: &wrong, Dir: t.TempDir()})
		require.Equal(t, 0, code, wrong.String())
		for _, line := range strings.Split(out.String(), "\n") {
			require.LessOrEqual(t, len(line), 140, "%s: %s", path, line)
		}
		archive.Files = append(archive.Files, txtar.File{Name: strings.TrimSpace("scaffold " + path), Data: out.Bytes()})
	}
	if *update {
		require.NoError(t, os.WriteFile(golden, txtar.Format(archive), 0o644))
	}
	want, err := txtar.ParseFile(golden)
	require.NoError(t, err)
	require.Len(t, want.Files, len(archive.Files))
	for i, file := range archive.Files {
		require.Equal(t, want.Files[i].Name, file.Name)
		require.Equal(t, string(want.Files[i].Data), string(file.Data))
	}
}
