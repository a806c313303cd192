package resource

import (
	"math/big"
	"slices"
	"strings"
)

// Field is one checked field of a resource.
type Field struct {
	Name     string   // snake case: the column and the JSON key
	Kind     string   // a type of the grammar: "str", "decimal"
	Members  []string // of an enum, in the order of the answers
	Item     string   // of a list: "str" or "int"
	MinSize  int      // the least length of a str or text
	MaxSize  int      // the greatest length of a string, in characters
	Digits   int      // of a decimal, in all
	Scale    int      // of a decimal, after the point
	Min, Max string   // bounds of a number, as written; empty for none
	Pattern  string   // RE2, without the slashes; empty for none
	Optional bool
	Default  *string // as written; nil for none
	Text     string  // the field in the string form

	mods     []string
	kind     kind
	class    string   // the class of the resource
	alias    string   // the name of the Pydantic type in the schema module; empty when it needs none
	siblings []string // the names of all fields of the resource, its own too
	samples  []sample
	mongodb  bool // it is a field of a document
}

// Has reports whether the field has the modifier.
func (f Field) Has(mod string) bool { return slices.Contains(f.mods, mod) }

// Unique reports whether no two rows (of one owner, when rows are owned) have one value.
func (f Field) Unique() bool { return f.Has("unique") }

// Creatable reports whether a client gives the field when it creates a row.
func (f Field) Creatable() bool { return !f.Has("readonly") }

// Mutable reports whether a client can change the field.
func (f Field) Mutable() bool { return f.Creatable() && !f.Has("immutable") }

// Shown reports whether replies hold the field.
func (f Field) Shown() bool { return !f.Has("hidden") }

// Required reports whether a client must give the field when it creates a row.
func (f Field) Required() bool { return f.Creatable() && !f.Optional && f.Default == nil }

// pascal turns order_line into OrderLine.
func pascal(snake string) string {
	var b strings.Builder
	for _, word := range strings.Split(snake, "_") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}

// bounds are the least and the greatest value of an integer or a decimal, counted in its smallest unit.
func (f Field) bounds() (lo, hi *big.Int) {
	one := big.NewInt(1)
	if f.Kind == "decimal" {
		hi = new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(f.Digits)), nil)
		hi.Sub(hi, one)
		lo = new(big.Int).Neg(hi)
	} else {
		hi = new(big.Int).Lsh(one, intBits[f.Kind])
		lo = new(big.Int).Neg(hi)
		hi.Sub(hi, one)
	}
	if f.Min != "" {
		lo = larger(lo, units(f.Min, f.Scale))
	}
	if f.Max != "" {
		hi = new(big.Int).Neg(larger(new(big.Int).Neg(hi), new(big.Int).Neg(units(f.Max, f.Scale))))
	}
	return lo, hi
}

func larger(a, b *big.Int) *big.Int {
	if a.Cmp(b) < 0 {
		return b
	}
	return a
}

// units turns a plain decimal number with at most scale digits after its point into a count of its smallest unit.
func units(number string, scale int) *big.Int {
	whole, fraction, _ := strings.Cut(number, ".")
	n, _ := new(big.Int).SetString(whole+fraction+strings.Repeat("0", scale-len(fraction)), 10)
	return n
}

// fixed is the reverse of units: 1990 with scale 2 is 19.90.
func fixed(n *big.Int, scale int) string {
	if scale == 0 {
		return n.String()
	}
	digits := new(big.Int).Abs(n).String()
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale+1-len(digits)) + digits
	}
	text := digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
	if n.Sign() < 0 {
		return "-" + text
	}
	return text
}
