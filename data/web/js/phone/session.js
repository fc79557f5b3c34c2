// SPDX-License-Identifier: LGPL-2.1-or-later
/** One meeting and the one connection that comes of it, up to its end. */
import { PunchlineError } from "../base/error.js";
import { Meeting } from "../peer/meeting.js";

/** @typedef {import("../peer/peer.js").Peer} Peer */

/**
 * @typedef {object} SessionOps
 * @property {(peer: Peer) => void} peer the other end is known: listen, open channels. May come
 *   again before `open`
 * @property {(peer: Peer) => void} open
 * @property {(reason: PunchlineError | null) => void} ended once, last, when the server knows that
 *   we left the room; null: as we wished
 */

export class Session {
  #ops;
  #meeting;
  /** @type {Peer | null} */ #peer = null;
  #wasOpen = false;
  #ending = false;
  /** @type {PunchlineError | null} */ #reason = null;

  /** @param {import("../peer/meeting.js").MeetingConfig} config @param {SessionOps} ops */
  constructor(config, ops) {
    this.#ops = ops;
    this.#meeting = new Meeting(config, {
      state: (state) => state === "closed" && this.#ops.ended(this.#reason),
      peer: (peer) => this.#onPeer(peer),
      failed: (reason) => {
        this.#peer?.close();
        this.#ops.ended(this.#ending ? this.#reason : reason);
      },
    });
  }

  start() {
    this.#meeting.start();
  }

  get pushKey() {
    return this.#meeting.pushKey;
  }

  /** @param {PunchlineError | null} [reason] why, for `ended` */
  close(reason = null) {
    if (this.#ending) return;
    this.#ending = true;
    this.#reason = reason;
    this.#meeting.close();
    this.#peer?.close();
  }

  /** @param {Peer} peer */
  #onPeer(peer) {
    this.#peer = peer;
    this.#wasOpen = false;
    peer.addEventListener("state", () => {
      if (this.#peer !== peer || peer.state !== "open" || this.#wasOpen) return;
      this.#wasOpen = true;
      this.#ops.open(peer);
    });
    peer.addEventListener("closed", (event) => {
      // Before it was open the meeting has the last word.
      if (this.#peer !== peer || !this.#wasOpen) return;
      this.close(/** @type {CustomEvent<PunchlineError | null>} */ (event).detail
                ?? new PunchlineError("closed", "the other side left"));
    });
    this.#ops.peer(peer);
  }
}
