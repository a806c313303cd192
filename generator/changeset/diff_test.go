package changeset_test

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/scaffold/generator/changeset"
)

func regular(data string, mode fs.FileMode) changeset.Node {
	return changeset.Node{Kind: changeset.Regular, Data: []byte(data), Mode: mode}
}

// diffCases are changes of one file each; zero is absent.
func diffCases() map[string][2]changeset.Node {
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 3000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	lines := strings.Repeat("one\ntwo\nthree\nfour\n", 30)
	return map[string][2]changeset.Node{
		"create.txt":                    {{}, regular("a\nb\n", 0o644)},
		"create-empty":                  {{}, regular("", 0o644)},
		"create-exec.sh":                {{}, regular("#!/bin/sh\n", 0o755)},
		"create-unended":                {{}, regular("a\nb", 0o644)},
		"create-binary":                 {{}, regular("\x00\x01\x02", 0o644)},
		"dir/sub/delete.txt":            {regular("a\nb\n", 0o644), {}},
		"delete-empty":                  {regular("", 0o644), {}},
		"delete-binary":                 {regular(string(noise), 0o644), {}},
		"modify.txt":                    {regular(lines, 0o644), regular(strings.Replace(lines, "two", "2", 3)+"end\n", 0o644)},
		"modify-far.txt":                {regular("a\n"+lines+"z\n", 0o644), regular("A\n"+lines+"Z\n", 0o644)},
		"newline-gained":                {regular("a\nb", 0o644), regular("a\nb\n", 0o644)},
		"newline-lost":                  {regular("a\nb\n", 0o644), regular("a\nb", 0o644)},
		"newline-never":                 {regular("a\nb", 0o644), regular("x\nb", 0o644)},
		"emptied":                       {regular("a\n", 0o644), regular("", 0o644)},
		"filled":                        {regular("", 0o644), regular("a\n", 0o644)},
		"crlf":                          {regular("a\r\nb\r\n", 0o644), regular("a\r\nc\r\n", 0o644)},
		"mixed":                         {regular("a\r\nb\nc\r", 0o644), regular("a\nb\r\nc\r\n", 0o644)},
		"chmod.sh":                      {regular("a\n", 0o644), regular("a\n", 0o755)},
		"chmod-off.sh":                  {regular("a\n", 0o755), regular("a\n", 0o644)},
		"chmod-and-text.sh":             {regular("a\n", 0o644), regular("b\n", 0o755)},
		"binary":                        {regular(string(noise), 0o644), regular(string(noise[:1000])+"x"+string(noise[1000:]), 0o644)},
		"binary-to-text":                {regular("\x00", 0o644), regular("text\n", 0o644)},
		"text-to-binary":                {regular("text\n", 0o644), regular("\xff\n", 0o755)},
		"a b.txt":                       {regular("a\n", 0o644), regular("b\n", 0o644)},
		"new a b.txt":                   {{}, regular("b\n", 0o644)},
		" leading":                      {regular("a\n", 0o644), {}},
		"ünï/cödé.txt":                  {regular("a\n", 0o644), regular("b\n", 0o644)},
		"😀":                             {{}, regular("b\n", 0o644)},
		"\U0001F469\u200D\U0001F4BB.md": {{}, regular("b\n", 0o644)},
		"[a] #!'x'":                     {{}, regular("b\n", 0o644)},
		"--- a":                         {regular("--- a/x\n+++ b/x\n", 0o644), regular("--- a/x\n@@ -1 +1 @@\n", 0o644)},
		"was-file/now":                  {{}, regular("x\n", 0o644)},
		"was-file":                      {regular("x\n", 0o644), {}},
		"was-folder/file":               {regular("x\n", 0o644), {}},
		"was-folder":                    {{Kind: changeset.Folder}, regular("x\n", 0o644)},
	}
}

func TestDiffIsTakenByGit(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not here")
	}
	before, after := t.TempDir(), t.TempDir()
	var c changeset.Changeset
	for path, nodes := range diffCases() {
		put(t, before, path, nodes[0])
		put(t, after, path, nodes[1])
		c.Steps = append(c.Steps, changeset.Step{Path: path, Writes: []changeset.Write{{Path: path, Before: nodes[0], After: nodes[1]}}})
	}
	secret := changeset.Write{Path: ".env", After: regular("KEY=hunter2\n", 0o600), Secret: true}
	c.Steps = append(c.Steps, changeset.Step{Path: ".env", Writes: []changeset.Write{secret}})
	var patch bytes.Buffer
	require.NoError(t, c.Diff(&patch))
	require.NotContains(t, patch.String(), "hunter2")
	require.Contains(t, patch.String(), "# .env: created; it holds secrets")
	for _, args := range [][]string{{"apply", "--check"}, {"apply"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Stdin = before, bytes.NewReader(patch.Bytes())
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_CEILING_DIRECTORIES="+filepath.Dir(before))
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s\n%s", out, patch.String())
	}
	require.Equal(t, files(t, after), files(t, before))
}

func put(t *testing.T, dir, path string, n changeset.Node) {
	if n.Kind != changeset.Regular {
		return
	}
	name := filepath.Join(dir, filepath.FromSlash(path))
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(t, os.WriteFile(name, n.Data, n.Mode))
}

// files reads a folder: each file's bytes, and whether it is executable.
func files(t *testing.T, dir string) map[string]string {
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		require.NoError(t, err)
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		rel, err := filepath.Rel(dir, name)
		require.NoError(t, err)
		found[rel] = string(data)
		if info.Mode()&0o100 != 0 {
			found[rel] += " (executable)"
		}
		return nil
	}))
	return found
}

func TestDiffNamesOnlyWhatChanges(t *testing.T) {
	same := regular("a\n", 0o644)
	c := changeset.Changeset{Steps: []changeset.Step{
		{Path: "same", Writes: []changeset.Write{{Path: "same", Before: same, After: same}}},
		{Path: "left", Action: changeset.Leave},
		{Path: "x", Writes: []changeset.Write{{Path: "x", Before: regular("1\n2\n3\n4\n5\n", 0o644), After: regular("1\n2\nthree\n4\n5\n", 0o644)}}},
	}}
	var patch bytes.Buffer
	require.NoError(t, c.Diff(&patch))
	require.Equal(t, "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,5 +1,5 @@\n 1\n 2\n-3\n+three\n 4\n 5\n", patch.String())
}
