#!/usr/bin/env bash
# Writes docs/comparison.md: what becomes of a user's work in copier and in scaffold. Exit code 77: copier can't be installed.
# With a word, only the stories that hold it are told, and printed.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -trimpath -o "$work/scaffold" ./cmd/scaffold
python3 -B testdata/compare/compare.py "$work/scaffold" docs/comparison.md "$@"
