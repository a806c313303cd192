package agent

import (
	"fmt"
	"sort"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"example.com/scaffold/generator/tree"
)

// CheckName refuses a name that can't be a file's name on every system, or that Claude Code does not load.
func CheckName(name string) error {
	if problem := badName(name); problem != "" {
		return fmt.Errorf("%s; rename it", problem)
	}
	if strings.Contains(name, "/") {
		return fmt.Errorf("its name %q holds a slash; rename it", name)
	}
	for _, path := range []string{name, name + ".md"} {
		if err := tree.CheckPath(path); err != nil {
			return fmt.Errorf("its name is no portable file name: %w; rename it", err)
		}
	}
	return nil
}

// CheckNames refuses names that are equal, also under case folding and Unicode normalisation.
func CheckNames(names []string) error {
	sorted := append([]string(nil), names...)
	sort.Strings(sorted)
	seen := map[string]string{}
	for _, name := range sorted {
		key := folded(name)
		if other, ok := seen[key]; ok {
			return fmt.Errorf("agents: %q and %q are one name; rename one of them", other, name)
		}
		seen[key] = name
	}
	return nil
}

// folded is what two names share that one file system may take for one.
func folded(name string) string { return norm.NFC.String(cases.Fold().String(norm.NFC.String(name))) }
