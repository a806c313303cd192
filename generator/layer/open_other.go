//go:build !unix

package layer

const nonblock = 0
