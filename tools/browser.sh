# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154,SC2034 # lab_dir, lab_pid are the lab's
# The web phone of quickstart: a server and a box on this machine as it is, for a browser here.

browser_port=10300
browser_people=()

browser_serves() {
  grep -q '^listening on' "$lab_dir/signald.log"
}

browser_serve() {
  lab_certificates
  lab_signaling=ws://localhost:$browser_port
  lab_spawn server signald.log "$PL_TOP_BUILDDIR/punchline-signald" --listen "127.0.0.1:$browser_port"
  lab_until 10 browser_serves
}

# The box keeps its identity, so that a browser which knows it does so next time too.
browser_state() { # NAME
  mkdir -p "$PL_TOP_BUILDDIR/quickstart/$1"
  ln -s "$PL_TOP_BUILDDIR/quickstart/$1" "$lab_dir/box"
}

browser_box() { # MODEM OPTION...: of the box
  rm -f "$lab_dir/box/boxd.sock"
  phone_box "$@" --international
}

# A box with a past, on the simulated network: it takes calls after two seconds while it gets one.
browser_simulate() {
  local modem=("at:$lab_dir/modem-at" --pcm "$lab_dir/modem-pcm")
  browser_state simulated
  phone_simulate at || return 1
  browser_people=(/usr/bin/python3 "$phone_top/tools/people.py" "$lab_dir/modem-control" "$lab_dir")
  if [[ ! -e $lab_dir/box/has-a-past ]]; then
    echo "  somebody writes to it, calls in vain and leaves a voicemail: 20 seconds"
    browser_box "${modem[@]}" --ring-seconds 2 || return 1
    timeout 90 "${browser_people[@]}" seed </dev/null || return 1
    touch "$lab_dir/box/has-a-past"
    lab_end "$lab_pid"
  fi
  browser_box "${modem[@]}" --ring-seconds 15
}

# An address that pairs one browser, and the next one when it is used.
browser_invite() {
  local pid link
  trap 'kill "$pid" 2>/dev/null; exit' TERM
  while :; do
    "$PL_TOP_BUILDDIR/punchline-boxd" pair --state-dir "$lab_dir/box" >"$lab_dir/pair.log" 2>&1 &
    pid=$!
    lab_until 20 browser_link >/dev/null || return
    link=$(browser_link)
    printf '\n  %s\n\n' "$link"
    touch "$lab_dir/invited"
    wait "$pid" || return
    echo "A browser is paired. For another one:"
  done
}

browser_link() {
  grep -oE 'http://[^ ]*#pair=[^ ]+' "$lab_dir/pair.log"
}

browser_help() {
  echo "The phone in your browser. Open this address on this machine (with ssh -L" \
    "$browser_port:localhost:$browser_port from another one):"
}

browser_show() { # MODEM ('': the simulated one)
  here_open
  browser_serve || fail "the signaling server does not start (is port $browser_port taken?)"
  if [[ -n $1 ]]; then
    browser_state real
    browser_box "$1" || phone_fail "the box does not start"
  else
    echo "A box on a simulated modem"
    browser_simulate || phone_fail "the box does not start"
  fi
  browser_help
  browser_invite &
  lab_pids[$!]=invite
  lab_until 20 test -e "$lab_dir/invited"
  if ((${#browser_people[@]})); then
    echo "Dial any number: somebody answers, and says back what you say. Write, and you get an answer."
    "${browser_people[@]}"
  else
    echo "Ctrl-C ends it all."
    wait
  fi
}
