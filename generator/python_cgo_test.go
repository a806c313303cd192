//go:build cgo

package generator_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	sitter "github.com/tree-sitter/go-tree-sitter"
	python "github.com/tree-sitter/tree-sitter-python/bindings/go"
)

// canReadPython tells that readPython does: its grammar is C, so that a build without cgo has none.
const canReadPython = true

// readPython parses a file with the grammar that editors use. A part that it can't read is an error.
func readPython(name string, data []byte) (pyFile, error) {
	parser := sitter.NewParser()
	defer parser.Close()
	if err := parser.SetLanguage(sitter.NewLanguage(python.Language())); err != nil {
		return pyFile{}, err
	}
	parsed := parser.Parse(data, nil)
	defer parsed.Close()
	r := reader{data: data, pyFile: pyFile{names: map[string]bool{}, attributes: map[string]bool{}}}
	if root := parsed.RootNode(); root.HasError() {
		return pyFile{}, fmt.Errorf("%s: is not Python: line %d", name, wrongLine(root))
	}
	r.body(parsed.RootNode(), "")
	for _, d := range r.defines {
		r.checkName(d.name)
	}
	if r.wrong != "" {
		return pyFile{}, fmt.Errorf("%s: is not Python: %s", name, r.wrong)
	}
	return r.pyFile, nil
}

// keywords can't be names; the grammar takes them where it can.
var keywords = strings.Fields(`False None True and as assert async await break class continue def del elif else except finally
	for from global if import in is lambda nonlocal not or pass raise return try while with yield`)

func (r *reader) checkName(name string) {
	if slices.Contains(keywords, name) {
		r.wrong = "the name " + name
	}
}

// checkIndent holds the statements of a block to one column, which the grammar doesn't.
func (r *reader) checkIndent(block *sitter.Node) {
	row, column, statements := uint(0), uint(0), 0
	for i := range block.NamedChildCount() {
		child := block.NamedChild(i)
		start := child.StartPosition()
		switch {
		case child.Kind() == "comment":
			continue
		case statements == 0:
			column = start.Column
		case start.Column != column && start.Row != row:
			r.wrong = fmt.Sprintf("the indentation of line %d", start.Row+1)
		}
		statements++
		row = child.EndPosition().Row
	}
	if statements == 0 && block.Kind() == "block" || column > 0 && block.Kind() == "module" {
		r.wrong = fmt.Sprintf("the block at line %d", block.StartPosition().Row+1)
	}
}

// wrongLine is where the first part begins that the grammar doesn't know.
func wrongLine(n *sitter.Node) uint {
	for i := range n.ChildCount() {
		if child := n.Child(i); child.HasError() {
			return wrongLine(child)
		}
	}
	return n.StartPosition().Row + 1
}

// reader gathers what a module says.
type reader struct {
	data  []byte
	wrong string // what the grammar takes and Python doesn't
	pyFile
}

func (r *reader) text(n *sitter.Node) string {
	if n == nil {
		return ""
	}
	return n.Utf8Text(r.data)
}

// body reads the statements of a module or of a class, which are definitions.
func (r *reader) body(n *sitter.Node, class string) {
	r.checkIndent(n)
	for i := range n.NamedChildCount() {
		statement := n.NamedChild(i)
		registered := false
		if statement.Kind() == "decorated_definition" {
			registered = r.decorators(statement)
			statement = statement.ChildByFieldName("definition")
		}
		switch statement.Kind() {
		case "function_definition", "class_definition":
			r.definition(statement, class, registered)
		case "expression_statement":
			if class == "" {
				r.constant(statement.NamedChild(0))
				continue
			}
			r.expression(statement)
		default:
			r.expression(statement)
		}
	}
}

// definition reads a function or a class, and the methods of a class.
func (r *reader) definition(n *sitter.Node, class string, registered bool) {
	name := n.ChildByFieldName("name")
	r.defines = append(r.defines, definition{r.text(name), class, registered})
	for i := range n.NamedChildCount() {
		child := n.NamedChild(i)
		switch {
		case child.Equals(*name):
		case n.Kind() == "class_definition" && child.Kind() == "block":
			r.body(child, r.text(name))
		default:
			r.expression(child)
		}
	}
}

// constant reads an assignment of a module, whose left side is defined and not used.
func (r *reader) constant(n *sitter.Node) {
	left := n.ChildByFieldName("left")
	if n.Kind() != "assignment" || left == nil || left.Kind() != "identifier" {
		r.expression(n)
		return
	}
	r.defines = append(r.defines, definition{name: r.text(left)})
	if kind := n.ChildByFieldName("type"); kind != nil {
		r.expression(kind)
	}
	if right := n.ChildByFieldName("right"); right != nil {
		r.constant(right)
	}
}

// quiet are decorators after which a function still has to be called by its name.
var quiet = []string{
	"property", "classmethod", "staticmethod", "contextmanager", "asynccontextmanager", "cache", "lru_cache", "dataclass", "pytest.fixture",
}

// decorators reads the decorators, and tells whether one of them registers what it stands on.
func (r *reader) decorators(n *sitter.Node) bool {
	registered := false
	for i := range n.NamedChildCount() {
		if child := n.NamedChild(i); child.Kind() == "decorator" {
			text := r.text(child)
			name, _, _ := strings.Cut(strings.TrimPrefix(text, "@"), "(")
			registered = registered || !slices.Contains(quiet, strings.TrimSpace(name)) || strings.Contains(text, "autouse=True")
			r.expression(child)
		}
	}
	return registered
}

var oneWord = regexp.MustCompile(`^[A-Za-z_]\w*$`)

// expression gathers the names in a node.
func (r *reader) expression(n *sitter.Node) {
	switch n.Kind() {
	case "block":
		r.checkIndent(n)
	case "identifier":
		r.names[r.text(n)] = true
		r.checkName(r.text(n))
		return
	case "attribute":
		name := r.text(n.ChildByFieldName("attribute"))
		r.names[name], r.attributes[name] = true, true
		r.expression(n.ChildByFieldName("object"))
		return
	case "string_content":
		if text := r.text(n); oneWord.MatchString(text) {
			r.names[text] = true
		}
		return
	case "import_statement", "import_from_statement", "future_import_statement":
		r.imported(n)
		return
	}
	for i := range n.NamedChildCount() {
		r.expression(n.NamedChild(i))
	}
}

// imported reads an import. A name that is imported under another one counts as used.
func (r *reader) imported(n *sitter.Node) {
	from := n.ChildByFieldName("module_name")
	for i := range n.NamedChildCount() {
		child := n.NamedChild(i)
		if from != nil && child.Equals(*from) {
			continue
		}
		name := r.text(child)
		if child.Kind() == "aliased_import" {
			name = r.text(child.ChildByFieldName("name"))
			if name != r.text(child.ChildByFieldName("alias")) {
				r.names[name] = true
			}
		}
		if from == nil {
			r.imports = append(r.imports, imported{module: name})
		} else {
			r.imports = append(r.imports, imported{r.text(from), name})
		}
	}
}
