package cmd

import (
	"fmt"

	"github.com/spf13/cobra"
)

// version is the program's own; a template set has one of its own.
const version = "0.1.0"

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of the program",
		Args:  arguments(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprintf(a.Out, "scaffold %s\n", version)
			return nil
		},
	}
}
