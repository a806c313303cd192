package agent

import (
	"fmt"
	"regexp"
	"strings"

	"example.com/scaffold/generator/agent/catalog"
	"example.com/scaffold/generator/agent/frontmatter"
)

// The repairs that a project may allow for its own copies of definitions; the stored ones stay as given.
const (
	RepairTools   = "tools"   // renamed tools get their new names, removed ones go (A010)
	RepairImports = "imports" // an import of a journal file becomes a sentence (A019)
	RepairNames   = "names"   // wrong names of tools and agents become the right ones (A016, A018)
)

// Repair says what one repair would mend: findings by rule.
type Repair struct {
	Name  string
	Mends map[string]int
}

// Repairs returns the repairs that would mend something in the definition, given the names of the other agents.
func Repairs(f File, others []string) []Repair {
	l := &linter{File: f, facts: catalog.Facts(), body: f.body(), tokens: f.tokens("tools", disallowed), rule: "A010"}
	l.goneTools()
	journals := 0
	for _, line := range l.body {
		if path, _ := imported(line.text); journalImport(path) {
			journals++
		}
	}
	all := []Repair{
		{RepairTools, map[string]int{"A010": len(l.found)}},
		{RepairImports, map[string]int{"A019": journals}},
		{RepairNames, map[string]int{"A016": len(misnames(f, l.body)), "A018": len(otherNames(f, others))}},
	}
	var some []Repair
	for _, r := range all {
		for rule, n := range r.Mends {
			if n == 0 {
				delete(r.Mends, rule)
			}
		}
		if len(r.Mends) > 0 {
			some = append(some, r)
		}
	}
	return some
}

// Project returns the form of the definition that a project holds: what Emit writes, after the allowed repairs.
func (f File) Project(repairs, others []string) ([]byte, error) {
	g := f
	g.front.Entries = append([]frontmatter.Entry(nil), f.front.Entries...)
	for _, repair := range repairs {
		switch repair {
		case RepairTools, RepairImports, RepairNames:
		default:
			return nil, fmt.Errorf("agent_repairs: there is no repair %q; write tools, imports or names", repair)
		}
	}
	if has(repairs, RepairNames) {
		g.repairNames(others)
	}
	if has(repairs, RepairImports) {
		g.repairImports()
	}
	if has(repairs, RepairTools) {
		g.repairTools()
	}
	return g.Emit()
}

// set changes the value of a key.
func (f *File) set(key string, change func(frontmatter.Value) frontmatter.Value) {
	for i, e := range f.front.Entries {
		if e.Key.Text == key {
			f.front.Entries[i].Value = change(e.Value)
		}
	}
}

// repairTools writes new names for old ones, each name once; a list never becomes the absence of one.
func (f *File) repairTools() {
	for _, key := range []string{"tools", disallowed} {
		tools, changed := renewed(toolsOf(f.front, key), key)
		if !changed {
			continue
		}
		f.set(key, func(v frontmatter.Value) frontmatter.Value {
			if v.Kind == frontmatter.Text && len(tools) > 0 {
				return frontmatter.String(strings.Join(tools, ", "))
			}
			v = frontmatter.Value{Kind: frontmatter.List, Flow: v.Flow}
			for _, tool := range tools {
				v.Items = append(v.Items, frontmatter.String(tool))
			}
			return v
		})
	}
}

// renewed replaces the tools of a field that are gone and reports whether there were any. Of those
// disallowed, one that was merged into another goes, since the other was never meant.
func renewed(tools []string, field string) (kept []string, changed bool) {
	seen := map[string]bool{"": true}
	for _, tool := range tools {
		if gone, ok := catalog.Facts().Removed(bareTool(tool)); ok {
			tool, changed = gone.Use, true
			if gone.Merged && field == disallowed {
				tool = ""
			}
		}
		if !seen[tool] {
			kept = append(kept, tool)
		}
		seen[tool] = true
	}
	return kept, changed
}

// journalImport reports whether an import is of a file of the journal.
func journalImport(path string) bool {
	return strings.HasPrefix(strings.TrimPrefix(path, "./"), JournalFolder)
}

// repairImports turns imports of journal files into sentences; a fence that holds nothing else goes.
func (f *File) repairImports() {
	lines := f.body()
	texts := make([]string, len(lines))
	raw := strings.Split(string(f.Body), "\n")
	for i, line := range lines {
		texts[i] = raw[i]
		if path, _ := imported(line.text); journalImport(path) {
			at := strings.Index(raw[i], "@"+path)
			texts[i] = raw[i][:at] + "Read `" + strings.TrimPrefix(path, "./") + "` first" + raw[i][at+1+len(path):]
		}
	}
	drop := map[int]bool{}
	for i := 0; i < len(lines); i++ {
		if !lines[i].fenced || i == 0 || lines[i-1].fenced {
			continue
		}
		end, imports, only := i, 0, true
		for ; end < len(lines) && lines[end].fenced; end++ {
			path, _ := imported(lines[end].text)
			if journalImport(path) {
				imports++
			} else {
				only = only && strings.TrimSpace(lines[end].text) == ""
			}
		}
		if only && imports > 0 && fenceMark(raw[i-1]) && end < len(raw) && fenceMark(raw[end]) {
			drop[i-1], drop[end] = true, true
		}
		i = end
	}
	var kept []string
	for i, text := range texts {
		if !drop[i] {
			kept = append(kept, text)
		}
	}
	f.Body = []byte(strings.Join(kept, "\n"))
}

// fenceMark reports whether a line is nothing but a code fence, with a language perhaps.
func fenceMark(line string) bool {
	line = strings.TrimSpace(line)
	return (strings.HasPrefix(line, "```") || strings.HasPrefix(line, "~~~")) && len(strings.Fields(line)) == 1
}

// repairNames writes the right names of tools in the body's code, and of agents in the description.
func (f *File) repairNames(others []string) {
	lines := f.body()
	right := map[string]string{}
	for _, m := range misnames(*f, lines) {
		right[m.span.text] = m.right
	}
	raw := strings.Split(string(f.Body), "\n")
	for i, line := range lines {
		if line.fenced || line.text != raw[i] {
			continue // code is no name, and bytes that are not UTF-8 stay as they are
		}
		var b strings.Builder
		last := 0
		for _, s := range line.spans {
			if name, ok := right[s.text]; ok {
				b.WriteString(raw[i][last:s.start] + name)
				last = s.start + len(s.text)
			}
		}
		raw[i] = b.String() + raw[i][last:]
	}
	f.Body = []byte(strings.Join(raw, "\n"))
	f.set("description", func(v frontmatter.Value) frontmatter.Value {
		v.Text = renameAgents(v.Text, otherNames(*f, others))
		return v
	})
}

// renameAgents replaces names where they stand before the word agent.
func renameAgents(text string, right map[string]string) string {
	for _, re := range []*regexp.Regexp{theAgent, useAgent} {
		var b strings.Builder
		last := 0
		for _, m := range re.FindAllStringSubmatchIndex(text, -1) {
			if name, ok := right[text[m[2]:m[3]]]; ok {
				b.WriteString(text[last:m[2]] + name)
				last = m[3]
			}
		}
		text = b.String() + text[last:]
	}
	return text
}
