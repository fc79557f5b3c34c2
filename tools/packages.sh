# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# The Debian packages of quickstart and check, in one place.

# to build and run the programs
packages_build=(
  autoconf automake esbuild gcc libc6-dev libtool make pkg-config
  libglib2.0-dev libgstreamer-plugins-base1.0-dev libgstreamer1.0-dev libjson-glib-dev
  libnice-dev libqrencode-dev libsodium-dev libsoup-3.0-dev libssl-dev libusrsctp-dev
  libmm-glib-dev libsqlite3-dev libsystemd-dev libwslay-dev
  ca-certificates glib-networking
  gstreamer1.0-alsa gstreamer1.0-plugins-bad gstreamer1.0-plugins-base gstreamer1.0-plugins-good
  espeak-ng
)

# to try them: two homes behind NATs, a STUN and TURN server, netcat to talk with the ports, Python
# for the simulated modem
packages_try=(coturn curl iproute2 netcat-openbsd nftables openssl python3)

# to test them
packages_check=(
  clang clang-format clang-tools git libclang-rt-14-dev valgrind xz-utils
  chromium chromium-driver
  gir1.2-gst-plugins-bad-1.0 gir1.2-gst-plugins-base-1.0 gir1.2-gstreamer-1.0
  gstreamer1.0-nice
  python3 python3-aiohttp python3-aiortc python3-cryptography python3-gi python3-websockets
  dbus gammu libgammu-dev modemmanager ofono
  netcat-openbsd nodejs procps
  fonts-liberation fonts-noto-color-emoji # for the pictures
)
# A nodejs that is not Debian's has npm in it.
command -v npm >/dev/null || packages_check+=(npm)

packages_missing() { # PACKAGE...: those that are not installed
  local package
  for package; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      echo "$package"
  done
}

# Installs PACKAGEs with what they depend on, nothing recommended, and starts no service: coturn's
# would take the ports that a machine's owner may want for something else.
packages_install() { # LOG PACKAGE...
  local log=$1 policy=/usr/sbin/policy-rc.d made=
  shift
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    made=$policy
  fi
  {
    apt-get update -q &&
      DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@"
  } >"$log" 2>&1
  local status=$?
  [[ -z $made ]] || rm -f "$made"
  [[ " $* " != *" coturn "* || $status != 0 ]] || update-rc.d coturn disable >>"$log" 2>&1
  return $status
}
