# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What runs in the laboratory's namespace `server` (lab.sh): coturn and signald.
# shellcheck disable=SC2154,SC2034 # variables of lab.sh and for its users

# A certificate authority and one certificate for both names of the server.
lab_certificates() {
  (cd "$lab_dir" &&
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
      -subj "/CN=Punchline laboratory" -keyout ca.key -out ca.pem &&
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
      -CA ca.pem -CAkey ca.key -subj "/CN=turn.test" -keyout server.key -out server.pem \
      -addext "subjectAltName=DNS:turn.test,DNS:signal.test" \
      -addext "basicConstraints=critical,CA:FALSE") 2>"$lab_dir/openssl.log"
}

# STUN and TURN over UDP, TCP and TLS by the real coturn, with a configuration of its own.
lab_serve_turn() {
  (umask 077 && openssl rand -hex 24 >"$lab_dir/turn.secret")
  cat >"$lab_dir/turn.conf" <<END
listening-ip=192.0.2.10
listening-ip=2001:db8:5::10
relay-ip=192.0.2.10
relay-ip=2001:db8:5::10
listening-port=3478
tls-listening-port=443
realm=punchline.test
use-auth-secret
static-auth-secret=$(cat "$lab_dir/turn.secret")
cert=$lab_dir/server.pem
pkey=$lab_dir/server.key
userdb=$lab_dir/turn.db
pidfile=$lab_dir/turn.pid
log-file=$lab_dir/turn.log
simple-log
no-cli
END
  lab_spawn server turn.out turnserver -c "$lab_dir/turn.conf"
  lab_turn_pid=$lab_pid
  lab_until 10 lab_listening tcp 192.0.2.10:443 && lab_until 10 lab_listening udp 192.0.2.10:3478
}

# From now on coturn takes no credentials of signald's; it still answers STUN.
lab_refuse_relays() {
  lab_end "$lab_turn_pid"
  lab_serve_turn
}

# signald, from PL_TOP_BUILDDIR, and coturn.
lab_signaling=wss://signal.test
lab_serve() {
  lab_certificates
  lab_serve_turn || return
  lab_spawn server signald.log "$PL_TOP_BUILDDIR/punchline-signald" \
    --listen 192.0.2.11:443 --listen '[2001:db8:5::11]:443' \
    --tls-cert "$lab_dir/server.pem" --tls-key "$lab_dir/server.key" \
    --turn-secret-file "$lab_dir/turn.secret" \
    --ice-uri stun:turn.test:3478 --ice-uri turn:turn.test:3478?transport=udp \
    --ice-uri turn:turn.test:3478?transport=tcp --ice-uri turns:turn.test:443?transport=tcp
  lab_until 10 lab_listening tcp 192.0.2.11:443
}

lab_listening() { # udp|tcp ADDRESS:PORT on the server
  [[ -n $(lab_in server ss --no-header --numeric --listening "--$1" "src = $2") ]]
}
