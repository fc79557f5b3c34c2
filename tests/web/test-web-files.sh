#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# All of the web phone is served, and how large it is: as the browser has it, and on its way.
set -u
top=${PL_TOP_SRCDIR:-$(dirname "$0")/../..}
out=${PL_TOP_BUILDDIR:-$top/build}/data/web.out
. "$top/tests/netns/tap.sh"

max=251000
max_wire=115000
# What stays at home.
home='/(jsconfig\.json|vendor/(README\.md|LICENSE\..*|.*\.d\.ts))$'

bytes() { # FILE...
  cat "$@" 2>/dev/null | wc -c
}

wire() { # FILE...: compressed one by one, as they are sent
  local file
  for file; do gzip -9nc "$file"; done 2>/dev/null | wc -c
}

sum() { # WHAT FILE...: a line of the table
  tap_note "$(printf '%7d %7d  %s' "$(bytes "${@:2}")" "$(wire "${@:2}")" "$1")"
}

missing=$(comm -3 <(cd "$top/data/web" && find . -type f | grep -Ev "$home" | sort) \
  <(cd "$out" && find . -type f | sort))
tap_is "$missing" "" "PL_WEB_FILES of data/module.am has all files"

cd "$out" || exit 99
for folder in base proto peer stream phone ui; do
  sum "js/$folder" js/"$folder"/*.js
done
for file in vendor/*.js; do
  sum "$file" "$file"
done
sum css css/*.css
sum languages lang/*.json
sum 'page, icons, service worker' ./*.* js/*.js
mapfile -t all < <(find . -type f)
total=$(bytes "${all[@]}") total_wire=$(wire "${all[@]}")
if grep -q '^const .* = .*;$' js/proto/words.js; then
  tap_note "$total bytes, which nothing has made small: no esbuild"
  tap_ok 0 "small # SKIP esbuild is not installed"
else
  [[ $total -lt $max && $total_wire -lt $max_wire ]]
  tap_ok $? "$total bytes in ${#all[@]} files, below $max; $total_wire on the wire, below $max_wire"
fi
tap_done
