package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"example.com/scaffold/cmd/prompt"
	"example.com/scaffold/generator"
	"example.com/scaffold/generator/agent"
	"example.com/scaffold/generator/tree"
)

type linted struct {
	Path     string          `json:"path"`
	Name     string          `json:"name"`
	Loads    agent.Loads     `json:"loads"`
	Findings []agent.Finding `json:"findings"`
}

func newAgentsLint(a *app) *cobra.Command {
	asJSON := false
	c := &cobra.Command{
		Use:   "lint [FILE...]",
		Short: "Say what is wrong with agent definitions",
		Long: `Say what is wrong with agent definitions: who does not load them, and what they name that is not there.

A FILE may be a folder, for all .md files below it; without one, the files below .claude/agents are checked. Paths in a
definition and .mcp.json are looked up from the project's root, or from the working folder where there is no project.`,
		Args: arguments(0, -1, ""),
		RunE: func(_ *cobra.Command, args []string) error { return a.lint(args, asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "report as one JSON object")
	return c
}

func (a *app) lint(names []string, asJSON bool) error {
	root, err := generator.FindRoot(a.Dir)
	if err != nil {
		root = a.Dir
	}
	if len(names) == 0 {
		names = []string{a.shown(filepath.Join(root, ".claude", "agents"))}
	}
	paths, err := a.agentFiles(names)
	if err != nil {
		return err
	}
	files, err := a.lintFiles(root, paths)
	if err != nil {
		return err
	}
	if asJSON {
		err = writeJSON(a.Out, struct {
			Version int      `json:"version"`
			Files   []linted `json:"files"`
		}{jsonVersion, files})
	} else {
		a.printLint(files)
	}
	if err != nil {
		return err
	}
	for _, file := range files {
		if !agent.Clean(file.Findings) {
			return errLeft
		}
	}
	return nil
}

// agentFiles returns the files that were named, sorted, each once, with all .md files of a folder that was named.
func (a *app) agentFiles(names []string) ([]string, error) {
	var paths []string
	for _, name := range names {
		info, err := os.Stat(a.path(name))
		if err != nil {
			return nil, fmt.Errorf("%s: %w; name an agent file", name, reason(err))
		}
		if !info.IsDir() {
			paths = append(paths, name)
			continue
		}
		below, err := a.agentFilesBelow(name)
		if err != nil {
			return nil, err
		}
		paths = append(paths, below...)
	}
	slices.Sort(paths)
	return slices.Compact(paths), nil
}

func (a *app) agentFilesBelow(folder string) ([]string, error) {
	var paths []string
	top := a.path(folder)
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("%s: %w", folder, reason(err))
		}
		if entry.Type().IsRegular() && strings.HasSuffix(path, ".md") {
			rel, err := filepath.Rel(top, path)
			if err != nil {
				return err
			}
			paths = append(paths, filepath.ToSlash(filepath.Join(folder, rel)))
		}
		return nil
	})
	if err == nil && len(paths) == 0 {
		err = fmt.Errorf("%s: no agent file is there; name one", folder)
	}
	return paths, err
}

func (a *app) lintFiles(root string, paths []string) ([]linted, error) {
	var files []agent.File
	for _, path := range paths {
		data, err := a.readInput(path, maxAgentBytes)
		if err != nil {
			return nil, err
		}
		files = append(files, agent.Read(data))
	}
	exists := existsBelow(root)
	servers := declaredServers(root)
	results := []linted{}
	for i, file := range files {
		others := []string{}
		for j, other := range files {
			if j != i && other.Name != "" {
				others = append(others, other.Name)
			}
		}
		found := file.Lint(agent.LintOptions{Path: paths[i], Exists: exists, MCPServers: servers, Others: others})
		results = append(results, linted{paths[i], file.Name, file.Loads(), append([]agent.Finding{}, found...)})
	}
	return results, nil
}

// existsBelow tells of a path that an agent names whether it is there. It looks below the root only.
func existsBelow(root string) func(string) bool {
	return func(path string) bool {
		if !fs.ValidPath(path) {
			return false
		}
		_, err := os.Stat(filepath.Join(root, filepath.FromSlash(path)))
		return err == nil
	}
}

// declaredServers returns the names of the MCP servers that the folder's .mcp.json declares; none when it can't be read.
func declaredServers(root string) []string {
	const maxBytes = 1 << 20
	name := filepath.Join(root, ".mcp.json")
	if info, err := os.Lstat(name); err != nil || !info.Mode().IsRegular() || info.Size() > maxBytes {
		return nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	var config struct {
		Servers map[string]json.RawMessage `json:"mcpServers"`
	}
	if err := json.Unmarshal(data, &config); err != nil {
		return nil
	}
	return sortedKeys(config.Servers)
}

func (a *app) printLint(files []linted) {
	p := paint{a.colour(a.out.w)}
	all := []finding{}
	for _, file := range files {
		found := findingsOf(file.Path, file.Findings)
		printFindings(a.Out, p, found)
		all = append(all, found...)
	}
	fmt.Fprintf(a.Out, "%s: %s\n", plural(len(files), "file"), tally(all))
}

func findingsOf(path string, found []agent.Finding) []finding {
	all := []finding{}
	for _, f := range found {
		all = append(all, finding{f.Rule, string(f.Severity), path, f.Line, f.Column, f.Message, f.Fix})
	}
	return all
}

// lacks says what the definitions that were given lack, and the answer that mends it.
func (a *app) lacks(agents []generator.AgentReport) {
	for _, report := range agents {
		if agent.Clean(report.Findings) {
			continue
		}
		text := fmt.Sprintf("%s: %s", report.Path, tally(findingsOf(report.Path, report.Findings)))
		if _, err := os.Stat(a.path(report.Path)); err == nil {
			text += fmt.Sprintf("; `scaffold agents lint %s` lists them", tree.Word(prompt.Printable(report.Path)))
		}
		if len(report.Repairs) > 0 {
			text += fmt.Sprintf("; `--set agent_repairs=%s` mends some", strings.Join(report.Repairs, ","))
		}
		a.say("%s", prompt.Printable(text))
	}
}

// readAgents reads the files of --agent and of `agents add`.
func (a *app) readAgents(names []string) ([]generator.AgentSource, error) {
	var sources []generator.AgentSource
	var wrong []error
	for _, name := range names {
		data, err := a.readInput(name, maxAgentBytes)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		sources = append(sources, generator.AgentSource{Path: name, Data: data})
	}
	return sources, errors.Join(wrong...)
}
