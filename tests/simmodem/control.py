# SPDX-License-Identifier: LGPL-2.1-or-later
"""The network side: newline JSON on a unix socket, as README.md has it."""

import asyncio
import json
import os

from . import pdu


class Control:
    def __init__(self, modem):
        self.modem = modem
        self.actions = {name[3:]: getattr(self, name) for name in dir(self)
                        if name.startswith("do_")}

    async def open(self, path):
        if os.path.exists(path):
            os.unlink(path)
        return await asyncio.start_unix_server(self._serve, path, limit=1 << 24)

    async def _serve(self, reader, writer):
        def tell(message):
            writer.write(json.dumps(message).encode() + b"\n")

        def trace(direction, text):
            tell({"event": "at", "from": "box" if direction == ">" else "modem", "text": text})
        try:
            while line := await reader.readline():
                tell(await self._answer(line, tell, trace))
        except (ConnectionError, ValueError):
            pass
        finally:
            for group, member in (self.modem.listeners, tell), (self.modem.traces, trace):
                if member in group:
                    group.remove(member)
            writer.close()

    async def _answer(self, line, tell, trace):
        request = {}
        try:
            request = json.loads(line)
            action = request.pop("do")
            answer = {"id": request.pop("id")} if "id" in request else {}
            if action == "subscribe":
                self.modem.listeners.append(tell)
                if request.get("at"):
                    self.modem.traces.append(trace)
                return {"ok": True, **answer}
            result = self.actions[action.replace("-", "_")](**request)
            if asyncio.iscoroutine(result):
                result = await result
            return {"ok": True, **answer, **(result or {})}
        except Exception as error:  # whatever a test got wrong is told to the test
            return {"ok": False, "error": f"{type(error).__name__}: {error}"}

    # Texts

    def do_text(self, number, text, order=None, drop=(), **options):
        """The parts in `order` (1 first; may repeat), without those in `drop`."""
        pdus = pdu.deliver(number, text, **options)
        order = [n for n in order or range(1, len(pdus) + 1) if n not in drop]
        self.modem.texts.arrive([pdus[n - 1] for n in order])
        return {"parts": len(pdus), "pdus": [p.hex().upper() for p in pdus]}

    def do_pdu(self, tpdu):
        self.modem.texts.arrive([bytes.fromhex(tpdu)])

    def do_report(self, mr, number, status=0):
        self.modem.texts.report(mr, number, status)

    def do_outbox(self):
        return {"texts": self.modem.texts.outbox}

    def do_texts(self, delay_ms=None, cms=None, count=-1, taken=False, reports=None):
        texts = self.modem.texts
        if delay_ms is not None:
            texts.delay_ms = delay_ms
        if cms is not None:
            texts.result = {"cms": cms, "count": count if cms else 0, "taken": taken}
        if reports is not None:
            texts.reports = reports

    def do_store(self, memory=None, size=None):
        texts = self.modem.texts
        if memory:
            texts.sizes[memory] = size
        return {"stores": {name: [{"index": i, "stat": stat, "raw": raw.hex().upper()}
                                  for i, (stat, raw) in sorted(store.items())]
                           for name, store in texts.stores.items()},
                "sizes": texts.sizes, "waiting": len(texts.waiting)}

    # Calls

    def do_call(self, number="", **options):
        return self.modem.calls.incoming(number, **options).describe()

    def do_alert(self, call=None):
        return self.modem.calls.far_end("alert", call).describe()

    def do_answer(self, call=None):
        return self.modem.calls.far_end("answer", call).describe()

    def do_busy(self, call=None):
        return self.modem.calls.far_end("busy", call).describe()

    def do_no_answer(self, call=None):
        return self.modem.calls.far_end("no-answer", call).describe()

    def do_refuse(self, call=None):
        return self.modem.calls.far_end("refuse", call).describe()

    def do_hangup(self, call=None):
        return self.modem.calls.far_end("hangup", call).describe()

    def do_calls(self, ring_ms=None):
        if ring_ms is not None:
            self.modem.calls.ring_ms = ring_ms
        return {"calls": [call.describe() for call in self.modem.calls.list]}

    def do_policy(self, number=None, **policy):
        if number:
            self.modem.calls.policies[number] = policy
        else:
            self.modem.calls.default_policy = policy

    def do_dtmf(self, digits):
        if not self.modem.calls.find("active"):
            raise ValueError("no active call")
        for digit in digits:
            self.modem.vendor.dtmf_heard(digit)

    # Sound

    def do_play(self, file, loop=False):
        self.modem.sound.play(file, loop)

    def do_record(self, file=None):
        self.modem.sound.record(file)

    def do_sound(self, echo=None, ppm=None, stall=None, port=None):
        sound = self.modem.sound
        if stall is not None:
            sound.stalled = stall
        if port is not None and sound.port:
            (sound.port.open if port else sound.port.close)()
        if echo is not None:
            sound.echo = echo
        if ppm is not None:
            sound.skew(ppm)
        return {"on": sound.running(), "playing": sound.playing(),
                "rate": self.modem.vendor.audio_rate(), **sound.stats}

    # Card, network, modem

    def do_sim(self, **values):
        self.modem.card.set(**values)
        if self.modem.card.ready():
            self.modem.network.search()
        return {"state": self.modem.card.state(), "tries": self.modem.card.tries}

    def do_network(self, **values):
        self.modem.network.set(**values)
        return {"registration": self.modem.network.state}

    def do_forwarding(self, number=None, seconds=20):
        if number is not None:
            self.modem.forwarding = (number, seconds) if number else None
        return {"number": self.modem.forwarding and self.modem.forwarding[0]}

    def do_ussd(self, code, reply, status=0, dcs=15):
        self.modem.ussd[code] = (reply, status, dcs)

    def do_vanish(self):
        self.modem.vanish()

    async def do_appear(self):
        await self.modem.appear()

    def do_reset(self, ms=300):
        self.modem.reset(ms / 1000)

    # Faults

    def do_quirk(self, **values):
        """Without arguments: a sound modem again."""
        if values:
            self.modem.quirks.set(**values)
        else:
            self.modem.quirks.clear()

    def do_emit(self, line=None, hex=None):
        """An unsolicited line, or raw octets, on every port."""
        for session in self.modem.sessions:
            session.send(f"\r\n{line}\r\n".encode() if line is not None else bytes.fromhex(hex))

    def do_status(self):
        return {"present": self.modem.present, "registration": self.modem.network.state,
                "sim": self.modem.card.state(), "settings": self.modem.settings,
                "memories": self.modem.memories, "ports": len(self.modem.sessions)}
