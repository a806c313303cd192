package answers

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"example.com/scaffold/generator/layer"
)

// parse makes a typed value from a text of --set.
func parse(q layer.Question, text string) (any, error) {
	switch q.Kind {
	case layer.KindBool:
		return parseBool(text)
	case layer.KindInt:
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("%q is not a whole number that fits", clip(text))
		}
		return n, nil
	case layer.KindMulti:
		list := []string{}
		for _, item := range strings.Split(text, ",") {
			if item = strings.TrimSpace(item); item != "" {
				list = append(list, item)
			}
		}
		return q.InOrder(list), nil
	}
	return text, nil
}

func parseBool(text string) (any, error) {
	switch strings.ToLower(text) {
	case "true", "yes":
		return true, nil
	case "false", "no":
		return false, nil
	}
	return nil, fmt.Errorf("%q is neither true nor false", clip(text))
}

// wanted names what a question takes.
var wanted = map[string]string{
	layer.KindText: "a text", layer.KindChoice: "one of the choices", layer.KindBool: "true or false", layer.KindInt: "a whole number",
}

// convert makes a typed value from a value of a document. A text takes a scalar as it is written, so that yes, 1e3 and
// null are texts.
func convert(q layer.Question, n *yaml.Node) (any, error) {
	if q.Kind == layer.KindMulti {
		if n.Kind != yaml.SequenceNode {
			return nil, fmt.Errorf("must be a list")
		}
		list := []string{}
		for _, item := range n.Content {
			if item.Kind != yaml.ScalarNode {
				return nil, fmt.Errorf("must be a list of texts")
			}
			list = append(list, item.Value)
		}
		return q.InOrder(list), nil
	}
	if n.Kind != yaml.ScalarNode {
		return nil, fmt.Errorf("must be %s", wanted[q.Kind])
	}
	if q.Kind == layer.KindInt && (n.ShortTag() == "!!str" || len(n.Value) > 1 && n.Value[0] == '0') {
		return nil, fmt.Errorf("%q is not a whole number", clip(n.Value)) // YAML 1.1 reads 010 as 8
	}
	return parse(q, n.Value)
}

// zero is the value of a question that is not asked and has no default.
func zero(q layer.Question) any {
	switch q.Kind {
	case layer.KindBool:
		return false
	case layer.KindInt:
		return 0
	case layer.KindMulti:
		return []string{}
	}
	return ""
}

func clip(text string) string {
	const longest = 60
	if len(text) > longest {
		return strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return text
}
