package prompt

import (
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/AlecAivazis/survey/v2"
	"github.com/AlecAivazis/survey/v2/terminal"
)

// A prompt that wraps is drawn again and again by survey on some systems, so every line stays below 60 columns.
const (
	columns        = 56 // of 60: less the mark before a question and the blank after it
	defaultColumns = 24
	maxHelpLines   = 30
	helpHint       = "[? for help]"
	selectHint     = "[arrows, enter, ? for help]"
	multiHint      = "[arrows, space, enter, ? for help]"
)

const optionTail = `{{- .CurrentOpt.Value}}{{with $.GetDescription .CurrentOpt}}  {{color "cyan"}}{{.}}{{end}}{{color "reset"}}
{{end}}`

const listHead = `
{{- if .ShowHelp}}{{color "cyan"}}{{.Help}}{{color "reset"}}{{"\n"}}{{end}}
{{- color .Config.Icons.Question.Format}}{{.Config.Icons.Question.Text}} {{color "reset"}}
{{- color "default+hb"}}{{.Message}}{{color "reset"}}
{{- if .ShowAnswer}} {{color "cyan"}}{{.Answer}}{{color "reset"}}{{"\n"}}`

const listBody = `{{if and .Help (not .ShowHelp)}}, ? for help{{end}}]{{color "reset"}}{{"\n"}}
  {{- range $ix, $option := .PageEntries}}{{template "option" $.IterateOption $ix $option}}{{end}}
{{- end}}`

const listMark = `{{define "option"}}
    {{- if eq .SelectedIndex .CurrentIndex}}{{color .Config.Icons.SelectFocus.Format}}> {{else}}{{color "default"}}  {{end}}`

// setTemplates makes survey's own lines shorter than its default ones, which are up to 103 columns wide.
// survey offers no other way than its package variables; they are set once, to the same text always.
var setTemplates = sync.OnceFunc(func() {
	survey.ErrorTemplate = `{{color "red"}}X {{.Error.Error}}{{color "reset"}}
`
	survey.SelectQuestionTemplate = listMark + optionTail + listHead +
		`{{else}} {{color "cyan"}}[arrows, enter` + listBody
	survey.MultiSelectQuestionTemplate = listMark +
		`{{if index .Checked .CurrentOpt.Index}}[x] {{else}}[ ] {{end}}` + optionTail + listHead +
		`{{else}} {{color "cyan"}}[arrows, space, enter` + listBody
})

// Printable returns s as one line that is safe on a terminal: what is not printable, bidirectional and zero-width
// characters among it, comes out as an escape such as \n, \x1b or \u202e.
func Printable(s string) string {
	if strings.IndexFunc(s, unprintable) < 0 && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i, w := 0, 0; i < len(s); i += w {
		var r rune
		r, w = utf8.DecodeRuneInString(s[i:])
		b.WriteString(printableRune(r, s[i:i+w]))
	}
	return b.String()
}

func printableRune(r rune, raw string) string {
	switch {
	case r == utf8.RuneError && len(raw) == 1:
		return fmt.Sprintf(`\x%02x`, raw[0])
	case !unprintable(r):
		return raw
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// unprintable says that a character moves, hides or reorders text. A joiner between emoji is none of these.
func unprintable(r rune) bool {
	const zeroWidthJoiner, variation = 0x200d, 0xfe0f
	if r == zeroWidthJoiner || r == variation || r == ' ' {
		return false
	}
	return !unicode.IsPrint(r) && !unicode.Is(unicode.Zs, r) || unicode.Is(unicode.Bidi_Control, r)
}

// PrintableLines is Printable for text of several lines: line feeds stay, tabs are four blanks.
func PrintableLines(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	all := strings.Split(strings.ReplaceAll(s, "\t", "    "), "\n")
	for i, line := range all {
		all[i] = Printable(line)
	}
	return strings.Join(all, "\n")
}

// message prints all of a long message but its last line, which it returns for survey to show before hint and default.
func (t *Terminal) message(q Question, hint, def string) string {
	all := wrap(Printable(q.Message), columns)
	last := all[len(all)-1]
	if room := columns - len(hint) - terminal.StringWidth(def) - len(" () "); terminal.StringWidth(last) > room {
		all = append(all[:len(all)-1], wrap(last, room)...)
	}
	for _, line := range all[:len(all)-1] {
		fmt.Fprintln(t.screen, line)
	}
	return all[len(all)-1]
}

// lines is help text below the width, without control characters, of at most maxHelpLines lines.
func lines(help string) string {
	var all []string
	for _, line := range strings.Split(PrintableLines(strings.TrimSpace(help)), "\n") {
		all = append(all, wrap(line, columns)...)
	}
	if len(all) > maxHelpLines {
		all = append(all[:maxHelpLines], "...")
	}
	return strings.Join(all, "\n")
}

// wrap breaks a line at blanks, and a word that is longer than the width anywhere.
func wrap(line string, width int) []string {
	var all []string
	current := ""
	for _, word := range strings.Fields(line) {
		if current != "" && terminal.StringWidth(current)+1+terminal.StringWidth(word) > width {
			all, current = append(all, current), ""
		}
		for terminal.StringWidth(word) > width {
			head := head(word, width)
			all, word = append(all, head), word[len(head):]
		}
		current = strings.TrimPrefix(current+" "+word, " ")
	}
	return append(all, current)
}

// head is the longest beginning of s that is at most width columns wide, one character at least.
func head(s string, width int) string {
	used := 0
	for i, r := range s {
		used += terminal.StringWidth(string(r))
		if used > width && i > 0 {
			return s[:i]
		}
	}
	return s
}

func clip(s string, width int) string {
	if terminal.StringWidth(s) <= width {
		return s
	}
	return head(s, width-3) + "..."
}

// shownOptions are the options as a terminal may show them: value and help together on one line.
func shownOptions(options []Option) (values []string, describe func(string, int) string) {
	widest := 0
	for _, o := range options {
		value := clip(Printable(o.Value), columns-4)
		values = append(values, value)
		widest = max(widest, terminal.StringWidth(value))
	}
	return values, func(_ string, i int) string {
		room := columns - 6 - widest
		if i < 0 || i >= len(options) || room < 10 {
			return ""
		}
		return clip(Printable(options[i].Help), room)
	}
}
