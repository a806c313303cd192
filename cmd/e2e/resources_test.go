//go:build e2e

package e2e

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestResources installs, checks, migrates and tests a project on each database with resources of every kind of field.
func TestResources(t *testing.T) {
	file, err := filepath.Abs("../../testdata/e2e/resources.yaml")
	require.NoError(t, err)
	services := &services{t: t, started: map[string]service{}}
	for database, auth := range map[string]string{"sqlite": "jwt", "postgres": "session", "mongodb": "none"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			p := makeProject(t, "shop", "database="+database+" auth="+auth+" ci=none", "--answers", file)
			services.join(t, p, "database="+database)
			checkCode(t, p)
			checkMigrations(t, p.dir, p.env)
			checkSuite(t, p)
			requireUnchanged(t, p.dir)
		})
	}
}
