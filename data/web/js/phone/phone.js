// SPDX-License-Identifier: LGPL-2.1-or-later
/** All boxes of this browser, each connected, and the one that is looked at. */
import { Observable } from "../base/observable.js";
import { BoxModel } from "./box-model.js";
import { forgetBox, listBoxes } from "./store.js";

const SELECTED = "punchline.box"; // in localStorage

export class Phone extends Observable {
  /** @type {BoxModel[]} */ boxes = [];
  /** Null where there is none. @type {BoxModel | null} */ current = null;

  /** Those that were paired before. */
  async load() {
    for (const box of await listBoxes()) this.#connect(box);
    const selected = localStorage.getItem(SELECTED);
    this.current = this.boxes.find(({ box }) => box.identity === selected)
                   ?? this.boxes[0] ?? null;
    this.changed();
  }

  /** @param {import("./store.js").Box} box */
  #connect(box) {
    const model = new BoxModel(box);
    this.boxes = [...this.boxes, model];
    model.start();
    return model;
  }

  /** A pairing made it; in the place of what it was before.
   * @param {import("./store.js").Box} box */
  add(box) {
    const before = this.boxes.find((other) => other.box.identity === box.identity);
    if (before) this.#drop(before);
    this.select(this.#connect(box));
  }

  /** @param {BoxModel} model */
  select(model) {
    this.current = model;
    localStorage.setItem(SELECTED, model.box.identity);
    this.changed();
  }

  /** @param {BoxModel} model */
  #drop(model) {
    model.close();
    this.boxes = this.boxes.filter((other) => other !== model);
    if (this.current === model) this.current = this.boxes[0] ?? null;
    this.changed();
  }

  /** On this side; `clients.remove` tells the box. @param {BoxModel} model */
  async forget(model) {
    this.#drop(model);
    await forgetBox(model.box);
  }
}
