#!/usr/bin/env bash
# Runs every fuzz target of the repository, one after the other, each for the given time (default 60s).
# Inputs are made small for two seconds at most: the usual minute would be all of the time.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-60s}

found=0
while IFS=: read -r file line; do
	name=$(sed -E 's/^func (Fuzz[A-Za-z0-9_]*).*/\1/' <<<"$line")
	found=$((found + 1))
	printf 'fuzz: %s %s for %s\n' "$(dirname "$file")" "$name" "$time"
	go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" -fuzzminimizetime 2s "./$(dirname "$file")"
done < <(grep -rE --include='*_test.go' -o '^func Fuzz[A-Za-z0-9_]*\(' cmd internal | sort)

[ "$found" -gt 0 ] || { echo 'fuzz: no target found' >&2; exit 1; }
printf 'fuzz: %d targets clean\n' "$found"
