package tree

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Limits of a path, in bytes. 255 is what common file systems take for one name.
const (
	maxPath    = 4096
	maxSegment = 255
)

// stateDir is where the state lies; no render may name a file in it, nor make a project inside the project.
const stateDir = ".scaffold"

// refused are the characters that some system gives a meaning of its own.
const refused = `\:*?"<>|`

// unseen are the characters, besides control and bidirectional ones, that no script or emoji needs and nobody sees.
var unseen = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x180e, Hi: 0x180e, Stride: 1},
	{Lo: 0x200b, Hi: 0x200b, Stride: 1},
	{Lo: 0x2060, Hi: 0x206f, Stride: 1},
	{Lo: 0xfeff, Hi: 0xfeff, Stride: 1},
	{Lo: 0xfff9, Hi: 0xfffb, Stride: 1},
}}

// CheckPath refuses a path that is not a relative, slash-separated one whose every name is portable: one that each common
// system takes as it is, that no tool takes for its own (.git, a device), and that looks like what it is.
func CheckPath(path string) error {
	switch {
	case path == "":
		return fmt.Errorf("a path is empty")
	case len(path) > maxPath:
		return fmt.Errorf("%.40q…: the path is longer than %d bytes", path, maxPath)
	case !utf8.ValidString(path):
		return fmt.Errorf("%q: the path is not UTF-8", path)
	case strings.HasPrefix(path, "/"):
		return fmt.Errorf("%q: the path is absolute; it must be relative to the project", path)
	}
	for segment := range strings.SplitSeq(path, "/") {
		if reason := refuseSegment(segment); reason != "" {
			return fmt.Errorf("%q: %s", path, reason)
		}
	}
	return nil
}

// refuseSegment says what is wrong with one name of a path, or "".
func refuseSegment(name string) string {
	switch {
	case name == "":
		return "an empty name stands between or after slashes"
	case name == "." || name == "..":
		return fmt.Sprintf("the name %q leads elsewhere", name)
	case len(name) > maxSegment:
		return fmt.Sprintf("a name is longer than %d bytes", maxSegment)
	case strings.HasSuffix(name, ".") || strings.HasSuffix(name, " "):
		return fmt.Sprintf("the name %q ends in a dot or blank, which Windows drops", name)
	case disguised(name, ".git", "git~"):
		return fmt.Sprintf("the name %q is git's own", name)
	case disguised(name, stateDir, "scaffo~"):
		return fmt.Sprintf("the name %q is for the state of a project and nothing else", name)
	case isDevice(name):
		return fmt.Sprintf("the name %q is a device on Windows", name)
	}
	for _, r := range name {
		switch {
		case strings.ContainsRune(refused, r):
			return fmt.Sprintf("the character %q is not portable", r)
		case unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control, unseen):
			return fmt.Sprintf("the character %U can't be seen", r)
		}
	}
	return ""
}

// disguised tells that some system takes name for the given one: in another case or form, with code points that are
// ignored, with the dots and blanks that are dropped, or by its short name, as git~1.
func disguised(name, plain, short string) bool {
	seen := name
	if !isASCII(name) {
		seen = norm.NFKC.String(strings.Map(func(r rune) rune {
			if unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) {
				return -1
			}
			return r
		}, name))
	}
	seen, _, _ = strings.Cut(seen, ":")
	seen = strings.TrimRight(Fold(seen), ". ")
	number, isShort := strings.CutPrefix(seen, short)
	return seen == plain || isShort && number != "" && strings.Trim(number, "0123456789") == ""
}

func isASCII(name string) bool {
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// isDevice tells that Windows opens a device under this name, whatever its extension.
func isDevice(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	stem = strings.ToUpper(strings.TrimRight(stem, " "))
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$":
		return true
	}
	number, port := strings.CutPrefix(stem, "COM")
	if !port {
		number, port = strings.CutPrefix(stem, "LPT")
	}
	return port && utf8.RuneCountInString(number) == 1 && strings.ContainsAny(number, "0123456789¹²³")
}

// Word is a path as a shell takes it for one word: in single quotes where it holds more than plain characters.
func Word(path string) string {
	plain := func(r rune) bool {
		return r > unicode.MaxASCII && unicode.IsLetter(r) || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("/._-+@%,=", r)
	}
	if path != "" && path[0] != '-' && strings.IndexFunc(path, func(r rune) bool { return !plain(r) }) < 0 {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

// Fold gives the form in which two names are equal on some system: full case folding of the composed form, without the
// joiners that HFS+ ignores.
func Fold(name string) string {
	if isASCII(name) {
		return strings.ToLower(name)
	}
	seen := strings.NewReplacer("\u200c", "", "\u200d", "").Replace(name)
	return norm.NFC.String(cases.Fold().String(norm.NFD.String(seen)))
}

// Check checks every path, and that no two files or folders are equal on some system, nor a file a folder.
func (t Tree) Check() error {
	files := make(map[string]string, len(t))
	for _, path := range t.Paths() {
		if err := CheckPath(path); err != nil {
			return err
		}
		key := Fold(path)
		if other, taken := files[key]; taken {
			return fmt.Errorf("%q and %q are one file on some systems; rename one", other, path)
		}
		files[key] = path
	}
	folders := map[string]string{}
	for _, path := range t.Paths() {
		for dir := parent(path); dir != ""; dir = parent(dir) {
			key := Fold(dir)
			if file, taken := files[key]; taken {
				return fmt.Errorf("%q can't be a file and the folder of %q", file, path)
			}
			other, known := folders[key]
			if known && other != dir {
				return fmt.Errorf("the folders %q and %q are one on some systems; rename one", other, dir)
			}
			if known {
				break
			}
			folders[key] = dir
		}
	}
	return nil
}

// parent returns the folder of a path, "" at the top.
func parent(path string) string {
	at := strings.LastIndexByte(path, '/')
	return path[:max(at, 0)]
}
