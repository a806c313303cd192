package generator_test

import (
	"path"
	"regexp"
	"strings"
)

var (
	planPath  = regexp.MustCompile("`([\\w.-]+(?:/[\\w.-]+)*\\.(?:py|toml|md|yml|yaml|mako|env|json|typed|example)|\\.\\w+ignore|justfile|Dockerfile)`")
	planRow   = regexp.MustCompile("(?m)^\\| `(tests/[^`]+)` \\|")
	planFence = regexp.MustCompile("(?s)```python\n(.*?)```")
	// described are the files that the plan tells how to create.
	described = regexp.MustCompile(`^(app|migrations|tests|deploy)/`)
)

// checkPlan: the plan of the skeleton is true. Each path that it names is there, each file of the parts that it
// describes is named, no test file has two rows, and each line of Python stands in the code.
func (p *project) checkPlan() {
	plan := string(p.files["dev-journal/OUR-PLAN.md"].Data)
	for _, match := range planPath.FindAllStringSubmatch(plan, -1) {
		_, there := p.files[match[1]]
		p.expect(there, "OUR-PLAN.md names %s, which is not there", match[1])
	}
	for name := range p.files {
		described := described.MatchString(name) && path.Base(name) != "__init__.py" && path.Base(name) != ".gitkeep"
		p.expect(!described || strings.Contains(plan, "`"+name+"`"), "OUR-PLAN.md does not name %s", name)
	}
	rows := map[string]bool{}
	for _, match := range planRow.FindAllStringSubmatch(plan, -1) {
		p.expect(!rows[match[1]], "OUR-PLAN.md has two rows for %s", match[1])
		rows[match[1]] = true
	}
	for _, fence := range planFence.FindAllStringSubmatch(plan, -1) {
		for line := range strings.Lines(fence[1]) {
			if line = strings.TrimSpace(line); line != "" && line != "..." {
				p.expect(p.inCode(line), "OUR-PLAN.md shows a line that no file has: %s", line)
			}
		}
	}
}

// inCode tells that a module holds the text, however it is wrapped.
func (p *project) inCode(text string) bool {
	for name, file := range p.looked {
		if path.Ext(name) == ".py" && file.contains(text) {
			return true
		}
	}
	return false
}
