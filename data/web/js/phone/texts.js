// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * The texts of a box, as they are known here: while it is away too, and after a reload. What it
 * says and can be asked stands in PROTOCOL.md section 4.
 */
import { Observable } from "../base/observable.js";
import { guessCountry, isSameNumber } from "../proto/number.js";
import { RpcError } from "../stream/rpc.js";
import { listOutgoing, loadKept, removeOutgoing, saveKept, saveOutgoing } from "./store.js";

const PART = "texts", OUTBOX = "punchline.outbox";
/** Above every number in the sequence. */
const NEWEST = Number.MAX_SAFE_INTEGER;
/** Kept for a time without the box: so many of the newest. */
const MAX_KEPT = 500;

/**
 * @typedef {object} Text as PROTOCOL.md has it, and `waiting`: not with the box yet
 * @property {number} seq 0 as long as the box does not have it
 * @property {string} id
 * @property {string} number
 * @property {string} [name]
 * @property {string} text
 * @property {"in" | "out"} direction
 * @property {"received" | "waiting" | "queued" | "handed-over" | "sent" | "delivered"
 *   | "failed"} state
 * @property {string} [reason]
 * @property {string} time
 * @property {number} [parts]
 * @property {number} [missing]
 * @property {boolean} [read]
 * @property {number} born the seq that it was seen with first: a place that stays
 *
 * @typedef {import("./store.js").Outgoing & { at: number }} Waiting
 * @typedef {{ number: string, name?: string, unread: number }} Known of a thread
 * @typedef {Known & { last: Text }} Thread
 */

/** As people read them: those that wait were written last; of one second, an answer comes second.
 * @param {Text} a @param {Text} b */
function inOrder(a, b) {
  return Number(a.state === "waiting") - Number(b.state === "waiting")
         || Number(a.time > b.time) - Number(a.time < b.time)
         || Number(a.direction === "in") - Number(b.direction === "in") || a.born - b.born;
}

export class Texts extends Observable {
  /** All texts that nobody has read. */ unread = 0;
  /** Told of each text that came. @type {((text: Text) => void) | null} */ onArrived = null;
  #model;
  #loaded;
  /** Of the last text that was seen. @type {number | undefined} */ #seq;
  #watching = false;
  /** @type {Map<string, Text>} by id */ #texts = new Map();
  /** @type {Map<string, Known>} by number */ #threads = new Map();
  /** Where the box goes on with threads; 0: all are here. @type {number | undefined} */ #nextThreads;
  /** From which seq on all texts of a thread are here; 0: all. @type {Map<string, number>} */
  #floors = new Map();
  /** @type {Waiting[]} */ #outbox = [];
  /** What was told to be read last. */ #told = "";
  #refreshing = false;
  #refreshAgain = false;
  #saving = false;
  #saveAgain = false;
  /** @type {Set<string>} ids */ #retried = new Set();
  #channel = new BroadcastChannel(OUTBOX);

  /** @param {import("./box-model.js").BoxModel} model */
  constructor(model) {
    super();
    this.#model = model;
    this.#loaded = this.#load();
    this.#channel.onmessage = async ({ data }) => {
      if (data !== model.box.identity) return;
      await this.#loadOutbox();
      this.#drain(); // whoever wrote it may be closed
    };
  }

  async #load() {
    const kept = await loadKept(this.#model.box, PART);
    if (kept) {
      this.#seq = kept.seq;
      this.unread = kept.unread;
      this.#threads = kept.threads;
      this.#floors = kept.floors;
      for (const text of kept.texts) this.#texts.set(text.id, text);
    }
    await this.#loadOutbox();
  }

  async #loadOutbox() {
    this.#outbox = await listOutgoing(this.#model.box);
    this.changed();
  }

  /** In one record, so that the sequence has no gap whatever happens. */
  async #save() {
    this.changed();
    this.#saveAgain = true;
    if (this.#saving) return;
    this.#saving = true;
    while (this.#saveAgain) {
      this.#saveAgain = false;
      const texts = [...this.#texts.values()].sort((a, b) => b.seq - a.seq).slice(0, MAX_KEPT);
      const floor = texts.length < MAX_KEPT ? 0 : texts[MAX_KEPT - 1].seq;
      const floors = new Map([...this.#floors].map(([key, seq]) => [key, Math.max(seq, floor)]));
      await saveKept(this.#model.box, PART, {
        seq: this.#seq, unread: this.unread, threads: this.#threads, floors, texts }).catch(() => {});
    }
    this.#saving = false;
  }

  // What is here

  /** @param {string} a @param {string} b */
  #isSame(a, b) {
    return a === b || isSameNumber(a, b, guessCountry(this.#model.status.number ?? ""));
  }

  /** What the thread of a number is called. @param {string} number */
  #keyOf(number) {
    return this.#threads.has(number) ? number
      : [...this.#threads.keys()].find((key) => this.#isSame(key, number)) ?? number;
  }

  /** Of the box. @param {string} number */
  #known(number) {
    return [...this.#texts.values()].filter((text) => this.#isSame(text.number, number));
  }

  /** Those that the box does not have. @returns {Text[]} */
  get #waiting() {
    return this.#outbox.map(({ refused, at, ...text }) => ({
      ...text, seq: 0, born: at, direction: "out", reason: refused,
      state: refused === undefined ? "waiting" : "failed" }));
  }

  /** Newest first. @returns {Thread[]} */
  get threads() {
    /** @type {Map<string, Thread>} */
    const threads = new Map();
    for (const last of [...this.#texts.values(), ...this.#waiting].sort(inOrder)) {
      const number = this.#keyOf(last.number);
      threads.delete(number); // to its end
      threads.set(number, { number, unread: 0, name: last.name, ...this.#threads.get(number), last });
    }
    return [...threads.values()].reverse();
  }

  /** @param {string} number */
  thread(number) {
    return this.threads.find((thread) => this.#isSame(thread.number, number));
  }

  /** Oldest first; what is here of it. @param {string} number */
  of(number) {
    return [...this.#known(number),
            ...this.#waiting.filter((text) => this.#isSame(text.number, number))].sort(inOrder);
  }

  /** Whether the box has texts of it that are not here. @param {string} number */
  hasOlder(number) {
    return this.#watching && this.#floors.get(this.#keyOf(number)) !== 0;
  }

  get hasMoreThreads() {
    return this.#watching && Boolean(this.#nextThreads);
  }

  // What the box says

  async ready() {
    this.#told = "";
    this.#nextThreads = undefined;
    try {
      await this.#loaded;
      await this.#catchUp();
      this.#drain();
      await this.#refresh();
    } catch {
      // Lost again, or none of our business here: rights without sms.
    }
  }

  lost() {
    this.#watching = false;
    this.changed();
  }

  /** All that came while we were not there. Between the last answer and `#watching` nothing is
   * waited for, so that no notification falls between the two. */
  async #catchUp() {
    for (let more = true; more;) {
      const after = this.#seq;
      const page = await this.#call("sms.watch", { after_seq: after });
      if (page.last_seq < (after ?? 0)) // the box was set up anew
        for (const map of [this.#texts, this.#threads, this.#floors]) map.clear();
      for (const text of page.texts) this.#take(text);
      more = page.more;
      if (!more) this.#seq = page.last_seq;
    }
    this.#watching = true;
    this.#save();
  }

  /** @param {string} method @param {Record<string, any>} params */
  notified(method, params) {
    if (!this.#watching) return; // the pages will have it
    if (method === "sms" && params.seq > (this.#seq ?? 0)) this.#take(params);
    else if (method === "sms.deleted") this.#drop(params);
    else if (method === "sms.read") this.#setRead(params);
    else return;
    this.unread = params.unread ?? this.unread;
    if (params.direction !== "out") this.#refresh();
    this.#save();
  }

  /** The next in the sequence: a text that came, a change, a deletion. @param {Record<string, any>} text */
  #take(text) {
    this.#seq = text.seq;
    if (text.state === "deleted") return void this.#texts.delete(text.id);
    const known = this.#texts.get(text.id), taken = this.#put(text);
    // A page may have been quicker.
    if ((!known || known.seq === text.seq) && taken.direction === "in" && !taken.read)
      this.onArrived?.(taken);
  }

  /** @param {Record<string, any>} said @returns {Text} */
  #put(said) {
    const known = this.#texts.get(said.id), sent = this.#outbox.find(({ id }) => id === said.id);
    const text = /** @type {Text} */ ({ number: "", ...said, born: known?.born ?? said.seq });
    if (sent) this.#dropOutgoing(sent);
    if (known && known.seq > text.seq) return known;
    this.#texts.set(text.id, text);
    return text;
  }

  /** @param {Record<string, any>} deleted */
  #drop({ number, seq, seqs = [] }) {
    const gone = number === undefined ? [...this.#texts.values()].filter((text) => seqs.includes(text.seq))
      : this.#known(number).filter((text) => text.seq <= seq);
    for (const { id } of gone) this.#texts.delete(id);
  }

  /** The thread may be further down than what is read anew. @param {Record<string, any>} read */
  #setRead({ number = "", seq }) {
    const thread = this.#threads.get(this.#keyOf(number));
    if (thread) thread.unread = this.#known(number).filter((text) => text.seq > seq && !text.read).length;
  }

  // What the box is asked

  /** @param {string} method @param {Record<string, unknown>} params */
  #call(method, params) {
    return this.#model.link.callSms(method, params);
  }

  /** The newest threads and what is unread, anew; once more where that is asked for meanwhile. */
  async #refresh() {
    this.#refreshAgain = true;
    if (this.#refreshing) return;
    this.#refreshing = true;
    try {
      while (this.#refreshAgain) {
        this.#refreshAgain = false;
        await this.#loadThreads();
      }
    } catch {
      // Lost: the next connection begins with it.
    }
    this.#refreshing = false;
  }

  /** The newest ones, or those after them. @param {number} [next] */
  async #loadThreads(next) {
    const page = await this.#call("sms.threads", { next });
    for (const { number = "", name, unread, last } of page.threads) {
      const key = this.#keyOf(number);
      this.#threads.set(key, { number: key, name, unread });
      this.#put(last);
    }
    this.unread = page.unread;
    if (!page.unread) for (const thread of this.#threads.values()) thread.unread = 0;
    // What is read anew is here further down.
    if (next || this.#nextThreads === undefined) this.#nextThreads = page.more ? page.next : 0;
    this.#save();
  }

  loadMoreThreads() {
    return this.#loadThreads(this.#nextThreads);
  }

  /** The next page of a thread; the first is the newest. @param {string} number */
  async loadOlder(number) {
    const before = this.#floors.get(this.#keyOf(number)) ?? NEWEST;
    const page = await this.#call("sms.list", { number, before_seq: before });
    for (const text of page.texts) this.#put(text);
    this.#floors.set(this.#keyOf(number), page.more ? page.texts.at(-1).seq : 0);
    this.#save();
  }

  /** Loads until this text is here. @param {string} number @param {string} id */
  async loadTo(number, id) {
    while (!this.#texts.has(id) && this.hasOlder(number)) await this.loadOlder(number);
  }

  /** Newest first; in what is here while the box is away. @param {string} text
   * @param {string} [number] @param {number} [before] seq
   * @returns {Promise<{ texts: Text[], more: boolean }>} */
  async search(text, number, before) {
    if (this.#watching) {
      const { texts, more } = await this.#call("sms.search", { text, number, before_seq: before });
      return { texts: texts.map((/** @type {any} */ found) => ({ number: "", ...found })), more };
    }
    const wanted = text.toLowerCase();
    const all = number === undefined ? [...this.#texts.values()] : this.#known(number);
    return { texts: all.filter((each) => each.text.toLowerCase().includes(wanted)).sort(inOrder).reverse(),
             more: false };
  }

  /** @param {string} number */
  #newest(number) {
    return Math.max(0, ...this.#known(number).map(({ seq }) => seq));
  }

  /** All of a thread that is here was seen. @param {string} number */
  markRead(number) {
    const seq = this.#newest(number), told = `${seq} ${number}`;
    if (!this.thread(number)?.unread || !this.#watching || !this.#model.may("sms") || this.#told === told)
      return;
    this.#told = told;
    this.#call("sms.read", { number, seq }).catch(() => this.#told = "");
  }

  /** @param {Text} text */
  async delete({ id, seq }) {
    const waiting = this.#outbox.find((other) => other.id === id);
    if (waiting) await this.#dropOutgoing(waiting);
    else await this.#call("sms.delete", { seqs: [seq] });
  }

  /** What came meanwhile, and nobody has seen, stays. @param {string} number */
  async deleteThread(number) {
    for (const waiting of this.#outbox)
      if (this.#isSame(waiting.number, number)) await this.#dropOutgoing(waiting);
    const seq = this.#newest(number);
    if (seq) await this.#call("sms.delete", { number, seq });
  }

  // What goes out

  /** On disk when this resolves; sent as soon as the box is there.
   * @param {string} number @param {string} text */
  async send(number, text) {
    await saveOutgoing({ box: this.#model.box.identity, id: crypto.randomUUID(), number, text,
                         time: new Date().toISOString() });
    await this.#outboxChanged();
    this.#drain();
  }

  /** What failed, once more, and not twice. @param {Text} text */
  async retry(text) {
    if (this.#retried.has(text.id)) return;
    this.#retried.add(text.id);
    await this.send(text.number, text.text).catch((error) => {
      this.#retried.delete(text.id);
      throw error;
    });
    await this.delete(text);
  }

  async #outboxChanged() {
    this.#channel.postMessage(this.#model.box.identity); // the other tabs
    await this.#loadOutbox();
  }

  /** @param {Waiting} text */
  async #dropOutgoing(text) {
    this.#outbox = this.#outbox.filter((other) => other !== text);
    await removeOutgoing(text.at);
    await this.#outboxChanged();
  }

  /** In order and by one tab at a time: what that one has sent the next does not find any more. */
  #drain() {
    navigator.locks.request(`${OUTBOX} ${this.#model.box.identity}`, async () => {
      await this.#loadOutbox();
      for (const text of this.#outbox)
        if (text.refused === undefined && this.#isWaiting(text)
            && !(this.#watching && await this.#sendOne(text))) return;
    });
  }

  /** It may have been deleted meanwhile. @param {Waiting} text */
  #isWaiting({ at }) {
    return this.#outbox.some((text) => text.at === at);
  }

  /** False: the box is away again. @param {Waiting} text */
  async #sendOne(text) {
    try {
      this.#put(await this.#call("sms.send", { id: text.id, to: text.number, text: text.text }));
      await removeOutgoing(text.at); // before another tab looks
      this.#save();
    } catch (error) {
      if (!(error instanceof RpcError)) {
        // The connection may stand, and no other follow.
        if (/** @type {any} */ (error).code === "timeout") this.#drain();
        return false;
      }
      // It went out before, and is deleted.
      if (error.reason === "not-found") await removeOutgoing(text.at);
      else if (this.#isWaiting(text)) await saveOutgoing({ ...text, refused: error.message });
      await this.#outboxChanged();
    }
    return true;
  }

  /** What was begun to be written. @param {string} number @returns {Promise<string>} */
  async loadDraft(number) {
    return await loadKept(this.#model.box, `draft ${number}`) ?? "";
  }

  /** @param {string} number @param {string} text */
  saveDraft(number, text) {
    saveKept(this.#model.box, `draft ${number}`, text);
  }
}
