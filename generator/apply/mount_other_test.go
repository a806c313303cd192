//go:build unix && !linux

package apply_test

import "errors"

func mountSmall(string) error { return errors.New("only linux has tmpfs") }
