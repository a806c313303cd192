package changeset

import "io/fs"

// Kind says what stands at a path.
type Kind uint8

// The kinds of a Node. Special is a FIFO, a socket or a device.
const (
	Absent Kind = iota
	Regular
	Folder
	Link
	Special
)

// Node is what stands at a path: on disk at plan time, or after a write.
type Node struct {
	Kind     Kind
	Data     []byte
	Mode     fs.FileMode // permission bits
	Children []string    // the names in a folder
}

// Disk is what stands at paths and their parents; a path that is missing is Absent.
type Disk map[string]Node

// Action is what a step does to its path.
type Action string

// The actions, as reports and JSON name them.
const (
	Create   Action = "create"
	Update   Action = "update"
	Merge    Action = "merge"
	Conflict Action = "conflict"
	Delete   Action = "delete"
	Leave    Action = "leave"
	Move     Action = "move"
	Chmod    Action = "chmod"
)

// Write is one change of one path. After.Kind Absent removes it.
type Write struct {
	Path          string
	Before, After Node
	Secret        bool // its bytes are never kept in any state
}

// Step is one line of a plan: what happens to a path and why.
type Step struct {
	Path, From string
	Action     Action
	Reason     string
	Mode       fs.FileMode
	Writes     []Write
}
