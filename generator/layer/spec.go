package layer

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/scaffold/generator/layer/strict"
	"example.com/scaffold/generator/resource"
)

// readResources reads what the set brings.
func (s *Set) readResources(d *strict.Document, n *yaml.Node) error {
	items, err := d.Items(n, "resources")
	if err != nil {
		return err
	}
	for _, item := range items {
		spec, err := ReadSpec(d, item, "when")
		if err != nil {
			return err
		}
		r := SetResource{Spec: spec}
		fields, err := d.Fields(item, "a resource")
		if err != nil {
			return err
		}
		for _, f := range fields {
			if f.Key == "when" {
				if r.When, err = s.readWhen(d, "when", f.Value); err != nil {
					return err
				}
			}
		}
		s.Resources = append(s.Resources, r)
	}
	return nil
}

// ReadSpec reads a resource of a set or of the answers, unchecked but for its shape. The keys in more are for the caller.
func ReadSpec(d *strict.Document, n *yaml.Node, more ...string) (resource.Spec, error) {
	spec := resource.Spec{Place: d.Place(n)}
	fields, err := d.Fields(n, "a resource", append([]string{"name", "singular", "fields", "no_owner"}, more...)...)
	if err != nil {
		return spec, err
	}
	for _, f := range fields {
		switch f.Key {
		case "name":
			spec.Name, err = d.Text(f.Value, "name")
		case "singular":
			spec.Singular, err = d.Text(f.Value, "singular")
		case "no_owner":
			spec.NoOwner, err = d.Bool(f.Value, "no_owner")
		case "fields":
			spec.Fields, err = readFields(d, f.Value)
		}
		if err != nil {
			return spec, err
		}
	}
	if spec.Name == "" {
		return spec, d.Errorf(n, "a resource needs the key %q", "name")
	}
	return spec, nil
}

func readFields(d *strict.Document, n *yaml.Node) ([]resource.FieldSpec, error) {
	items, err := d.Items(n, "fields")
	if err != nil {
		return nil, err
	}
	specs := make([]resource.FieldSpec, len(items))
	for i, item := range items {
		if err := specs[i].UnmarshalYAML(item); err != nil {
			return nil, inFile(d, item, err)
		}
		specs[i].Place = d.Place(item)
	}
	return specs, nil
}

// inFile turns "line 3, column 5: what" into an error of the document.
func inFile(d *strict.Document, n *yaml.Node, err error) error {
	at := yaml.Node{Line: n.Line, Column: n.Column}
	message := err.Error()
	if place, rest, ok := strings.Cut(message, ": "); ok {
		if _, bad := fmt.Sscanf(place, "line %d, column %d", &at.Line, &at.Column); bad == nil {
			message = rest
		}
	}
	return d.Errorf(&at, "%s", message)
}
