package render

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"text/template"
	"text/template/parse"
)

// program is one parsed template.
type program struct {
	name string // label/layer/file, for errors
	*template.Template
}

// stepName is the function that is put into each branch and round of a template. It prints nothing.
const stepName = "_step"

// execute renders the file of a job.
func (r *renderer) execute(j *job, secret bool) ([]byte, error) {
	p, ok := r.parsed[j.file.Source]
	if !ok {
		var err error
		if p, err = r.parse(r.place(j.file.Source), j.file.Data); err != nil {
			return nil, err
		}
		r.parsed[j.file.Source] = p
	}
	data := make(map[string]any, len(r.base)+2)
	for key, value := range r.base {
		data[key] = value
	}
	if j.item.each != "" {
		data[strings.ToUpper(j.item.each[:1])+j.item.each[1:]] = j.item.value
	}
	if j.number.ID != "" {
		data["Revision"] = j.number
	}
	r.limits.secret = secret
	out := &output{limits: r.limits, data: make([]byte, 0, len(j.file.Data)+len(j.file.Data)/2)}
	if err := p.Execute(out, data); err != nil {
		return nil, p.explain(err, j.item)
	}
	return out.data, nil
}

// parse reads a template, refuses one that calls itself, and puts a step into each of its branches.
func (r *renderer) parse(name string, text []byte) (*program, error) {
	p := &program{name: name}
	t, err := template.New(name).Option("missingkey=error").Funcs(r.functions).Parse(string(text))
	if err != nil {
		return nil, p.misread(err, string(text))
	}
	p.Template = t
	calls := map[string][]string{}
	for _, part := range t.Templates() {
		if part.Tree == nil || part.Root == nil {
			continue
		}
		walk(part.Root, func(n parse.Node) {
			if call, ok := n.(*parse.TemplateNode); ok {
				calls[part.Name()] = append(calls[part.Name()], call.Name)
			}
		})
		addSteps(part.Root)
	}
	for start := range calls {
		if at, ok := circle(calls, start); ok {
			return nil, fmt.Errorf("%s:1:1: the template %q calls itself", name, at)
		}
	}
	return p, nil
}

// circle reports whether a template is reached from itself.
func circle(calls map[string][]string, start string) (string, bool) {
	seen, todo := map[string]bool{}, calls[start]
	for len(todo) > 0 {
		next := todo[0]
		todo = todo[1:]
		if next == start {
			return start, true
		}
		if !seen[next] {
			seen[next] = true
			todo = append(todo, calls[next]...)
		}
	}
	return "", false
}

// walk visits the nodes that hold others, and calls of templates.
func walk(n parse.Node, visit func(parse.Node)) {
	visit(n)
	for _, list := range branches(n) {
		if list != nil {
			for _, child := range list.Nodes {
				walk(child, visit)
			}
		}
	}
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
func (p *program) misread(err error, text string) error {
	message := strings.TrimPrefix(err.Error(), "template: "+p.name+":")
	digits, rest, _ := strings.Cut(message, ":")
	line, bad := strconv.Atoi(digits)
	if bad != nil {
		return fmt.Errorf("%s:1:1: %s", p.name, strings.TrimPrefix(err.Error(), "template: "))
	}
	column := 1
	if lines := strings.Split(text, "\n"); line <= len(lines) {
		column = columnOf(lines[line-1], rest)
	}
	return fmt.Errorf("%s:%d:%d: %s", p.name, line, column, strings.TrimSpace(rest))
}

// columnOf finds the word that a message of the parser quotes, or the action of the line.
func columnOf(line, message string) int {
	start := max(strings.Index(line, "{{"), 0)
	if _, word, ok := strings.Cut(message, `"`); ok {
		word, _, _ = strings.Cut(word, `"`)
		if at := strings.Index(line[start:], word); at > 0 && word != "" {
			start += at
		}
	}
	return start + 1
}

// explain gives an error of a run as name:line:column, with what it was rendered for.
func (p *program) explain(err error, it item) error {
	message := strings.TrimPrefix(err.Error(), "template: ")
	if rest, ok := strings.CutPrefix(message, p.name+":"); ok {
		if m := regexp.MustCompile(`^(\d+):(\d+): executing "(?:[^"\\]|\\.)*" at (?s:(.*))$`).FindStringSubmatch(rest); m != nil {
			column, _ := strconv.Atoi(m[2])
			message = fmt.Sprintf("%s:%s:%d: %s", p.name, m[1], column+1, strings.ReplaceAll(m[3], stepName, "step"))
		}
	} else {
		message = p.name + ":1:1: " + message
	}
	if it.each != "" {
		message += fmt.Sprintf(" (for %s %q)", it.each, it.name)
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
