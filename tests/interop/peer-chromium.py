# SPDX-License-Identifier: LGPL-2.1-or-later
"""Chromium as one end of an interop test: carries the lines of interop-peer.c's protocol into
and out of a page, through chromedriver's plain WebDriver HTTP.

With a WAV file as argument, that is what its microphone hears."""
import json
import os
import queue
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from pl_browser import Browser  # noqa: E402


def microphone_flags():
    if len(sys.argv) < 2:
        return []
    return ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-audio-capture={sys.argv[1]}",
            "--autoplay-policy=no-user-gesture-required"]


def read(commands):
    for line in sys.stdin:
        commands.put(json.loads(line))
    commands.put(None)


def main():
    commands = queue.Queue()
    threading.Thread(target=read, args=(commands,), daemon=True).start()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        # Real addresses instead of .local names.
        driver = Browser(profile, microphone_flags(), ["WebRtcHideLocalIpsWithMdns"])
        try:
            driver.open(f"file://{HERE}/peer-chromium.html")
            serve(driver, commands)
        finally:
            driver.stop()


def serve(driver, commands):
    while True:
        while not commands.empty():
            if (command := commands.get()) is None:
                return
            driver.script("sync", "command(arguments[0])", command)
        for message in driver.script("async", "next(arguments[0])"):
            print(json.dumps(message), flush=True)


main()
