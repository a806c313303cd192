// Command scaffold turns agent definitions and answers into a project, and keeps it true to them.
package main

import (
	"os"

	"example.com/scaffold/cmd"
)

func main() {
	os.Exit(cmd.Main(os.Args[1:], cmd.System()))
}
