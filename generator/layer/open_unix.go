//go:build unix

package layer

import "golang.org/x/sys/unix"

// nonblock keeps an open from waiting where a file was replaced by a FIFO meanwhile.
const nonblock = unix.O_NONBLOCK | unix.O_NOFOLLOW
