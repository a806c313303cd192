package generator

import (
	"slices"

	"example.com/scaffold/generator/layer"
	"example.com/scaffold/generator/resource"
)

// bring gives the resources of a project: those of the answers, with those that the set itself brings. One of the set's
// comes when its condition begins to hold and goes when it ceases to, so that one that a person added or took away by
// hand stays as they left it.
func bring(set *layer.Set, specs []resource.Spec, before, now map[string]any) []resource.Spec {
	specs = slices.Clone(specs)
	for _, own := range set.Resources {
		held, holds := before != nil && own.When.Holds(before), own.When.Holds(now)
		at := slices.IndexFunc(specs, func(spec resource.Spec) bool { return spec.Name == own.Spec.Name })
		switch {
		case holds && !held && at < 0:
			specs = append(specs, own.Spec)
		case held && !holds && at >= 0:
			specs = slices.Delete(specs, at, at+1)
		}
	}
	return specs
}
