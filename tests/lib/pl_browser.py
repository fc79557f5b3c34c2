# SPDX-License-Identifier: LGPL-2.1-or-later
"""Debian's Chromium without a screen, driven through chromedriver's plain WebDriver HTTP."""
import http.client
import json
import re
import shutil
import subprocess
import threading

from pl_namespace import skip_all

# No sandbox because of root, and nothing that talks to the rest of the world.
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--no-pings", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-domain-reliability", "--disable-client-side-phishing-detection",
]
FEATURES = ["OptimizationHints", "Translate", "MediaRouter", "AutofillServerCommunication"]

# A page may wait for something; the watchdogs of the tests are earlier.
SCRIPT_SECONDS = 300


def need_browser():
    for program in ("chromium", "chromedriver"):
        if not shutil.which(program):
            skip_all(f"{program} is not installed")


class Browser:
    """One browser with one page. `profile` is a folder of its own; `without` are features that
    are switched off besides; `flags` more of the command line."""

    def __init__(self, profile, flags=(), without=()):
        self.process = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if found := re.search(r"successfully on port (\d+)", line):
                break
        else:
            raise RuntimeError("chromedriver did not start")
        self.port = int(found.group(1))
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                     timeout=SCRIPT_SECONDS + 10)
        flags = [*FLAGS, *flags, f"--user-data-dir={profile}",
                 "--disable-features=" + ",".join([*FEATURES, *without])]
        options = {"args": flags}
        value = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"}}}})
        self.session = f"/session/{value['sessionId']}"
        self.tab = self.call("GET", f"{self.session}/window")
        self.call("POST", f"{self.session}/timeouts", {"script": SCRIPT_SECONDS * 1000})

    def call(self, method, path, body=None):
        self.connection.request(method, path, json.dumps(body) if body is not None else None,
                                {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        value = json.loads(answer.read())["value"]
        if answer.status != 200:
            raise RuntimeError(value["message"])
        return value

    def open(self, url):
        self.call("POST", f"{self.session}/url", {"url": url})

    def new_tab(self):
        """Its handle; the browser stays on the one it was on."""
        return self.call("POST", f"{self.session}/window/new", {"type": "tab"})["handle"]

    def switch(self, tab):
        if tab != self.tab:
            self.call("POST", f"{self.session}/window", {"handle": tab})
            self.tab = tab

    def script(self, kind, text, *arguments):
        """kind: `sync`, or `async` where the last argument that the script gets is a function
        that takes the result."""
        return self.call("POST", f"{self.session}/execute/{kind}",
                         {"script": text, "args": arguments})

    def console(self):
        """What the page and the browser said there since the last time."""
        return self.call("POST", f"{self.session}/se/log", {"type": "browser"})

    def stop(self):
        try:
            self.call("DELETE", self.session)
        except (OSError, RuntimeError, http.client.HTTPException):
            pass  # it has died before
        self.process.terminate()
        self.process.wait()
