// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * What is heard and said: the microphone, which is open only in a call, the loudspeakers, which
 * of them, and whether we are muted, which a new connection and a reload leave as it was.
 */
import { Observable } from "../base/observable.js";
import { Tones } from "./tones.js";

const MUTED = "punchline.muted"; // in sessionStorage
const DEVICES = "punchline.devices"; // in localStorage
/** In the place of a device to ring on. */
export const SILENT = "silent";

/** @typedef {"input" | "output" | "ringer"} Use */

/** @returns {Record<Use, string>} */
function loadChoice() {
  const none = { input: "", output: "", ringer: "" };
  try {
    return { ...none, ...JSON.parse(localStorage.getItem(DEVICES) ?? "{}") };
  } catch {
    return none;
  }
}

class Audio extends Observable {
  muted = sessionStorage.getItem(MUTED) === "1";
  /** Why nobody hears us, as the browser calls it: `NotAllowedError`, `NotFoundError` ...; "". */
  problem = "";
  /** deviceIds, "" where the browser is to choose; those of devices that are gone stay. */
  choice = loadChoice();
  /** @type {MediaDeviceInfo[]} */ devices = [];
  canChooseOutput = "setSinkId" in HTMLMediaElement.prototype;
  /** @type {import("./box-link.js").BoxLink | null} */ #link = null;
  /** @type {MediaStreamTrack | null} */ #track = null;
  /** @type {WakeLockSentinel | null} */ #wakeLock = null;
  /** @type {Promise<void>} */ #opening = Promise.resolve();
  #element = new globalThis.Audio();
  ringer = new Tones();
  earpiece = new Tones();

  constructor() {
    super();
    navigator.mediaDevices?.addEventListener("devicechange", () => this.#onDevices());
    navigator.permissions?.query({ name: /** @type {any} */ ("microphone") }).then((status) => {
      status.onchange = () => status.state === "granted" && this.retry();
    }, () => {});
    const touches = ["pointerdown", "pointerup", "keydown"];
    const unlock = () => {
      this.#play();
      Promise.all([this.ringer.unlock(), this.earpiece.unlock()]).then(() => {
        for (const type of touches) removeEventListener(type, unlock, true);
      });
    };
    for (const type of touches) addEventListener(type, unlock, true);
    document.addEventListener("visibilitychange", () => this.#stayAwake());
    this.#onDevices();
  }

  // --- devices ---

  /** @param {Use} use */
  #kind(use) {
    return use === "input" ? "audioinput" : "audiooutput";
  }

  /** Those that there are, with names as far as the browser tells them. @param {Use} use */
  list(use) {
    return this.devices.filter(({ kind, deviceId, label }) =>
      kind === this.#kind(use) && label && deviceId !== "default" && deviceId !== "communications");
  }

  /** The device that is wanted, or "" when it is not there. @param {Use} use */
  #find(use) {
    const kind = this.#kind(use), wanted = this.choice[use];
    const found = this.devices.some((one) => one.kind === kind && one.deviceId === wanted);
    return found ? wanted : "";
  }

  /** @param {Use} use @param {string} device */
  choose(use, device) {
    this.choice = { ...this.choice, [use]: device };
    localStorage.setItem(DEVICES, JSON.stringify(this.choice));
    this.#route();
    if (use === "input") this.retry();
    this.changed();
  }

  async #onDevices() {
    this.devices = await navigator.mediaDevices?.enumerateDevices() ?? [];
    this.#route();
    const input = this.#find("input");
    if (this.#link && ((this.problem && this.problem !== "NotAllowedError")
                       || (input && this.#track?.getSettings().deviceId !== input)))
      this.retry();
    this.changed();
  }

  /** To the loudspeakers that are wanted. */
  #route() {
    const output = this.#find("output");
    this.earpiece.setDevice(output);
    this.ringer.setDevice(this.#find("ringer"));
    if (this.canChooseOutput && this.#element.sinkId !== output)
      this.#element.setSinkId(output).catch(() => {});
  }

  // --- a call ---

  /** Whose call it is; null: there is none. As often as one likes.
   * @param {import("./box-link.js").BoxLink | null} link */
  follow(link) {
    const stream = link?.remoteStream ?? null;
    if (this.#element.srcObject !== stream) this.#element.srcObject = stream;
    this.#play();
    if (this.#link === link) return;
    this.#setTrack(null);
    this.#link = link;
    this.#stayAwake();
    if (link) {
      this.retry();
    } else {
      this.#close();
      this.mute(false);
    }
  }

  /** A browser refuses it to a page that was not touched yet and does not listen. */
  #play() {
    const { srcObject, paused } = this.#element;
    if (srcObject && paused) this.#element.play().catch(() => {});
  }

  #close() {
    this.#track?.stop();
    this.#track = null;
    this.problem = "";
  }

  /** A connection that just ends takes none; the next one does. @param {MediaStreamTrack | null} track */
  async #setTrack(track) {
    await this.#link?.setTrack(track).catch(() => {});
  }

  /** The microphone anew: another one, or its user has thought better of it. */
  retry() {
    this.#opening = this.#opening.then(() => this.#open()).catch(() => {});
    return this.#opening;
  }

  async #open() {
    if (!this.#link) return;
    /** @type {MediaStreamTrack | null} */ let track = null;
    let problem = "";
    const device = this.#find("input");
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: {
        deviceId: device ? { exact: device } : undefined, echoCancellation: true, noiseSuppression: true,
        autoGainControl: true } });
      track = stream.getAudioTracks()[0];
    } catch (error) {
      problem = error instanceof DOMException ? error.name : "NotSupportedError";
    }
    await this.#use(track, problem);
  }

  /** @param {MediaStreamTrack | null} track @param {string} problem */
  async #use(track, problem) {
    const link = this.#link;
    this.#track?.stop();
    this.#track = link && track;
    this.problem = link ? problem : "";
    if (!link) {
      track?.stop();
    } else {
      if (track) {
        track.enabled = !this.muted;
        track.onended = () => this.#track === track && this.retry(); // unplugged
      }
      await this.#setTrack(track);
      this.#play();
      // Names are told from now on.
      if (track && !this.list("input").length) await this.#onDevices();
    }
    this.changed();
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.muted = muted;
    sessionStorage.setItem(MUTED, muted ? "1" : "");
    if (this.#track) this.#track.enabled = !muted;
    /** @type {any} */ (navigator.mediaSession)?.setMicrophoneActive?.(!muted);
    this.changed();
  }

  /** A screen that goes dark may take the microphone with it. */
  async #stayAwake() {
    const wanted = this.#link && !document.hidden;
    const lock = wanted ? await navigator.wakeLock?.request("screen").catch(() => null) : null;
    this.#wakeLock?.release();
    this.#wakeLock = lock ?? null;
    if (!this.#link) lock?.release(); // over meanwhile
  }
}

export const audio = new Audio();
