package changeset

import (
	"fmt"
	"strings"

	"example.com/scaffold/generator/tree"
)

// checkRestore finds which paths of the next tree are to be brought back.
func (p *planner) checkRestore() error {
	for _, want := range p.Restore {
		want = strings.TrimSuffix(want, "/")
		if err := tree.CheckPath(want); err != nil {
			return fmt.Errorf("restore: %w", err)
		}
		named, missing := false, false
		for path := range p.Next {
			if path != want && !strings.HasPrefix(path, want+"/") {
				continue
			}
			named = true
			if p.Disk[path].Kind == Absent {
				missing = true
				p.restore[path] = true
			}
		}
		switch {
		case !named:
			return fmt.Errorf("restore: the templates have no file %s", want)
		case !missing:
			return fmt.Errorf("restore: %s is there; to have the templates' version again, delete yours first", want)
		}
	}
	return nil
}
