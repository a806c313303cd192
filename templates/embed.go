// Package templates holds the built-in template set and the built-in planner, embedded in the program.
package templates

import "embed"

// FS is the built-in template set; its root has templates.yaml.
//
//go:embed all:*
var FS embed.FS

// Planner is the agent definition that a project gets when none is given.
//
//go:embed planner.md
var Planner []byte
