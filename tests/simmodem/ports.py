# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where the modem is reached: a pty under a stable name, or a listening socket."""

import asyncio
import fcntl
import os
import pty
import socket
import termios
import tty

SHARE_SECONDS = 0.1


class Pty:
    """A pty whose slave is found by a symlink, as udev names a serial port.

    on_data (bytes) is called with what the other end wrote. The slave stays open here, so that
    another end may come and go without a hang-up of the line. A real port is nobody's again when
    whoever took it for himself (TIOCEXCL) is killed; one that stays open has to be given back."""

    def __init__(self, link, on_data):
        self.link = link
        self.on_data = on_data
        self.master = self.slave = None

    def open(self):
        if self.master is not None:
            return
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        os.set_blocking(self.master, False)
        asyncio.get_running_loop().add_reader(self.master, self._readable)
        temporary = f"{self.link}.{os.getpid()}"
        os.symlink(os.ttyname(self.slave), temporary)
        os.rename(temporary, self.link)
        self._share()

    def _share(self):
        if self.slave is not None:
            fcntl.ioctl(self.slave, termios.TIOCNXCL)
            asyncio.get_running_loop().call_later(SHARE_SECONDS, self._share)

    def close(self):
        """It vanishes, as at an unplugging."""
        if self.master is None:
            return
        asyncio.get_running_loop().remove_reader(self.master)
        os.unlink(self.link)
        os.close(self.master)
        os.close(self.slave)
        self.master = self.slave = None

    def _readable(self):
        try:
            data = os.read(self.master, 65536)
        except (BlockingIOError, OSError):
            return
        self.on_data(data)

    def write(self, data):
        """What does not fit is lost, as on a line without flow control."""
        if self.master is None:
            return 0
        try:
            return os.write(self.master, data)
        except (BlockingIOError, OSError):
            return 0


class Listener:
    """A listening socket: 'unix:PATH', 'abstract:NAME' (the name is the whole string, as
    ModemManager's virtual ports have it) or 'tcp:PORT' on 127.0.0.1."""

    def __init__(self, where, on_connected):
        self.where = where
        self.on_connected = on_connected
        self.server = None
        self.port = None
        self.writers = set()

    async def open(self):
        if self.server:
            return
        if self.where.startswith("tcp:"):
            port = self.port or int(self.where[4:])
            self.server = await asyncio.start_server(self._serve, "127.0.0.1", port)
            self.port = self.server.sockets[0].getsockname()[1]
            return
        sock = socket.socket(socket.AF_UNIX)
        if self.where.startswith("unix:"):
            if os.path.exists(self.where[5:]):
                os.unlink(self.where[5:])
            sock.bind(self.where[5:])
        else:
            sock.bind("\0" + self.where)
        self.server = await asyncio.start_unix_server(self._serve, sock=sock)

    def close(self):
        if not self.server:
            return
        self.server.close()
        self.server = None
        for writer in self.writers:
            writer.transport.abort()
        if self.where.startswith("unix:"):
            os.unlink(self.where[5:])

    async def _serve(self, reader, writer):
        feed, gone = self.on_connected(writer.write)
        self.writers.add(writer)
        try:
            while data := await reader.read(65536):
                feed(data)
        except OSError:
            pass
        finally:
            self.writers.discard(writer)
            gone()
            writer.transport.abort()
