// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * The client's end of PROTOCOL.md section 1, over any number of sockets, one after the other:
 * hello, resuming, repeating of requests, back-off, and noticing silence. It has neither socket
 * nor clock: its owner keeps one socket or none, as `wantsSocket` says after each call, moves
 * frames, and gives the time in milliseconds.
 */
import { Machine } from "../base/machine.js";
import { PunchlineError } from "../base/error.js";
import { MAX_PENDING_REQUESTS, MAX_SIGNAL_MESSAGE } from "../base/limits.js";

/** @type {import("../base/machine.js").Steps} */
export const steps = {
  offline: { retry: "connecting", close: "closed" },
  connecting: { opened: "greeting", lost: "offline", close: "closed" },
  greeting: { welcomed: "ready", lost: "offline", close: "closed" },
  ready: { lost: "offline", close: "closed" },
};

const FIRST_DELAY = 500, LAST_DELAY = 15000;
const CONNECT_TIMEOUT = 15000, WELCOME_TIMEOUT = 10000, DEFAULT_SILENCE = 30000;
/** A page does not see the server's pings. So long before silence would be given up it asks for
 * something. */
const PROBE_BEFORE = 10000;

/**
 * A message of punchline.v1; which members it has stands in PROTOCOL.md.
 * @typedef {{ type: string, [member: string]: any }} SignalMessage
 */

/** What we rely on, by type. @type {Record<string, Record<string, string>>} */
const members = {
  welcome: { token: "string", resumed: "boolean", ice_servers: "object" },
  reserved: { id: "number", room: "string" },
  joined: { id: "number", room: "string", member: "string", members: "object" },
  came: { room: "string", member: "string" },
  left: { room: "string", member: "string" },
  message: { room: "string", from: "string", body: "string" },
  sent: { id: "number" },
  ice: { ice_servers: "object" },
  burned: { room: "string" },
  error: { code: "string" },
  bye: {},
};

/** @param {string} what */
function refuse(what) {
  return new PunchlineError("invalid", `signaling server: ${what}`);
}

/** @param {unknown} value */
function isCount(value) {
  return value === undefined || (Number.isSafeInteger(value) && Number(value) > 0);
}

/** @param {string} text @returns {SignalMessage} */
function parse(text) {
  let message;
  try {
    message = text.length <= MAX_SIGNAL_MESSAGE ? JSON.parse(text) : null;
  } catch {
    // told below
  }
  if (!message || typeof message.type !== "string") throw refuse("a malformed message");
  const wanted = Object.hasOwn(members, message.type) ? members[message.type] : {};
  for (const [name, type] of Object.entries(wanted))
    if (typeof message[name] !== type || message[name] === null)
      throw refuse(`${message.type} without ${name}`);
  if (!isCount(message.seq) || !isCount(message.id)) throw refuse("a number is none");
  return message;
}

export class SignalSession {
  #machine = new Machine(steps, "offline");
  #agent;
  #silence = DEFAULT_SILENCE;
  #probing = false;
  #retryAfter = 0;
  /** @type {string | null} */ #token = null;
  #lastSeq = 0;
  #lastId = 0;
  /** Not answered yet. @type {SignalMessage[]} */ #requests = [];
  /** @type {string[]} */ #frames = [];
  /** @type {SignalMessage[]} */ #events = [];
  /** When to call expire(). */
  deadline = Infinity;
  /** Tries since there was a welcome last. */
  failures = 0;

  /** @param {string} agent what the server is told about this program */
  constructor(agent) {
    this.#agent = agent;
  }

  get state() {
    return this.#machine.state;
  }

  /** True: open a socket if there is none. False: close it if there is one. */
  get wantsSocket() {
    return ["connecting", "greeting", "ready"].includes(this.state);
  }

  /** @param {number} now */
  start(now) {
    if (this.#machine.step("retry")) this.deadline = now + CONNECT_TIMEOUT;
  }

  /** Says bye, if there is somebody to say it to. */
  close() {
    const polite = this.state === "greeting" || this.state === "ready";
    if (!this.#machine.step("close")) return;
    if (polite) this.#queue({ type: "bye" });
    this.deadline = Infinity;
  }

  /** @param {number} now */
  reportOpened(now) {
    if (!this.#machine.step("opened")) return;
    const resume = this.#token ? { token: this.#token, last_seq: this.#lastSeq } : {};
    this.#queue({ type: "hello", agent: this.#agent, ...resume });
    this.deadline = now + WELCOME_TIMEOUT;
  }

  /** @param {number} now */
  reportLost(now) {
    if (!this.#machine.step("lost")) return;
    const delay = Math.min(FIRST_DELAY * 2 ** this.failures, LAST_DELAY);
    this.failures++;
    this.deadline = now + this.#retryAfter + delay * (0.5 + Math.random() / 2);
    this.#retryAfter = 0;
    this.#frames = [];
  }

  /** @param {number} now */
  #reportAlive(now) {
    this.#probing = false;
    if (this.state === "ready") this.deadline = now + this.#silence - PROBE_BEFORE;
  }

  /** @param {SignalMessage} message */
  #queue(message) {
    this.#frames.push(JSON.stringify(message));
  }

  /** One text frame came. Throws where it broke the protocol: the socket is given up and the
   * session resumed on another. @param {string} text @param {number} now */
  feed(text, now) {
    if (this.state !== "greeting" && this.state !== "ready") return;
    try {
      this.#feed(parse(text), now);
    } catch (error) {
      this.reportLost(now);
      throw error;
    }
  }

  /** @param {SignalMessage} message @param {number} now */
  #feed(message, now) {
    this.#reportAlive(now);
    if (message.type === "bye") {
      this.#retryAfter = isCount(message.retry_s) ? (message.retry_s ?? 0) * 1000 : 0;
      this.reportLost(now);
    } else if (this.state === "ready") {
      if (message.type === "welcome") throw refuse("a second welcome");
      this.#feedNumbered(message);
    } else if (message.type === "welcome") {
      this.#feedWelcome(message, now);
    } else if (message.type === "error") {
      this.#events.push(message);
    } else if (Object.hasOwn(members, message.type)) {
      throw refuse("no welcome");
    }
  }

  /** @param {SignalMessage} welcome @param {number} now */
  #feedWelcome(welcome, now) {
    this.#token = welcome.token;
    if (Number(welcome.silence_s) > 0)
      this.#silence = Math.max(2 * PROBE_BEFORE, welcome.silence_s * 1000);
    if (!welcome.resumed) {
      this.#lastSeq = 0;
      this.#requests = [];
    }
    this.#machine.step("welcomed");
    this.failures = 0;
    this.#reportAlive(now);
    for (const request of this.#requests)
      if (request.id > (welcome.last_id ?? 0)) this.#queue(request);
    this.#events.push(welcome);
  }

  /** @param {SignalMessage} message */
  #feedNumbered(message) {
    const { seq, id } = message;
    if (seq && seq <= this.#lastSeq) return;
    if (seq && seq > this.#lastSeq + 1) throw refuse("a message is missing");
    if (seq) this.#lastSeq = seq;
    if (id) this.#settle(id);
    if (Object.hasOwn(members, message.type)) this.#events.push(message);
  }

  /** Drops what an answer to @id settles: the request itself, and those before it to which there
   * is never an answer; the server works them off in order. @param {number} id */
  #settle(id) {
    this.#requests = this.#requests.filter(
      (request) => request.id > id
                   || (request.id < id && request.type !== "leave" && request.type !== "wrong"));
  }

  /** The next text frame to send. */
  nextFrame() {
    return this.#frames.shift();
  }

  /** The next message from the server that is the owner's business: exactly once each and in
   * order, however often the socket broke. A welcome that is not resumed starts from scratch. */
  nextEvent() {
    return this.#events.shift();
  }

  /** Takes a request, sends it now or when there is a socket again; exactly once for the server,
   * too. Returns its id. @param {SignalMessage} request */
  request(request) {
    if (this.#requests.length >= MAX_PENDING_REQUESTS)
      throw new PunchlineError("limit", "signaling server: too many requests are not answered");
    const numbered = { ...request, id: ++this.#lastId };
    this.#requests.push(numbered);
    if (this.state === "ready") this.#queue(numbered);
    return numbered.id;
  }

  /** @param {number} now */
  expire(now) {
    if (now < this.deadline) return;
    if (this.state === "offline") {
      this.start(now);
    } else if (this.state === "ready" && !this.#probing) {
      this.#probing = true;
      this.request({ type: "refresh" });
      this.deadline = now + PROBE_BEFORE;
    } else {
      this.reportLost(now);
    }
  }

  /** The network may be another: do not wait for silence, nor for the next try.
   * @param {number} now */
  reportNetworkChanged(now) {
    if (this.state === "ready" || this.state === "greeting") this.reportLost(now);
    this.failures = 0;
    if (this.state === "offline") this.start(now);
  }
}
