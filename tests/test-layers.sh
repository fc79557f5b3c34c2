#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Fails on an #include that points up or sideways (ARCHITECTURE.md, "Layers"), and on a foreign
# library outside of its place; the same for what the web phone imports.
set -u
cd "${PL_TOP_SRCDIR:-$(dirname "$0")/..}" || exit 99

# layer: the layers it may include, itself among them
declare -A may=(
  [base]="base"
  [proto]="base proto"
  [link]="base proto link"
  [peer]="base proto link peer"
  [media]="base proto link media"
  [stream]="base proto link peer media stream"
  [client]="base proto link peer media stream client"
  [simbox]="base proto link peer media stream simbox"
  [signaling]="base proto signaling"
)
# of data/web/js
declare -A web=(
  [base]="base"
  [proto]="base proto"
  [peer]="base proto peer"
  [stream]="base proto peer stream"
  [phone]="base proto peer stream phone"
  [ui]="base proto peer stream phone ui"
)
# header pattern: the layers that may include it
libraries=(
  '^(nice/|agent\.h)'                 "link"
  '^openssl/'                         "link signaling"
  '^usrsctp'                          "link"
  '^gst/sdp/'                         "proto"
  '^gst/'                             "media proto"
  '^libsoup/'                         "peer signaling"
  '^wslay/'                           "signaling"
  '^json-glib/'                       "proto"
  '^sodium'                           "proto"
  '^(libmm-glib|ModemManager)'        "simbox"
  '^(sqlite3|libpq-fe)'               "simbox signaling"
  '^qrencode'                         "base"
)

bad=()
check_project() { # file layer header
  local to=${3%%/*}
  [[ -n ${may[$to]:-} ]] || return
  [[ " ${may[$2]} " == *" $to "* ]] || bad+=("$1 includes $3: $2 may include only ${may[$2]}")
}
check_library() { # file layer header
  local i
  for ((i = 0; i < ${#libraries[@]}; i += 2)); do
    if [[ $3 =~ ${libraries[i]} ]]; then
      [[ " ${libraries[i+1]} " == *" $2 "* ]] ||
        bad+=("$1 includes $3: belongs to ${libraries[i+1]} only")
      return
    fi
  done
}

n=0
for file in src/*/*.[ch] signaling/*.[ch]; do
  [[ -f $file ]] || continue
  n=$((n + 1))
  layer=${file#src/}; layer=${layer%%/*}
  [[ -n ${may[$layer]:-} ]] || { bad+=("$file: unknown layer '$layer'"); continue; }
  while read -r header; do
    check_project "$file" "$layer" "$header"
    check_library "$file" "$layer" "$header"
  done < <(sed -nE 's/^#[ \t]*include[ \t]*[<"]([^>"]+)[>"].*/\1/p' "$file")
done

for file in data/web/js/*/*.js; do
  n=$((n + 1))
  layer=${file#data/web/js/}; layer=${layer%%/*}
  while read -r module; do
    case $module in
    ./*) continue ;;
    ../../vendor/noble.js) [[ $layer == proto ]] || bad+=("$file imports $module: belongs to proto only") ;;
    ../../vendor/preact.js) [[ $layer == ui ]] || bad+=("$file imports $module: belongs to ui only") ;;
    ../*)
      to=${module#../}; to=${to%%/*}
      [[ " ${web[$layer]:-} " == *" $to "* ]] || bad+=("$file imports $module") ;;
    *) bad+=("$file imports $module: only relative paths work without an import map") ;;
    esac
  done < <(sed -nE 's/^.*(from|import) "([^"]+)";$/\2/p' "$file")
done

echo 1..1
if ((${#bad[@]})); then
  printf '# %s\n' "${bad[@]}"
  echo "not ok 1 - includes point down only"
  exit 1
fi
echo "ok 1 - includes point down only ($n files)"
