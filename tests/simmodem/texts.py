# SPDX-License-Identifier: LGPL-2.1-or-later
"""The modem's message stores and the service centre behind them."""

import asyncio
import time

from . import pdu
from .at import Refused, command

UNREAD, READ, UNSENT, SENT, ALL = range(5)
RETRY_SECONDS = 0.2


class Texts:
    """Stores are kept over a reset, as real ones are; what found no room waits in the network."""

    def __init__(self, modem):
        self.modem = modem
        self.stores = {"ME": {}, "SM": {}}
        self.sizes = {"ME": 99, "SM": 30}
        self.waiting = []       # TPDUs the network keeps for a modem that is full or away
        self.outbox = []        # what the network took
        self.mr = 0
        self.delay_ms = 20
        self.result = {"cms": None, "count": 0, "taken": False}
        self.reports = "auto"
        self.unacknowledged = None

    # The network's side

    def arrive(self, tpdus, report=False):
        for tpdu in tpdus:
            self.waiting.append((tpdu, report))
        self.deliver_waiting()

    def deliver_waiting(self):
        """In order, until one finds no room."""
        while self.waiting and self.modem.network.registered() and self.modem.present:
            tpdu, report = self.waiting[0]
            if not self._deliver(tpdu, report):
                self.modem.later(RETRY_SECONDS, self.deliver_waiting)
                return
            self.waiting.pop(0)

    def _deliver(self, tpdu, report):
        """False: the modem could not take it now."""
        mode = (self.modem.settings["+CNMI"].split(",") + ["0"] * 5)[:5]
        if report and mode[3] != "2":
            return self._hand_over("+CDS: ", tpdu, report, mode[3])
        if not report and mode[1] == "2":
            return self._hand_over("+CMT: ,", tpdu, report, mode[1])
        memory = self.modem.memories[2]
        index = self.put(memory, UNREAD, pdu.SMSC_PREFIXED + tpdu)
        if index is None:
            if not self.modem.full_told:
                self.modem.full_told = True
                self.modem.vendor.store_full(memory)
            return False
        if report:
            self.modem.urc(f'+CDSI: "{memory}",{index}')
        elif mode[1] == "1":
            self.modem.urc(f'+CMTI: "{memory}",{index}')
        return True

    def _hand_over(self, head, tpdu, report, mode):
        """Straight to the port; with +CSMS=1 one at a time, until +CNMA."""
        if mode == "0":
            return True
        if self.unacknowledged:
            return False
        if self.modem.settings["+CSMS"] == "1":
            self.unacknowledged = (tpdu, report)
        self.modem.urc(f"{head}{len(tpdu)}\r\n{(pdu.SMSC_PREFIXED + tpdu).hex().upper()}")
        return True

    def restart(self):
        """What was handed over and not acknowledged comes again."""
        if self.unacknowledged:
            self.waiting.insert(0, self.unacknowledged)
        self.unacknowledged = None

    def put(self, memory, stat, raw):
        """The index, or None when it is full."""
        store = self.stores[memory]
        first = self.modem.vendor.first_index
        for index in range(first, first + self.sizes[memory]):
            if index not in store:
                store[index] = (stat, raw)
                self.modem.event("store", memory=memory, index=index, stat=stat)
                return index
        return None

    async def submit(self, raw):
        """The network's answer to an SMS-SUBMIT: its message reference; Refused."""
        self.modem.card.need("CMS")
        try:
            tpdu = raw[1 + raw[0]:]
            message = pdu.read_submit(tpdu)
        except (ValueError, IndexError, UnicodeDecodeError) as error:
            self.modem.event("bad-pdu", raw=raw.hex(), why=str(error))
            raise Refused(304, "CMS") from error
        if not self.modem.network.registered():
            raise Refused(331, "CMS")
        await asyncio.sleep(self.delay_ms / 1000)
        failing = self.result["count"] != 0
        if failing:
            self.result["count"] -= 1
        if not failing or self.result["taken"]:
            self._take(tpdu, message)
        if failing:
            raise Refused(self.result["cms"], "CMS")
        return self.mr

    def _take(self, tpdu, message):
        self.mr = (self.mr + 1) % 256
        message.update(mr=self.mr, raw=tpdu.hex().upper(), time=time.time(),
                       n=len(self.outbox) + 1)
        self.outbox.append(message)
        self.modem.event("text-sent", **message)
        if message["report"] and self.reports == "auto":
            self.modem.later(0.02, self.report, self.mr, message["number"])

    def report(self, mr, number, status=0):
        self.arrive([pdu.status_report(number, mr, status)], report=True)

    # The box's side

    @command("+CPMS")
    def cpms(self, _session, op, args):
        if op == "=?":
            return ['+CPMS: ("SM","ME"),("SM","ME"),("SM","ME")']
        memories = self.modem.memories
        if op == "=":
            self.modem.card.need("CMS")
            if any(name not in self.stores for name in args):
                raise Refused(302, "CMS")
            memories[:len(args)] = args
        used = [(len(self.stores[m]), self.sizes[m]) for m in memories]
        if op == "=":
            return ["+CPMS: " + ",".join(f"{u},{t}" for u, t in used)]
        return ["+CPMS: " + ",".join(f'"{m}",{u},{t}' for m, (u, t) in zip(memories, used))]

    @command("+CMGF")
    def cmgf(self, _session, op, args):
        if op == "=?":
            return ["+CMGF: (0)"]
        if op == "=" and args[0] != "0":
            raise Refused(303, "CMS")
        return ["+CMGF: 0"] if op == "?" else None

    def _store(self):
        self.modem.card.need("CMS")
        return self.stores[self.modem.memories[0]]

    def _show(self, store, index):
        """stat, then the rest of a listing; what was new is read from now on."""
        stat, raw = store[index]
        if stat == UNREAD:
            store[index] = (READ, raw)
        return f"{stat},,{len(raw) - 1 - raw[0]}", raw.hex().upper()

    @command("+CMGL")
    def cmgl(self, _session, op, args):
        if op == "=?":
            return ["+CMGL: (0-4)"]
        wanted = int(args[0]) if args else UNREAD
        store, lines = self._store(), []
        for index in sorted(store):
            if wanted in (ALL, store[index][0]):
                head, raw = self._show(store, index)
                lines += [f"+CMGL: {index},{head}", raw]
        return lines

    @command("+CMGR")
    def cmgr(self, _session, op, args):
        store = self._store()
        if op == "=?":
            return None
        if int(args[0]) not in store:
            raise Refused(321, "CMS")
        head, raw = self._show(store, int(args[0]))
        return [f"+CMGR: {head}", raw]

    @command("+CMGD")
    def cmgd(self, _session, op, args):
        store = self._store()
        if op == "=?":
            return [f"+CMGD: ({','.join(map(str, sorted(store)))}),(0-4)"]
        flag = int(args[1]) if len(args) > 1 else 0
        if flag:
            gone = {1: {READ}, 2: {READ, SENT}, 3: {READ, SENT, UNSENT},
                    4: {UNREAD, READ, SENT, UNSENT}}[flag]
            for index in [i for i, (stat, _) in store.items() if stat in gone]:
                del store[index]
        elif store.pop(int(args[0]), None) is None:
            raise Refused(321, "CMS")
        self.modem.full_told = False
        self.modem.event("deleted", memory=self.modem.memories[0], index=int(args[0]))
        if self.waiting:
            self.modem.later(RETRY_SECONDS, self.deliver_waiting)
        return None

    async def _typed(self, session, length):
        """The message of +CMGS and +CMGW; None when the prompt was escaped."""
        raw = await session.ask()
        if raw is not None and (not raw or len(raw) - 1 - raw[0] != int(length)):
            raise Refused(304, "CMS")
        return raw

    @command("+CMGS")
    async def cmgs(self, session, op, args):
        if op == "=?":
            return None
        self.modem.card.need("CMS")
        raw = await self._typed(session, args[0])
        return raw and [f"+CMGS: {await self.submit(raw)}"]

    @command("+CMGW")
    async def cmgw(self, session, op, args):
        if op == "=?":
            return None
        self.modem.card.need("CMS")
        stat = int(args[1]) if len(args) > 1 else UNSENT
        raw = await self._typed(session, args[0])
        if raw is None:
            return None
        index = self.put(self.modem.memories[1], stat, raw)
        if index is None:
            raise Refused(322, "CMS")
        return [f"+CMGW: {index}"]

    @command("+CMSS")
    async def cmss(self, _session, op, args):
        if op == "=?":
            return None
        self.modem.card.need("CMS")
        store, index = self.stores[self.modem.memories[1]], int(args[0])
        if index not in store or store[index][0] not in (UNSENT, SENT):
            raise Refused(321, "CMS")
        raw = store[index][1]
        mr = await self.submit(raw)
        store[index] = (SENT, raw)
        return [f"+CMSS: {mr}"]

    @command("+CNMA")
    async def cnma(self, session, op, args):
        if op == "=?":
            return ["+CNMA: (0-2)"]
        if len(args) > 1 and args[1] != "0":
            await session.ask()     # a report to the network with the acknowledgement
        if not self.unacknowledged:
            raise Refused(340, "CMS")
        self.unacknowledged = None
        self.modem.later(0, self.deliver_waiting)
        return None

    @command("+CSMS")
    def csms(self, _session, op, args):
        if op == "=?":
            return ["+CSMS: (0,1)"]
        if op == "=":
            self.modem.settings["+CSMS"] = args[0]
            return ["+CSMS: 1,1,1"]
        return [f"+CSMS: {self.modem.settings['+CSMS']},1,1,1"]

    @command("+CSCA")
    def csca(self, _session, op, _args):
        self.modem.card.need("CMS")
        return ['+CSCA: "+491722270000",145'] if op == "?" else None
