#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`punchline pipe` and `punchline code`, and what all commands share, from outside."""

import asyncio
import hashlib
import os
import re
import shlex
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_punchline import (CODE, NO_SERVER, PUNCHLINE, Punchline, environment, in_thread,
                          run_to_end)
from pl_test import Signald, run


def two(url, **keys):
    return (Punchline("pipe", CODE, url=url, **keys), Punchline("pipe", CODE, url=url, **keys))


async def make_code(url):
    status, out, _ = await run_to_end("code", "--signaling", url)
    assert status == 0, status
    return out.strip()


async def test_bytes_both_ways(_):
    a, b = two(Signald().url)
    await a.send(b"from a\n")
    await b.send(b"from b\n")
    a.end_input()
    b.end_input()
    assert await a.read() == b"from b\n"
    assert await b.read() == b"from a\n"
    assert (await a.status(), await b.status()) == (0, 0)
    path = await a.event("connected")
    assert path["path"] == "direct" and path["local_type"] == "host", path
    assert {"remote_type", "protocol", "local", "remote", "setup_ms"} <= path.keys(), path
    assert re.search(r"^connected: direct", a.output(), re.M), a.output()


async def test_each_segment_at_once(_):
    a, b = two(Signald().url)
    for text in b"x", b"some more", b"y":
        await a.send(text)
        assert await b.read(100) == text
        await b.send(text)
        assert await a.read(100) == text


async def test_half_close(_):
    a, b = two(Signald().url)
    await a.send(b"question")
    a.end_input()
    assert await b.read() == b"question"
    await b.send(b"late answer")
    b.end_input()
    assert await a.read() == b"late answer"
    assert (await a.status(), await b.status()) == (0, 0)


async def test_empty(_):
    a, b = two(Signald().url, stdin=subprocess.DEVNULL)
    assert await a.read() == b"" and await b.read() == b""
    assert (await a.status(), await b.status()) == (0, 0)


async def test_terminal_as_input(_):
    """`tar c . | punchline pipe` and `punchline pipe CODE | tar x`: nobody presses Ctrl-D."""
    keyboard, terminal = os.openpty()
    url = Signald().url
    a = Punchline("pipe", CODE, url=url, stdin=terminal)
    b = Punchline("pipe", CODE, url=url)
    await b.send(b"hello")
    b.end_input()
    assert await a.read() == b"hello"
    assert (await a.status(), await b.status()) == (0, 0), a.output() + b.output()
    os.close(keyboard)
    os.close(terminal)


async def test_files(folder):
    """Regular files, which no poll can wait for, at both ends."""
    url = Signald().url
    ends = []
    for name in "a", "b":
        with open(os.path.join(folder, name), "wb") as file:
            file.write(os.urandom(12_345_678))
        with open(os.path.join(folder, name), "rb") as source, \
                open(os.path.join(folder, name + ".out"), "wb") as sink:
            ends.append(Punchline("pipe", CODE, url=url, stdin=source, stdout=sink))
    for end in ends:
        assert await end.status() == 0, end.output()
    for source, sink in ("a", "b.out"), ("b", "a.out"):
        sums = []
        for name in source, sink:
            with open(os.path.join(folder, name), "rb") as file:
                sums.append(hashlib.sha256(file.read()).hexdigest())
        assert sums[0] == sums[1]
    assert (await ends[0].event("progress", sent=12_345_678, received=12_345_678))


async def test_made_code(_):
    url = Signald().url
    a = Punchline("pipe", url=url, stdin=subprocess.DEVNULL)
    made = await a.event("code")
    assert re.fullmatch(r"\d+(-[a-z]+){3}", made["code"]), made
    shown = re.search(r"run:\n  (.*)", a.output())[1]
    assert shown == made["command"]
    program, *rest = shlex.split(shown)
    assert program == "punchline"
    status, out, err = await run_to_end(*rest)
    assert (status, out) == (0, ""), err
    assert await a.status() == 0


async def test_wrong_code(_):
    url = Signald().url
    code = await make_code(url)
    a = Punchline("pipe", code, url=url)
    await a.event("state", state="waiting")
    b = Punchline("pipe", code.split("-")[0] + "-anchor-anchor-anchor", url=url)
    for end in a, b:
        assert await end.status() == 5, end.output()
        assert (await end.event("error"))["code"] == "wrong-code"
        assert await end.read() == b""
        assert "code" in end.output()


async def test_no_server(_):
    for command in ["pipe", CODE], ["ports", CODE, "--write-port=0", "--read-port=0"], ["code"]:
        status, out, err = await run_to_end(*command, "--signaling", NO_SERVER)
        assert (status, out) == (3, ""), (command, status, err)
        assert "--signaling" in err, err


async def test_code_alone_on_stdout(_):
    code = await make_code(Signald().url)
    assert re.fullmatch(r"\d+(-[a-z]+){3}", code), code


async def test_no_home(_):
    status, out, err = await run_to_end("code", "--signaling", Signald().url,
                                        env={"HOME": "/dev/null", "PATH": os.environ["PATH"]})
    assert status == 0 and out, err
    assert len(err.splitlines()) == 2, err


async def test_code_not_written(_):
    with open("/dev/full", "wb") as full:
        done = await in_thread(lambda: subprocess.run(
            [PUNCHLINE, "code", "--signaling", Signald().url], env=environment(), stdout=full,
            stderr=subprocess.PIPE, timeout=15, check=False, text=True))
    assert done.returncode == 1, done
    assert done.stderr == \
        "punchline: the code could not be written: No space left on device\n", done.stderr


async def test_closed_stdout(_):
    a, b = two(Signald().url)
    b.process.stdout.close()
    await a.event("connected")
    with_reader_gone = b"x" * 100_000
    await a.send(with_reader_gone)
    assert await b.status() == 1, b.output()
    assert await a.status() == 1, a.output()
    assert "writing broke off: Broken pipe" in a.output(), a.output()


async def test_stdout_never_open(_):
    url = Signald().url
    a = Punchline("pipe", CODE, url=url)
    await a.send(b"hello")
    status = await in_thread(lambda: subprocess.run(
        ["sh", "-c", f'exec "$0" pipe {CODE} --signaling {url} >&-', PUNCHLINE],
        env=environment(), stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        timeout=15, check=False).returncode)
    assert status == 1, status


async def test_slow_reader_pauses_the_writer(_):
    a, b = two(Signald().url)
    block = b"z" * 65536
    total = 0
    os.set_blocking(a.process.stdin.fileno(), False)
    await a.event("connected")
    idle = 0
    while idle < 50:
        n = a.process.stdin.write(block)
        idle = 0 if n else idle + 1
        total += n or 0
        await asyncio.sleep(0 if n else 0.02)
    assert 1_000_000 < total < 8_000_000, total
    a.end_input()
    b.end_input()
    assert len(await b.read()) == total
    assert (await a.status(), await b.status()) == (0, 0)


async def test_interrupt(_):
    a, b = two(Signald().url)
    await a.send(b"x")
    assert await b.read(1) == b"x"
    a.signal(signal.SIGINT)
    assert await a.status() == 130
    assert await b.status() == 1
    assert "interrupted by the user" in b.output(), b.output()


async def test_interrupt_while_waiting(_):
    a = Punchline("pipe", CODE, url=Signald().url)
    await a.event("state", state="waiting")
    a.signal(signal.SIGTERM)
    assert await a.status() == 143


async def test_code_is_not_shown(folder):
    url = Signald().url
    secret = "verysecretidentifier9"
    server = "turn:user:turnsecret@127.0.0.1:9"
    a = Punchline("pipe", "--ice-server=" + server, secret, url=url)
    await a.event("state", state="waiting")
    with open(f"/proc/{a.process.pid}/cmdline", "rb") as file:
        shown = file.read()
    assert b"pipe" in shown and url.encode() in shown, shown
    assert secret.encode() not in shown and b"turnsecret" not in shown, shown
    assert secret not in a.output()
    path = os.path.join(folder, "code")
    with open(path, "w") as file:
        file.write(secret + "\n")
    os.chmod(path, 0o600)
    b = Punchline("pipe", "--code-file", path, url=url)
    await b.event("connected")
    a.signal(signal.SIGTERM)
    assert await b.status() == 1


async def test_code_from_environment(_):
    url = Signald().url
    a = Punchline("pipe", CODE, url=url, stdin=subprocess.DEVNULL)
    b = Punchline("pipe", url=url, stdin=subprocess.DEVNULL, env=environment(PUNCHLINE_CODE=CODE))
    assert (await a.status(), await b.status()) == (0, 0)


async def test_usage_errors(folder):
    config = os.path.join(folder, "bad.conf")
    with open(config, "w") as file:
        file.write("[punchline]\nsignalling=ws://127.0.0.1:1\n")
    cases = [
        (["pipe", CODE], "PUNCHLINE_SIGNALING"),
        (["pipe", "--speed", "11", CODE], "--speed"),
        (["pipe", "--write-port", "1", CODE], "--write-port"),
        (["pipe", CODE, "more", "--signaling", NO_SERVER], "too many"),
        (["pipe", "short", "--signaling", NO_SERVER], "at least 10"),
        (["pipe", CODE, "--signaling", "gopher://x"], "gopher"),
        (["pipe", CODE, "--signaling", NO_SERVER, "--relay-only", "--direct-only"], "exclude"),
        (["pipe", CODE, "--signaling", NO_SERVER, "--ice-server", "stun"], "stun"),
        (["pipe", CODE, "--signaling", NO_SERVER, "--events", "77"], "77"),
        (["pipe", CODE, "--signaling", NO_SERVER, "--log", "x"], "'x'"),
        (["pipe", CODE, "--config", config], "signalling"),
        (["ports", CODE, "--signaling", NO_SERVER, "--read-port", "70000"], "70000"),
        (["ports", CODE, "--signaling", NO_SERVER, "--accept-files", config],
         "bad.conf"),
        (["code", CODE, "--signaling", NO_SERVER], "too many"),
        (["pipe", CODE, "--signaling", NO_SERVER, "--tls-ca", config], "bad.conf"),
        (["pipe", CODE, "--signaling", NO_SERVER, "--local-address", "lo"], "'lo'"),
        (["pipe", CODE, "--signaling", NO_SERVER, "--local-address", "192.0.2.1"], "192.0.2.1"),
        (["pipe", CODE, "--signaling", "wss://user:password@localhost"], "password"),
        (["dance"], "dance"),
        (["help", "dance"], "dance"),
        (["--quiet", "pipe"], "a command before '--quiet'"),
        ([], "Usage"),
    ]
    for args, sentence in cases:
        status, out, err = await run_to_end(*args)
        assert (status, out) == (2, ""), (args, status, err)
        assert sentence in err, (args, err)
        assert not args or len(err.splitlines()) <= 2, (args, err)


async def test_help(_):
    for args, sentence in [(["--help"], "ports"), (["help"], "ports"), (["pipe", "--help"], "tar"),
                           (["help", "ports"], "--accept-files"), (["--version"], "punchline ")]:
        status, out, err = await run_to_end(*args)
        assert (status, err) == (0, ""), (args, err)
        assert sentence in out, out


async def test_configuration_file(folder):
    """Keys of all commands are allowed; the command line wins; the environment comes last."""
    url = Signald().url
    os.mkdir(os.path.join(folder, "punchline"))
    with open(os.path.join(folder, "punchline", "punchline.conf"), "w") as file:
        file.write(f"[punchline]\nsignaling={url}\nwrite-port=0\nquiet=true\n")
    env = environment(XDG_CONFIG_HOME=folder, PUNCHLINE_SIGNALING=NO_SERVER)
    status, out, err = await run_to_end("code", env=env)
    assert status == 0 and out and err == "", (status, err)
    status, _, _ = await run_to_end("code", "--signaling", NO_SERVER, env=env)
    assert status == 3, status


async def test_silent_server(_):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"ws://127.0.0.1:{silent.getsockname()[1]}"
        status, out, err = await run_to_end("code", "--signaling", url)
    assert (status, out) == (3, "") and "did not answer" in err, (status, out, err)


async def test_relay_only_without_relay(_):
    status, out, err = await run_to_end("pipe", "--relay-only", "--signaling", Signald().url)
    assert (status, out) == (2, ""), (status, out, err)
    assert "names no TURN server" in err, err


async def test_json(_):
    status, out, err = await run_to_end("code", "--json", "--signaling", NO_SERVER)
    assert (status, out) == (3, "")
    assert err.splitlines()[-1].startswith('{"event":"'), err


run([case for name, case in list(globals().items()) if name.startswith("test_")])
