// Package e2e generates projects with the built program and runs them for real: installed, linted, type-checked, migrated,
// tested and served, on servers of its own. Its tests are behind the build tag e2e (`make test-e2e`).
//
// TestProjects takes its projects from testdata/e2e/pairwise.txt, in which any two answers that can go together are together
// once; `make test-all` takes every combination. A server is started once and holds the databases of all projects; each
// project reaches it by a way of its own, which the test can close. What an answer needs, such as a server, or is held to
// beyond the rest, is one entry in options_test.go. TestResources has every kind of field, from testdata/e2e/resources.yaml.
package e2e
