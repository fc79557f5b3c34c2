// SPDX-License-Identifier: LGPL-2.1-or-later
/** A push service as browsers have them, on this machine. It has the browser's keys and opens what
 * it is sent (RFC 8291, by node's WebCrypto). HTTP/2, as the real ones have; pl_push.py speaks 1.1. */
import { execFileSync } from "node:child_process";
import { webcrypto as crypto } from "node:crypto"; // a global from node 19 on
import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import { join } from "node:path";
import { BUILD, until } from "./programs.js";

const { subtle } = crypto;
const encode = (bytes) => Buffer.from(bytes).toString("base64url");
const bytesOf = (text) => new TextEncoder().encode(text);
const EC = { name: "ECDH", namedCurve: "P-256" };
const SALT = 16, HEAD = SALT + 4 + 1, POINT = 65;

async function hkdf(salt, secret, info, length) {
  const key = await subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  return subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, key, length * 8);
}

/** One browser's, with its keys. */
class Subscription {
  /** What came: {urgency, ttl, topic, sealed}, where `sealed` is for the box's client to open. */
  messages = [];
  /** What the service answers. */
  status = 201;

  static async make(endpoint) {
    const self = new Subscription();
    self.pair = await subtle.generateKey(EC, false, ["deriveBits"]);
    self.point = await subtle.exportKey("raw", self.pair.publicKey);
    self.auth = crypto.getRandomValues(new Uint8Array(16));
    self.json = { endpoint, keys: { p256dh: encode(self.point), auth: encode(self.auth) } };
    return self;
  }

  async open(body) {
    const salt = body.subarray(0, SALT), sender = body.subarray(HEAD, HEAD + POINT);
    const theirs = await subtle.importKey("raw", sender, EC, false, []);
    const secret = await subtle.deriveBits({ name: "ECDH", public: theirs }, this.pair.privateKey, 256);
    const info = Buffer.concat([bytesOf("WebPush: info\0"), Buffer.from(this.point), sender]);
    const ikm = await hkdf(this.auth, secret, info, 32);
    const key = await subtle.importKey("raw", await hkdf(salt, ikm, bytesOf("Content-Encoding: aes128gcm\0"), 16),
                                       "AES-GCM", false, ["decrypt"]);
    const iv = await hkdf(salt, ikm, bytesOf("Content-Encoding: nonce\0"), 12);
    const text = Buffer.from(await subtle.decrypt({ name: "AES-GCM", iv }, key, body.subarray(HEAD + POINT)));
    return text.subarray(0, text.lastIndexOf(2));
  }

  /** The first @count of them, when they are there. */
  async received(count) {
    return until(() => this.messages.length >= count && this.messages, `${count} push messages`);
  }
}

export class PushService {
  #subscriptions = new Map();
  faults = [];

  static async start(folder) {
    const self = new PushService();
    mkdirSync(folder, { recursive: true });
    folder = mkdtempSync(join(folder, "push-"));
    const cert = join(folder, "push.crt"), key = join(folder, "push.key"), vapid = join(folder, "vapid");
    execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
      "-nodes", "-days", "2", "-subj", "/CN=push", "-addext", "subjectAltName=DNS:localhost",
      "-out", cert, "-keyout", key], { stdio: "ignore" });
    execFileSync(join(BUILD, "punchline-signald"), ["--make-push-key", vapid]);
    self.server = createSecureServer({ cert: readFileSync(cert), key: readFileSync(key) },
                               (request, response) => self.#serve(request, response));
    await new Promise((resolve) => self.server.listen(0, "127.0.0.1", resolve));
    const host = `localhost:${self.server.address().port}`;
    self.origin = `https://${host}`;
    self.options = ["--push-key", vapid, "--push-subject", "mailto:operator@example.org", "--push-host", host,
      "--push-network", "127.0.0.0/8", "--push-network", "::1", "--push-ca", cert];
    return self;
  }

  async subscribe() {
    const path = `/push/${encode(crypto.getRandomValues(new Uint8Array(12)))}`;
    const made = await Subscription.make(this.origin + path);
    this.#subscriptions.set(path, made);
    return made;
  }

  async #serve(request, response) {
    const subscription = this.#subscriptions.get(request.url);
    const { urgency, ttl, topic } = request.headers;
    try {
      const sealed = await subscription.open(Buffer.concat(await request.toArray()));
      subscription.messages.push({ urgency, ttl, topic, sealed });
      response.writeHead(subscription.status).end();
    } catch (error) {
      this.faults.push(error);
      response.writeHead(400).end();
    }
  }

  stop() {
    this.server.close();
  }
}
