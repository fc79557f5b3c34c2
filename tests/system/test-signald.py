#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""punchline-signald from outside: the flows of PROTOCOL.md, options, TLS, proxy, TURN."""

import asyncio
import base64
import hashlib
import hmac
import os
import signal
import ssl
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_test import (ANSWER_SECONDS, Client, Signald, make_certificate, pair, run, run_signald,
                     websockets)


async def http(signald, text, ssl_context=None):
    """One raw request, the whole answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", signald.port, ssl=ssl_context)
    writer.write(text.replace("\n", "\r\n").encode())
    try:
        return (await asyncio.wait_for(reader.read(), ANSWER_SECONDS)).decode()
    except ConnectionResetError:
        return ""
    finally:
        writer.close()


def write(folder, name, text, mode=0o600):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


async def until(what):
    """Waits for something that another process does at a time of its own."""
    end = time.monotonic() + ANSWER_SECONDS
    while not what():
        assert time.monotonic() < end, "it never happened"
        await asyncio.sleep(0.02)


async def test_join_relay_leave(_):
    signald = Signald()
    a, b, room, to = await pair(signald)
    await a.relay(room, to, "aGVsbG8=")
    message = await b.expect("message")
    assert message["body"] == "aGVsbG8=", message
    await b.ask("leave", room=room)
    assert (await a.expect("left"))["member"] == to
    await b.send(type="bye")
    assert await b.closed() == 1000
    await a.ask("dance")
    assert (await a.expect("error"))["code"] == "unknown-type"


async def test_large_and_fragmented(_):
    signald = Signald()
    a, b, room, to = await pair(signald)
    body = "A" * (60 * 1024)
    for _round in range(8):
        await a.relay(room, to, body)
        assert (await b.expect("message"))["body"] == body
    text = f'{{"type":"send","id":99,"room":"{room}","to":"{to}","body":"QQ=="}}'
    await a.socket.send(iter([text[:5], text[5:6], "", text[6:]]))
    await a.expect("sent")
    assert (await b.expect("message"))["body"] == "QQ=="


async def test_resume(_):
    signald = Signald()
    a, b, room, to = await pair(signald)
    b.lose()
    for i in range(5):
        await a.relay(room, to, "AAA" + str(i))
    again = await Client.connect(signald)
    again.last_seq = b.last_seq
    await again.send(type="hello", token=b.token, last_seq=b.last_seq)
    welcome = await again.expect("welcome")
    assert welcome["resumed"] and welcome["last_id"] == b.last_id, welcome
    for i in range(5):
        assert (await again.expect("message"))["body"] == "AAA" + str(i)
    await a.relay(room, to, "AAAA")
    await again.expect("message")


async def test_resume_again_what_was_read(_):
    """It asks for messages that it has seen and forgotten to count: those unread are sent."""
    signald = Signald()
    a, b, room, to = await pair(signald)
    await a.relay(room, to, "AAAA")
    await b.expect("message")
    b.lose()
    other = await Client.open(signald, hello={"token": "nonsense", "last_seq": 3})
    assert not other.welcome["resumed"]
    again = await Client.connect(signald)
    again.last_seq = b.last_seq - 1
    await again.send(type="hello", token=b.token, last_seq=b.last_seq - 1)
    welcome = await again.receive()
    assert welcome["resumed"], welcome
    assert (await again.expect("message"))["body"] == "AAAA"


async def test_replaced(_):
    signald = Signald()
    a, b, room, to = await pair(signald)
    again = await Client.connect(signald)
    again.last_seq = b.last_seq
    await again.send(type="hello", token=b.token, last_seq=b.last_seq)
    assert (await again.expect("welcome"))["resumed"]
    assert (await b.expect("bye"))["code"] == "replaced"
    assert await b.closed() == 4001
    await a.relay(room, to, "AAAA")
    await again.expect("message")


async def test_burn(_):
    signald = Signald()
    a = await Client.open(signald)
    room = await a.reserve()
    await a.join(room)
    for i in range(3):
        b = await Client.open(signald)
        await b.join(room)
        member = (await a.expect("came"))["member"]
        await a.ask("wrong", room=room, member=member)
        if i < 2:
            await b.ask("leave", room=room)
            await a.expect("left")
    assert (await a.expect("burned"))["room"] == room
    await b.expect("burned")
    await b.ask("join", room=room, name="b")
    assert (await b.expect("error"))["code"] == "burned"


async def test_tls_and_reload(folder):
    cert, key = make_certificate(folder, "one")
    signald = Signald("--tls-cert", cert, "--tls-key", key)
    assert signald.url.startswith("https://"), signald.url

    async def served():
        context = ssl.create_default_context(cafile=cert)
        try:
            client = await Client.open(signald, ssl=context)
        except ssl.SSLCertVerificationError:
            return False
        await client.send(type="bye")
        return True

    assert await served()
    a, b, room, to = await pair(signald, ssl=ssl.create_default_context(cafile=cert))
    for _round in range(4):
        await a.relay(room, to, "A" * 60000)
        await b.expect("message")

    good = open(cert).read()
    write(folder, "one.crt", "nonsense")
    signald.signal(signal.SIGHUP)
    await until(lambda: "keeping the certificate" in signald.output())
    write(folder, "good.crt", good)
    cert = os.path.join(folder, "good.crt")
    assert await served()

    new_cert, new_key = make_certificate(folder, "two")
    os.replace(new_cert, os.path.join(folder, "one.crt"))
    signald.signal(signal.SIGHUP)  # halfway through a renewal
    await until(lambda: "do not belong together" in signald.output())
    assert await served()
    os.replace(new_key, key)
    old, cert = cert, os.path.join(folder, "one.crt")
    signald.signal(signal.SIGHUP)
    end = time.monotonic() + ANSWER_SECONDS
    while not await served():
        assert time.monotonic() < end
    cert = old
    assert not await served()
    await a.relay(room, to, "AAAA")  # who was there stays
    await b.expect("message")


async def test_hsts_only_with_tls(folder):
    cert, key = make_certificate(folder, "one")
    context = ssl.create_default_context(cafile=cert)
    request = "GET /healthz HTTP/1.1\nHost: x\n\n"
    assert "Strict-Transport" in await http(Signald("--tls-cert", cert, "--tls-key", key), request,
                                            context)
    assert "Strict-Transport" not in await http(Signald(), request)


async def test_proxy_address(_):
    signald = Signald("--trusted-proxy", "127.0.0.0/8")

    async def connect(forwarded):
        return await Client.open(signald, extra_headers={"X-Forwarded-For": forwarded})

    clients = [await connect(f"198.51.100.{i}, 192.0.2.1") for i in range(64)]
    try:
        await connect("192.0.2.1")
        assert False, "65 connections of one address"
    except websockets.InvalidStatusCode as error:
        assert error.status_code == 429
    clients.append(await connect("192.0.2.2"))

    plain = Signald()
    clients += [await Client.open(plain, extra_headers={"X-Forwarded-For": f"192.0.2.{i}"})
                for i in range(64)]
    try:
        await Client.open(plain, extra_headers={"X-Forwarded-For": "192.0.2.99"})
        assert False, "65 WebSockets of one address"
    except websockets.InvalidStatusCode as error:
        assert error.status_code == 429
    # Pages are counted by themselves.
    reply = await http(plain, "GET /healthz HTTP/1.1\nHost: x\n\n")
    assert reply.startswith("HTTP/1.1 200"), reply


async def test_config_errors(folder):
    secret = write(folder, "secret", "s3cret\n")
    cases = [
        (["--listen", "nowhere"], "nowhere"),
        (["--listen", "127.0.0.1:99999"], "99999"),
        (["--tls-cert", "/nonexistent"], "--tls-key"),
        (["--tls-cert", "/nonexistent", "--tls-key", "/nonexistent"], "/nonexistent"),
        (["--trusted-proxy", "everyone"], "everyone"),
        (["--ice-uri", "http://x"], "http://x"),
        (["--allow-origin", "https://x.example/"], "https://x.example/"),
        (["--allow-origin", "x.example"], "x.example"),
        (["--ice-uri", "turn:x.example"], "--turn-secret-file"),
        (["--turn-secret-file", "/nonexistent"], "/nonexistent"),
        (["--turn-secret-file", write(folder, "empty", "\n")], "empty"),
        (["--log", "loud"], "loud"),
        (["--no-such-option"], "no-such-option"),
        (["leftover"], "leftover"),
        (["--config", "/nonexistent"], "/nonexistent"),
        (["--config", write(folder, "c1", "[signald]\ncolour=red\n")], "'colour'"),
        (["--config", write(folder, "c2", "[server]\nlisten=x\n")], "[server]"),
        (["--config", write(folder, "c3", "[signald]\nlisten=oops\n")], "oops"),
    ]
    for args, word in cases:
        status, output = run_signald(*args)
        assert status == 2 and word in output, (args, status, output)
    config = write(folder, "good", f"[signald]\nlisten=127.0.0.1:0;[::1]:0\n"
                   f"ice-uri=stun:s.example;turn:t.example\nturn-secret-file={secret}\n")
    status, output = run_signald("--config", config, "--check-config")
    assert status == 0 and "good" in output, output
    status, output = run_signald("--version")
    assert status == 0 and output.startswith("punchline-signald "), output
    status, output = run_signald("--help")
    assert status == 0 and "Examples:" in output, output


async def test_address_in_use(_):
    signald = Signald()
    status, output = run_signald("--listen", f"127.0.0.1:{signald.port}")
    assert status == 1 and str(signald.port) in output, (status, output)


async def test_turn_credentials(folder):
    secret = write(folder, "secret", "north\n", 0o644)
    signald = Signald("--ice-uri", "stun:s.example:3478", "--ice-uri", "turn:t.example",
                      "--ice-uri", "turns:t.example:443?transport=tcp",
                      "--turn-secret-file", secret)
    assert "others can read" in signald.output()

    def check(message, key):
        assert message["ice_ttl_s"] == 3600
        stun, turn = message["ice_servers"]
        assert stun == {"urls": ["stun:s.example:3478"]}, stun
        assert turn["urls"] == ["turn:t.example", "turns:t.example:443?transport=tcp"]
        expiry = int(turn["username"].split(":")[0])
        assert abs(expiry - time.time() - 3600) < 60
        mac = hmac.new(key, turn["username"].encode(), hashlib.sha1).digest()
        assert turn["credential"] == base64.b64encode(mac).decode()
        return turn["username"]

    client = await Client.open(signald)
    first = check(client.welcome, b"north")
    await client.ask("refresh")
    assert check(await client.expect("ice"), b"north") != first
    os.unlink(secret)
    signald.signal(signal.SIGHUP)
    await until(lambda: "keeping the secret" in signald.output())
    await client.ask("refresh")
    check(await client.expect("ice"), b"north")
    write(folder, "secret", "south")
    signald.signal(signal.SIGHUP)
    mark = "warning"
    for _round in range(200):
        await client.ask("refresh")
        try:
            check(await client.expect("ice"), b"south")
            return
        except AssertionError:
            await asyncio.sleep(0.02)
    assert False, mark


async def test_origin(_):
    signald = Signald("--allow-origin", "https://phone.example")
    for origin, allowed in [("https://phone.example", True), ("https://evil.example", False),
                            ("null", False), (f"http://127.0.0.1:{signald.port}", True),
                            (f"http://127.0.0.1:{signald.port}.evil.example", False)]:
        try:
            await Client.open(signald, origin=origin)
            assert allowed, origin
        except websockets.InvalidStatusCode as error:
            assert not allowed and error.status_code == 403, (origin, error)


async def test_subprotocol(_):
    signald = Signald()
    for offered in (None, ["punchline.v2"]):
        try:
            await Client.open(signald, subprotocols=offered)
            assert False, offered
        except websockets.InvalidStatusCode as error:
            assert error.status_code == 400
    client = await Client.open(signald, subprotocols=["x", "punchline.v1"], compression="deflate")
    assert client.socket.subprotocol == "punchline.v1" and client.socket.extensions == []


async def test_pages(_):
    signald = Signald()
    reply = await http(signald, "GET /healthz HTTP/1.1\nHost: x\n\n")
    assert reply.startswith("HTTP/1.1 200") and reply.endswith("\r\n\r\nok\n"), reply
    for header in ("X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer",
                   "Content-Security-Policy: default-src 'none'", "Connection: close"):
        assert header in reply, (header, reply)
    assert "punchline-signald" in await http(signald, "GET /about HTTP/1.0\nHost: x\n\n")
    assert "HTTP/1.1 404" in await http(signald, "GET /etc/passwd HTTP/1.1\nHost: x\n\n")
    assert "HTTP/1.1 426" in await http(signald, "GET /signal HTTP/1.1\nHost: x\n\n")
    metrics = await http(signald, "GET /metrics HTTP/1.1\nHost: x\n\n")
    assert "punchline_signald_sessions 0\n" in metrics, metrics
    forwarded = "GET /metrics HTTP/1.1\nHost: x\nX-Forwarded-For: 127.0.0.1\n\n"
    assert "HTTP/1.1 404" in await http(signald, forwarded)


async def test_requests_that_proxies_read_differently(_):
    signald = Signald()
    for head, status in [("GET / HTTP/1.1\nHost: a\nHost: b", 400),
                         ("GET / HTTP/1.1", 400),
                         ("GET / HTTP/1.1\nHost: a\nContent-Length: 0\nContent-Length: 5", 413),
                         ("GET / HTTP/1.1\nHost: a\nContent-Length: 5", 413),
                         ("GET / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked", 413),
                         ("GET / HTTP/1.1\nHost: a\nTransfer-Encoding: x\nContent-Length: 3", 413),
                         ("GET / HTTP/1.1\nHost: a\nRange: bytes=0-1", 416),
                         ("POST / HTTP/1.1\nHost: a\nContent-Length: 3", 405),
                         ("DELETE / HTTP/1.1\nHost: a", 405)]:
        reply = await http(signald, head + "\n\n")
        assert reply == "" or reply.startswith(f"HTTP/1.1 {status}"), (head, reply)
        assert "Brings two" not in reply
    await Client.open(signald)


async def test_stop(_):
    signald = Signald()
    a, b, room, to = await pair(signald)
    b.lose()
    signald.signal(signal.SIGTERM)
    bye = await a.expect("bye")
    assert bye["code"] == "restart" and 1 <= bye["retry_s"] <= 30, bye
    assert await a.closed() == 1012
    assert signald.wait() == 0


async def test_second_signal(_):
    signald = Signald()
    reader, writer = await asyncio.open_connection("127.0.0.1", signald.port)
    writer.write(b"GET /signal HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
                 b"Sec-WebSocket-Protocol: punchline.v1\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    signald.signal(signal.SIGINT)
    await reader.readexactly(2)  # it says bye, and waits for an answer that does not come
    start = time.monotonic()
    signald.signal(signal.SIGINT)
    assert signald.wait() in (0, 1)
    assert time.monotonic() - start < 1.5


run([test_join_relay_leave, test_large_and_fragmented, test_resume,
     test_resume_again_what_was_read, test_replaced, test_burn, test_tls_and_reload,
     test_hsts_only_with_tls, test_proxy_address, test_config_errors, test_address_in_use,
     test_turn_credentials, test_origin, test_subprotocol, test_pages,
     test_requests_that_proxies_read_differently, test_stop, test_second_signal])
