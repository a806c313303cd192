#!/usr/bin/env bash
# Prints the figures of `make bench`: the program measured as a whole, then the packages' own benchmarks.
set -eu
cd "$(dirname "$0")/.."
echo "## The program (median and least of the rounds; peak is resident memory)"
go test -tags bench -run '^TestBench$' -count=1 -timeout 30m -v ./cmd/e2e | grep '^|'
echo
echo "## The packages"
go test -run '^$' -bench . -benchtime 20x -benchmem ./generator/... 2>&1 | grep -E '^Benchmark'
