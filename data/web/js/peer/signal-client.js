// SPDX-License-Identifier: LGPL-2.1-or-later
/** A SignalSession on WebSockets: sends, receives, reconnects. */
import { asError, PunchlineError } from "../base/error.js";
import { SignalSession } from "../proto/signal-session.js";

const PROTOCOL = "punchline.v1";
const AGENT = "punchline web";
/** Before the first welcome: the server may just be starting. */
const FIRST_TRIES = 3;
const CLOSE_TIMEOUT = 1000;

/**
 * @typedef {object} SignalClientOps
 * @property {(message: import("../proto/signal-session.js").SignalMessage) => void} event
 * @property {() => void} offline the socket is gone; the session is resumed if it can be
 * @property {(reason: PunchlineError | null) => void} closed once, last
 */

/** ws://host/signal for what somebody typed. @param {string} text */
export function makeSignalUrl(text) {
  let url;
  try {
    url = new URL(text);
  } catch {
    // told below
  }
  const secure = url?.protocol === "https:" || url?.protocol === "wss:";
  const plain = url?.protocol === "http:" || url?.protocol === "ws:";
  if (!url || (!secure && !plain) || url.username || url.password)
    throw new PunchlineError("invalid", `signaling URL '${text}': expected wss://HOST[:PORT]`);
  url.protocol = secure ? "wss:" : "ws:";
  if (url.pathname === "/") url.pathname = "/signal";
  url.hash = "";
  return url.href;
}

/** A browser writes into its console of one that is closed before it is open.
 * @param {WebSocket | null} socket */
function closeQuietly(socket) {
  if (socket?.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close(1000);
  else socket?.close(1000);
}

export class SignalClient {
  #url;
  /** @type {SignalClientOps | null} */ #ops;
  #session = new SignalSession(AGENT);
  /** @type {WebSocket | null} */ #socket = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  #syncing = false;
  #ready = false;
  #welcomed = false;
  #closing = false;
  /** @type {PunchlineError | null} */ #reason = null;

  /** @param {string} url @param {SignalClientOps} ops */
  constructor(url, ops) {
    this.#url = makeSignalUrl(url);
    this.#ops = ops;
  }

  start() {
    globalThis.addEventListener?.("online", this.#onOnline);
    this.#session.start(performance.now());
    this.#sync();
  }

  /** Says bye; `closed` follows. */
  close() {
    this.#session.close();
    this.#sync();
  }

  /** Closes for a reason, after what waits to be sent. @param {PunchlineError} reason */
  fail(reason) {
    this.#reason ??= reason;
    this.close();
  }

  /** Its id; 0 where it cannot be taken, which ends the session.
   * @param {import("../proto/signal-session.js").SignalMessage} message */
  request(message) {
    let id = 0;
    try {
      id = this.#session.request(message);
    } catch (error) {
      this.fail(asError(error, "limit"));
    }
    this.#sync();
    return id;
  }

  /** On another socket, at once: this one may be of an address that we do not have any more, and
   * look well until it has been silent for half a minute. */
  reconnect() {
    this.#dropSocket();
    this.#session.reportNetworkChanged(performance.now());
    this.#sync();
  }

  #onOnline = () => this.reconnect();

  #openSocket() {
    const socket = new WebSocket(this.#url, PROTOCOL);
    this.#socket = socket;
    /** @param {() => void} report */
    const from = (report) => {
      if (this.#socket !== socket) return;
      report();
      this.#sync();
    };
    socket.onopen = () => from(() => this.#session.reportOpened(performance.now()));
    socket.onmessage = ({ data }) => from(() => this.#feed(data));
    socket.onclose = () => from(() => {
      this.#socket = null;
      this.#session.reportLost(performance.now());
    });
  }

  /** @param {unknown} data */
  #feed(data) {
    if (typeof data !== "string") return this.#session.reportLost(performance.now());
    try {
      this.#session.feed(data, performance.now());
    } catch (error) {
      console.warn(error);
    }
  }

  /** A browser does not say why a socket does not open. */
  #checkPatience() {
    if (this.#welcomed || this.#session.failures < FIRST_TRIES || this.#reason) return;
    this.#reason = new PunchlineError("unreachable", `the signaling server ${this.#url} is not ` +
                                      "reachable, or refuses this page");
    this.#session.close();
  }

  #dropSocket() {
    const socket = this.#socket;
    this.#socket = null;
    closeQuietly(socket);
  }

  #deliver() {
    for (let event; this.#ops && (event = this.#session.nextEvent());) {
      if (event.type === "welcome") this.#welcomed = this.#ready = true;
      this.#ops.event(event);
    }
    if (this.#ready && this.#session.state !== "ready" && this.#session.state !== "closed") {
      this.#ready = false;
      this.#ops?.offline();
    }
  }

  #sync() {
    if (this.#syncing || !this.#ops) return;
    this.#syncing = true;
    this.#deliver();
    this.#syncing = false;
    if (!this.#ops) return;
    this.#checkPatience();
    for (let frame; (frame = this.#session.nextFrame());)
      if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(frame);
    clearTimeout(this.#timer);
    if (this.#session.state === "closed") {
      this.#finish();
      return;
    }
    if (!this.#session.wantsSocket) this.#dropSocket();
    else if (!this.#socket) this.#openSocket();
    this.#arm();
  }

  #arm() {
    const wait = this.#session.deadline - performance.now();
    if (wait === Infinity) return;
    this.#timer = setTimeout(() => {
      this.#session.expire(performance.now());
      this.#sync();
    }, Math.max(0, wait));
  }

  /** After the bye: until the socket is closed, but not for long. */
  #finish() {
    if (this.#closing) return;
    this.#closing = true;
    globalThis.removeEventListener?.("online", this.#onOnline);
    const done = () => {
      clearTimeout(this.#timer);
      const ops = this.#ops;
      this.#ops = null;
      this.#socket = null;
      ops?.closed(this.#reason);
    };
    if (this.#socket) this.#socket.onclose = done;
    this.#timer = setTimeout(done, this.#socket ? CLOSE_TIMEOUT : 0);
    closeQuietly(this.#socket);
  }
}
