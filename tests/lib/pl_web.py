# SPDX-License-Identifier: LGPL-2.1-or-later
"""The web phone's files as any static server could serve them, and a browser on them."""
import asyncio
import copy
import http.server
import json
import os
import tempfile
import threading

from pl_browser import Browser
from pl_test import Program

TOP = os.environ.get("PL_TOP_SRCDIR",
                     os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
# What the page is allowed: its own files, and the signaling server on another port.
POLICY = ("default-src 'none'; script-src 'self'; connect-src 'self' ws://127.0.0.1:*; "
          "media-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "
          "require-trusted-types-for 'script'")
# All but the last are for the tests.
ROOTS = [("/test/", "tests/web"), ("/data/", "tests/data"),
         ("/states/", "docs/states"), ("/", "data/web")]


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 64
    daemon_threads = True


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def translate_path(self, path):
        for prefix, folder in ROOTS:
            if path.startswith(prefix):
                self.directory = os.path.join(TOP, folder)
                return super().translate_path(path[len(prefix) - 1:])
        return os.devnull

    def end_headers(self):
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, *args):
        pass


class WebServer:
    """On a free port of 127.0.0.1."""

    def __init__(self):
        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.origin = f"http://127.0.0.1:{self.server.server_port}"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Page:
    """await Page.open("phone.html"): a page of tests/web in a browser of its own. Its
    script puts functions into `globalThis.page`; what it has to say goes to page.events."""

    @classmethod
    async def open(cls, name):
        self = cls()
        self.report = None
        self.web = WebServer()
        self.url = f"{self.web.origin}/test/{name}"
        # Not in the test's folder: the browser may write into it while it ends.
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.browser = await asyncio.to_thread(
            Browser, self.profile.name, ["--autoplay-policy=no-user-gesture-required"])
        Program.running.append(self)
        self.tab = self.browser.tab
        self.seen = 0
        await self.load()
        return self

    async def open_tab(self):
        """The same page once more in this browser."""
        other = copy.copy(self)
        other.tab = await asyncio.to_thread(self.browser.new_tab)
        await other.load()
        return other

    def _load(self):
        self.browser.switch(self.tab)
        self.browser.open(self.url)

    def _script(self, kind, text, *arguments):
        self.browser.switch(self.tab)
        return self.browser.script(kind, text, *arguments)

    async def load(self):
        """Anew, as by its user; its events too."""
        await asyncio.to_thread(self._load)
        self.seen = 0
        while not await asyncio.to_thread(self._script, "sync", "return !!globalThis.page"):
            await asyncio.sleep(0.05)

    async def do(self, function, *arguments):
        """Calls one of the page's functions and waits for its promise."""
        answer = await asyncio.to_thread(
            self._script, "async",
            "const done = arguments[2];"
            "Promise.resolve().then(() => page[arguments[0]](...arguments[1]))"
            ".then((value) => done({value: value ?? null}), (error) => done({error: String(error)}))",
            function, list(arguments))
        assert "error" not in answer, f"{function}{arguments}: {answer['error']}"
        return answer["value"]

    async def event(self, kind, **members):
        """The next event of this kind with these members; those before it are passed over."""
        event = await self.do("waitEvent", self.seen, {"kind": kind, **members})
        self.seen = event["index"] + 1
        return event

    def alive(self):
        return self.browser.process.poll() is None

    def output(self):
        """For a failure's report."""
        return self._report() if self.report is None else self.report

    def _report(self):
        try:
            lines = [f"{line['level']}: {line['message']}" for line in self.browser.console()]
            events = self._script("sync", "return globalThis.page?.events ?? [location.href]")
            return "\n".join(lines + [json.dumps(event) for event in events])
        except Exception as error:  # a report about a browser that died
            return f"browser: {error}"

    def check_console(self):
        """Nothing went wrong that a user would find there."""
        bad = [line for line in self.browser.console() if line["level"] == "SEVERE"]
        assert not bad, bad

    def stop(self):
        if self.report is None:
            self.report = self._report()
            self.browser.stop()
            self.web.stop()
            self.profile.cleanup()
