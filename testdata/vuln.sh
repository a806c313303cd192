#!/usr/bin/env bash
# Runs govulncheck, and says plainly when its data base can't be had: that is no pass, and no failure of this code.
set -u
out=$("$1" ./... 2>&1)
status=$?
if grep -qiE 'dial tcp|no such host|connection refused|forbidden|unexpected status|fetching vulnerabilities|i/o timeout' <<<"$out"; then
    echo "govulncheck: NOT RUN: its data base can't be reached from here"
    exit 0
fi
printf '%s\n' "$out"
exit $status
