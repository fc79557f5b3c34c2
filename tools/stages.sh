# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# One line for each stage of quickstart and check; the noise goes to a log, shown if it fails.

stage_logs=

# Runs COMMAND under a heading; its output goes to stage_logs/NAME.log.
stage() { # NAME TITLE COMMAND...
  local log=$stage_logs/$1.log title=$2 start=$SECONDS status
  shift 2
  printf '%-64s' "$title"
  ("$@") >"$log" 2>&1 </dev/null
  status=$?
  if ((status == 0)); then
    printf '%4d s\n' $((SECONDS - start))
  else
    printf '%4d s  FAILED\n' $((SECONDS - start))
  fi
  return $status
}

stage_blame() { # NAME [LINES]: the end of a stage's log
  echo "--- the end of $stage_logs/$1.log"
  tail -n "${2:-40}" "$stage_logs/$1.log"
  echo "---"
}

# Installs what is missing of PACKAGEs, and says so.
stage_packages() { # PACKAGE...
  local missing
  mapfile -t missing < <(packages_missing "$@" | sort -u)
  ((${#missing[@]})) || return 0
  if [[ $(id -u) != 0 ]]; then
    echo "These packages are missing; as root: apt-get install ${missing[*]}"
    return 1
  fi
  echo "Installing with apt-get, with what they need: ${missing[*]}" | fold -s -w 90
  stage packages "  ${#missing[@]} packages and their dependencies" \
    packages_install "$stage_logs/apt.log" "${missing[@]}" && return
  cp "$stage_logs/apt.log" "$stage_logs/packages.log"
  stage_blame packages
  return 1
}

# Configures (once) and makes the tree in a folder of its own.
stage_build() { # NAME TITLE FOLDER OPTION...: options of configure
  local name=$1 title=$2
  shift 2
  stage "$name" "$title" stage_make "$@" && return
  stage_blame "$name"
  return 1
}

stage_make() { # FOLDER OPTION...
  local folder=$1 top=$PWD
  shift
  [[ -x configure ]] || ./bootstrap || return
  mkdir -p "$folder" && cd "$folder" || return
  [[ -f config.status ]] || "$top/configure" --silent "$@" || { rm -f config.status; return 1; }
  make -j"$(nproc)"
}
