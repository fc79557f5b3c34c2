// SPDX-License-Identifier: LGPL-2.1-or-later
/** The voicemail of a box: its list, newest first, and the sounds that were fetched. */
import { Observable } from "../base/observable.js";
import { loadKept, saveKept } from "./store.js";

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
  /** The box has older ones. */
  more = false;
  /** That nobody has heard. */
  unread = 0;
  #owner;
  /** @type {Map<number, Promise<Blob>>} */ #sounds = new Map();
  /** One question after the other, so that no answer undoes a newer one. */
  #work = Promise.resolve();

  /** @param {import("./box-model.js").BoxModel} owner */
  constructor(owner) {
    super();
    this.#owner = owner;
    this.#after(async () => this.#show(await loadKept(owner.box, "voicemails") ?? this));
  }

  /** @param {{ list: Voicemail[] | null, more: boolean, unread: number }} state */
  #show({ list, more, unread }) {
    Object.assign(this, { list, more, unread });
    this.changed();
  }

  /** @param {() => Promise<unknown>} work */
  #after(work) {
    this.#work = this.#work.then(work).then(() => {}, () => {}); // lost: ready() begins anew
    return this.#work;
  }

  /** @param {string} method @param {Record<string, unknown>} params */
  #ask(method, params) {
    return this.#owner.link.callControl(`voicemail.${method}`, params);
  }

  /** This browser may hear them. */
  get allowed() {
    return this.#owner.may("voicemail") || this.#owner.rights === "read-only";
  }

  /** As many as were shown, or a page. @param {Record<string, any>} hello */
  ready({ status }) {
    if (!this.allowed) return;
    const count = this.list?.length ?? 0;
    return this.#after(() => this.#load([], count, status?.voicemail_unheard ?? 0));
  }

  /** @param {Voicemail[]} list grows @param {number} count @param {number} unread */
  async #load(list, count, unread) {
    let more;
    do {
      const page = await this.#ask("list", list.length ? { before: list.at(-1)?.id } : {});
      list.push(...page.voicemails);
      more = page.more;
    } while (more && list.length < count);
    this.#show({ list, more, unread });
    this.#keep();
  }

  #keep() {
    const { list, more, unread } = this;
    return saveKept(this.#owner.box, "voicemails", { list, more, unread });
  }

  /** A page of older ones. */
  loadMore() {
    return this.#after(() => this.#load([...this.list ?? []], 0, this.unread));
  }

  /** @param {string} method @param {Record<string, any>} params */
  notified(method, { id, unheard }) {
    if (method === "voicemail") this.#after(() => this.#refresh(id, unheard));
  }

  lost() {}

  /** One came, was marked, or is gone. @param {number} id @param {number} unread */
  async #refresh(id, unread) {
    const { voicemails: [now] } = await this.#ask("list", { before: id + 1, limit: 1 });
    const list = (this.list ?? []).filter((mail) => mail.id !== id);
    const isShown = !this.more || id > (list.at(-1)?.id ?? 0);
    if (now?.id === id && isShown) list.push(now);
    else this.#sounds.delete(id);
    this.#show({ list: list.sort((a, b) => b.id - a.id), more: this.more, unread });
    this.#keep();
  }

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
