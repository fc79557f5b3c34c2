# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # lab_dir, lab_pid are the lab's
# What a phone can, from one end of a lab to the other: one TAP case for each thing. For phone.sh.

# So long both ends speak, by the modem's clock; and how much of it has to be heard at least: the
# machine may be busy.
phone_blocks=200 # of 20 ms
phone_enough=2   # seconds

phone_check() { # NAME COMMAND...: one case
  local name=$1 status
  shift
  "$@"
  status=$?
  tap_ok $status "$name"
  ((status == 0)) || phone_blame call answer watch
}

# The first case, without which there are no others.
phone_begin() { # at|mm OPTION...: of the box
  phone_check "pairing; the modem is in the network" phone_start "$@"
  ((tap_failed == 0)) || tap_done
}

# --- texts ----------------------------------------------------------------------------------------

phone_text_in() {
  phone_spawn watch sms watch
  lab_until 20 grep -q '"ready"' "$lab_dir/watch.events" || return 1
  phone_network text number="$phone_them" text='Grüße from the network' >/dev/null
  lab_until 20 grep -q "from $phone_them  received  Grüße from the network" "$lab_dir/watch.log"
  local status=$?
  kill -INT "$lab_pid"
  lab_wait "$lab_pid" 10 && return $status
}

phone_is_delivered() {
  phone_client sms list "$phone_them" --json | grep '"text":"Hello back"' |
    grep -q '"state":"delivered"'
}

phone_text_out() {
  phone_client sms send "$phone_them" 'Hello back' >/dev/null || return 1
  phone_network outbox | grep -q '"text": "Hello back"' && lab_until 20 phone_is_delivered
}

# --- calls ----------------------------------------------------------------------------------------

phone_call_is() { # STATE: as the network sees it
  phone_network calls | grep -q "\"state\": \"$1\""
}

phone_no_call() {
  [[ $(phone_network calls) == *'"calls": []'* ]]
}

phone_has_keys() { # DIGITS: that the far end heard
  phone_network calls | grep -q "\"heard\": \"$1\""
}

phone_count_blocks() { # of 20 ms, that passed the modem's PCM port in this call
  phone_network sound | grep -o '"blocks": [0-9]*' | cut -d ' ' -f 2
}

phone_has_blocks() { # NUMBER
  (($(phone_count_blocks) >= $1))
}

# Whether a command of the client says that its way is direct, or relay.
phone_way_is() { # LOG WAY
  [[ $(grep '"event":"connected"' "$lab_dir/$1.events" | tail -n 1) == *"\"path\":\"$2\""* ]]
}

phone_speak() { # both sides, 700 Hz from the far end, 440 Hz from the client
  phone_sound write "$lab_dir/far-says.wav" 700 20
  phone_sound write "$lab_dir/client-says.wav" 440 60
  phone_network play file="$lab_dir/far-says.wav" >/dev/null &&
    phone_network record file="$lab_dir/far-hears.wav" >/dev/null
}

# The call of a command of the client, from being taken until both sides have spoken: prints what
# is wrong. The routers' counters (lab_bytes) are of the voice alone.
phone_talk() { # LOG WAY
  lab_until 20 grep -q '^active' "$lab_dir/$1.log" || { echo "the call is not taken"; return; }
  lab_until 10 phone_way_is "$1" "$2" || echo "the way is not $2"
  phone_measure "$2"
}

# Prints what is wrong with the voice while both ends speak.
phone_measure() { # WAY
  local begin
  begin=$(phone_count_blocks)
  lab_reset
  lab_until 30 phone_has_blocks $((begin + phone_blocks)) || echo "the modem's sound stops"
  phone_carried "$1"
}

# Prints what is wrong with how the voice went, by the routers' counters.
phone_carried() { # WAY
  local direct relayed=0 way n
  direct=$(lab_bytes direct)
  for way in relay_udp relay_tcp relay_tls; do
    n=$(lab_bytes "$way")
    relayed=$((relayed + n))
  done
  tap_note "the routers saw $direct bytes between the homes, $relayed to and from the relay"
  [[ $1 == direct ]] || { n=$direct direct=$relayed relayed=$n; }
  ((direct > 15000 && relayed < direct / 2)) || echo "the voice took another way"
}

phone_both_heard() { # FILE HERTZ: of the client; prints what is wrong
  phone_network record >/dev/null
  tap_note "the client heard $(phone_sound heard "$1" "$2" 440)"
  tap_note "the far end heard $(phone_sound heard "$lab_dir/far-hears.wav" "$2" 440)"
  phone_sound hears "$1" "$2" "$phone_enough" || echo "the client does not hear the far end"
  phone_sound hears "$lab_dir/far-hears.wav" 440 "$phone_enough" ||
    echo "the far end does not hear the client"
}

# Runs a COMMAND that prints notes, and what is wrong; succeeds if that is nothing.
phone_try() { # COMMAND...
  local line wrong=0
  "$@" >"$lab_dir/said"
  while read -r line; do
    [[ $line == '#'* ]] || { wrong=1; line="# $line"; }
    echo "$line"
  done <"$lab_dir/said"
  return $wrong
}

phone_call_out() { # WAY
  phone_speak || echo "no sound"
  phone_spawn call call "$phone_them" --play "$lab_dir/client-says.wav" \
    --record "$lab_dir/client-hears.wav" --dtmf 12#
  lab_until 20 phone_call_is alerting || echo "it does not ring there"
  phone_network answer >/dev/null
  phone_talk call "$1"
  lab_until 20 phone_has_keys 12# || echo "the keys were not heard"
  kill -INT "$lab_pid"
  lab_wait "$lab_pid" 10
  [[ $lab_status == 130 ]] || echo "exit status $lab_status"
  lab_until 10 phone_no_call || echo "the call goes on"
  phone_both_heard "$lab_dir/client-hears.wav" 700
}

phone_call_in() { # WAY
  phone_speak || echo "no sound"
  phone_spawn answer answer --play "$lab_dir/client-says.wav" --record "$lab_dir/client-hears.wav"
  lab_until 20 grep -q '"ready"' "$lab_dir/answer.events" || echo "nobody waits"
  phone_network call number="$phone_them" >/dev/null
  phone_talk answer "$1"
  phone_network hangup >/dev/null
  lab_wait "$lab_pid" 10
  [[ $lab_status == 0 ]] || echo "exit status $lab_status"
  phone_both_heard "$lab_dir/client-hears.wav" 700
}

phone_count_paths() { # LOG: how often a command of the client told its way
  grep -c '"event":"connected"' "$lab_dir/$1.events"
}

phone_has_new_path() { # LOG PATHS: it had so many before
  (($(phone_count_paths "$1") > $2))
}

# In a call the client's old network is gone and, SECONDS later, it comes to another one. The call
# goes on, with sound both ways: 500 Hz from the far end now.
phone_move() { # WAY SECONDS train|hotel KIND WAY: before and after; the rest as in lab_move
  local paths began
  phone_speak || echo "no sound"
  phone_spawn call call "$phone_them" --play "$lab_dir/client-says.wav" \
    --record "$lab_dir/client-hears.wav"
  lab_until 20 phone_call_is alerting || echo "it does not ring there"
  phone_network answer >/dev/null
  phone_talk call "$1"
  paths=$(phone_count_paths call)
  began=$SECONDS
  lab_move right "$2" "$3" "$4"
  lab_until $((30 - $2)) phone_has_new_path call "$paths" || echo "no new path within 30 s"
  tap_note "a new path $((SECONDS - began)) s after the old one was gone"
  lab_until 10 phone_way_is call "$5" || echo "the way is not $5"
  phone_call_is active || echo "the call is over"
  phone_sound write "$lab_dir/far-says.wav" 500 20
  phone_network play file="$lab_dir/far-says.wav" >/dev/null
  phone_network record file="$lab_dir/far-hears.wav" >/dev/null
  phone_measure "$5"
  phone_network hangup >/dev/null
  lab_wait "$lab_pid" 10
  [[ $lab_status == 0 ]] || echo "exit status $lab_status"
  phone_both_heard "$lab_dir/client-hears.wav" 500
}

phone_reject() {
  phone_network call number="$phone_them" >/dev/null
  phone_client hangup && lab_until 10 phone_no_call
}

# --- voicemail ------------------------------------------------------------------------------------

phone_mail() { # prints id and state of the newest
  phone_client voicemail list | awk 'NR == 1 { print $1, $4 }'
}

phone_has_mail() {
  [[ $(phone_mail) == *" new" ]]
}

# Nobody answers: greeting, tone, and the caller speaks until silence ends it.
phone_leave_mail() {
  phone_sound write "$lab_dir/said.wav" 300 3 4
  phone_network play file="$lab_dir/said.wav" >/dev/null
  phone_network record file="$lab_dir/caller-hears.wav" >/dev/null
  phone_network call number="$phone_them" >/dev/null
  lab_until 40 phone_no_call || return 1
  phone_network record >/dev/null
  tap_note "the caller heard $(phone_sound heard "$lab_dir/caller-hears.wav" 1000 440)"
  phone_sound hears "$lab_dir/caller-hears.wav" 1000 0.3 && lab_until 10 phone_has_mail
}

phone_play_mail() {
  local id state
  read -r id state < <(phone_mail)
  phone_client voicemail play "$id" --record "$lab_dir/played.wav" || return 1
  tap_note "voicemail $id ($state): $(phone_sound heard "$lab_dir/played.wav" 300)"
  phone_sound hears "$lab_dir/played.wav" 300 2 && [[ $(phone_mail) == "$id heard" ]]
}

# --- all ------------------------------------------------------------------------------------------

phone_checks() { # at|mm WAY
  phone_sound write "$lab_dir/greeting.wav" 1000 0.6
  phone_begin "$1" --ring-seconds 2 --greeting "$lab_dir/greeting.wav"
  phone_check "a text comes in" phone_text_in
  phone_check "a text goes out and is delivered" phone_text_out
  phone_check "a call out: tones both ways, keys, we hang up" phone_try phone_call_out "$2"
  phone_check "a call in: tones both ways, they hang up" phone_try phone_call_in "$2"
  phone_check "a call is rejected" phone_reject
  phone_check "a caller leaves a voicemail" phone_leave_mail
  phone_check "it is played" phone_play_mail
}
