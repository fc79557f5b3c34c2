# SPDX-License-Identifier: LGPL-2.1-or-later
"""A network namespace of the test's own with one veth address:

    own namespace:  ours ---- v0 10.77.0.1 ---- theirs      (v1, the other end, only holds v0 up)

because most implementations of WebRTC gather nothing on the loopback interface, and so that
nothing of the test leaves the machine.
"""
import os
import shutil
import subprocess
import sys

ADDRESS = "10.77.0.1"


def skip_all(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)


def enter_namespace():
    """Starts the script anew in it; skips all where that is not allowed."""
    if os.environ.get("PL_INTEROP_NAMESPACE"):
        # Without an address that comes by itself a second later: a browser begins its requests
        # anew when there is one.
        setup = ("ip link set lo up && ip link add v0 type veth peer name v1 && "
                 "ip link set v0 addrgenmode none && ip link set v1 addrgenmode none && "
                 f"ip address add {ADDRESS}/24 dev v0 && ip link set v0 up && ip link set v1 up")
        subprocess.run(["sh", "-ec", setup], check=True)
        return
    command = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
    if not shutil.which("unshare") or not shutil.which("ip"):
        skip_all("unshare or ip is missing")
    if subprocess.run(command + ["true"], capture_output=True).returncode != 0:
        skip_all("no right to make a network namespace")
    os.environ["PL_INTEROP_NAMESPACE"] = "1"
    os.execvp(command[0], command + [sys.executable] + sys.argv)
