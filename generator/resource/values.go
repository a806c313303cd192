package resource

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// sample is one value of a field, spelled for the places where generated code needs it.
type sample struct {
	Py   string // what the model holds: Decimal("1.00")
	JSON string // what a request or a reply holds, as Python: "1.00"
}

// Query is the value as a Python string for a query parameter.
func (s sample) Query() string {
	switch {
	case s.JSON == "True" || s.JSON == "False":
		return pyString(strings.ToLower(s.JSON))
	case strings.HasPrefix(s.JSON, `"`) || strings.HasPrefix(s.JSON, `'`):
		return s.JSON
	}
	return pyString(s.JSON)
}

var (
	wholeNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,39})$`)
	pointNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,39})(\.[0-9]{1,40})?$`)
	slug        = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	uuid        = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
)

// checkNumber judges a number that is a bound or a default, by the column alone and not by the other bounds.
func (f Field) checkNumber(at part, what string) *refusal {
	bare := f
	bare.Min, bare.Max = "", ""
	switch {
	case f.Kind == "float":
		n, err := strconv.ParseFloat(at.text, 64)
		if err != nil || math.IsInf(n, 0) || math.IsNaN(n) || !pointNumber.MatchString(at.text) {
			return refuse(at, "", "%s: %q is not a number such as 1.5", what, at.text)
		}
		return nil
	case f.Kind == "decimal":
		_, fraction, _ := strings.Cut(at.text, ".")
		if !pointNumber.MatchString(at.text) || len(fraction) > f.Scale {
			return refuse(at, "", "%s: %q is not a number with at most %d digits after the point", what, at.text, f.Scale)
		}
	case !wholeNumber.MatchString(at.text):
		return refuse(at, "", "%s: %q is not a whole number", what, at.text)
	}
	n := units(at.text, f.Scale)
	if lo, hi := bare.bounds(); n.Cmp(lo) < 0 || n.Cmp(hi) > 0 {
		return refuse(at, "", "%s: %s does not fit the column, which holds %s to %s", what, at.text, fixed(lo, f.Scale), fixed(hi, f.Scale))
	}
	return nil
}

// empty reports whether no number lies between the bounds.
func (f Field) empty() bool {
	if f.Kind == "float" {
		return float(f.Min) > float(f.Max)
	}
	lo, hi := f.bounds()
	return lo.Cmp(hi) > 0
}

func float(text string) float64 {
	n, _ := strconv.ParseFloat(text, 64)
	return n
}

func (f *Field) readDefault(r raw, _ Context) *refusal {
	if r.def == nil {
		return nil
	}
	f.Default = &r.def.text
	if utf8.RuneCountInString(r.def.text) > maxDefault {
		return refuse(*r.def, "set a longer one in the code", "a default is at most %d characters long", maxDefault)
	}
	if f.number() {
		if err := f.checkNumber(*r.def, "default"); err != nil {
			return err
		}
	}
	if reason := f.wrongDefault(r.def.text); reason != "" {
		return refuse(*r.def, "", "the default %q %s", r.def.text, reason)
	}
	return nil
}

func (f Field) number() bool { return f.kind.order && f.kind.module != "datetime" }

// wrongDefault says why the field would not take its own default, or nothing.
func (f Field) wrongDefault(text string) string {
	switch f.Kind {
	case "str", "text":
		return f.wrongText(text)
	case "float":
		if (f.Min != "" && float(text) < float(f.Min)) || (f.Max != "" && float(text) > float(f.Max)) {
			return "is out of bounds"
		}
	case "int", "bigint", "smallint", "decimal":
		n := units(text, f.Scale)
		if lo, hi := f.bounds(); n.Cmp(lo) < 0 || n.Cmp(hi) > 0 {
			return "is out of bounds"
		}
	case "enum":
		if !slices.Contains(f.Members, text) {
			return "is not a member: " + strings.Join(f.Members, ", ")
		}
	case "json", "list":
		return f.wrongJSON(text)
	default:
		return wrongLiteral(f.Kind, text)
	}
	return ""
}

func (f Field) wrongText(text string) string {
	length := utf8.RuneCountInString(text)
	switch {
	case strings.TrimSpace(text) != text:
		return "begins or ends with a blank"
	case length < f.MinSize || length > f.MaxSize:
		return fmt.Sprintf("is not %d to %d characters long", f.MinSize, f.MaxSize)
	case f.Pattern != "" && !f.matcher().MatchString(text):
		return "does not match the pattern"
	}
	return ""
}

// layouts are what a default of these types looks like.
var layouts = map[string][]string{
	"date":     {"2006-01-02"},
	"time":     {"15:04", "15:04:05", "15:04:05.999999"},
	"datetime": {time.RFC3339Nano},
}

func wrongLiteral(kind, text string) string {
	switch kind {
	case "bool":
		if text != "true" && text != "false" {
			return "is neither true nor false"
		}
	case "uuid":
		if !uuid.MatchString(text) {
			return "is not a UUID in lower case"
		}
	case "slug":
		if !slug.MatchString(text) || len(text) > 100 {
			return "is not a slug such as a-b-1"
		}
	case "email":
		if a, err := mail.ParseAddress(text); err != nil || a.Address != text || text != strings.ToLower(text) || len(text) > 254 {
			return "is not an e-mail address in lower case"
		}
	case "url":
		if u, err := url.Parse(text); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.Path == "" || len(text) > 2083 {
			return "is not a URL such as https://example.com/"
		}
	default:
		if _, ok := moment(kind, text); !ok {
			return map[string]string{
				"date": "is not a date such as 2026-01-31", "time": "is not a time such as 09:30 or 09:30:00",
				"datetime": "is not a time with its offset, such as 2026-01-31T09:30:00Z",
			}[kind]
		}
	}
	return ""
}

func moment(kind, text string) (time.Time, bool) {
	for _, layout := range layouts[kind] {
		if t, err := time.Parse(layout, text); err == nil && (kind == "time" || t.UTC().Year() >= 1 && t.UTC().Year() <= 9999) {
			return t.UTC(), t.Nanosecond()%1000 == 0
		}
	}
	return time.Time{}, false
}

func (f Field) wrongJSON(text string) string {
	var value any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil || decoder.InputOffset() != int64(len(text)) {
		return "is not JSON"
	}
	if reason := wrongItems(value); reason != "" {
		return reason
	}
	if f.Kind == "json" {
		if _, ok := value.(map[string]any); !ok {
			return "is not a JSON object"
		}
		return ""
	}
	items, ok := value.([]any)
	if !ok || len(items) > 100 {
		return "is not a list of at most 100 items"
	}
	for _, item := range items {
		if reason := f.wrongItem(item); reason != "" {
			return reason
		}
	}
	return ""
}

// wrongItems says what no client could send, however deep it lies.
func wrongItems(value any) string {
	switch v := value.(type) {
	case string:
		if strings.ContainsRune(v, 0) {
			return "holds a NUL"
		}
	case json.Number:
		if _, err := v.Float64(); err != nil {
			return "holds a number that is too large"
		}
	case []any:
		for _, item := range v {
			if reason := wrongItems(item); reason != "" {
				return reason
			}
		}
	case map[string]any:
		for name, item := range v {
			if reason := cmp.Or(wrongItems(name), wrongItems(item)); reason != "" {
				return reason
			}
		}
	}
	return ""
}

func (f Field) wrongItem(item any) string {
	if f.Item == "str" {
		if text, ok := item.(string); !ok || utf8.RuneCountInString(text) > 255 || strings.TrimSpace(text) != text {
			return "holds something other than strings of at most 255 characters"
		}
		return ""
	}
	n, ok := item.(json.Number)
	if !ok || (Field{Kind: "int"}).checkNumber(part{text: n.String()}, "") != nil {
		return "holds something other than whole numbers of 32 bits"
	}
	return ""
}

// literal spells a value that is known to be right.
func (f Field) literal(text string) sample {
	switch f.Kind {
	case "int", "bigint", "smallint":
		return sample{text, text}
	case "decimal":
		text = fixed(units(text, f.Scale), f.Scale)
		return sample{"Decimal(" + pyString(text) + ")", pyString(text)}
	case "float":
		text = pyFloat(float(text))
		return sample{text, text}
	case "bool":
		text = strings.ToUpper(text[:1]) + text[1:]
		return sample{text, text}
	case "uuid":
		return sample{"UUID(" + pyString(text) + ")", pyString(text)}
	case "enum":
		return sample{f.EnumClass() + "." + strings.ToUpper(text), pyString(text)}
	case "json", "list":
		value := pyJSON(text)
		return sample{value, value}
	case "date", "time", "datetime":
		return f.momentLiteral(text)
	}
	return sample{pyString(text), pyString(text)}
}

func (f Field) momentLiteral(text string) sample {
	t, _ := moment(f.Kind, text)
	clock := fmt.Sprintf("%d, %d", t.Hour(), t.Minute())
	if t.Second() != 0 || t.Nanosecond() != 0 {
		clock += fmt.Sprintf(", %d", t.Second())
	}
	if t.Nanosecond() != 0 {
		clock += fmt.Sprintf(", %d", t.Nanosecond()/1000)
	}
	seconds := "15:04:05"
	if t.Nanosecond() != 0 {
		seconds = "15:04:05.000000"
	}
	day := fmt.Sprintf("%d, %d, %d", t.Year(), t.Month(), t.Day())
	switch f.Kind {
	case "date":
		return sample{"date(" + day + ")", pyString(t.Format("2006-01-02"))}
	case "time":
		return sample{"time(" + clock + ")", pyString(t.Format(seconds))}
	}
	if clock == "0, 0" {
		return sample{"datetime(" + day + ", tzinfo=UTC)", pyString(t.Format("2006-01-02T" + seconds + "Z"))}
	}
	return sample{"datetime(" + day + ", " + clock + ", tzinfo=UTC)", pyString(t.Format("2006-01-02T" + seconds + "Z"))}
}

// pyJSON spells a JSON document as Python, keys in the order of the document.
func pyJSON(text string) string {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var b strings.Builder
	if err := writeJSON(&b, decoder); err != nil {
		return "{}"
	}
	return b.String()
}

func writeJSON(b *strings.Builder, decoder *json.Decoder) error {
	token, err := decoder.Token()
	if err != nil {
		return err
	}
	switch value := token.(type) {
	case json.Delim:
		b.WriteRune(rune(value))
		for first := true; decoder.More(); first = false {
			if !first {
				b.WriteString(", ")
			}
			if value == '{' {
				key, err := decoder.Token()
				if err != nil {
					return err
				}
				b.WriteString(pyString(key.(string)) + ": ")
			}
			if err := writeJSON(b, decoder); err != nil {
				return err
			}
		}
		closing, err := decoder.Token()
		if err != nil {
			return err
		}
		b.WriteRune(rune(closing.(json.Delim)))
	case string:
		b.WriteString(pyString(value))
	case json.Number:
		b.WriteString(value.String())
	case bool:
		b.WriteString(map[bool]string{true: "True", false: "False"}[value])
	case nil:
		b.WriteString("None")
	default:
		return io.ErrUnexpectedEOF
	}
	return nil
}
