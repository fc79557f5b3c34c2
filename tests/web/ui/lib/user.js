// SPDX-License-Identifier: LGPL-2.1-or-later
/** Somebody at a browser: one context of Chromium, with nothing in it before. */
import { strict as assert } from "node:assert";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { ANSWER_MS, BUILD, writeTone } from "./programs.js";
import { watchTrail } from "./trail.js";

const require = createRequire(join(process.env.PL_NODE_MODULES, "x.js"));
const { chromium } = require("playwright-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
/** What every microphone of this browser hears, all the time. */
export const MICROPHONE_HERTZ = 1000;
export const PICTURES = join(BUILD, "tests/web/pictures");

const FLAGS = [
  "--no-pings", "--disable-domain-reliability", "--use-fake-ui-for-media-stream",
  "--use-fake-device-for-media-stream", "--autoplay-policy=no-user-gesture-required"];

/** Debian's. @param {string} folder of the test */
export function openBrowser(folder) {
  const microphone = join(folder, "microphone.wav");
  writeTone(microphone, MICROPHONE_HERTZ);
  mkdirSync(PICTURES, { recursive: true });
  return chromium.launch({
    executablePath: "/usr/bin/chromium", chromiumSandbox: process.getuid() !== 0,
    args: [...FLAGS, `--use-file-for-fake-audio-capture=${microphone}`] });
}

/** Runs in the page before its scripts: what its elements play is listened to, layout shifts are
 * counted, and violations of the policy are told in the console. */
function watchPage() {
  const playing = [];
  const { get, set } = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "srcObject");
  const listen = (element, stream) => {
    const context = new AudioContext();
    const analyser = new AnalyserNode(context, { fftSize: 4096, smoothingTimeConstant: 0 });
    context.createMediaStreamSource(stream).connect(analyser);
    playing.push({ element, stream, analyser });
  };
  Object.defineProperty(HTMLMediaElement.prototype, "srcObject", {
    get,
    set(stream) {
      set.call(this, stream);
      if (stream?.getAudioTracks().length) listen(this, stream);
    },
  });
  const heard = () => playing.filter(({ element, stream }) =>
    element.srcObject === stream && !element.paused).map(({ analyser }) => peak(analyser));
  const peak = (analyser) => {
    const levels = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(levels);
    const at = levels.indexOf(Math.max(...levels));
    return { hertz: at * analyser.context.sampleRate / analyser.fftSize, level: levels[at] };
  };
  globalThis.pageWatch = {
    shifts: [],
    hears: (hertz) => heard().some(
      (found) => found.level > -60 && Math.abs(found.hertz - hertz) < 30),
    isSilent: () => heard().every((found) => !(found.level > -60)),
  };
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries()) {
      if (!hadRecentInput)
        pageWatch.shifts.push({ value, of: sources.map(({ node }) => node?.className || node?.data || node?.nodeName) });
    }
  }).observe({ type: "layout-shift", buffered: true });
  document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, sample }) =>
    console.error(`policy: ${effectiveDirective} ${blockedURI} ${sample}`));
}

/**
 * @typedef {object} UserConfig
 * @property {"en-US" | "de-DE"} [language]
 * @property {"light" | "dark"} [theme]
 * @property {number} [width] of the window; below 800 it is a phone's
 * @property {number} [height]
 * @property {string[]} [permissions] notifications are asked for without
 */
export class User {
  static opened = 0;
  problems = [];
  /** Everything of the console, for a report. */
  lines = [];
  #allowed = [];

  /** @param {UserConfig} [config] */
  static async open(browser, server, config = {}) {
    const self = new User();
    const { language = "en-US", theme = "light", width = 390, height = 844, permissions } = config;
    self.server = server;
    self.context = await browser.newContext({
      baseURL: server.url, locale: language, colorScheme: theme, viewport: { width, height },
      timezoneId: "Europe/Berlin", permissions: permissions ?? ["microphone"],
      extraHTTPHeaders: { "X-Forwarded-For": `10.78.0.${++User.opened}` } });
    self.context.setDefaultTimeout(ANSWER_MS);
    await self.context.addInitScript(watchPage);
    await watchTrail(self.context);
    self.#watch();
    self.page = await self.context.newPage();
    return self;
  }

  #watch() {
    const { context } = this;
    context.on("console", (message) => {
      this.lines.push(`${message.type()}: ${message.text()}`);
      if (message.type() === "error" || message.type() === "warning") this.#complain(message.text());
    });
    context.on("weberror", (error) => this.#complain(error.error().stack));
    context.on("request", (request) => {
      if (/^(https?|wss?):/.test(request.url()) && new URL(request.url()).host !== new URL(this.server.url).host)
        this.#complain(`asks somebody else: ${request.url()}`);
    });
  }

  #complain(text) {
    if (!this.#allowed.some((pattern) => pattern.test(text))) this.problems.push(text);
  }

  /** What this test provokes is no fault in the console. @param {RegExp} pattern */
  allow(pattern) {
    this.#allowed.push(pattern);
  }

  /** A screen, by what follows the # of its address. */
  async go(hash = "") {
    await this.page.goto(`/${hash && `#${hash}`}`);
  }

  /** Another tab of the same browser: shares all but the page. */
  async tab() {
    const other = Object.assign(new User(), this, { page: await this.context.newPage() });
    await other.go();
    return other;
  }

  /** Without the screen for it; the page is loaded anew. */
  async pair(box, name = "browser", ...options) {
    const door = await box.openDoor(...options);
    if (!this.page.url().startsWith(this.server.url)) await this.go();
    await this.page.evaluate(async ([signalingUrl, code, name]) => {
      const { pair } = await import("/js/phone/pairing.js");
      await pair({ signalingUrl, code, name });
    }, [this.server.url, door.code, name]);
    assert.equal(await door.ended, 0, door.log);
    await this.page.reload();
  }

  // --- what is on the screen ---

  /** A text, a pattern of one, or a locator. */
  #find(what) {
    return (typeof what === "string" || what instanceof RegExp ? this.page.getByText(what) : what).filter({ visible: true });
  }

  async see(what) {
    await this.#find(what).first().waitFor();
  }

  async gone(what) {
    await this.#find(what).first().waitFor({ state: "hidden" });
  }

  /** By its accessible name, whole. @param {Parameters<import("playwright-core").Page["getByRole"]>[0]} [role] */
  button(name, role = "button") {
    return this.page.getByRole(role, { name, exact: true }).filter({ visible: true });
  }

  async click(name, role) {
    await this.button(name, role).click();
  }

  /** Into the field with this label. */
  async fill(label, text) {
    await this.page.getByLabel(label, { exact: true }).fill(text);
  }

  /** Until the page plays this tone of the other end. */
  async hears(hertz) {
    await this.page.waitForFunction((wanted) => pageWatch.hears(wanted), hertz, { polling: 50 });
  }

  async hearsNothing() {
    await this.page.waitForFunction(() => pageWatch.isSilent(), null, { polling: 50 });
  }

  // --- what holds for every screen ---

  /** What axe-core has to say, and what is wider than the window. */
  async findFaults() {
    await this.page.evaluate(() => Promise.all(document.getAnimations()
      .filter((animation) => animation.effect?.getComputedTiming().endTime !== Infinity)
      .map((animation) => animation.finished.catch(() => {}))));
    await this.page.evaluate(AXE);
    const violations = await this.page.evaluate(async () => (await axe.run()).violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ target, any }) =>
        `${target} ${any[0]?.message ?? ""}`).join("; ")}`));
    return [...violations, ...await this.findWide()];
  }

  /** What does not fit into the window, or scrolls sideways. */
  async findWide() {
    return this.page.evaluate(() => {
      const describe = (element) => `${element.localName}.${[...element.classList].join(".")}`;
      const scrolls = [document.documentElement, ...document.querySelectorAll(".scroll, dialog, main")]
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
        .map((element) => `${describe(element)} is ${element.scrollWidth} of ${element.clientWidth} px wide`);
      const cut = [...document.querySelectorAll("button, a.button, .tab, label")]
        .filter(({ scrollWidth, clientWidth, offsetParent, textContent }) =>
          textContent.trim() && offsetParent && scrollWidth > clientWidth + 1)
        .map((element) => `${describe(element)} is cut: ${element.textContent}`);
      const squeezed = [...document.querySelectorAll("h1")]
        .filter(({ offsetParent, offsetWidth }) => offsetParent && offsetWidth < 60)
        .map((element) => `no room for ${element.textContent}`);
      return [...scrolls, ...cut, ...squeezed];
    });
  }

  async check(what) {
    assert.deepEqual(await this.findFaults(), [], what);
  }

  /** Layout shifts since the last time that no key or click of the user explains. */
  async takeShifts() {
    return this.page.evaluate(() => pageWatch.shifts.splice(0).map(
      ({ value, of }) => `moves by ${value}: ${of.join(", ")}`));
  }

  async checkShifts(what) {
    assert.deepEqual(await this.takeShifts(), [], what);
  }

  /** PICTURES/NAME.png */
  async picture(name) {
    await this.page.screenshot({ path: join(PICTURES, `${name}.png`) });
  }

  async close() {
    await this.context.close();
    assert.deepEqual(this.problems, [], "in the console");
  }
}
