// SPDX-License-Identifier: LGPL-2.1-or-later
/** The conversation with one member of a meeting's room, and the peer that it describes. */
import { asError, PunchlineError } from "../base/error.js";
import { MAX_CANDIDATE_LINE, MAX_SDP } from "../base/limits.js";
import { Handshake } from "../proto/handshake.js";

/**
 * @typedef {object} MeetingRemoteOps
 * @property {(remote: MeetingRemote, body: string) => void} send
 * @property {(remote: MeetingRemote) => void} confirmed it has our code
 * @property {(remote: MeetingRemote) => void} bye
 * @property {(remote: MeetingRemote, reason: PunchlineError) => void} failed
 */

/** @returns {never} */
function refuse() {
  throw new PunchlineError("invalid", "the other end sent a malformed message");
}

/** @param {unknown} value @param {number} max */
function isText(value, max) {
  return typeof value === "string" && value.length <= max;
}

export class MeetingRemote {
  #ops;
  #freed = false;
  /** @type {import("./peer.js").Peer | null} */ #peer = null;

  /** @param {import("../proto/handshake.js").HandshakeConfig} config
   * @param {MeetingRemoteOps} ops */
  constructor(config, ops) {
    this.#ops = ops;
    this.member = config.remoteId;
    this.handshake = new Handshake(config);
    this.#sendBodies();
  }

  free() {
    this.#freed = true;
    this.#peer = null;
  }

  #sendBodies() {
    for (let body; (body = this.handshake.nextBody());) this.#ops.send(this, body);
  }

  /** @param {unknown} error */
  #fail(error) {
    if (!this.#freed) this.#ops.failed(this, asError(error, "invalid"));
  }

  /** @param {object} message */
  #say(message) {
    if (this.#freed || this.handshake.state !== "sealed") return;
    try {
      this.#ops.send(this, this.handshake.seal(JSON.stringify(message)));
    } catch (error) {
      this.#fail(error);
    }
  }

  sayBye() {
    this.#say({ type: "bye" });
  }

  /** Carries the peer's descriptions from now on. @param {import("./peer.js").Peer} peer */
  attach(peer) {
    this.#peer = peer;
    peer.attach({
      description: ({ type, sdp }) => this.#say(
        { type: "description", description: { type, sdp } }),
      candidate: (candidate) => this.#say({
        type: "candidate",
        candidate: candidate && { candidate: candidate.candidate, sdpMid: candidate.sdpMid },
      }),
    });
  }

  /** @param {string} body */
  feed(body) {
    const before = this.handshake.state;
    let text = null;
    try {
      text = this.handshake.feed(body);
      this.#sendBodies();
      if (text !== null) this.#take(JSON.parse(text));
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (before !== "sealed" && this.handshake.state === "sealed") this.#ops.confirmed(this);
  }

  /** @param {any} message */
  #take(message) {
    if (typeof message?.type !== "string") refuse();
    if (message.type === "description") this.#takeDescription(message.description);
    else if (message.type === "candidate") this.#takeCandidate(message.candidate);
    else if (message.type === "bye") this.#ops.bye(this);
  }

  /** @param {any} description */
  #takeDescription(description) {
    const { type, sdp } = description ?? {};
    if ((type !== "offer" && type !== "answer") || !isText(sdp, MAX_SDP)) refuse();
    this.#peer?.feedDescription({ type, sdp }).catch((error) => this.#fail(error));
  }

  /** @param {any} candidate */
  #takeCandidate(candidate) {
    if (candidate === null) {
      this.#peer?.feedCandidate(null);
      return;
    }
    const line = candidate?.candidate, mid = candidate?.sdpMid ?? null;
    if (!isText(line, MAX_CANDIDATE_LINE) || (mid !== null && !isText(mid, 32))) refuse();
    this.#peer?.feedCandidate({ candidate: line, sdpMid: mid });
  }

  /** It got our tag and has not shown its own. */
  get mayHaveGuessed() {
    return this.handshake.state === "confirming";
  }

  /** It never said a word. */
  get isSilent() {
    return this.handshake.state === "greeting";
  }
}
