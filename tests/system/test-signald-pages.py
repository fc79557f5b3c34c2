#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The web phone as punchline-signald serves it: what comes, its headers, and how many requests
one connection may make."""

import asyncio
import gzip
import http.client
import os
import socket
import ssl
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_test import ANSWER_SECONDS, BUILD, Client, Signald, make_certificate, run

FILES = os.path.join(BUILD, "data", "web.out")
TYPES = {".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8",
         ".js": "text/javascript; charset=utf-8", ".json": "application/json",
         ".png": "image/png", ".svg": "image/svg+xml",
         ".webmanifest": "application/manifest+json"}
HEADERS = {"Cache-Control": "no-cache", "Cross-Origin-Opener-Policy": "same-origin",
           "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
           "Connection": None, "Strict-Transport-Security": None}
MAX_REQUESTS = 32  # PL_MAX_REQUESTS
ONE = "/js/proto/code.js"


def packed():
    """Path -> bytes, as the build has them."""
    found = {}
    for folder, _, names in os.walk(FILES):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                found["/" + os.path.relpath(path, FILES)] = file.read()
    assert ONE in found
    return found


def connect(signald, context=None):
    if context:
        return http.client.HTTPSConnection("127.0.0.1", signald.port, timeout=ANSWER_SECONDS,
                                           context=context)
    return http.client.HTTPConnection("127.0.0.1", signald.port, timeout=ANSWER_SECONDS)


def get(connection, path, method="GET", **headers):
    """The answer, read to its end; the connection stays."""
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, text in headers.items():
        connection.putheader(name.replace("_", "-"), text)
    connection.endheaders()
    answer = connection.getresponse()
    answer.body = answer.read()
    return answer


def raw(signald):
    return socket.create_connection(("127.0.0.1", signald.port), timeout=ANSWER_SECONDS)


def read_until(conn, wanted):
    got = b""
    while wanted not in got:
        more = conn.recv(65536)
        assert more, got
        got += more


def rest(conn):
    """All until the end."""
    got = b""
    try:
        while more := conn.recv(65536):
            got += more
    except ConnectionResetError:
        pass
    return got


async def test_files(_):
    signald = Signald()
    connection = connect(signald)
    for path, data in sorted(packed().items()):
        connection.close()
        answer = get(connection, path)
        assert (answer.status, answer.body) == (200, data), path
        assert answer.headers["Content-Type"] == TYPES[os.path.splitext(path)[1]], path
        for name, text in HEADERS.items():
            assert answer.headers[name] == text, (path, name, answer.headers[name])


async def test_front(_):
    """It names all modules, so that a browser asks for them at once."""
    files = packed()
    front = get(connect(Signald()), "/")
    assert front.body == files["/index.html"]
    for path in files:
        wanted = path.endswith(".js") and path != "/sw.js"
        assert (b"modulepreload href=%b>" % path[1:].encode() in front.body) == wanted, path


async def test_policy(_):
    headers = get(connect(Signald()), ONE).headers
    policy = dict(part.strip().split(" ", 1)
                  for part in headers["Content-Security-Policy"].split(";"))
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["worker-src"] == "'self'"
    assert policy["connect-src"] == "'self' wss:"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "microphone=(self)" in headers["Permissions-Policy"]


async def test_etag(_):
    signald = Signald()
    connection = connect(signald)
    first = get(connection, ONE)
    etag = first.headers["ETag"]
    assert etag.startswith('"') and etag != get(connection, "/vendor/preact.js").headers["ETag"]
    for tags in (etag, "W/" + etag, f'"x", {etag}', "*"):
        answer = get(connection, ONE, If_None_Match=tags)
        assert (answer.status, answer.body) == (304, b""), (tags, answer.status)
        assert answer.headers["ETag"] == etag and answer.headers["Cache-Control"] == "no-cache"
        assert answer.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]
    for tags in ('"x"', etag[:-2] + '"', etag.strip('"')):
        assert get(connection, ONE, If_None_Match=tags).status == 200, tags
    head = get(connection, ONE, "HEAD")
    assert (head.status, head.body, head.headers["ETag"]) == (200, b"", etag)
    assert head.headers["Content-Length"] == str(len(first.body))
    again = get(connect(Signald()), ONE)
    assert again.headers["ETag"] == etag, "another one after a restart"


async def test_gzip(_):
    """Whoever takes it gets less."""
    connection = connect(Signald())
    plain = get(connection, ONE)
    for accepted in ("gzip", "gzip, deflate, br, zstd", "br;q=1.0, gzip;q=0.5"):
        packed_one = get(connection, ONE, Accept_Encoding=accepted)
        assert packed_one.headers["Content-Encoding"] == "gzip", accepted
        assert gzip.decompress(packed_one.body) == plain.body
        assert len(packed_one.body) < len(plain.body) * 2 / 3
    for accepted in ("identity", "br", "gzip;q=0", "x-gzip, *"):
        assert get(connection, ONE, Accept_Encoding=accepted).body == plain.body, accepted
    assert plain.headers["Vary"] == packed_one.headers["Vary"] == "Accept-Encoding"
    etag = packed_one.headers["ETag"]
    assert etag != plain.headers["ETag"]
    assert get(connection, ONE, Accept_Encoding="gzip", If_None_Match=etag).status == 304
    assert get(connection, ONE, If_None_Match=etag).status == 200


async def test_unknown_paths(_):
    signald = Signald()
    for path in ("/js", "/js/", "/js/../jsconfig.json", "/../../etc/passwd",
                 "/js/..%2fproto/code.js", "//js/proto/code.js",
                 "/js/proto/code.js/", "/jsconfig.json", "/vendor/README.md", "/x" * 2000):
        answer = get(connect(signald), path)
        assert answer.status in (400, 404), (path, answer.status)
        assert answer.headers["Connection"] == "close", path
    assert get(connect(signald), ONE + "?x=1").status == 200


async def test_requests_of_one_connection(_):
    signald = Signald()
    connection = connect(signald)
    socket_of_first = None
    for i in range(1, MAX_REQUESTS + 1):
        answer = get(connection, ONE, If_None_Match='"x"' if i % 2 else "*")
        socket_of_first = socket_of_first or connection.sock
        assert answer.headers["Connection"] == ("close" if i == MAX_REQUESTS else None), i
        assert i == MAX_REQUESTS or connection.sock is socket_of_first, i
    with raw(signald) as conn:  # and all at once
        conn.sendall(f"HEAD {ONE} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * (MAX_REQUESTS + 8))
        assert rest(conn).count(b"HTTP/1.1 200") == MAX_REQUESTS
    with raw(signald) as conn:
        conn.sendall(f"GET {ONE} HTTP/1.0\r\nHost: x\r\n\r\n".encode() * 2)
        assert rest(conn).count(b"HTTP/1.0 200") == 1
    answer = get(connect(signald), "/healthz")
    assert answer.headers["Connection"] == "close"


async def test_later_requests_are_checked(_):
    signald = Signald()
    first = f"GET {ONE} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    for head, status in ((f"POST {ONE} HTTP/1.1\r\nHost: x\r\nContent-Length: 3", 405),
                         (f"GET {ONE} HTTP/1.1\r\nHost: x\r\nContent-Length: 200", 413),
                         (f"GET {ONE} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked", 413),
                         (f"GET {ONE} HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1", 416),
                         (f"GET {ONE} HTTP/1.1\r\nHost: a\r\nHost: b", 400)):
        with raw(signald) as conn:
            conn.sendall(first.replace(b"GET", b"HEAD"))
            read_until(conn, b"\r\n\r\n")
            conn.sendall(head.encode() + b"\r\n\r\n" + first)
            got = rest(conn)
            assert got.count(b"HTTP/1.1 ") <= 1 and b" 200 " not in got, (head, got)
            assert not got or got.startswith(f"HTTP/1.1 {status}".encode()), (head, got[:60])


async def test_signal_after_a_page(_):
    """As a proxy that keeps its connections may ask for it."""
    signald = Signald()
    conn = await asyncio.to_thread(raw, signald)
    conn.sendall(f"HEAD {ONE} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    read_until(conn, b"\r\n\r\n")
    conn.sendall(b"GET /signal HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                 b"Sec-WebSocket-Protocol: punchline.v1\r\n\r\n")
    read_until(conn, b" 101 ")
    hello = b'{"type":"hello","agent":"test"}'
    conn.sendall(bytes([0x81, 0x80 | len(hello), 0, 0, 0, 0]) + hello)
    read_until(conn, b"welcome")


async def test_idle(_):
    signald = Signald()

    def hold():
        with raw(signald) as conn:
            conn.sendall(f"HEAD {ONE} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            read_until(conn, b"\r\n\r\n")
            start = time.monotonic()
            conn.sendall(b"GET / HT")
            assert rest(conn) == b""
            return time.monotonic() - start

    held = await asyncio.gather(*[asyncio.to_thread(hold) for _i in range(4)])
    assert 2 < min(held) and max(held) < 7, held


async def test_clients_that_go(_):
    """Whoever closes between two requests leaves nothing behind."""
    signald = Signald()

    def count():
        return len(os.listdir(f"/proc/{signald.process.pid}/fd"))

    before = count()
    for i in range(100):
        connection = connect(signald)
        assert get(connection, ONE).status == 200, i
        connection.close()
    end = time.monotonic() + ANSWER_SECONDS
    while count() > before:
        assert time.monotonic() < end, count()
        await asyncio.sleep(0.02)


async def test_page_loads_of_one_address(_):
    """A family at breakfast: each browser loads all files twice, one time for its service worker,
    and keeps its connections. Nobody is turned away, nor is a signaling client then."""
    signald = Signald()
    paths = sorted(packed())
    wrong = []

    def fetch(some):
        connection = connect(signald)
        wrong.extend(path for path in some if get(connection, path).status != 200)
        return connection

    async def load():
        return await asyncio.gather(*[asyncio.to_thread(fetch, paths[i::6]) for i in range(6)])

    kept = [await load() for _browser in range(5) for _time in range(2)]
    assert not wrong, wrong
    await Client.open(signald)
    assert len(kept) == 10


async def test_connections_of_one_address(_):
    """Whoever holds them all has no more."""
    signald = Signald()
    held = [raw(signald) for _i in range(64)]
    assert get(connect(signald), ONE).status == 429
    held.pop().close()
    end = time.monotonic() + ANSWER_SECONDS
    while get(connect(signald), ONE).status == 429:
        assert time.monotonic() < end
        await asyncio.sleep(0.1)


async def test_tls(folder):
    cert, key = make_certificate(folder, "one")
    context = ssl.create_default_context(cafile=cert)
    connection = connect(Signald("--tls-cert", cert, "--tls-key", key), context)
    first = get(connection, ONE)
    sock = connection.sock
    assert first.headers["Strict-Transport-Security"]
    assert get(connection, "/vendor/preact.js").status == 200 and connection.sock is sock


async def test_no_web(folder):
    config = os.path.join(folder, "config")
    with open(config, "w") as file:
        file.write("[signald]\nno-web=true\n")
    for signald in (Signald("--no-web"), Signald("--config", config)):
        front = get(connect(signald), "/")
        assert front.status == 200 and b"punchline-signald" in front.body
        assert front.headers["Content-Security-Policy"].startswith("default-src 'none'; frame")
        assert get(connect(signald), ONE).status == 404


run([test_files, test_front, test_policy, test_etag, test_gzip, test_unknown_paths,
     test_requests_of_one_connection, test_later_requests_are_checked, test_signal_after_a_page,
     test_idle, test_clients_that_go, test_page_loads_of_one_address,
     test_connections_of_one_address, test_tls, test_no_web])
