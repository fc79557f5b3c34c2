// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * A state table: what an event leads to in each state. A pair that is not in it changes nothing.
 * @typedef {Record<string, Record<string, string>>} Steps
 */
export class Machine {
  /** @param {Steps} steps @param {string} first */
  constructor(steps, first) {
    this.steps = steps;
    this.state = first;
  }

  /** Whether the event meant something here. @param {string} event */
  step(event) {
    const next = this.steps[this.state]?.[event];
    if (next) this.state = next;
    return next !== undefined;
  }
}
