package resource

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Limits of the grammar. Each follows from what a database index, a cursor or a reader bears.
const (
	maxStr       = 10_000  // characters of a str
	maxText      = 100_000 // characters of a text
	defaultText  = 20_000
	defaultStr   = 255
	maxIndexed   = 600   // characters of a str with an index: PostgreSQL takes 2,700 bytes an entry
	maxSorted    = 1_000 // characters of a str with a sort: the cursor holds the value
	maxDigits    = 38
	sqliteDigits = 18 // SQLite keeps 64-bit integers
	maxMembers   = 100
	maxDefault   = 80 // characters of a default: it stands on one line of the generated code
	maxMember    = 50 // characters of an enum member
	maxFieldName = 40
	// maxResourceName leaves room for the longest name that PostgreSQL gets from it: ix_NAME_owner_id_created_at_id.
	maxResourceName = 35
	maxFields       = 100
	maxResources    = 200
	maxIdentifier   = 63 // PostgreSQL's limit of a name
)

var member = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// judge turns the parts of a field into a Field, or refuses it.
func judge(r raw, ctx Context) (Field, *refusal) {
	f := Field{Name: r.name.text, Kind: r.typ.text, Optional: r.optional, Text: r.text}
	k, ok := findKind(r.typ.text)
	if !ok {
		return f, refuse(r.typ, "the types are "+kindNames(), "unknown type %q", r.typ.text)
	}
	if k.name == "ref" || k.name == "many" {
		return f, refuse(r.typ, "leave the field out for now", "%s comes with a later version", k.name)
	}
	f.kind = k
	for _, step := range []func(*Field, raw, Context) *refusal{(*Field).readArgs, (*Field).readSize, (*Field).readMods, (*Field).readDefault} {
		if err := step(&f, r, ctx); err != nil {
			return f, err
		}
	}
	return f, f.readSamples(r)
}

func (f *Field) readArgs(r raw, _ Context) *refusal {
	switch f.Kind {
	case "enum":
		return f.readMembers(r)
	case "list":
		if len(r.args) != 1 || (r.args[0].text != "str" && r.args[0].text != "int") {
			return refuse(r.typ, "write list(str) or list(int)", "a list says what it holds")
		}
		f.Item = r.args[0].text
	default:
		if r.hasArgs {
			return refuse(r.typ, "only enum and list have arguments", "%s takes nothing in parentheses", f.Kind)
		}
	}
	return nil
}

func (f *Field) readMembers(r raw) *refusal {
	if len(r.args) == 0 || r.args[0].text == "" {
		return refuse(r.typ, "write enum(new,paid,shipped)", "an enum lists its members")
	}
	if len(r.args) > maxMembers {
		return refuse(r.args[maxMembers], "", "an enum has at most %d members", maxMembers)
	}
	for _, arg := range r.args {
		switch {
		case !member.MatchString(arg.text):
			return refuse(arg, "members are like in_stock: lower case letters, digits and _", "%q cannot be a member", arg.text)
		case len(arg.text) > maxMember:
			return refuse(arg, "", "a member is at most %d characters long", maxMember)
		case slices.ContainsFunc(f.Members, func(m string) bool { return m == arg.text }):
			return refuse(arg, "", "the member %q is given twice", arg.text)
		case arg.text == "mro":
			return refuse(arg, "choose another word", "mro is a name that Python's Enum owns")
		}
		f.Members = append(f.Members, arg.text)
	}
	return nil
}

func (f *Field) readSize(r raw, ctx Context) *refusal {
	switch f.kind.size {
	case "length":
		return f.readLength(r)
	case "decimal":
		return f.readDigits(r, ctx)
	}
	f.MaxSize = map[string]int{"email": 254, "url": 2083, "slug": 100}[f.Kind]
	if r.size != nil {
		return refuse(*r.size, "only str, text and decimal have a size", "%s takes no size", f.Kind)
	}
	return nil
}

func (f *Field) readLength(r raw) *refusal {
	limit := maxStr
	f.MinSize, f.MaxSize = 1, defaultStr
	if f.Kind == "text" {
		f.MaxSize, limit = defaultText, maxText
	}
	if r.size == nil {
		return nil
	}
	low, high, ranged := strings.Cut(r.size.text, "..")
	if !ranged {
		low, high = "", r.size.text
	}
	var ok bool
	if f.MaxSize, ok = number(high); !ok {
		return refuse(*r.size, "write "+f.Kind+"{80} or "+f.Kind+"{1..80}", "%q is not a size", r.size.text)
	}
	if low != "" {
		if f.MinSize, ok = number(low); !ok {
			return refuse(*r.size, "write "+f.Kind+"{80} or "+f.Kind+"{1..80}", "%q is not a size", r.size.text)
		}
	}
	switch {
	case f.MaxSize < 1 || f.MaxSize > limit:
		return refuse(*r.size, "", "the greatest length of a %s is 1 to %d", f.Kind, limit)
	case f.MinSize > f.MaxSize:
		return refuse(*r.size, "", "the least length %d is above the greatest, %d", f.MinSize, f.MaxSize)
	}
	return nil
}

func (f *Field) readDigits(r raw, ctx Context) *refusal {
	const fix = "write decimal{10,2}: ten digits, two of them after the point"
	if r.size == nil {
		return refuse(r.typ, fix, "a decimal needs its digits")
	}
	digits, scale, ok := strings.Cut(r.size.text, ",")
	var okDigits, okScale bool
	f.Digits, okDigits = number(strings.TrimSpace(digits))
	f.Scale, okScale = number(strings.TrimSpace(scale))
	switch {
	case !ok || !okDigits || !okScale:
		return refuse(*r.size, fix, "%q is not the size of a decimal", r.size.text)
	case f.Digits < 1 || f.Digits > maxDigits:
		return refuse(*r.size, "", "a decimal has 1 to %d digits", maxDigits)
	case f.Scale > f.Digits:
		return refuse(*r.size, "", "%d digits after the point are more than the %d in all", f.Scale, f.Digits)
	case ctx.mongodb() && f.Digits > mongoDigits:
		return refuse(*r.size, "use fewer digits", "MongoDB keeps at most %d digits exactly", mongoDigits)
	case ctx.Database == "sqlite" && f.Digits > sqliteDigits:
		return refuse(*r.size, "use fewer digits or database=postgres", "SQLite keeps at most %d digits exactly", sqliteDigits)
	}
	return nil
}

// number reads a small natural number without sign or leading zero.
func number(text string) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0 && strconv.Itoa(n) == text
}
