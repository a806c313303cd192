package cmd

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"
)

// Streams is what a run of the program has from its surroundings: everything that a test may want to choose.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	Env      []string // KEY=VALUE, as of os.Environ; the last one of a key counts
	Dir      string   // the working folder; relative paths of the command line begin here
}

// System returns the streams of this process. A working folder that is gone is left empty, which Main reports.
func System() Streams {
	dir, err := os.Getwd()
	if err != nil {
		dir = ""
	}
	return Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.Environ(), Dir: dir}
}

func (s Streams) env(key string) string {
	for i := len(s.Env) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(s.Env[i], key+"="); ok {
			return value
		}
	}
	return ""
}

// path returns a path of the command line as seen from the working folder.
func (s Streams) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(s.Dir, name)
}

// terminal returns the terminal that a stream is, or nil.
func terminal(stream any) *os.File {
	file, ok := stream.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return file
}

// dumb tells that the terminal understands no escape sequence.
func (s Streams) dumb() bool { return s.env("TERM") == "dumb" }

// colour tells that a stream may be coloured.
func (s Streams) colour(stream any) bool {
	return terminal(stream) != nil && !s.dumb() && s.env("NO_COLOR") == ""
}

// canAsk tells that somebody is there to answer: a question is shown on the error stream and answered on the input.
func (s Streams) canAsk() bool {
	automatic := s.env("CI")
	return terminal(s.In) != nil && terminal(s.Err) != nil && !s.dumb() &&
		(automatic == "" || automatic == "false" || automatic == "0")
}

// output counts what went wrong with a stream: a report that nobody could read is not success.
type output struct {
	w   io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.w.Write(p)
	o.err = err
	return n, err
}
