package generator_test

// pyFile is what a file of Python says, for the checks of how a project hangs together.
type pyFile struct {
	imports    []imported
	defines    []definition
	names      map[string]bool // identifiers and texts that are one, but where they are imported or defined
	attributes map[string]bool // what stands behind a dot
}

// imported is one name that a file imports: `from module import name`, or `import module` with an empty name.
type imported struct{ module, name string }

// definition is a function, a class or a constant of a module, or a method.
type definition struct {
	name, class string
	// registered tells that a decorator hands it to something that will call it, such as a router or a validator.
	registered bool
}
