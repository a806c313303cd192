package apply_test

import "syscall"

// mountSmall mounts an empty file system of 128 kB.
func mountSmall(dir string) error { return syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=128k") }
