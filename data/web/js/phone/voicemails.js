// SPDX-License-Identifier: LGPL-2.1-or-later
/** The voicemail of a box: its list, newest first, and the sounds that were fetched. */
import { Observable } from "../base/observable.js";
import { readAll } from "./pages.js";
import { loadKept, saveKept } from "./store.js";

const PART = "voicemails";
/** Of 600 KB at most. */
const MAX_SOUNDS = 24;

/**
 * @typedef {object} Voicemail
 * @property {number} id
 * @property {string} [number]
 * @property {string} [name]
 * @property {string} time
 * @property {number} seconds
 * @property {"new" | "heard"} state
 */

export class Voicemails extends Observable {
  /** null: not known yet. @type {Voicemail[] | null} */ list = null;
  #owner;
  /** @type {Map<number, Promise<Blob>>} */ #sounds = new Map();
  /** One question after the other, so that no answer undoes a newer one. */
  #work;

  /** @param {import("./box-model.js").BoxModel} owner */
  constructor(owner) {
    super();
    this.#owner = owner;
    this.#work = loadKept(owner.box, PART).then((list) => list && this.#show(list), () => {});
  }

  /** @param {Voicemail[]} list */
  #show(list) {
    this.list = list;
    this.changed();
  }

  /** @param {() => Promise<Voicemail[]>} read */
  #update(read) {
    this.#work = this.#work.then(read).then((list) => {
      this.#show(list);
      return saveKept(this.#owner.box, PART, list);
    }).catch(() => {}); // lost: ready() begins anew
  }

  /** @param {string} method @param {Record<string, unknown>} params */
  #ask(method, params) {
    return this.#owner.link.callControl(`voicemail.${method}`, params);
  }

  /** This browser may hear them. */
  get allowed() {
    return this.#owner.may("voicemail") || this.#owner.rights === "read-only";
  }

  /** Those that nobody has heard. */
  get unread() {
    return this.list?.filter(({ state }) => state === "new").length ?? 0;
  }

  ready() {
    if (this.allowed)
      this.#update(() => readAll(this.#owner.link, "voicemail.list", "voicemails",
                                 ({ id }) => ({ before: id })));
  }

  /** One came, was marked, or is gone.
   * @param {string} method @param {Record<string, any>} params */
  notified(method, { id }) {
    if (method !== "voicemail") return;
    this.#update(async () => {
      const { voicemails: [now] } = await this.#ask("list", { before: id + 1, limit: 1 });
      const others = (this.list ?? []).filter((mail) => mail.id !== id);
      return now?.id === id ? [...others, now].sort((a, b) => b.id - a.id) : others;
    });
  }

  lost() {}

  /** Its sound need not be fetched. @param {number} id */
  has(id) {
    return this.#sounds.has(id);
  }

  /** Opus in Ogg. @param {number} id */
  sound(id) {
    const kept = this.#sounds.get(id);
    if (kept) return kept;
    const sound = this.#owner.link.fetchVoicemail(id);
    this.#sounds.set(id, sound);
    sound.catch(() => this.#sounds.delete(id));
    for (const old of [...this.#sounds.keys()].slice(0, -MAX_SOUNDS)) this.#sounds.delete(old);
    return sound;
  }

  /** Every program of the box is told, this one too. @param {number} id @param {boolean} heard */
  mark(id, heard) {
    return this.#ask("heard", { id, heard });
  }

  /** @param {number} id */
  delete(id) {
    return this.#ask("delete", { id });
  }
}
