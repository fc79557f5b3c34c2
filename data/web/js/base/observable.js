// SPDX-License-Identifier: LGPL-2.1-or-later

/** Something that tells that it changed; what changed is for the listener to look up. */
export class Observable {
  /** @type {Set<() => void>} */ #listeners = new Set();
  #pending = false;

  /** Ends by the function that is returned. @param {() => void} listener */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** However often in one go: the listeners are called once, after it. */
  changed() {
    if (this.#pending) return;
    this.#pending = true;
    queueMicrotask(() => {
      this.#pending = false;
      for (const listener of [...this.#listeners]) listener();
    });
  }
}
