// SPDX-License-Identifier: LGPL-2.1-or-later
/** The numbers that the box lets ring nowhere. */
import { Observable } from "../base/observable.js";
import { eachPage } from "./pages.js";

export class Blocked extends Observable {
  /** null: not asked for yet. @type {string[] | null} */ numbers = null;
  #owner;

  /** @param {import("./box-model.js").BoxModel} owner */
  constructor(owner) {
    super();
    this.#owner = owner;
  }

  ready() {
    this.notified("blocked");
  }

  /** @param {string} method */
  notified(method) {
    if (method === "blocked" && this.numbers) this.load().catch(() => {}); // lost: with ready()
  }

  lost() {}

  /** @param {string} method @param {Record<string, unknown>} params */
  #ask(method, params) {
    return this.#owner.link.callControl(`blocked.${method}`, params);
  }

  async load() {
    /** @type {string[]} */
    const numbers = [];
    for await (const page of eachPage((params) => this.#ask("list", params), "numbers",
                                      (after) => ({ after })))
      numbers.push(...page);
    this.numbers = numbers;
    this.changed();
  }

  /** @param {string} number */
  add(number) {
    return this.#ask("add", { number });
  }

  /** @param {string} number */
  remove(number) {
    return this.#ask("remove", { number });
  }
}
