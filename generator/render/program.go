package render

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/template"
	"text/template/parse"
	"unicode/utf8"
)

// program is one parsed template.
type program struct {
	name string // label/layer/file, for errors
	*template.Template
}

// Programs keeps the parsed templates of one set, for who renders it with many answers; several may at once. Nil keeps nothing.
type Programs struct {
	mu    sync.Mutex
	texts map[string]text // by source
}

// NewPrograms keeps what it parses until it is dropped.
func NewPrograms() *Programs { return &Programs{texts: map[string]text{}} }

// text is a template as it was read: not bound to the functions of a run.
type text struct {
	trees map[string]*parse.Tree
	calls []string // functions of ours
}

// read parses the template of a file, or gives what it was parsed to before.
func (p *Programs) read(source string, parse func() (text, error)) (text, error) {
	if p == nil {
		return parse()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if known, ok := p.texts[source]; ok {
		return known, nil
	}
	read, err := parse()
	if err == nil {
		p.texts[source] = read
	}
	return read, err
}

// stepName is the function that is put into each branch and round of a template. It prints nothing.
const stepName = "_step"

// execute renders the file of a job.
func (r *renderer) execute(j *job, secret bool) ([]byte, error) {
	p, ok := r.parsed[j.file.Source]
	if !ok {
		name := r.place(j.file.Source)
		read, err := r.programs.read(j.file.Source, func() (text, error) { return r.read(name, j.file.Data) })
		if err == nil {
			p, err = r.bind(name, read)
		}
		if err != nil {
			return nil, err
		}
		if j.item.each != "" {
			r.parsed[j.file.Source] = p
		}
	}
	data := make(map[string]any, len(r.base)+2)
	for key, value := range r.base {
		data[key] = value
	}
	if j.item.each != "" {
		word := j.item.word()
		data[strings.ToUpper(word[:1])+word[1:]] = j.item.value
	}
	if j.number.ID != "" {
		data["Revision"] = j.number
	}
	r.limits.secret, r.limits.steps = secret, 0
	out := &output{limits: r.limits, data: r.scratch[:0]}
	if err := p.Execute(out, data); err != nil {
		return nil, p.explain(err, j)
	}
	r.scratch = out.data
	return append([]byte{}, out.data...), nil
}

// builtins are the functions that text/template has by itself and that a template may call; those of its functions that
// are in none of the two lists can't be called.
var builtins = map[string]any{
	"and": true, "or": true, "not": true, "len": true, "slice": true, "eq": true, "ne": true, "lt": true, "le": true, "gt": true, "ge": true,
}

// parse reads a template and binds it to the functions of this run.
func (r *renderer) parse(name string, data []byte) (*program, error) {
	read, err := r.read(name, data)
	if err != nil {
		return nil, err
	}
	return r.bind(name, read)
}

// read parses a template, refuses one that calls itself, and puts a step into each of its branches.
func (r *renderer) read(name string, data []byte) (text, error) {
	trees, err := parse.Parse(name, string(data), "", "", r.functions, builtins)
	if err != nil {
		return text{}, misread(name, err, string(data))
	}
	read := text{trees: trees, calls: []string{stepName}}
	parts := map[string][]string{}
	for part, t := range trees {
		walk(t.Root, func(n parse.Node) {
			switch n := n.(type) {
			case *parse.TemplateNode:
				parts[part] = append(parts[part], n.Name)
			case *parse.IdentifierNode:
				if r.functions[n.Ident] != nil {
					read.calls = append(read.calls, n.Ident)
				}
			}
		})
		addSteps(t.Root)
	}
	if at := circle(parts); at != "" {
		return text{}, fmt.Errorf("%s:1:1: the template %q calls itself", name, at)
	}
	return read, nil
}

// bind makes a program of a template that was read.
func (r *renderer) bind(name string, read text) (*program, error) {
	used := template.FuncMap{}
	for _, call := range read.calls {
		used[call] = r.functions[call]
	}
	p := &program{name, template.New(name).Option("missingkey=error").Funcs(used)}
	for part, t := range read.trees {
		if _, err := p.AddParseTree(part, t); err != nil {
			return nil, fmt.Errorf("%s:1:1: %w", name, err)
		}
	}
	return p, nil
}

// circle returns a template that is reached from itself, or "".
func circle(calls map[string][]string) string {
	const entered, left = 1, 2
	state := map[string]int{}
	var visit func(string) string
	visit = func(name string) string {
		switch state[name] {
		case entered:
			return name
		case left:
			return ""
		}
		state[name] = entered
		for _, next := range calls[name] {
			if at := visit(next); at != "" {
				return at
			}
		}
		state[name] = left
		return ""
	}
	for _, start := range slices.Sorted(maps.Keys(calls)) {
		if at := visit(start); at != "" {
			return at
		}
	}
	return ""
}

// walk visits a node and all below it.
func walk(n parse.Node, visit func(parse.Node)) {
	visit(n)
	switch n := n.(type) {
	case *parse.ActionNode:
		walk(n.Pipe, visit)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			walk(n.Pipe, visit)
		}
	case *parse.ChainNode:
		walk(n.Node, visit)
	case *parse.PipeNode:
		for _, command := range n.Cmds {
			for _, arg := range command.Args {
				walk(arg, visit)
			}
		}
	}
	if pipe := condition(n); pipe != nil {
		walk(pipe, visit)
	}
	for _, list := range branches(n) {
		if list != nil {
			for _, child := range list.Nodes {
				walk(child, visit)
			}
		}
	}
}

func condition(n parse.Node) *parse.PipeNode {
	switch n := n.(type) {
	case *parse.IfNode:
		return n.Pipe
	case *parse.WithNode:
		return n.Pipe
	case *parse.RangeNode:
		return n.Pipe
	}
	return nil
}

func branches(n parse.Node) []*parse.ListNode {
	switch n := n.(type) {
	case *parse.ListNode:
		return []*parse.ListNode{n}
	case *parse.IfNode:
		return []*parse.ListNode{n.List, n.ElseList}
	case *parse.WithNode:
		return []*parse.ListNode{n.List, n.ElseList}
	case *parse.RangeNode:
		return []*parse.ListNode{n.List, n.ElseList}
	}
	return nil
}

// addSteps puts a call of step at the beginning of every branch, loop and template.
func addSteps(root *parse.ListNode) {
	var lists []*parse.ListNode
	walk(root, func(n parse.Node) {
		for _, list := range branches(n) {
			if list != nil && n != parse.Node(list) || n == parse.Node(root) {
				lists = append(lists, list)
			}
		}
	})
	for _, list := range lists {
		list.Nodes = append([]parse.Node{stepAt(list.Pos)}, list.Nodes...)
	}
}

func stepAt(pos parse.Pos) parse.Node {
	name := parse.NewIdentifier(stepName).SetPos(pos)
	command := &parse.CommandNode{NodeType: parse.NodeCommand, Pos: pos, Args: []parse.Node{name}}
	pipe := &parse.PipeNode{NodeType: parse.NodePipe, Pos: pos, Cmds: []*parse.CommandNode{command}}
	return &parse.ActionNode{NodeType: parse.NodeAction, Pos: pos, Pipe: pipe}
}

// misread gives an error of the parser as name:line:column.
func misread(name string, err error, text string) error {
	message := strings.TrimPrefix(err.Error(), "template: "+name+":")
	digits, rest, _ := strings.Cut(message, ":")
	line, bad := strconv.Atoi(digits)
	if bad != nil {
		return fmt.Errorf("%s:1:1: %s", name, strings.TrimPrefix(err.Error(), "template: "))
	}
	column := 1
	if lines := strings.Split(text, "\n"); line <= len(lines) {
		column = columnOf(lines[line-1], rest)
	}
	return fmt.Errorf("%s:%d:%d: %s", name, line, column, strings.TrimSpace(rest))
}

// What is read of a line to find a column in it: actions, the texts in them, and the word that a message is about.
var (
	action  = regexp.MustCompile("{{(?:\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`|.)*?(?:}}|$)")
	literal = regexp.MustCompile("\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`")
	blamed  = regexp.MustCompile(`"(\$?\w+)"`)
)

// columnOf finds the first action that holds the word which a message of the parser quotes, outside of texts, and the word in it;
// else it is that of the line's last action, at which the parser most likely stopped.
func columnOf(line, message string) int {
	word, start := blamed.FindStringSubmatch(message), 0
	for _, at := range action.FindAllStringIndex(line, -1) {
		start = at[0]
		code := literal.ReplaceAllStringFunc(line[at[0]:at[1]], func(text string) string { return strings.Repeat(" ", len(text)) })
		if word != nil && strings.Contains(code, word[1]) {
			start += strings.Index(code, word[1])
			break
		}
	}
	return characters(line, start) + 1
}

// characters counts those before a byte of a line.
func characters(line string, before int) int {
	return utf8.RuneCountInString(line[:min(before, len(line))])
}

// explain gives an error of a run as name:line:column, with what it was rendered for.
func (p *program) explain(err error, j *job) error {
	message := strings.TrimPrefix(err.Error(), "template: ")
	if rest, ok := strings.CutPrefix(message, p.name+":"); ok {
		if m := regexp.MustCompile(`^(\d+):(\d+): executing "(?:[^"\\]|\\.)*" at (?s:(.*))$`).FindStringSubmatch(rest); m != nil {
			line, _ := strconv.Atoi(m[1])
			offset, _ := strconv.Atoi(m[2])
			text := strings.Split(string(j.file.Data), "\n")[line-1]
			plain := strings.NewReplacer(stepName, "step", " in type interface {}", "").Replace(m[3])
			message = fmt.Sprintf("%s:%d:%d: %s", p.name, line, characters(text, offset)+1, plain)
		}
	} else {
		message = p.name + ":1:1: " + message
	}
	if j.item.each != "" {
		message += fmt.Sprintf(" (for %s %q)", j.item.each, j.item.name)
	}
	return &Error{message, errors.Unwrap(err)}
}

// Error is an error of a template: label/layer/file:line:column and what is wrong.
type Error struct {
	message string
	cause   error
}

func (e *Error) Error() string { return e.message }

// Unwrap returns what the template or the limit said.
func (e *Error) Unwrap() error { return e.cause }
