# SPDX-License-Identifier: LGPL-2.1-or-later
"""Chromium as one end of an interop test: carries the lines of interop-peer.c's protocol into
and out of a page, through chromedriver's plain WebDriver HTTP.

With a WAV file as argument, that is what its microphone hears."""
import http.client
import json
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
# Real addresses instead of .local names, no sandbox because of root, and nothing that talks to
# the rest of the world.
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--no-pings", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-domain-reliability", "--disable-client-side-phishing-detection",
    "--disable-features=WebRtcHideLocalIpsWithMdns,OptimizationHints,Translate,MediaRouter,"
    "AutofillServerCommunication",
]


class Driver:
    def __init__(self, profile):
        self.process = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if found := re.search(r"successfully on port (\d+)", line):
                break
        else:
            raise RuntimeError("chromedriver did not start")
        self.port = int(found.group(1))
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        flags = FLAGS + [f"--user-data-dir={profile}"]
        if len(sys.argv) > 1:
            flags += ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
                      f"--use-file-for-fake-audio-capture={sys.argv[1]}",
                      "--autoplay-policy=no-user-gesture-required"]
        options = {"args": flags}
        value = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options}}})
        self.session = f"/session/{value['sessionId']}"

    def call(self, method, path, body=None):
        self.connection.request(method, path, json.dumps(body) if body is not None else None,
                                {"Content-Type": "application/json"})
        value = json.loads(self.connection.getresponse().read())["value"]
        if isinstance(value, dict) and "error" in value:
            raise RuntimeError(value["message"])
        return value

    def script(self, kind, text, *arguments):
        return self.call("POST", f"{self.session}/execute/{kind}",
                         {"script": text, "args": arguments})

    def stop(self):
        try:
            self.call("DELETE", self.session)
        finally:
            self.process.terminate()
            self.process.wait()


def read(commands):
    for line in sys.stdin:
        commands.put(json.loads(line))
    commands.put(None)


def main():
    commands = queue.Queue()
    threading.Thread(target=read, args=(commands,), daemon=True).start()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        driver = Driver(profile)
        try:
            driver.call("POST", f"{driver.session}/url",
                        {"url": f"file://{HERE}/peer-chromium.html"})
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
