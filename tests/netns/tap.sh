# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# TAP for shell tests: a line for each case, the plan at the end.

tap_n=0
tap_failed=0

tap_skip_all() { # REASON
  echo "1..0 # SKIP $1"
  exit 0
}

tap_ok() { # STATUS NAME: passed if STATUS is 0
  tap_n=$((tap_n + 1))
  if (($1 == 0)); then
    echo "ok $tap_n - $2"
  else
    echo "not ok $tap_n - $2"
    tap_failed=$((tap_failed + 1))
  fi
}

tap_is() { # GOT EXPECTED NAME
  [[ $1 == "$2" ]]
  tap_ok $? "$3"
  [[ $1 == "$2" ]] || tap_note "got '$1', expected '$2'"
}

tap_note() { # TEXT
  echo "# ${1//$'\n'/$'\n'# }"
}

tap_file() { # FILE: the end of a log, as a diagnostic
  echo "# --- ${1##*/}"
  tail -n "${2:-15}" "$1" 2>/dev/null | cut -c 1-240 | sed 's/^/# /'
}

tap_done() {
  echo "1..$tap_n"
  exit $((tap_failed > 0))
}
