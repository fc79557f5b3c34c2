#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`punchline ports` from outside, with what pync does on its ports, and with what the tool that
these ports come from got wrong."""

import asyncio
import os
import signal
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_punchline import CODE, Ports, Punchline, carry, kill_socket, run_to_end, two_ports
from pl_test import ANSWER_SECONDS, Signald, run


async def test_writer_first_and_gone(_):
    """The writer comes before the other side does, and is gone when the reader comes."""
    url = Signald().url
    a = Ports(CODE, url=url)
    await a.write(b"early")
    b = Ports(CODE, url=url)
    assert await b.read() == b"early"


async def test_reader_first(_):
    url = Signald().url
    b = Ports(CODE, url=url)
    reading = asyncio.ensure_future(b.read())
    await b.event("state", state="waiting")
    a = Ports(CODE, url=url)
    await a.write(b"hello")
    assert await reading == b"hello"


async def test_both_directions_and_ipv6(_):
    a, b = await two_ports()
    await a.write(b"to b")
    await b.write(b"to a")
    assert await b.read() == b"to b"
    reader, writer = await a.connect("read", "::1")
    assert await asyncio.wait_for(reader.read(), ANSWER_SECONDS) == b"to a"
    writer.close()


async def test_streams_in_order(_):
    """Several writers one after the other, also the ones whose bytes the old tool lost."""
    a, b = await two_ports()
    streams = [b"one", b"", b"s", b"finished", b"\xff" * 8, b"sf12", b"sf001", b"x" * 300_000, b"",
               b"last"]
    for stream in streams:
        await a.write(stream)
    for stream in streams:
        assert await b.read() == stream


async def test_parallel_writers(_):
    a, b = await two_ports()
    writers = []
    for i in range(5):
        _, writer = await a.connect("write")
        writer.write(b"%d" % i)
        await writer.drain()
        writers.append(writer)
    readers = [await b.connect("read") for _ in writers]
    for i, (reader, _) in enumerate(readers):
        assert await asyncio.wait_for(reader.read(100), ANSWER_SECONDS) == b"%d" % i
    for i in (3, 0, 4, 2, 1):
        writers[i].write(b" more")
        writers[i].close()
        assert await asyncio.wait_for(readers[i][0].read(), ANSWER_SECONDS) == b" more"


async def test_echo_byte_by_byte(_):
    """The library of old connects to both ports and expects no buffering in between."""
    a, b = await two_ports()
    ends = []
    for end in a, b:
        _, to = await end.connect("write")
        source, _ = await end.connect("read")
        ends.append((source, to))
    (a_in, a_out), (b_in, b_out) = ends
    for byte in b"s", b"x", b"y":
        a_out.write(byte)
        assert await asyncio.wait_for(b_in.read(10), ANSWER_SECONDS) == byte
        b_out.write(byte)
        assert await asyncio.wait_for(a_in.read(10), ANSWER_SECONDS) == byte


async def test_killed_reader(_):
    a, b = await two_ports()
    reader, out = await a.connect("write")
    out.write(b"x" * 1_000_000)
    victim, victim_writer = await b.connect("read")
    await asyncio.wait_for(victim.readexactly(1000), ANSWER_SECONDS)
    kill_socket(victim_writer)
    try:
        assert await asyncio.wait_for(reader.read(), ANSWER_SECONDS) == b"", "wrote to a writer"
        raise AssertionError("an end of file instead of a reset")
    except ConnectionResetError:
        pass
    await a.event("stream", direction="sent", result="failed")
    await a.write(b"next")
    assert await b.read() == b"next"


async def test_reader_that_left_takes_nothing(_):
    a, b = await two_ports()
    _, writer = await b.connect("read")
    writer.close()
    await writer.wait_closed()
    await a.write(b"for the next")
    assert await b.read() == b"for the next"


async def test_reader_that_only_reads(_):
    """A reader that shuts down its sending side stays a reader, early and late."""
    a, b = await two_ports()
    for early in (True, False):
        reader, writer = await b.connect("read")
        if early:
            writer.write_eof()
        _, out = await a.connect("write")
        out.write(b"one")
        assert await asyncio.wait_for(reader.readexactly(3), ANSWER_SECONDS) == b"one"
        if not early:
            writer.write_eof()
        out.write(b"two")
        out.close()
        assert await asyncio.wait_for(reader.read(), ANSWER_SECONDS) == b"two"
        writer.close()


async def test_writer_is_told(_):
    """No byte ever comes back to a writer, but its end does once the reader has everything."""
    a, b = await two_ports()
    reader, writer = await a.connect("write")
    writer.write(b"hello")
    writer.write_eof()
    done = asyncio.ensure_future(reader.read())
    await b.event("state", state="connected")
    assert await b.read() == b"hello"
    assert await asyncio.wait_for(done, ANSWER_SECONDS) == b""
    assert (await a.event("stream", direction="sent"))["result"] == "delivered"


async def test_200_megabytes(_):
    await carry(200 << 20, 38)


async def test_file_refused(_):
    a, b = await two_ports()
    await a.write(b"sf007foo.binDATA")
    refused = await b.event("file", direction="received", result="failed")
    assert refused["name"] == "foo.bin", refused
    told = await a.event("file", direction="sent", result="failed")
    assert "without --accept-files" in told["text"], told
    assert "foo.bin" in a.output() and "foo.bin" in b.output()
    await a.write(b"plain")
    assert await b.read() == b"plain"


async def test_files_accepted(folder):
    inbox = os.path.join(folder, "inbox")
    os.mkdir(inbox)
    with open(os.path.join(inbox, "old.txt"), "w") as file:
        file.write("old")
    os.symlink(os.path.join(folder, "elsewhere"), os.path.join(inbox, "link"))
    a, b = await two_ports("--accept-files", inbox)
    payload = os.urandom(3_000_000)
    requests = [("foo.bin", payload), ("old.txt", b"new"), ("../../pwned.txt", b"1"),
                ("/etc/absolute", b"2"), (".bashrc", b"3"), ("link", b"4"), ("empty", b"")]
    for name, data in requests:
        after = len(b.events)
        await a.write(b"sf%03d%s%s" % (len(name), name.encode(), data))
        await b.event("file", after, direction="received", result="delivered")
    found = {}
    for name in os.listdir(inbox):
        if name != "link":
            with open(os.path.join(inbox, name), "rb") as file:
                found[name] = file.read()
    assert found == {"foo.bin": payload, "old.txt": b"old", "old (2).txt": b"new",
                     "pwned.txt": b"1", "absolute": b"2", "_bashrc": b"3", "link (2)": b"4",
                     "empty": b""}, {k: v[:9] for k, v in found.items()}
    assert os.listdir(folder) == ["inbox"]


async def test_file_requests_switched_off(_):
    url = Signald().url
    a, b = Ports(CODE, "--no-file-requests", url=url), Ports(CODE, url=url)
    await a.write(b"sf001xDATA")
    assert await b.read() == b"sf001xDATA"


async def test_other_side_comes_back(_):
    url = Signald().url
    a, b = Ports(CODE, url=url), Ports(CODE, url=url)
    await a.event("state", state="connected")
    reader, writer = await a.connect("write")
    writer.write(b"under way")
    # A stream that has not begun yet would only wait for the next peer.
    there, _ = await b.connect("read")
    assert await asyncio.wait_for(there.readexactly(9), ANSWER_SECONDS) == b"under way"
    after = len(a.events)
    b.signal(signal.SIGTERM)
    assert await b.status() == 143
    try:
        await asyncio.wait_for(reader.read(), ANSWER_SECONDS)
        raise AssertionError("an end of file instead of a reset")
    except ConnectionResetError:
        pass
    await a.write(b"waits for the next")
    again = Ports(CODE, url=url)
    await a.event("state", after, state="connected")
    assert await again.read() == b"waits for the next"


async def test_made_code(_):
    url = Signald().url
    a = Ports(url=url)
    code = (await a.event("code"))["code"]
    b = Ports(code, url=url)
    await a.write(b"hello")
    assert await b.read() == b"hello"


async def test_wrong_code(_):
    url = Signald().url
    a = Ports(url=url)
    code = (await a.event("code"))["code"]
    b = Ports(code.split("-")[0] + "-anchor-anchor-anchor", url=url)
    assert await b.status() == 5, b.output()
    assert await a.status() == 5, a.output()


async def test_loopback_only(_):
    a = Ports(CODE, url=Signald().url)
    for which in "write", "read":
        port = await a.port(which)
        for table, loopback in ("tcp", "0100007F"), ("tcp6", "0" * 24 + "01000000"):
            with open(f"/proc/{a.process.pid}/net/{table}") as file:
                found = [l.split()[1] for l in file if l.split()[3] == "0A"]
            addresses = {f.split(":")[0] for f in found if f.endswith(f":{port:04X}")}
            assert addresses <= {loopback} and (addresses or table == "tcp6"), addresses


async def test_port_in_use(_):
    url = Signald().url
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        status, _, err = await run_to_end("ports", CODE, "--signaling", url, "--write-port",
                                          str(port), "--read-port", "0")
    assert status == 1 and str(port) in err and "--slide-stream-ports" in err, (status, err)


async def test_slide_stream_ports(_):
    """The one case with fixed ports: somebody else may have them, which is then said."""
    a = Punchline("ports", "--slide-stream-ports", CODE, url=Signald().url)
    try:
        event = await a.event("ports")
        assert (event["write_port"], event["read_port"]) == (10101, 10201), event
    except AssertionError:
        assert "port 10101" in a.output() or "port 10201" in a.output(), a.output()


async def test_ends_by_signal(_):
    a, b = await two_ports()
    a.signal(signal.SIGINT)
    assert await a.status() == 130
    b.signal(signal.SIGTERM)
    assert await b.status() == 143


cases = [case for name, case in list(globals().items()) if name.startswith("test_")]
run(cases)
