// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * What a file of scenarios imports. A scenario is somebody using the web phone in Chromium against
 * a real server, box and (simulated) modem:
 *
 *   import { scenario } from "./lib/scenario.js";
 *
 *   scenario("a call is answered", async (stage) => {
 *     const box = await stage.home();           // of this file, with box.modem; stage.box() makes another
 *     const user = await stage.user({ box });   // a new browser, paired; { language, theme, width, ... }
 *     await box.modem.do("call", { number: "+12025550123" });
 *     await user.click("Answer");
 *     await box.modem.hears(MICROPHONE_HERTZ);
 *     await box.modem.speak(700);
 *     await user.hears(700);
 *     await user.check("a call");               // axe-core, and nothing wider than the window
 *   });
 *
 * `user.page` is playwright's page; `user.see (text or locator)` and `user.gone` wait. Whatever goes
 * to the console as an error or warning, breaks the policy or asks another server fails the
 * scenario, unless `user.allow (pattern)` came before. `user.picture (name)` keeps a picture.
 * `stage.looks` runs something in both languages and themes.
 *
 *   tests/web/in-browser tests/web/ui/calls.js            one file, as `make check` runs it
 *   tests/web/in-browser tests/web/ui/calls.js answered   of it the scenarios with that in their name
 */
import { join } from "node:path";
import { Box, Server } from "./programs.js";
import { readTrail } from "./trail.js";
import { PICTURES, User } from "./user.js";

export { strict as assert } from "node:assert";
export { ADDRESS, until, writeTone } from "./programs.js";
export { MICROPHONE_HERTZ } from "./user.js";

/** @type {{name: string, run: (stage: Stage) => Promise<void>, seconds: number}[]} */
export const scenarios = [];
/** All of somebody's in a file are told in this order. Numbers are those reserved for fiction. */
export const PEOPLE = [
  ["Ana Lima", "+12025550123"], ["Jonas Weber", "+493023125042"], ["Mei Tanaka", "+12025550147"],
  ["Omar Haddad", "+493023125117"], ["Ruth Bergmann", "+493023125008"], ["Sam Oduya", "+12025550188"]];

/** @param {string} name @param {(stage: Stage) => Promise<void>} run */
export function scenario(name, run, { seconds = 60 } = {}) {
  scenarios.push({ name, run, seconds });
}

/** What the scenarios of one file have: the browser of all, a server and a box of their own. */
export class Stage {
  /** @type {User[]} */
  #users = [];
  #home = null;
  #boxes = 0;

  constructor(browser, server, folder) {
    Object.assign(this, { browser, server, folder });
  }

  /** The box of this file. */
  home() {
    return this.#home ??= this.box();
  }

  /** @param {Parameters<typeof Box.start>[2] & {server?: Server}} [config] */
  box({ server = this.server, ...config } = {}) {
    return Box.start(join(this.folder, `box-${++this.#boxes}`), server, config);
  }

  /** @param {import("./user.js").UserConfig & {box?: Box, name?: string, hash?: string,
   *   server?: Server}} [config] `name`: what the box calls the browser; `hash`: of the first address
   * @returns {Promise<User>} */
  async user({ box, name, hash, server = this.server, ...config } = {}) {
    const user = await User.open(this.browser, server, config);
    this.#users.push(user);
    if (box) await user.pair(box, name);
    else await user.go(hash);
    return user;
  }

  /** In both languages and themes, one after the other.
   * @param {(look: {language: string, theme: string}, name: string) => Promise<void>} run */
  async looks(run) {
    for (const language of ["en-US", "de-DE"]) {
      for (const theme of ["light", "dark"]) await run({ language, theme }, `${language.slice(0, 2)}-${theme}`);
    }
  }

  /** Everybody leaves; what a console had to say is told. */
  async clear() {
    const closed = await Promise.allSettled(this.#users.splice(0).map((user) => user.close()));
    const fault = closed.find(({ status }) => status === "rejected");
    if (fault) throw fault.reason;
  }

  /** For a failure's report. */
  async report(name) {
    const lines = [];
    for (const user of this.#users) {
      for (const page of user.context.pages()) {
        const path = join(PICTURES, `${name}-${lines.length}.png`);
        lines.push(`${page.url()}, ${path}`, ...user.lines.slice(-20), ...await readTrail(page));
        await page.screenshot({ path }).catch(() => {});
      }
    }
    return lines;
  }
}
