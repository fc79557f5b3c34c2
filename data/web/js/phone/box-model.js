// SPDX-License-Identifier: LGPL-2.1-or-later
/** One box as the screens see it: its connection, what it said of itself, and its parts. */
import { Observable } from "../base/observable.js";
import { BoxLink } from "./box-link.js";
import { Calls } from "./calls.js";
import { Contacts } from "./contacts.js";
import { loadKept, saveKept, updateBox } from "./store.js";
import { Texts } from "./texts.js";
import { Voicemails } from "./voicemails.js";

/** A connection that comes within this time is nothing to speak of. */
const PATIENCE = 4000;

/**
 * What a part (calls, texts ...) is to a box: `ready` after every (re)connection, `notified` with
 * every notification, `lost` when the connection is gone. `unread` counts in the title.
 * @typedef {Observable & {
 *   ready(hello: Record<string, any>): void,
 *   notified(method: string, params: Record<string, any>): void,
 *   lost(): void,
 *   unread?: number,
 * }} Part
 */

export class BoxModel extends Observable {
  /** @type {"connecting" | "ready" | "interrupted" | "closed"} */ state = "connecting";
  /** Not ready for so long that its user should know. */
  away = false;
  /** What the box said last of itself, now or in an earlier life of the page.
   * @type {Record<string, any>} */
  status = {};
  /** What it told of its greeting when that was changed.
   * @type {Record<string, any> | null} */
  greeting = null;
  /** @type {Part[]} */ parts = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #patience;

  /** @param {import("./store.js").Box} box */
  constructor(box) {
    super();
    this.box = box;
    this.link = new BoxLink(box, {
      state: (state) => this.#onState(state),
      hello: (hello) => this.#onHello(hello),
      notified: (method, params) => this.#onNotified(method, params),
    });
    // One line for each part.
    this.calls = this.#add(new Calls(this));
    this.texts = this.#add(new Texts(this));
    this.voicemails = this.#add(new Voicemails(this));
    this.contacts = this.#add(new Contacts(this));
  }

  /** @template {Part} P @param {P} part */
  #add(part) {
    this.parts.push(part);
    return part;
  }

  /** `call`, `sms`, `voicemail`, or `read-only` alone. */
  get rights() {
    return this.box.rights;
  }

  /** Whether one of them is ours: to change anything there.
   * @param {...("call" | "sms" | "voicemail")} rights */
  may(...rights) {
    const ours = this.rights.split(",");
    return rights.some((right) => ours.includes(right));
  }

  /** Its calls ring nowhere any more. @param {string} number or the name of a service */
  block(number) {
    return this.link.callControl("blocked.add", { number });
  }

  /** Now, where it is ready. @returns {Date | null} */
  get lastSeen() {
    if (this.state === "ready") return new Date();
    return this.box.seen ? new Date(this.box.seen) : null;
  }

  /** What nobody has looked at: missed calls, texts, voicemails. */
  get unread() {
    return this.parts.reduce((sum, part) => sum + (part.unread ?? 0), 0);
  }

  async start() {
    this.#patience = setTimeout(() => this.#giveUp(), PATIENCE);
    this.link.start();
    const kept = await loadKept(this.box, "status");
    if (!kept || this.state === "ready") return;
    this.status = kept;
    this.changed();
  }

  close() {
    this.link.close();
  }

  #giveUp() {
    this.away = true;
    this.changed();
  }

  /** @param {BoxModel["state"]} state */
  #onState(state) {
    const before = this.state;
    this.state = state;
    if (before === "ready" && state !== "ready")
      this.#patience = setTimeout(() => this.#giveUp(), PATIENCE);
    if (state === "ready" || state === "closed") clearTimeout(this.#patience);
    if (state === "ready") this.away = false;
    if ((before === "ready" || before === "interrupted")
        && (state === "connecting" || state === "closed")) this.#lose();
    this.changed();
  }

  #lose() {
    this.#keep({ seen: Date.now() });
    for (const part of this.parts) part.lost();
  }

  /** @param {Record<string, any>} hello */
  #onHello(hello) {
    this.#keep({ name: String(hello.box), rights: String(hello.rights),
                 client: String(hello.client), seen: Date.now() });
    this.#setStatus(hello.status ?? {});
    for (const part of this.parts) part.ready(hello);
  }

  /** @param {string} method @param {Record<string, any>} params */
  #onNotified(method, params) {
    if (method === "status") this.#setStatus(params);
    if (method === "greeting") {
      this.greeting = params;
      this.changed();
    }
    for (const part of this.parts) part.notified(method, params);
  }

  /** @param {Record<string, any>} status */
  #setStatus(status) {
    this.status = status;
    saveKept(this.box, "status", status);
    this.changed();
  }

  /** @param {Partial<import("./store.js").Box>} changes */
  #keep(changes) {
    Object.assign(this.box, changes);
    if (this.state !== "closed") updateBox(this.box).catch(() => {});
  }
}
