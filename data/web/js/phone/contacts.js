// SPDX-License-Identifier: LGPL-2.1-or-later
/** The names that a box knows for numbers. All are in memory: names are looked up while typing. */
import { Observable } from "../base/observable.js";
import { guessCountry, isSameNumber, parseNumber, TAIL } from "../proto/number.js";
import { readAll } from "./pages.js";
import { loadKept, saveKept } from "./store.js";
import { cutVcards, decodeText } from "./vcards.js";

/** A list of this age is not asked for again, in milliseconds: it may be long. */
const FRESH = 60 * 1000;

/** @typedef {{ number: string, name: string }} Contact */

/** Without accents and capitals. @param {string} text */
function fold(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

export class Contacts extends Observable {
  /** By name; null: not known yet. @type {Contact[] | null} */ list = null;
  #owner;
  /** By their last digits. @type {Map<string, Contact[]>} */ #tails = new Map();
  #loaded = 0;

  /** @param {import("./box-model.js").BoxModel} owner */
  constructor(owner) {
    super();
    this.#owner = owner;
    loadKept(owner.box, "contacts").then((kept) => kept && !this.list && this.#show(kept))
      .catch(() => {}); // this browser keeps nothing
  }

  /** @param {Contact[]} list */
  #show(list) {
    const { compare } = new Intl.Collator();
    this.list = list.sort((a, b) => compare(a.name, b.name));
    this.#tails.clear();
    for (const contact of list) {
      const tail = contact.number.slice(-TAIL);
      this.#tails.set(tail, [...this.#tails.get(tail) ?? [], contact]);
    }
    this.changed();
  }

  /** @param {string} method @param {Record<string, unknown>} params */
  #ask(method, params) {
    return this.#owner.link.callControl(`contacts.${method}`, params);
  }

  /** When the box is there, and when somebody looks: other devices may have changed them. */
  async ready() {
    if (Date.now() - this.#loaded < FRESH) return;
    await this.load().catch(() => {}); // lost again: with the next one
  }

  notified() {}

  lost() {}

  async load() {
    const list = await readAll(this.#owner.link, "contacts.list", "contacts",
                               ({ number }) => ({ after: number }));
    this.#loaded = Date.now();
    this.#show(list);
    await saveKept(this.#owner.box, "contacts", list);
  }

  /** "": nobody's. The number as it is written wins over one that is likely the same.
   * @param {string} number */
  nameOf(number) {
    const wanted = parseNumber(number) || number;
    const country = guessCountry(this.#owner.status?.number ?? "");
    const near = this.#tails.get(wanted.slice(-TAIL)) ?? [];
    const found = near.find((contact) => contact.number === wanted)
      ?? near.find((contact) => isSameNumber(contact.number, wanted, country));
    return found?.name ?? "";
  }

  /** Those with all words in their names, or with these digits. @param {string} text */
  search(text) {
    const words = fold(text).split(/\s+/);
    const digits = parseNumber(text).replace(/^0/, "");
    return (this.list ?? []).filter(({ name, number }) => {
      const folded = fold(name);
      return words.every((word) => folded.includes(word)) || digits && number.includes(digits);
    });
  }

  /** A new one, or another name; false: the box takes no such.
   * @param {string} number @param {string} name */
  async set(number, name) {
    const { kept } = await this.#ask("import", { id: crypto.randomUUID(),
                                                 contacts: [{ name, numbers: [number] }] });
    await this.load();
    return kept > 0;
  }

  /** @param {string} number */
  async delete(number) {
    await this.#ask("delete", { number });
    this.#show((this.list ?? []).filter((contact) => contact.number !== number));
    await saveKept(this.#owner.box, "contacts", this.list);
  }

  /** Of a vCard file. @param {Blob} file @param {(share: number) => void} told 0 to 1 */
  async importFile(file, told) {
    const pieces = cutVcards(decodeText(await file.arrayBuffer()));
    const id = crypto.randomUUID(), sum = { kept: 0, refused: 0 };
    for (const [i, vcards] of pieces.entries()) {
      const { kept, refused } = await this.#ask("import-vcards", { id, vcards });
      sum.kept += kept;
      sum.refused += refused;
      told((i + 1) / pieces.length);
    }
    await this.load();
    return sum;
  }
}
