// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * The connection to a paired box, as long as it is wanted: it waits for the box, greets it, and
 * comes back by itself. What the box says and can be asked stands in PROTOCOL.md section 4.
 */
import { asError, PunchlineError } from "../base/error.js";
import { pairedCode } from "../proto/code.js";
import { GUEST } from "../proto/handshake.js";
import { agreeWith } from "../proto/identity.js";
import { receiveStream } from "../stream/receive.js";
import { Rpc } from "../stream/rpc.js";
import { sendStream } from "../stream/send.js";
import { getProgram } from "./program.js";
import { Session } from "./session.js";
import { loadIdentity } from "./store.js";

const CONTROL = "punchline.control.1", SMS = "punchline.sms.1", STREAM = "punchline.stream.1";
const GREETING = "greeting";
const AGENT = "punchline web";
/** The longest that the box records is far below it. */
const MAX_SOUND = 16 * 1024 * 1024;
/** A box that has just lost us is back in its room soon; one that is away we wait for. */
const FIRST_RETRY = 300, LAST_RETRY = 30000;
/** A path that is well answers sooner. */
const PROBE = 2500;

/**
 * @typedef {object} BoxLinkOps
 * @property {(state: "connecting" | "ready" | "interrupted" | "closed",
 *   reason: PunchlineError | null) => void} state `connecting` with the reason why it is not ready
 *   any more; `interrupted` while another path is looked for: calls go on, `ready` may follow
 * @property {(hello: Record<string, any>) => void} [hello] what the box answered, before `ready`
 * @property {(method: string, params: Record<string, any>) => void} notified `status`, `call`,
 *   `voicemail`, `sms`
 */

export class BoxLink {
  #box;
  #ops;
  #name;
  /** @type {Session | null} */ #session = null;
  /** @type {import("../peer/peer.js").Peer | null} */ #peer = null;
  /** @type {Rpc | null} */ #control = null;
  /** @type {Rpc | null} */ #sms = null;
  /** @type {MediaStreamTrack | null} */ #track = null;
  /** Who waits for which channel of the box. @type {Map<string, (blob: Promise<Blob>) => void>} */
  #awaited = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  #retry = FIRST_RETRY;
  #greeted = false; // on this connection
  #closed = false;

  /** @param {import("./store.js").Box} box @param {BoxLinkOps} ops */
  constructor(box, ops) {
    this.#box = box;
    this.#ops = ops;
    this.#name = box.client || "browser";
  }

  start() {
    addEventListener("online", this.#onOnline);
    document.addEventListener("visibilitychange", this.#onVisible);
    this.#ops.state("connecting", null);
    this.#connect();
  }

  /** `closed` follows. */
  close() {
    if (this.#closed) return;
    this.#closed = true;
    removeEventListener("online", this.#onOnline);
    document.removeEventListener("visibilitychange", this.#onVisible);
    clearTimeout(this.#timer);
    if (this.#session) this.#session.close();
    else this.#ops.state("closed", null);
  }

  #onOnline = () => this.#wake();
  #onVisible = () => document.hidden || this.#probe();

  /** The network is another one, or there was none: another path now, not when the old one has
   * been silent for long enough. */
  #wake() {
    this.#retry = FIRST_RETRY;
    if (this.#session) {
      this.#peer?.restart();
    } else if (this.#timer) {
      clearTimeout(this.#timer);
      this.#connect();
    }
  }

  /** The machine may have slept. */
  async #probe() {
    if (!this.#session) return this.#wake();
    if (!this.#greeted) return;
    const timer = setTimeout(() => this.#wake(), PROBE);
    await this.callControl("status").catch(() => {});
    clearTimeout(timer);
  }

  async #connect() {
    this.#timer = undefined;
    try {
      const { agree } = await loadIdentity();
      const code = pairedCode(await agreeWith(agree, this.#box.identity));
      if (this.#closed) return;
      this.#session = new Session(
        { signalingUrl: this.#box.signaling, code, name: this.#name, audio: true,
          role: GUEST },
        {
          peer: (peer) => this.#onPeer(peer),
          open: () => this.#greet(),
          ended: (reason) => this.#onEnded(reason),
        });
      this.#session.start();
    } catch (error) {
      this.#onEnded(asError(error, "invalid"));
    }
  }

  /** @param {import("../peer/peer.js").Peer} peer */
  #onPeer(peer) {
    const rpcOps = { notified: this.#ops.notified, closed: () => this.#onRpcClosed(peer) };
    this.#peer = peer;
    this.#control = new Rpc(peer.openChannel("control", CONTROL), rpcOps);
    this.#sms = new Rpc(peer.openChannel("sms", SMS), rpcOps);
    this.#greeted = false;
    peer.addEventListener("state", () => this.#onPeerState(peer));
    peer.addEventListener("channel", (event) => this.#onChannel(
      /** @type {CustomEvent<RTCDataChannel>} */ (event).detail));
  }

  /** @param {import("../peer/peer.js").Peer} peer */
  #onPeerState(peer) {
    if (this.#peer !== peer || !this.#greeted) return;
    if (peer.state === "disconnected") this.#ops.state("interrupted", null);
    else if (peer.state === "open") this.#ops.state("ready", null);
  }

  /** The box has had enough of us, or the connection is at its end.
   * @param {import("../peer/peer.js").Peer} peer */
  #onRpcClosed(peer) {
    if (this.#peer === peer)
      this.#session?.close(new PunchlineError("closed", "the box closed the connection"));
  }

  /** @param {RTCDataChannel} channel */
  #onChannel(channel) {
    const take = this.#awaited.get(channel.label);
    this.#awaited.delete(channel.label);
    if (take) take(receiveStream(channel, MAX_SOUND));
    else channel.close();
  }

  async #greet() {
    try {
      await this.#peer?.setTrack(this.#track);
      const hello = await this.callControl("hello",
                                           { agent: AGENT, program: await getProgram() });
      this.#retry = FIRST_RETRY;
      this.#greeted = true;
      this.#ops.hello?.(hello);
      this.#ops.state("ready", null);
    } catch (error) {
      this.#session?.close(asError(error, "closed"));
    }
  }

  /** @param {PunchlineError | null} reason */
  #onEnded(reason) {
    this.#session = this.#peer = this.#control = this.#sms = null;
    const lost = new PunchlineError("lost", "the connection to the box was lost");
    for (const take of this.#awaited.values()) take(Promise.reject(lost));
    this.#awaited.clear();
    if (this.#closed) {
      this.#ops.state("closed", null);
      return;
    }
    this.#ops.state("connecting", reason);
    this.#timer = setTimeout(() => this.#connect(), this.#retry * (0.5 + Math.random() / 2));
    this.#retry = Math.min(2 * this.#retry, LAST_RETRY);
  }

  /** A method of `control`. @param {string} method @param {Record<string, unknown>} [params] */
  callControl(method, params) {
    return this.#call(this.#control, method, params);
  }

  /** A method of `sms`. @param {string} method @param {Record<string, unknown>} [params] */
  callSms(method, params) {
    return this.#call(this.#sms, method, params);
  }

  /** @param {Rpc | null} rpc @param {string} method @param {Record<string, unknown>} [params] */
  #call(rpc, method, params) {
    if (rpc) return rpc.call(method, params);
    return Promise.reject(new PunchlineError("lost", "the box is not connected"));
  }

  /** What the box sends on a channel of its own when it is asked to. @param {string} label
   * @param {string} method @param {Record<string, unknown>} params @returns {Promise<Blob>} */
  async #fetch(label, method, params) {
    if (this.#awaited.has(label))
      throw new PunchlineError("limit", "this is on its way already");
    /** @type {Promise<Blob>} */
    const arrived = new Promise((resolve) => this.#awaited.set(label, resolve));
    arrived.catch(() => {}); // told by the request as well, where that is under way
    try {
      await this.callControl(method, params);
    } catch (error) {
      this.#awaited.delete(label);
      throw error;
    }
    return arrived;
  }

  /** A voicemail, as Opus in Ogg. @param {number} id */
  fetchVoicemail(id) {
    return this.#fetch(`voicemail:${id}`, "voicemail.get", { id });
  }

  /** What callers hear: Opus in Ogg, or WAV. */
  fetchGreeting() {
    return this.#fetch(GREETING, "greeting.get", { sound: true });
  }

  /** Resolves when the box has it. @param {Blob} wav PCM of 16 bits, mono, 60 s at most
   * @param {(sent: number) => void} [told] bytes */
  async sendGreeting(wav, told) {
    await this.callControl("greeting.set", { bytes: wav.size });
    const peer = this.#peer;
    if (!peer) throw new PunchlineError("lost", "the box is not connected");
    await sendStream(peer.openChannel(GREETING, STREAM), wav, told);
  }

  /** What the other side of a call hears; null: nothing. Kept over connections.
   * @param {MediaStreamTrack | null} track */
  async setTrack(track) {
    this.#track = track;
    await this.#peer?.setTrack(track);
  }

  /** What is heard in a call: for an audio element. Another one for each connection. */
  get remoteStream() {
    return this.#peer?.remoteStream ?? null;
  }

  /** With this the browser subscribes to push messages of the server; "": it sends none. */
  get pushKey() {
    return this.#session?.pushKey ?? "";
  }

  /** How the packets go; null before they do. */
  async getPath() {
    return this.#peer ? this.#peer.getPath() : null;
  }
}
