package resource

// Field is one checked field of a resource.
type Field struct {
	Name string
}
