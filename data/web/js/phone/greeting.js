// SPDX-License-Identifier: LGPL-2.1-or-later
/** What callers hear before they speak to the voicemail. */
import { Observable } from "../base/observable.js";

export class Greeting extends Observable {
  /** null: not known yet. @type {{ own: boolean, seconds: number } | null} */ state = null;
  #owner;

  /** @param {import("./box-model.js").BoxModel} owner */
  constructor(owner) {
    super();
    this.#owner = owner;
  }

  ready() {
    if (this.state) this.load().catch(() => {}); // lost again
  }

  /** @param {string} method @param {Record<string, any>} params */
  notified(method, { own, seconds }) {
    if (method !== "greeting") return;
    this.state = { own, seconds };
    this.changed();
  }

  lost() {}

  async load() {
    const { own, seconds } = await this.#owner.link.callControl("greeting.get");
    this.notified("greeting", { own, seconds });
  }

  /** The present one. */
  sound() {
    return this.#owner.link.fetchGreeting();
  }

  /** @param {Blob} wav @param {(sent: number) => void} told bytes */
  save(wav, told) {
    return this.#owner.link.sendGreeting(wav, told);
  }

  /** The one that the box came with. */
  reset() {
    return this.#owner.link.callControl("greeting.reset");
  }
}
