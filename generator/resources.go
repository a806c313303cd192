package generator

import (
	"fmt"
	"slices"

	"example.com/scaffold/generator/layer"
	"example.com/scaffold/generator/resource"
)

// bring gives the resources of a project: those of the answers, with those that the set itself brings. One of the set's
// comes when its condition begins to hold and goes when it ceases to, so that one that a person added, changed or took away
// by hand stays as they left it.
func bring(set *layer.Set, specs []resource.Spec, before, now map[string]any) []resource.Spec {
	specs = slices.Clone(specs)
	for _, own := range set.Resources {
		held, holds := before != nil && own.When.Holds(before), own.When.Holds(now)
		at := slices.IndexFunc(specs, func(spec resource.Spec) bool { return spec.Name == own.Spec.Name })
		switch {
		case holds && !held && at < 0:
			specs = append(specs, own.Spec)
		case held && !holds && at >= 0 && sameSpec(specs[at], own.Spec):
			specs = slices.Delete(specs, at, at+1)
		}
	}
	return specs
}

// kept notes the resources of the set that a person has changed, and that stay though their condition no longer holds.
func kept(set *layer.Set, specs []resource.Spec, before, now map[string]any) []string {
	var notes []string
	for _, own := range set.Resources {
		if before == nil || !own.When.Holds(before) || own.When.Holds(now) {
			continue
		}
		for _, spec := range specs {
			if spec.Name == own.Spec.Name && !sameSpec(spec, own.Spec) {
				notes = append(notes, fmt.Sprintf("resource %s: you changed it, so it stays; take it out of the answers to drop it", spec.Name))
			}
		}
	}
	return notes
}

// refielded notes the resources with other fields than in the run before, for which a person has to write the revision.
func refielded(before, now []resource.Spec) []string {
	var notes []string
	for _, spec := range now {
		for _, old := range before {
			if old.Name == spec.Name && !slices.EqualFunc(old.Fields, spec.Fields, sameField) {
				notes = append(notes, fmt.Sprintf("resource %s: its fields have changed, and the revision for that is yours to write: `just revision \"change %[1]s\"`", spec.Name))
			}
		}
	}
	return notes
}

func sameSpec(a, b resource.Spec) bool {
	return a.Singular == b.Singular && a.NoOwner == b.NoOwner && slices.EqualFunc(a.Fields, b.Fields, sameField)
}

func sameField(a, b resource.FieldSpec) bool { return a.String() == b.String() }
