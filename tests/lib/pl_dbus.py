# SPDX-License-Identifier: LGPL-2.1-or-later
"""A message bus of a test's own, and the daemons on it."""

import asyncio
import os
import shutil
import sys
import time

from pl_test import ANSWER_SECONDS, Program

try:
    from gi.repository import Gio, GLib
except ImportError:
    Gio = None

STEP_SECONDS = 0.03
IDLE_SECONDS = 0.2
MM = "org.freedesktop.ModemManager1"
MM_ROOT = "/org/freedesktop/ModemManager1"


def need(*programs):
    """Skips the whole test where a package is missing."""
    missing = [p for p in (*programs, "dbus-daemon")
               if not shutil.which(p, path=os.environ["PATH"] + ":/usr/sbin:/sbin")]
    if Gio is None:
        missing.append("python3-gi")
    if missing:
        print(f"1..0 # SKIP not installed: {' '.join(missing)}")
        sys.exit(0)


async def until(condition, what):
    """Asks again and again, until the answer is true; `condition` may be a coroutine function."""
    end = time.monotonic() + ANSWER_SECONDS
    while True:
        result = condition()
        if asyncio.iscoroutine(result):
            result = await result
        if result:
            return result
        assert time.monotonic() < end, f"not within {ANSWER_SECONDS} s: {what}"
        await asyncio.sleep(STEP_SECONDS)


class Bus(Program):
    """dbus-daemon, and a connection to it."""

    def __init__(self, folder):
        self.address = f"unix:path={folder}/bus"
        super().__init__(["dbus-daemon", "--session", "--nofork", "--address", self.address])
        self.connection = None

    @classmethod
    async def start(cls, folder):
        self = cls(folder)
        self.connection = await until(self._connect, "dbus-daemon listens")
        self.connection.set_exit_on_close(False)
        return self

    def _connect(self):
        flags = (Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
                 | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
        try:
            return Gio.DBusConnection.new_for_address_sync(self.address, flags, None, None)
        except GLib.Error:
            return None  # its socket is not there yet, or not listening

    async def call(self, name, path, method, signature="()", *arguments):
        """What the method returns, unpacked: one value, or a tuple of several."""
        interface, _, member = method.rpartition(".")
        result = await asyncio.to_thread(
            self.connection.call_sync, name, path, interface, member,
            GLib.Variant(signature, arguments), None, Gio.DBusCallFlags.NONE,
            ANSWER_SECONDS * 1000, None)
        values = result.unpack()
        return values[0] if len(values) == 1 else values

    async def get(self, name, path, interface, prop):
        return await self.call(name, path, "org.freedesktop.DBus.Properties.Get", "(ss)",
                               interface, prop)

    async def owned(self, name):
        return await self.call("org.freedesktop.DBus", "/org/freedesktop/DBus",
                               "org.freedesktop.DBus.NameHasOwner", "(s)", name)


class ModemManager(Program):
    """The unmodified daemon in its test mode, on a bus of ours."""

    def __init__(self, bus, folder):
        self.bus, self.debug_log = bus, f"{folder}/mm.log"
        env = f"DBUS_SESSION_BUS_ADDRESS={bus.address}"
        super().__init__(["env", env, "PATH=/usr/sbin:/usr/bin:/bin", "ModemManager",
                          "--test-session", "--test-enable", "--no-auto-scan", "--test-no-udev",
                          "--test-no-suspend-resume", "--test-no-qrtr", "--debug",
                          f"--log-file={self.debug_log}"])

    @classmethod
    async def start(cls, bus, folder):
        self = cls(bus, folder)
        await until(lambda: bus.owned(MM), "ModemManager is on the bus")
        return self

    async def idle(self):
        """No command is under way, nor about to be. ModemManager 1.20 takes a NO CARRIER for the
        answer of one that is, and then never learns that the call is over."""
        async def is_idle():
            size = os.path.getsize(self.debug_log)
            await asyncio.sleep(IDLE_SECONDS)
            return os.path.getsize(self.debug_log) == size
        await until(is_idle, "ModemManager is idle")

    async def add(self, vendor, port):
        """A modem behind a listening socket; its path, when it has been probed."""
        await self.bus.call(MM, MM_ROOT, MM + ".Test.SetProfile", "(ssas)", "simbox", vendor,
                            [port])
        return await until(self._find, "ModemManager has the modem")

    async def _find(self):
        objects = await self.bus.call(MM, MM_ROOT,
                                      "org.freedesktop.DBus.ObjectManager.GetManagedObjects")
        return next(iter(objects), None)
