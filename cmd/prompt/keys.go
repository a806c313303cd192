package prompt

import (
	"context"
	"io"
	"os"
	"sync"
	"time"
	"unicode/utf8"
)

// keys gives survey one key at a time from a terminal. survey reads ahead and forgets what it read at the end of a
// question, takes Ctrl-D for "the default", and stops at an escape sequence that it does not know: none of that can
// happen when it gets one known key each time.
type keys struct {
	ctx  context.Context
	file *os.File
	list bool // only keys that move in a list and mark: survey's filter fails on an empty result
	help bool // in a list: there is help for `?`

	broken func() error // why nothing can be shown any more

	read    chan chunk
	waiting bool // a read of the terminal is under way
	ahead   []byte
	first   bool // nothing was read since the question began
	early   bool // ahead was there already when the question began

	mu      sync.Mutex
	replies []byte
}

type chunk struct {
	data []byte
	err  error
}

const (
	nul         = 0x00 // what becomes of a Ctrl-D that was pressed between two questions, while the terminal read lines
	interrupt   = 0x03
	endOfInput  = 0x04
	escape      = 0x1b
	escapeDelay = 50 * time.Millisecond // an escape sequence arrives together; a key Esc comes alone
	earlyDelay  = 10 * time.Millisecond // nobody presses a key this soon after a question
)

func newKeys(ctx context.Context, file *os.File) *keys {
	return &keys{ctx: ctx, file: file, read: make(chan chunk, 1)}
}

// Fd is the terminal, for survey to switch its echo off and on.
func (k *keys) Fd() uintptr { return k.file.Fd() }

// reply puts what the terminal would have answered before the keys.
func (k *keys) reply(answer string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.replies = append(k.replies, answer...)
}

// Read returns one key, or the answer to a question that survey asked the terminal.
func (k *keys) Read(p []byte) (int, error) {
	for {
		if n := k.takeReply(p); n > 0 {
			return n, nil
		}
		if err := k.broken(); err != nil {
			return 0, err
		}
		key, err := k.key()
		if err != nil {
			return 0, err
		}
		if len(key) > 0 && len(key) <= len(p) {
			return copy(p, key), nil
		}
	}
}

func (k *keys) takeReply(p []byte) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := copy(p, k.replies)
	k.replies = k.replies[n:]
	return n
}

// key reads one key; a key that the question has no use for is empty.
func (k *keys) key() ([]byte, error) {
	b, err := k.next(0)
	if err != nil {
		return nil, err
	}
	switch {
	case b == endOfInput, b == nul && k.early:
		return []byte{interrupt}, nil
	case b == escape:
		return k.sequence()
	case b >= utf8.RuneSelf:
		return k.rune(b)
	case k.list && !k.moves(b):
		return nil, nil
	}
	return []byte{b}, nil
}

func (k *keys) moves(b byte) bool {
	switch b {
	case '\r', '\n', '\t', ' ', interrupt:
		return true
	case '?':
		return k.help
	}
	return false
}

// rune reads the rest of a character of several bytes.
func (k *keys) rune(first byte) ([]byte, error) {
	r := []byte{first}
	for !utf8.FullRune(r) && len(r) < utf8.UTFMax {
		b, err := k.next(escapeDelay)
		if err != nil {
			return nil, ignoreDelay(err)
		}
		if utf8.RuneStart(b) {
			k.unread(b)
			return nil, nil
		}
		r = append(r, b)
	}
	if c, n := utf8.DecodeRune(r); c == utf8.RuneError || n != len(r) || k.list || unprintable(c) {
		return nil, nil
	}
	return r, nil
}

// sequence reads an escape sequence whole and returns it when survey knows it: arrows, Home, End and Delete.
func (k *keys) sequence() ([]byte, error) {
	kind, err := k.next(escapeDelay)
	if err != nil {
		return nil, ignoreDelay(err)
	}
	if kind < ' ' {
		k.unread(kind)
	}
	if kind != '[' && kind != 'O' {
		return nil, nil
	}
	seq := []byte{escape, kind}
	for len(seq) < 32 {
		b, err := k.next(escapeDelay)
		if err != nil {
			return nil, ignoreDelay(err)
		}
		if b < ' ' {
			k.unread(b)
			return nil, nil
		}
		seq = append(seq, b)
		if b >= 0x40 && b <= 0x7e {
			break
		}
	}
	switch string(seq[2:]) {
	case "A", "B":
		return seq, nil
	case "C", "D", "F", "H", "3~":
		if !k.list {
			return seq, nil
		}
	}
	return nil, nil
}

// unread gives a byte back: a sequence that breaks off swallows no key.
func (k *keys) unread(b byte) { k.ahead = append([]byte{b}, k.ahead...) }

// errDelay says that no byte came in time.
type errDelay struct{}

func (errDelay) Error() string { return "no key in time" }

func ignoreDelay(err error) error {
	if _, late := err.(errDelay); late {
		return nil
	}
	return err
}

// next returns the next byte. It waits for limit, or as long as it takes when that is 0, but not past the context.
// The read itself can't be interrupted: it goes on beside, and what it gets is for the next call.
func (k *keys) next(limit time.Duration) (byte, error) {
	if err := k.ctx.Err(); err != nil {
		return 0, err
	}
	if len(k.ahead) == 0 {
		if err := k.fill(limit); err != nil {
			return 0, err
		}
	}
	b := k.ahead[0]
	k.ahead = k.ahead[1:]
	return b, nil
}

func (k *keys) fill(limit time.Duration) error {
	if !k.waiting {
		k.waiting = true
		go func() {
			buf := make([]byte, 1024)
			n, err := k.file.Read(buf)
			k.read <- chunk{buf[:n], err}
		}()
	}
	begun := time.Now()
	var late <-chan time.Time
	if limit > 0 {
		late = time.After(limit)
	}
	select {
	case <-k.ctx.Done():
		return k.ctx.Err()
	case <-late:
		return errDelay{}
	case c := <-k.read:
		k.waiting = false
		k.early, k.first = k.first && time.Since(begun) < earlyDelay, false
		if len(c.data) > 0 {
			k.ahead = c.data
			return nil
		}
		if c.err != nil {
			return c.err
		}
		return io.EOF
	}
}
