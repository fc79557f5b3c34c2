#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Says how a NAT behaves, in the words of RFC 4787, by the method of RFC 5780.

    nat-probe.py serve ADDRESS ADDRESS PORT PORT    answers on each address and each port
    nat-probe.py ask   ADDRESS ADDRESS PORT PORT    prints key=value lines

A request is "A P" or "A P PORT": answer from address number A and port number P, to the sender or
to its address at PORT. An answer is the sender's address and port as the server sees them.
"""

import select
import socket
import sys

PATIENCE_S = 0.3  # the lab has no delay: what has not come by then was dropped


def serve(places):
    sockets = []
    for place in places:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(place)
        sockets.append(sock)
    while True:
        for sock in select.select(sockets, [], [])[0]:
            data, (address, port) = sock.recvfrom(100)
            which = [int(word) for word in data.split()]
            target = which[2] if len(which) > 2 else port
            answer = sockets[which[0] * 2 + which[1]]
            answer.sendto(f"{address} {port}".encode(), (address, target))


class Client:
    def __init__(self, port=0):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("0.0.0.0", port))
        self.sock.settimeout(PATIENCE_S)
        self.port = self.sock.getsockname()[1]

    def ask(self, place, answer_from, port=None):
        """The address and port that the server saw; None without an answer."""
        words = list(answer_from) + ([port] if port else [])
        self.sock.sendto(" ".join(map(str, words)).encode(), place)
        return self.hear()

    def hear(self):
        try:
            address, port = self.sock.recvfrom(100)[0].split()
        except socket.timeout:
            return None
        return address.decode(), int(port)


def mapping(places):
    client = Client()
    seen = [client.ask(places[n], (n // 2, n % 2)) for n in (0, 1, 2)]
    if None in seen:
        return "none"
    client.sock.connect(places[0])  # chooses the own address
    if seen[0] == client.sock.getsockname():
        return "no-nat"
    if seen[0] == seen[1] == seen[2]:
        return "endpoint-independent"
    return "address-dependent" if seen[0] == seen[1] else "address-and-port-dependent"


def filtering(places):
    if Client().ask(places[0], (1, 1)):
        return "endpoint-independent"
    if Client().ask(places[0], (0, 1)):
        return "address-dependent"
    return "address-and-port-dependent"


def survives_unsolicited(places):
    """Whether a port keeps its number although a stranger has knocked at it before."""
    later = Client()
    later_port = later.port
    later.sock.close()
    Client().ask(places[0], (1, 1), later_port)
    seen = Client(later_port).ask(places[3], (1, 1))
    return bool(seen) and seen[1] == later_port


def hairpin(places):
    inside = Client()
    seen = inside.ask(places[0], (0, 0))
    other = Client()
    other.ask(places[0], (0, 0))
    if seen:
        other.sock.sendto(b"127.0.0.1 1", seen)
    return bool(seen) and inside.hear() is not None


def main():
    mode, first, second, low, high = sys.argv[1:]
    places = [(a, int(p)) for a in (first, second) for p in (low, high)]
    if mode == "serve":
        serve(places)
    kind = mapping(places)
    print(f"mapping={kind}")
    if kind == "none":
        return
    print(f"filtering={filtering(places)}")
    print(f"keeps-port={'yes' if survives_unsolicited(places) else 'no'}")
    print(f"hairpin={'yes' if hairpin(places) else 'no'}")


main()
