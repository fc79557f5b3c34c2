# SPDX-License-Identifier: LGPL-2.1-or-later
"""The command line."""

import argparse
import asyncio
import json
import os
import signal
import sys
import time

from .control import Control
from .modem import Modem
from .vendors import PROFILES


def parse(argv):
    parser = argparse.ArgumentParser(prog="simmodem", description="A simulated cellular modem.")
    parser.add_argument("--vendor", choices=sorted(PROFILES), default="generic")
    parser.add_argument("--at-link", action="append", default=[], metavar="PATH",
                        help="an AT port: a pty, found under this symlink")
    parser.add_argument("--at-socket", action="append", default=[], metavar="ADDRESS",
                        help="an AT port: unix:PATH, abstract:NAME or tcp:PORT (0: a free one)")
    parser.add_argument("--pcm-link", metavar="PATH", help="the PCM port: a pty")
    parser.add_argument("--rate", type=int, choices=(8000, 16000), default=8000,
                        help="of the PCM, where the vendor has no command for it")
    parser.add_argument("--ppm", type=float, default=0, help="the PCM clock is this much fast")
    parser.add_argument("--control", metavar="PATH", help="socket of the network side")
    parser.add_argument("--pin", default="", help="locks the SIM card")
    parser.add_argument("--absent", action="store_true", help="not plugged in yet")
    parser.add_argument("--log", metavar="FILE", help="every line on the AT ports")
    return parser.parse_args(argv)


def log_to(modem, path):
    file = open(path, "w", buffering=1)
    modem.traces.append(lambda direction, text:
                        file.write(f"{time.time():.3f} {direction} {text!r}\n"))


async def serve(options):
    modem = Modem(options.vendor, options.rate, options.ppm)
    modem.card.pin = options.pin or None
    if options.log:
        log_to(modem, options.log)
    for link in options.at_link:
        modem.add_pty(link)
    listeners = [modem.add_listener(where) for where in options.at_socket]
    if options.pcm_link:
        modem.add_pcm(options.pcm_link)
    server = await Control(modem).open(options.control) if options.control else None
    if not options.absent:
        await modem.appear()
    print(json.dumps({"ready": True, "ports": [l.port for l in listeners if l.port]}), flush=True)
    stop = asyncio.Event()
    for number in signal.SIGINT, signal.SIGTERM:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    modem.vanish()
    modem.sound.record(None)
    if server:
        server.close()
        os.unlink(options.control)


def main():
    asyncio.run(serve(parse(sys.argv[1:])))
