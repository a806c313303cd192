package render

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"
)

// Limits of one Render. The counts come first, so that the same input is refused at the same place on every machine;
// the time is for what the counts don't foresee.
const (
	maxSteps  = 1_000_000        // branches, rounds of loops, calls and, of what they take and give, each 256 bytes, in one file
	maxTime   = 15 * time.Second // of all files
	maxValue  = 4 << 20          // bytes of a value that goes into or comes out of a function; an item of a list counts 16
	maxOutput = 16 << 20         // bytes of one file
	maxTree   = 256 << 20        // bytes of all files
	maxCount  = 10_000           // numbers of until, columns of indent
	maxSecret = 1024             // bytes of randomSecret
)

var (
	errSteps = fmt.Errorf("does not come to an end: more than %d steps", maxSteps)
	errTime  = fmt.Errorf("does not come to an end within %s", maxTime)
	errValue = fmt.Errorf("a value of more than %d bytes", maxValue)
	errFile  = fmt.Errorf("renders more than %d bytes", maxOutput)
	errTree  = errors.New("the files of the project are too large together")
)

// limits counts what one Render has used.
type limits struct {
	ctx    context.Context
	start  time.Time
	steps  int // of the file that is being rendered
	bytes  int
	secret bool // the file that is being rendered is a secret one
}

func newLimits(ctx context.Context) *limits { return &limits{ctx: ctx, start: time.Now()} }

// step is called at each branch and round of a template. What it returns is printed: nothing.
func (l *limits) step() (string, error) {
	l.steps++
	switch {
	case l.steps > maxSteps:
		return "", errSteps
	case l.steps%256 != 0:
		return "", nil
	case time.Since(l.start) > maxTime:
		return "", errTime
	}
	return "", l.ctx.Err()
}

// size is about the bytes that a value takes when it is printed, counted no further than maxValue. Lists may share
// parts, so that a small program can build one that would fill the memory when it is printed.
func size(v reflect.Value, depth int) int {
	const each, deepest = 16, 100
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if depth > deepest {
		return maxValue + 1
	}
	total := each
	switch v.Kind() {
	case reflect.String:
		return total + v.Len()
	case reflect.Slice, reflect.Array:
		for i := 0; i < v.Len() && total <= maxValue; i++ {
			total += size(v.Index(i), depth+1)
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next() && total <= maxValue; {
			total += size(it.Key(), depth+1) + size(it.Value(), depth+1)
		}
	}
	return total
}

// bounded makes a function fail where its arguments or its results are too large, or where too much was called before.
func (l *limits) bounded(function any) any {
	f := reflect.ValueOf(function)
	t := f.Type()
	in, out := []reflect.Type{}, []reflect.Type{t.Out(0), reflect.TypeFor[error]()}
	for i := range t.NumIn() {
		in = append(in, t.In(i))
	}
	fail := func(err error) []reflect.Value {
		return []reflect.Value{reflect.Zero(t.Out(0)), reflect.ValueOf(err)}
	}
	call := f.Call
	if t.IsVariadic() {
		call = f.CallSlice
	}
	return reflect.MakeFunc(reflect.FuncOf(in, out, t.IsVariadic()), func(args []reflect.Value) []reflect.Value {
		if _, err := l.step(); err != nil {
			return fail(err)
		}
		total := 0
		for _, arg := range args {
			if total += size(arg, 0); total > maxValue {
				return fail(errValue)
			}
		}
		results := call(args)
		if len(results) > 1 && !results[1].IsNil() {
			return results
		}
		given := size(results[0], 0)
		if given > maxValue {
			return fail(errValue)
		}
		l.steps += (total + given) >> 8
		return []reflect.Value{results[0], reflect.Zero(out[1])}
	}).Interface()
}

// output takes what a template prints, up to a limit.
type output struct {
	data   []byte
	limits *limits
}

func (o *output) Write(p []byte) (int, error) {
	o.limits.bytes += len(p)
	switch {
	case len(o.data)+len(p) > maxOutput:
		return 0, errFile
	case o.limits.bytes > maxTree:
		return 0, errTree
	}
	o.data = append(o.data, p...)
	return len(p), nil
}
