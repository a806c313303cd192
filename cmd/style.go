package cmd

import "example.com/scaffold/cmd/prompt"

// paint colours words where that is wanted, and makes names safe to print everywhere.
type paint struct{ on bool }

const (
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	cyan   = "\x1b[36m"
	faint  = "\x1b[2m"
	reset  = "\x1b[0m"
)

func (p paint) in(colour, text string) string {
	text = prompt.Printable(text)
	if !p.on || colour == "" {
		return text
	}
	return colour + text + reset
}

func (p paint) action(action, padded string) string {
	switch action {
	case "create", "merge":
		return p.in(green, padded)
	case "update", "move", "chmod":
		return p.in(cyan, padded)
	case "conflict":
		return p.in(red, padded)
	case "delete":
		return p.in(yellow, padded)
	}
	return p.in(faint, padded)
}

func (p paint) severity(severity string) string {
	switch severity {
	case "error":
		return p.in(red, severity)
	case "warning":
		return p.in(yellow, severity)
	}
	return p.in(cyan, severity)
}
