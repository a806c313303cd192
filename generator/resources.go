package generator

import (
	"fmt"
	"slices"

	"example.com/scaffold/generator/layer"
	"example.com/scaffold/generator/resource"
)

// bring gives the resources of a project: those of the answers, with those that the set itself brings. One of the set's
// comes when its condition begins to hold and goes when it ceases to, so that one that a person added, changed or took away
// by hand stays as they left it; the notes name what stays for that.
func bring(set *layer.Set, specs []resource.Spec, before, now map[string]any) (brought []resource.Spec, notes []string) {
	specs = slices.Clone(specs)
	for _, own := range set.Resources {
		held, holds := before != nil && own.When.Holds(before), own.When.Holds(now)
		at := slices.IndexFunc(specs, func(spec resource.Spec) bool { return spec.Name == own.Spec.Name })
		switch {
		case holds && !held && at < 0:
			specs = append(specs, own.Spec)
		case held && !holds && at >= 0 && specs[at].Equal(own.Spec):
			specs = slices.Delete(specs, at, at+1)
		case held && !holds && at >= 0:
			notes = append(notes, fmt.Sprintf("resource %s: you changed it, so it stays; take it out of the answers to drop it", own.Spec.Name))
		}
	}
	return specs, notes
}

// changedFields notes the resources with other fields than in the run before, for which a person has to write the revision.
func changedFields(before, now []resource.Spec) []string {
	var notes []string
	for _, spec := range now {
		for _, old := range before {
			if old.Name == spec.Name && !old.EqualFields(spec) {
				notes = append(notes, fmt.Sprintf("resource %s: its fields have changed, and the revision for that is yours to write: `just revision \"change %[1]s\"`", spec.Name))
			}
		}
	}
	return notes
}
