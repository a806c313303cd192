// Package e2e generates projects with the built program and runs them for real: installed, checked, tested, migrated and
// served. Its tests are behind the build tag e2e (`make test-e2e`).
package e2e
