#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Each header compiles alone, and each source file has its licence tag.
set -u
top=${PL_TOP_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
cd "$top" || exit 99
cc=${PL_CC:-cc}
flags=${PL_CFLAGS:-"-Isrc -I. $(pkg-config --cflags gio-unix-2.0 json-glib-1.0 libsodium nice openssl usrsctp libsoup-3.0 libwslay gstreamer-sdp-1.0 gstreamer-app-1.0 mm-glib sqlite3)"}
headers=(src/*/*.h signaling/*.h tests/lib/*.h)
sources=(src/*/*.[ch] signaling/*.[ch] tests/*/*.[ch])

echo 1..2
bad=()
for h in "${headers[@]}"; do
  [[ -f $h ]] || continue
  # shellcheck disable=SC2086 # the flags are words
  out=$(cd "${PL_TOP_BUILDDIR:-.}" && echo "#include \"$top/$h\"" |
    $cc -std=gnu11 -I"$top/src" -I"$top" $flags -Wall -fsyntax-only -xc - 2>&1) || bad+=("$h: $out")
done
if ((${#bad[@]})); then printf '%s\n' "${bad[@]}" | sed 's/^/# /'; echo -n "not "; fi
echo "ok 1 - each header compiles alone"

untagged=()
for f in "${sources[@]}"; do
  [[ -f $f ]] || continue
  head -3 "$f" | grep -q 'SPDX-License-Identifier: LGPL-2.1-or-later' || untagged+=("$f")
done
if ((${#untagged[@]})); then printf '# no licence tag: %s\n' "${untagged[@]}"; echo -n "not "; fi
echo "ok 2 - each source has its licence tag"
((${#bad[@]} + ${#untagged[@]} == 0))
