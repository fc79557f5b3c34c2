// SPDX-License-Identifier: LGPL-2.1-or-later
/** The calls of a box: those that there are, and its log of those that were. */
import { asError } from "../base/error.js";
import { Observable } from "../base/observable.js";
import { loadKept, saveKept } from "./store.js";

const PART = "calls";
/** What is shown at once after a reload; the box has the rest. */
const MAX_KEPT = 64;
/** Of the log at a time: who was away for longer reads on by himself. */
const MAX_PAGES = 8;
/** A box that does not find us holds a call for 30 s (PROTOCOL.md); then there is none. */
const HELD = 35000;

/**
 * @typedef {object} Call as in the box's notification `call`
 * @property {string} call its id
 * @property {"in" | "out"} direction
 * @property {string} [number]
 * @property {string} [name]
 * @property {boolean} [withheld]
 * @property {"dialing" | "alerting" | "incoming" | "waiting" | "active" | "held" | "voicemail"
 *   | "lost" | "ending" | "ended"} state
 * @property {string} [reason] why it ended
 * @property {string} [client] who has it
 * @property {boolean} [you]
 * @property {boolean} [elsewhere]
 * @property {number} [began] when it was answered, by this machine's clock
 * @property {number} [over] when it ended
 *
 * @typedef {object} LogEntry as in `calls.list`
 * @property {number} seq
 * @property {string} id
 * @property {string} [number]
 * @property {string} [name]
 * @property {boolean} [withheld]
 * @property {"in" | "out"} direction
 * @property {string} state
 * @property {string} [client]
 * @property {boolean} [voicemail]
 * @property {string} time
 * @property {number} [seconds]
 */

/** Nobody has taken it yet. @param {Call} call */
export function isRinging({ state, client }) {
  return (state === "incoming" || state === "waiting") && !client;
}

/** Nobody answered it. @param {LogEntry} entry */
export function isMissed({ direction, state }) {
  return direction === "in" && (state === "missed" || state === "voicemail");
}

export class Calls extends Observable {
  #box;
  /** @type {Call[]} */ current = [];
  /** The last of ours that is over, until it is dismissed. @type {Call | null} */ ended = null;
  /** The log, newest first. @type {LogEntry[]} */ recents = [];
  /** There are others before these. */
  more = false;
  /** The newest of the log that our user was shown; null: this browser has shown none yet.
   * @type {number | null} */ #seen = null;
  #loaded;
  /** Of `current`, what the box has told on this connection. @type {Set<string>} */ #told = new Set();
  /** Hung up by our user; those not in `current` any more, while the box did not hear of it.
   * @type {Set<string>} */ #unwanted = new Set();
  /** Runs while the box is not ready. @type {ReturnType<typeof setTimeout> | undefined} */ #timer;
  /** One reading of the log after the other. */
  #reading = Promise.resolve();

  /** @param {import("./box-model.js").BoxModel} box */
  constructor(box) {
    super();
    this.#box = box;
    this.#loaded = this.#load();
    box.subscribe(() => this.#follow());
  }

  async #load() {
    const kept = await loadKept(this.#box.box, PART).catch(() => null);
    if (!kept) return;
    this.#seen = kept.seen;
    this.recents = kept.recents;
    this.more = true;
    this.changed();
  }

  #keep() {
    saveKept(this.#box.box, PART, { seen: this.#seen, recents: this.recents.slice(0, MAX_KEPT) });
    this.changed();
  }

  /** Missed calls that nobody has looked at here. */
  get unread() {
    const seen = this.#seen ?? Infinity;
    return this.recents.filter((entry) => entry.seq > seen && isMissed(entry)).length;
  }

  /** @param {string} id */
  find(id) {
    return this.current.find(({ call }) => call === id) ?? null;
  }

  /** With the connection and without it. */
  #follow() {
    if (this.#box.state === "ready") {
      if (!this.#timer) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
      for (const call of this.#unwanted)
        this.#box.link.callControl("call.hangup", { call }).catch(() => this.#unwanted.delete(call));
    } else {
      this.#timer ??= setTimeout(() => this.#dropUntold(), HELD);
      for (const call of this.current)
        if (this.#unwanted.has(call.call)) this.#remove({ ...call, reason: "hung-up" });
      this.changed();
    }
  }

  #dropUntold() {
    for (const call of this.current)
      if (!this.#told.has(call.call)) this.#remove({ ...call, reason: "client-lost" });
    this.changed();
  }

  // --- what the box says ---

  /** @param {Record<string, any>} hello */
  async ready(hello) {
    this.#dropUntold(); // calls that there are were told before
    await this.#loaded;
    const last = Number(hello.last_call_seq ?? 0);
    if (this.#seen !== null && this.#seen > last) this.recents = []; // the box was set up anew
    this.#seen = Math.min(this.#seen ?? last, last);
    this.refresh();
  }

  /** What rings still is told anew. */
  lost() {
    this.#told.clear();
    this.current = this.current.filter((call) => !isRinging(call));
    this.changed();
  }

  /** @param {string} method @param {Record<string, any>} params */
  notified(method, params) {
    if (method === "calls.deleted") this.#queue(async () => this.#drop(params));
    if (method !== "call") return;
    const told = /** @type {Call & { seconds?: number }} */ (params);
    const before = this.find(told.call);
    const began = told.seconds === undefined ? undefined : Date.now() - told.seconds * 1000;
    const call = { ...told, began: before?.began ?? began };
    const left = !before && this.#unwanted.has(call.call);
    this.#told.add(call.call);
    if (call.state === "ended") {
      this.#unwanted.delete(call.call);
      if (!left) this.#remove(call);
      this.refresh();
    } else if (!left) {
      this.#put(call);
    }
    this.changed();
  }

  /** @param {Call} call */
  #put(call) {
    const others = this.current.filter((other) => other.call !== call.call);
    this.current = [...others, call];
    if (call.you) this.ended = null;
  }

  /** @param {Call} call */
  #remove(call) {
    this.current = this.current.filter((other) => other.call !== call.call);
    if (call.you) this.ended = { ...call, state: "ended", over: Date.now() };
  }

  // --- the log ---

  /** Of a blocked caller the box tells nothing, so that nothing rings. */
  refresh() {
    if (!this.#box.may("call") && this.#box.rights !== "read-only") return;
    this.#queue(() => this.#readNew());
  }

  /** @param {() => Promise<void>} work */
  #queue(work) {
    return this.#reading = this.#reading.then(work).catch(() => {});
  }

  /** @param {number} before_seq 0: from the newest on */
  async #readPage(before_seq) {
    const { calls, more } = await this.#box.link.callControl("calls.list", { before_seq });
    return { calls: /** @type {LogEntry[]} */ (calls), more: Boolean(more) };
  }

  /** From the newest back to what is known. */
  async #readNew() {
    const known = this.recents[0]?.seq ?? Infinity;
    /** @type {LogEntry[]} */ let found = [];
    let page, pages = 0;
    do {
      page = await this.#readPage(found.at(-1)?.seq ?? 0);
      found = [...found, ...page.calls];
    } while (page.more && (found.at(-1)?.seq ?? 0) > known && ++pages < MAX_PAGES);
    const last = found.at(-1)?.seq ?? 0;
    const older = page.more && last <= known ? this.recents.filter(({ seq }) => seq < last) : [];
    if (!older.length) this.more = page.more;
    this.recents = [...found, ...older];
    this.#keep();
  }

  /** Those before. */
  loadMore() {
    return this.#queue(async () => {
      const { calls, more } = await this.#readPage(this.recents.at(-1)?.seq ?? 0);
      this.recents = [...this.recents, ...calls];
      this.more = more;
      this.changed();
    });
  }

  /** Its user has looked at the log. */
  markSeen() {
    const newest = this.recents[0]?.seq ?? 0;
    if (this.#seen === null || newest <= this.#seen) return;
    this.#seen = newest;
    this.#keep();
  }

  /** Every program of the box is told, this one too. @param {LogEntry | null} entry null: all */
  remove(entry) {
    return this.#box.link.callControl("calls.delete", entry ? { seq: entry.seq } : { all: true });
  }

  /** @param {Record<string, any>} what `seq`, or `all` */
  #drop({ seq, all }) {
    this.recents = this.recents.filter((entry) => !all && entry.seq !== seq);
    if (all) this.more = false;
    this.#keep();
  }

  // --- what its user wants; each rejects with what the box says ---

  /** @param {string} number @param {boolean} hide our number */
  dial(number, hide) {
    return this.#box.link.callControl("call.dial", { id: crypto.randomUUID(), number, hide });
  }

  /** @param {"answer" | "reject" | "hangup" | "hold" | "swap" | "pick-up"} what @param {Call} call */
  async ask(what, { call }) {
    if (what === "hangup") {
      this.#unwanted.add(call);
      this.#follow();
      if (!this.find(call)) return; // the box hears of it when it is back
    }
    try {
      await this.#box.link.callControl(`call.${what}`, { call });
    } catch (error) {
      if (what === "hangup" && (!this.find(call) || asError(error, "rpc").code === "closed")) return;
      this.#unwanted.delete(call);
      throw error;
    }
  }

  /** @param {Call} call @param {string} digits */
  press({ call }, digits) {
    return this.#box.link.callControl("call.dtmf", { call, digits });
  }

  dismiss() {
    this.ended = null;
    this.changed();
  }
}
