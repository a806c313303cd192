package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"
)

const (
	gitTime = 30 * time.Second
	uvTime  = 5 * time.Minute
)

// afterNew runs git init and uv lock in a project that has just been written. It says of each why it was not run and what
// to run. A failure leaves the project as it is.
func (a *app) afterNew(root string, o newOptions) error {
	var failed []error
	if !o.noGit {
		failed = append(failed, a.gitInit(root))
	}
	if !o.noLock {
		failed = append(failed, a.uvLock(root, o.templates != ""))
	}
	return errors.Join(failed...)
}

func (a *app) gitInit(root string) error {
	where, err := enclosingRepository(root)
	if err != nil {
		return fmt.Errorf("%w; run `git init` in it yourself", err)
	}
	if where != "" {
		return nil
	}
	git := a.program("git")
	if git == "" {
		a.say("git was not found: run `git init` in %s", a.shown(root))
		return nil
	}
	// No template folder, no configuration, nothing of GIT_*: no hook comes along and nobody else decides.
	env := append(a.environment("GIT_"), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "LC_ALL=C")
	return a.start(gitTime, root, env, git, "init", "--quiet", "--template=", "--initial-branch=main")
}

// enclosingRepository returns the nearest folder at or above root that holds a .git, a folder or a work tree's file.
func enclosingRepository(root string) (string, error) {
	for at := root; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			return at, nil
		} else if !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
		if filepath.Dir(at) == at {
			return "", nil
		}
	}
}

// uvLock runs uv lock. A foreign template set is data, and a build would run code of it: uv then may not build.
func (a *app) uvLock(root string, foreign bool) error {
	if _, err := os.Lstat(filepath.Join(root, "pyproject.toml")); err != nil {
		return nil
	}
	if python := foreignPython(root); python != "" {
		a.say("uv lock was not run, since it would start the interpreter that %s names: run `uv lock` in %s yourself", python, a.shown(root))
		return nil
	}
	if workspace := enclosingWorkspace(root); workspace != "" {
		a.say("uv lock was not run, since %s may be a uv workspace that it would change: run `uv lock` in %s yourself", a.shown(workspace), a.shown(root))
		return nil
	}
	uv := a.program("uv")
	if uv == "" {
		a.say("uv was not found: install it, then run `uv lock` in %s", a.shown(root))
		return nil
	}
	args := []string{"lock", "--quiet", "--no-progress", "--color", "never"}
	if foreign {
		args = append(args, "--no-build")
	}
	env := a.environment("GIT_", "VIRTUAL_ENV", "CONDA_", "PYTHON", "UV_PYTHON", "UV_PROJECT")
	if terminal(a.Err) != nil && !a.dumb() {
		fmt.Fprint(a.Err, "uv lock ...")
		defer fmt.Fprint(a.Err, "\r\x1b[K")
	}
	return a.start(uvTime, root, env, uv, args...)
}

var plainVersion = regexp.MustCompile(`^\s*[0-9]+(\.[0-9]+){0,2}\s*$`)

// foreignPython names what in the project would make uv start a program of the project's own as the interpreter.
func foreignPython(root string) string {
	if _, err := os.Lstat(filepath.Join(root, ".venv")); err == nil {
		return ".venv"
	}
	for _, name := range []string{".python-version", ".python-versions"} {
		info, err := os.Lstat(filepath.Join(root, name))
		if err != nil {
			continue
		}
		if !info.Mode().IsRegular() || info.Size() > 1024 {
			return name
		}
		if data, err := os.ReadFile(filepath.Join(root, name)); err != nil || !plainVersion.Match(data) {
			return name
		}
	}
	return ""
}

// enclosingWorkspace returns the nearest folder above root whose pyproject.toml speaks of a uv workspace.
func enclosingWorkspace(root string) string {
	const maxProject = 1 << 20
	for at := filepath.Dir(root); ; at = filepath.Dir(at) {
		name := filepath.Join(at, "pyproject.toml")
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() && info.Size() < maxProject {
			if data, err := os.ReadFile(name); err != nil || strings.Contains(string(data), "uv.workspace") {
				return at
			}
		}
		if filepath.Dir(at) == at {
			return ""
		}
	}
}

// start runs a program in the project and waits for it, for the time given at most. Its input is empty, and what it prints
// is shown when it fails.
func (a *app) start(limit time.Duration, root string, env []string, program string, args ...string) error {
	ctx, cancel := context.WithTimeout(a.ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = root, env, 5*time.Second
	printed, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	what := filepath.Base(program) + " " + args[0]
	next := fmt.Sprintf("the project is written: run `%s` in %s yourself", what, a.shown(root))
	switch {
	case a.ctx.Err() != nil:
		return fmt.Errorf("%s was stopped; %s", what, next)
	case ctx.Err() != nil:
		return fmt.Errorf("%s took longer than %s; %s", what, limit, next)
	}
	return fmt.Errorf("%s: %w; %s\n%s", what, err, next, lastLines(string(printed), 8))
}

// program finds a program in the absolute folders of PATH.
func (a *app) program(name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	for _, dir := range filepath.SplitList(a.env("PATH")) {
		if !filepath.IsAbs(dir) {
			continue
		}
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && (info.Mode()&0o111 != 0 || runtime.GOOS == "windows") {
			return path
		}
	}
	return ""
}

// environment is the environment without the variables that begin with one of the prefixes.
func (a *app) environment(without ...string) []string {
	kept := []string{}
next:
	for _, entry := range a.Env {
		for _, prefix := range without {
			if strings.HasPrefix(entry, prefix) {
				continue next
			}
		}
		kept = append(kept, entry)
	}
	return kept
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
