package changeset

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
)

// noBlob is git's name of a file that isn't there.
const noBlob = "0000000000000000000000000000000000000000"

// binaryPatch writes both versions of a file in the form of `git diff --binary`.
func binaryPatch(out *bufio.Writer, w Write) {
	mode := ""
	if w.Before.Kind == Regular && w.After.Kind == Regular && gitMode(w.Before) == gitMode(w.After) {
		mode = " " + gitMode(w.After)
	}
	fmt.Fprintf(out, "index %s..%s%s\nGIT binary patch\n", blob(w.Before), blob(w.After), mode)
	literal(out, content(w.After))
	literal(out, content(w.Before))
}

// blob is git's name of a file's content. It is no protection, only what the form asks for.
func blob(n Node) string {
	if n.Kind != Regular {
		return noBlob
	}
	hash := sha1.New()
	fmt.Fprintf(hash, "blob %d\x00", len(n.Data))
	hash.Write(n.Data)
	return fmt.Sprintf("%x", hash.Sum(nil))
}

// literalLine is how many bytes one line of a binary patch holds.
const literalLine = 52

func literal(out *bufio.Writer, data []byte) {
	fmt.Fprintf(out, "literal %d\n", len(data))
	var packed bytes.Buffer
	deflate := zlib.NewWriter(&packed)
	// A bytes.Buffer takes everything.
	_, _ = deflate.Write(data)
	_ = deflate.Close()
	for packed.Len() > 0 {
		part := packed.Next(literalLine)
		length := byte('A' + len(part) - 1)
		if len(part) > 26 {
			length = byte('a' + len(part) - 27)
		}
		out.WriteByte(length)
		out.Write(base85(part))
		out.WriteByte('\n')
	}
	out.WriteByte('\n')
}

// digits85 is the alphabet of git's base85, which is that of RFC 1924.
const digits85 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"

// base85 writes each 4 bytes as 5 digits, the highest first; zeros fill the last 4.
func base85(data []byte) []byte {
	var text []byte
	for len(data) > 0 {
		var word [4]byte
		data = data[copy(word[:], data):]
		rest := binary.BigEndian.Uint32(word[:])
		var group [5]byte
		for i := len(group) - 1; i >= 0; i-- {
			group[i] = digits85[rest%85]
			rest /= 85
		}
		text = append(text, group[:]...)
	}
	return text
}
