package render

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

// fromSprig are the functions that are taken from sprig as they are: pure functions of texts, numbers and lists whose
// result is not much larger than what they are given.
var fromSprig = []string{
	"lower", "upper", "untitle", "trim", "trimAll", "trimPrefix", "trimSuffix", "nospace", "trunc", "abbrev", "substr", "wrap",
	"contains", "hasPrefix", "hasSuffix", "snakecase", "camelcase", "kebabcase", "cat", "toString", "splitList", "sortAlpha",
	"list", "dict", "hasKey", "first", "last", "rest", "initial", "append", "prepend", "concat", "reverse", "uniq", "without",
	"has", "compact", "default", "empty", "coalesce", "ternary", "add", "add1", "sub", "mul", "div", "mod", "max", "min", "int",
	"fail",
}

// functions returns every function that a template can call, but for the comparisons, and, or, not, len, slice and call,
// which text/template has by itself.
func functions(l *limits, random io.Reader) map[string]any {
	own := map[string]any{
		"print": fmt.Sprint, "println": fmt.Sprintln, "printf": printf,
		"html": template.HTMLEscaper, "js": template.JSEscaper, "urlquery": template.URLQueryEscaper,
		"index": index, "replace": replace, "join": join, "indent": indent, "nindent": nindent,
		"repeat": repeat, "until": until,
		"pyString": pyString, "tomlString": tomlString, "yamlString": yamlString, "jsonString": jsonString,
		"shString": shString, "mdText": mdText,
		"randomSecret": func(n int) (string, error) { return l.randomSecret(random, n) },
	}
	all := make(map[string]any, len(own)+len(fromSprig)+1)
	theirs := sprig.GenericFuncMap()
	for _, name := range fromSprig {
		all[name] = l.bounded(theirs[name])
	}
	for name, function := range own {
		all[name] = l.bounded(function)
	}
	all[stepName] = l.step
	return all
}

func (l *limits) randomSecret(random io.Reader, n int) (string, error) {
	switch {
	case !l.secret:
		return "", errors.New("stands only in a file that its layer lists under secret")
	case n < 1 || n > maxSecret:
		return "", fmt.Errorf("takes 1 to %d bytes, not %d", maxSecret, n)
	}
	secret := make([]byte, n)
	if _, err := io.ReadFull(random, secret); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(secret), nil
}

// index is text/template's, but a key that is not there is an error.
func index(of any, keys ...any) (any, error) {
	v := reflect.ValueOf(of)
	for _, key := range keys {
		for v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		k := reflect.ValueOf(key)
		switch {
		case v.Kind() == reflect.Map && k.IsValid() && k.Type().AssignableTo(v.Type().Key()):
			if v = v.MapIndex(k); !v.IsValid() {
				return nil, fmt.Errorf("there is no %q", fmt.Sprint(key))
			}
		case (v.Kind() == reflect.Slice || v.Kind() == reflect.Array || v.Kind() == reflect.String) && k.CanInt():
			if n := k.Int(); n < 0 || n >= int64(v.Len()) {
				return nil, fmt.Errorf("there is no item %d of %d", n, v.Len())
			}
			v = v.Index(int(k.Int()))
		default:
			return nil, fmt.Errorf("%T has no items with %T keys", of, key)
		}
	}
	if !v.IsValid() {
		return nil, errors.New("there is no value")
	}
	return v.Interface(), nil
}

// printf is fmt.Sprintf with what its verbs could grow to counted first.
func printf(format string, args ...any) (string, error) {
	verbs := strings.Count(format, "%")
	total, digits := len(format), 0
	for _, arg := range args {
		total += size(reflect.ValueOf(arg), 0)
	}
	for _, c := range format {
		if c < '0' || c > '9' {
			digits = 0
			continue
		}
		if digits++; digits > 3 {
			return "", errors.New("a width of more than 3 digits")
		}
	}
	if strings.Contains(format, "*") {
		return "", errors.New("a width must be a number")
	}
	if verbs*(total+1000) > maxValue && verbs > 1 {
		return "", errValue
	}
	return fmt.Sprintf(format, args...), nil
}

func replace(old, with, text string) (string, error) {
	if len(text)+strings.Count(text, old)*len(with) > maxValue {
		return "", errValue
	}
	return strings.ReplaceAll(text, old, with), nil
}

// join takes a list of anything, as sprig's does; texts stand as they are.
func join(separator string, list any) (string, error) {
	v := reflect.ValueOf(list)
	if v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
		return "", fmt.Errorf("%T is not a list", list)
	}
	if v.Len()*len(separator) > maxValue {
		return "", errValue
	}
	texts := make([]string, v.Len())
	for i := range texts {
		texts[i] = fmt.Sprint(v.Index(i).Interface())
	}
	return strings.Join(texts, separator), nil
}

// indent puts blanks before each line that is not empty.
func indent(columns int, text string) (string, error) {
	if columns < 0 || columns > maxCount || len(text)+(strings.Count(text, "\n")+1)*columns > maxValue {
		return "", errValue
	}
	blanks, lines := strings.Repeat(" ", columns), strings.Split(text, "\n")
	for i, line := range lines {
		if line != "" {
			lines[i] = blanks + line
		}
	}
	return strings.Join(lines, "\n"), nil
}

func nindent(columns int, text string) (string, error) {
	text, err := indent(columns, text)
	return "\n" + text, err
}

func repeat(count int, text string) (string, error) {
	if count < 0 || len(text) > 0 && count > maxValue/len(text) {
		return "", fmt.Errorf("can't be done %d times: %w", count, errValue)
	}
	return strings.Repeat(text, count), nil
}

func until(count int) ([]int, error) {
	if count < 0 || count > maxCount {
		return nil, fmt.Errorf("counts to at most %d, not %d", maxCount, count)
	}
	numbers := make([]int, count)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers, nil
}
