#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# docs/states/*.dot are the state tables of the code, and all of them. "test-states.sh --update"
# (in the build tree, with PL_TOP_SRCDIR set) writes them anew.
set -u
top=${PL_TOP_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
build=${PL_TOP_BUILDDIR:-.}
new=$(mktemp -d) || exit 99
trap 'rm -rf "$new"' EXIT
"$build/tests/dump-states" "$new" || exit 99

if [[ ${1:-} == --update ]]; then
  mkdir -p "$top/docs/states" && rm -f "$top"/docs/states/*.dot &&
    cp "$new"/*.dot "$top/docs/states/"
  exit
fi

echo 1..2
failed=0
out=$(diff -ru "$top/docs/states" "$new") || { failed=1; printf '%s\n' "$out" | sed 's/^/# /'; echo -n "not "; }
echo "ok 1 - docs/states shows the tables of the code"

missing=()
for machine in $(sed -nE 's/^const PlMachine (pl_[a-z_]+_machine)\b.*/\1/p' "$top"/src/*/*.c); do
  grep -q "&$machine," "$top/tests/lib/dump-states.c" || missing+=("$machine")
done
if ((${#missing[@]})); then failed=1; printf '# not in tests/lib/dump-states.c: %s\n' "${missing[@]}"; echo -n "not "; fi
echo "ok 2 - every machine is in tests/lib/dump-states.c"
exit $failed
