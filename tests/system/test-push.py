#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Web Push from outside: what the server sends to a push service, where it sends nothing, and
what a service that means ill can do to it."""

import asyncio
import base64
import os
import re
import sys
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_push import PushService, need_cryptography
from pl_test import SANITIZED, Client, Signald, run, run_signald

need_cryptography()
# LeakSanitizer dies of the thread-local data of modules that were loaded late, as GnuTLS is; without
# a look at that it takes what is kept there for leaks.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"


def make_key(folder):
    path = os.path.join(folder, "push-key")
    status, output = run_signald("--make-push-key", path)
    assert status == 0, output
    return path


async def start(folder, subject="DNS:localhost", **options):
    """A push service, a server that knows it, and a session of that."""
    service = PushService(folder, subject)
    signald = Signald(*service.options(make_key(folder), **options), "--log", "all:debug")
    client = await Client.open(signald)
    service.public_key = client.welcome["push_key"]
    return service, signald, client


async def push(client, subscription, payload=b"sealed", **more):
    await client.ask("push", **{**subscription.keys(), "ttl": 30, "urgency": "high",
                                "payload": base64.b64encode(payload).decode(), **more})
    return await client.expect("pushed")


async def test_sent(folder):
    service, signald, client = await start(folder)
    subscription = service.subscribe()
    for size in 1, 1000, 3993:
        payload = os.urandom(size - 1) + b"."  # no zeros at the end, which are padding
        pushed = await push(client, subscription, payload, topic="abc_-1")
        assert (pushed["status"], pushed["id"]) == ("sent", client.last_id), pushed
        headers, text = subscription.next()
        assert text == payload and headers["TTL"] == "30", headers
        assert headers["Urgency"] == "high" and headers["Topic"] == "abc_-1", headers
    assert not service.faults, service.faults
    # What is a secret of the browser, or of the server, is in no log.
    for secret in subscription.name, subscription.keys()["auth"], service.public_key:
        assert secret not in signald.output(), signald.output()


async def counted(signald):
    """Push messages by what became of them."""
    with await asyncio.to_thread(urllib.request.urlopen, signald.url + "/metrics") as page:
        return dict(re.findall(r"^punchline_signald_pushes_(\w+)_total (\d+)$", page.read().decode(), re.M))


async def test_answers(folder):
    service, signald, client = await start(folder)
    for way, status in [(200, "sent"), (202, "sent"), (404, "gone"), (410, "gone"),
                        (400, "refused"), (401, "refused"), (413, "refused"), (429, "failed"),
                        (500, "failed"), (503, "failed")]:
        assert (await push(client, service.subscribe(way)))["status"] == status, way
    count = await counted(signald)
    assert count == {"sent": "2", "gone": "2", "refused": "3", "failed": "3"}, count
    assert not service.faults, service.faults


async def test_redirect(folder):
    """Nobody is sent elsewhere: the other address was not judged."""
    service, _, client = await start(folder)
    other = service.subscribe()
    assert (await push(client, service.subscribe("redirect")))["status"] == "refused"
    assert other.messages.empty()


async def test_huge_answer(folder):
    service, signald, client = await start(folder)
    assert (await push(client, service.subscribe("huge")))["status"] == "sent"
    assert await asyncio.to_thread(service.hang.wait, 60), "it reads on"
    assert SANITIZED or signald.rss_mib() < 60, signald.rss_mib()


async def test_slow(folder):
    """It has ten seconds; what others send goes on."""
    service, _, client = await start(folder)
    began = time.monotonic()
    keys = service.subscribe("slow").keys()
    await client.ask("push", **keys, ttl=30, payload="AAAA")
    slow = client.last_id
    assert (await push(client, service.subscribe()))["id"] == slow + 1
    pushed = await client.expect("pushed")
    assert (pushed["id"], pushed["status"]) == (slow, "failed"), pushed
    assert 8 < time.monotonic() - began < 60


async def test_not_there(folder):
    service, _, client = await start(folder)
    subscription = service.subscribe()
    service.stop()
    assert (await push(client, subscription))["status"] == "failed"


async def test_wrong_certificate(folder):
    service, _, client = await start(folder, "DNS:push.example")
    subscription = service.subscribe()
    assert (await push(client, subscription))["status"] == "failed"
    assert subscription.messages.empty()


async def test_no_private_address(folder):
    """The name is one of a push service, and one of its addresses is this machine's."""
    service, signald, client = await start(folder, networks=["127.0.0.0/8"])
    subscription = service.subscribe()
    assert (await push(client, subscription))["status"] == "refused"
    assert subscription.messages.empty()
    assert "is not allowed" in signald.output(), signald.output()


async def test_no_other_place(folder):
    service, _, client = await start(folder)
    subscription = service.subscribe()
    port = service.server.server_port
    for endpoint in [f"https://127.0.0.1:{port}/x", f"https://localhost:{port + 1}/x",
                     f"http://localhost:{port}/x", "https://localhost/x", "nonsense",
                     f"https://x@localhost:{port}/x", "https://fcm.googleapis.com/x"]:
        pushed = await push(client, subscription, endpoint=endpoint)
        assert pushed["status"] == "refused", endpoint
    for key, value in [("p256dh", "AAAA"), ("auth", "AAAA"), ("urgency", "at once"),
                       ("topic", "a b"), ("topic", "")]:
        pushed = await push(client, subscription, **{key: value})
        assert pushed["status"] == "refused", key
    assert subscription.messages.empty()


async def test_off(folder):
    client = await Client.open(Signald())
    assert "push_key" not in client.welcome
    await client.ask("push", endpoint="https://fcm.googleapis.com/x", p256dh="A", auth="A", ttl=1,
                     payload="AAAA")
    assert (await client.expect("error"))["code"] == "unknown-type"


async def test_stop_while_pushing(folder):
    service, signald, client = await start(folder)
    await client.ask("push", **service.subscribe("slow").keys(), ttl=30, payload="AAAA")
    subscription = list(service.subscriptions.values())[0]
    await asyncio.to_thread(subscription.next)
    signald.signal(15)
    assert signald.wait() == 0, signald.output()


async def test_options(folder):
    key = make_key(folder)
    assert oct(os.stat(key).st_mode & 0o777) == "0o600"
    before = open(key).read()
    assert "BEGIN PRIVATE KEY" in before
    status, output = run_signald("--make-push-key", key)
    assert status == 1 and "exists" in output and open(key).read() == before, output
    bad = os.path.join(folder, "bad")
    open(bad, "w").close()
    who = ["--push-subject", "mailto:a@example.org"]
    for args, word in [(["--push-key", key], "--push-subject"), (who, "--push-key"),
                       (["--push-key", key, "--push-subject", "me"], "'me'"),
                       (["--push-key", key, "--push-subject", 'mailto:"a"'], "mailto:"),
                       (["--push-key", bad, *who], "bad"), (["--push-key", "/none", *who], "/none"),
                       (["--push-key", key, *who, "--push-host", "https://x"], "https://x"),
                       (["--push-key", key, *who, "--push-network", "all"], "'all'"),
                       (["--push-key", key, *who, "--push-ca", bad], "--push-ca")]:
        status, output = run_signald(*args, "--check-config")
        assert status == 2 and word in output, (args, status, output)
    status, output = run_signald("--push-key", key, *who, "--check-config")
    assert status == 0, output


run([case for name, case in list(globals().items()) if name.startswith("test_")])
