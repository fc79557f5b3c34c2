# SPDX-License-Identifier: LGPL-2.1-or-later
"""A push service as browsers have them, on this machine: it opens what it is sent with another
library than the server's, and answers as it is told."""

import base64
import http.server
import json
import os
import queue
import ssl
import struct
import threading
import time

from pl_namespace import skip_all
from pl_test import ANSWER_SECONDS, Program, make_certificate

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, utils
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
except ImportError:
    AESGCM = None

RECORD_SIZE = 4096
SEAL_LABEL = b"punchline.push.1"


def need_cryptography():
    if AESGCM is None:
        skip_all("python3-cryptography is not installed")


def encode(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point_of(key):
    return key.public_key().public_bytes(serialization.Encoding.X962,
                                         serialization.PublicFormat.UncompressedPoint)


def hkdf(salt, key, info, length):
    return HKDF(hashes.SHA256(), length, salt, info).derive(key)


def unseal(key, sealed):
    """What the box has sealed for a client."""
    text = AESGCM(key).decrypt(sealed[:12], sealed[12:], SEAL_LABEL)
    return json.loads(text)


class Subscription:
    """A browser's, with its keys; `way` says how the service answers: a status, or `slow`,
    `huge`, `redirect`."""

    def __init__(self, service, way):
        self.service, self.way = service, way
        self.name = encode(os.urandom(12))
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = os.urandom(16)
        self.seal_key = os.urandom(32)  # of the box and the client
        self.messages = queue.Queue()
        self.endpoint = f"{service.origin}/push/{self.name}"

    def keys(self):
        return {"endpoint": self.endpoint, "p256dh": encode(point_of(self.key)),
                "auth": encode(self.auth)}

    def open(self, body):
        """RFC 8188 and 8291."""
        salt, size, length = body[:16], struct.unpack(">I", body[16:20])[0], body[20]
        assert size == RECORD_SIZE and length == 65 and len(body) <= 4096, (size, length)
        sender, record = body[21:86], body[86:]
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        secret = self.key.exchange(ec.ECDH(), public)
        key = hkdf(self.auth, secret, b"WebPush: info\0" + point_of(self.key) + sender, 32)
        text = AESGCM(hkdf(salt, key, b"Content-Encoding: aes128gcm\0", 16)).decrypt(
            hkdf(salt, key, b"Content-Encoding: nonce\0", 12), record, None)
        text, delimiter = text.rstrip(b"\0")[:-1], text.rstrip(b"\0")[-1]
        assert delimiter == 2, delimiter
        return text

    def next(self, seconds=ANSWER_SECONDS):
        """(headers, what was sent) of the next message."""
        return self.messages.get(timeout=seconds)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.service.handle(self)

    def log_message(self, *args):
        pass


class PushService:
    """At https://localhost on a free port. `public_key`: the only one whose senders it knows."""

    def __init__(self, folder, subject="DNS:localhost"):
        self.subscriptions = {}
        self.faults = []
        self.report = ""
        self.hang = threading.Event()
        self.cert, key = make_certificate(folder, "push", subject)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.cert, key)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.service = self
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                 do_handshake_on_connect=False)
        self.server.handle_error = lambda *args: None  # a client that goes
        self.host = f"localhost:{self.server.server_port}"
        self.origin = "https://" + self.host
        self.public_key = None
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        Program.running.append(self)

    def options(self, key, networks=("127.0.0.0/8", "::1")):
        """For punchline-signald."""
        return ["--push-key", key, "--push-subject", "mailto:operator@example.org", "--push-host",
                self.host, "--push-ca", self.cert,
                *[word for network in networks for word in ("--push-network", network)]]

    def subscribe(self, way=201):
        made = Subscription(self, way)
        self.subscriptions[made.name] = made
        return made

    def check_token(self, headers):
        """RFC 8292: this server's signature, for us, for less than a day."""
        kind, _, rest = headers["Authorization"].partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        assert kind == "vapid" and parts["k"] == self.public_key, (kind, parts["k"])
        head, claims, signature = parts["t"].split(".")
        raw = decode(signature)
        der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"),
                                         int.from_bytes(raw[32:], "big"))
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode(parts["k"]))
        public.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
        claims = json.loads(decode(claims))
        assert json.loads(decode(head))["alg"] == "ES256"
        assert claims["aud"] == self.origin and claims["sub"] == "mailto:operator@example.org"
        assert time.time() < claims["exp"] <= time.time() + 24 * 3600, claims

    def check(self, handler, subscription):
        headers = handler.headers
        body = handler.rfile.read(int(headers["Content-Length"]))
        self.check_token(headers)
        assert headers["Content-Encoding"] == "aes128gcm"
        assert headers["TTL"].isdigit() and len(headers.get("Topic", "")) <= 32
        return subscription.open(body)

    def handle(self, handler):
        subscription = self.subscriptions.get(handler.path.rsplit("/", 1)[-1])
        if subscription is None:
            return self.answer(handler, 404)
        try:
            text = self.check(handler, subscription)
        except (AssertionError, KeyError, ValueError, InvalidSignature) as error:
            self.faults.append(repr(error))
            return self.answer(handler, 400)
        subscription.messages.put((dict(handler.headers), text))
        way = subscription.way
        if way == "slow":
            return self.hang.wait(ANSWER_SECONDS)
        if way == "huge":
            return self.answer_without_end(handler)
        if way == "redirect":
            other = next(s for s in self.subscriptions.values() if s.way == 201)
            return self.answer(handler, 307, ("Location", other.endpoint))
        return self.answer(handler, way)

    @staticmethod
    def answer(handler, status, *headers):
        handler.send_response(status)
        for name, value in headers:
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return None

    def answer_without_end(self, handler):
        handler.send_response(201)
        handler.end_headers()
        block = b"x" * 65536
        try:
            for _ in range(16 * 1024):  # 1 GiB
                handler.wfile.write(block)
        except OSError:
            self.hang.set()  # it was cut off

    def output(self):
        return "\n".join(self.faults)

    def alive(self):
        return True

    def stop(self):
        self.hang.set()
        self.server.shutdown()
        self.server.server_close()
