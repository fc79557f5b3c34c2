# SPDX-License-Identifier: LGPL-2.1-or-later
"""One PlPeer (interop-peer) against another implementation, as a TAP test.

Both are programs that speak JSON, one object a line: see interop-peer.c. They live in a network
namespace of their own (pl_namespace.py).
"""
import json
import os
import queue
import subprocess
import sys
import threading
import time

BULK = 50_000_000
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from pl_namespace import enter_namespace, skip_all  # noqa: E402,F401


class End:
    """A program that is one of the two peers."""

    def __init__(self, name, command, events):
        self.name = name
        self.log = []
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.reader = threading.Thread(target=self.read, args=(events,), daemon=True)
        self.reader.start()

    def read(self, events):
        for line in self.process.stdout:
            if line.startswith("{"):
                events.put((self, json.loads(line)))
        events.put((self, {"type": "gone"}))

    def send(self, **message):
        try:
            self.process.stdin.write(json.dumps(message) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass

    def stop(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Pair:
    """Ours and theirs, and the signaling between them."""

    def __init__(self, theirs, options=()):
        self.events = queue.Queue()
        build = os.environ.get("PL_TOP_BUILDDIR", ".")
        self.ours = End("ours", [f"{build}/tests/interop/interop-peer", *options],
                        self.events)
        self.theirs = End("theirs", theirs, self.events)

    def other(self, end):
        return self.theirs if end is self.ours else self.ours

    def wait(self, seconds, *wanted):
        """Carries signaling until each of `wanted` (end, type, key, value) has come."""
        missing = list(wanted)
        until = time.monotonic() + seconds
        while missing:
            try:
                end, message = self.events.get(timeout=max(0, until - time.monotonic()))
            except queue.Empty:
                raise AssertionError("missing: " + ", ".join(
                    f"{end.name} {kind} {value}" for end, kind, key, value in missing))
            if message["type"] in ("offer", "answer", "candidate"):
                self.other(end).send(**message)
                continue
            end.log.append(message)
            missing = [(e, kind, key, value) for e, kind, key, value in missing
                       if e is not end or kind != message["type"]
                       or (key and message.get(key) != value)]
            if message["type"] == "error" or message == {"type": "result", "ok": ""}:
                raise AssertionError(f"{end.name}: {message}")
            if message["type"] == "gone" and any(m[0] is end for m in missing):
                raise AssertionError(f"{end.name} is gone")

    def last(self, end, kind):
        return [m for m in end.log if m["type"] == kind][-1]

    def stop(self):
        self.ours.stop()
        self.theirs.stop()


class Tap:
    def __init__(self):
        self.n = 0
        self.failed = 0

    def run(self, name, function):
        self.n += 1
        started = time.monotonic()
        try:
            note = function()
        except AssertionError as error:
            self.failed += 1
            print(f"not ok {self.n} - {name}\n# {error}", flush=True)
            return False
        print(f"ok {self.n} - {name} # {time.monotonic() - started:.1f} s {note or ''}",
              flush=True)
        return True


def transfer(pair, sender, size, seconds):
    sender.send(type="run", bytes=size)
    pair.wait(seconds, (sender, "result", None, None))
    result = pair.last(sender, "result")
    assert result["ok"], result["text"]
    return result["text"]


def restart(pair, end):
    """New ICE credentials and candidates, and the channels live on."""
    end.send(type="restart")
    pair.wait(30, (pair.ours, "path", None, None))
    return transfer(pair, pair.ours, 1_000_000, 30)


def close_channels(pair):
    """Each end closes the echo channel that it opened; both see both closed."""
    for end in (pair.ours, pair.theirs):
        end.send(type="close-channel", label="echo")
        pair.wait(15, (pair.ours, "channel-closed", "label", "echo"),
                  (pair.theirs, "channel-closed", "label", "echo"))


def close_ours(pair):
    pair.ours.send(type="close")
    pair.wait(15, (pair.ours, "closed", "error", ""), (pair.theirs, "closed", None, None))


def close_theirs(pair, says_goodbye):
    pair.theirs.send(type="close")
    if not says_goodbye:
        pair.wait(45, (pair.ours, "state", "state", "disconnected"))
        pair.ours.send(type="close")
    pair.wait(15, (pair.ours, "closed", None, None))
    error = pair.last(pair.ours, "closed")["error"]
    assert ("closed" in error) == says_goodbye, error
    return error


def check_exit(end):
    assert end.process.returncode == 0, f"exit status {end.process.returncode}"


def run_side(tap, theirs, we_offer, restarts, says_goodbye):
    pair = Pair(theirs)
    offerer = pair.ours if we_offer else pair.theirs
    name = "we offer" if we_offer else "they offer"

    def connect():
        offerer.send(type="start")
        pair.wait(40, (pair.ours, "state", "state", "open"),
                  (pair.theirs, "state", "state", "open"))

    mb = f"{BULK / 1e6:g} MB"
    try:
        steps = [
            ("connect", connect),
            (f"text, binary and {mb} from us", lambda: transfer(pair, pair.ours, BULK, 180)),
            (f"text, binary and {mb} from them",
             lambda: transfer(pair, pair.theirs, BULK, 180)),
            ("ICE restart by us", lambda: restart(pair, pair.ours)),
            ("ICE restart by them", lambda: restart(pair, pair.theirs)),
            ("closing channels", lambda: close_channels(pair)),
            ("closing ours" if we_offer else "closing theirs",
             lambda: close_ours(pair) if we_offer else close_theirs(pair, says_goodbye)),
        ]
        if not restarts:
            del steps[3:5]
        for text, function in steps:
            if not tap.run(f"{name}: {text}", function):
                break
    finally:
        pair.stop()
    tap.run(f"{name}: ours ends in good order", lambda: check_exit(pair.ours))


def main(theirs, restarts=False, says_goodbye=True):
    """@restarts: whether theirs can do an ICE restart; @says_goodbye: tells when it closes."""
    tap = Tap()
    for we_offer in (True, False):
        run_side(tap, theirs, we_offer, restarts, says_goodbye)
    print(f"1..{tap.n}", flush=True)
    sys.exit(1 if tap.failed else 0)
