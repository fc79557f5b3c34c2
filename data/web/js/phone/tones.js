// SPDX-License-Identifier: LGPL-2.1-or-later
/** What the phone itself lets be heard, made of sine waves: no file, no timer. */

const RATE = 16000;
/** Against clicks. */
const EDGE = 0.008;

/**
 * @typedef {object} Sound
 * @property {number} seconds then it begins anew, if it is one that does
 * @property {boolean} loop
 * @property {number} level 0 to 1
 * @property {number} decay how fast a note dies away, as of a bell; 0: not at all
 * @property {number[][]} notes from, to (seconds), and what sounds together (Hz)
 */

/** @param {number[][]} notes @returns {Sound} */
const bell = (notes) => ({ seconds: 3, loop: true, level: 0.5, decay: 3.5, notes });
/** @param {number} seconds @param {number} on @param {number} level @returns {Sound} */
const network = (seconds, on, level) => ({ seconds, loop: true, level, decay: 0,
                                           notes: [[0, on, 425]] });

/** As networks in most of Europe make them (ITU-T E.180, supplement 2). */
export const RINGBACK = network(5, 1, 0.15), BUSY = network(0.96, 0.48, 0.15);
export const RING = bell([[0, 0.9, 659, 1318], [0.18, 1.1, 784, 1568], [0.36, 1.8, 988, 1976],
                          [1, 1.9, 784, 1568], [1.18, 2.8, 988, 1976]]);
/** Somebody calls while one talks. */
export const KNOCK = { ...bell([[0, 0.3, 784], [0.25, 0.7, 784]]), seconds: 4, level: 0.12 };

const ROWS = [697, 770, 852, 941], COLUMNS = [1209, 1336, 1477];

/** The two tones of a key (ITU-T Q.23), softly. @param {string} key @returns {Sound} */
export function keySound(key) {
  const at = "123456789*0#".indexOf(key);
  return { seconds: 0.12, loop: false, level: 0.08, decay: 0,
           notes: [[0, 0.12, ROWS[Math.floor(at / 3)], COLUMNS[at % 3]]] };
}

/** @param {Sound} sound */
function makeBuffer({ seconds, level, decay, notes }) {
  const buffer = new AudioBuffer({ length: seconds * RATE, sampleRate: RATE });
  const samples = buffer.getChannelData(0);
  for (const [from, to, ...pitches] of notes)
    for (let n = Math.floor(from * RATE); n < to * RATE; n++) {
      const t = n / RATE - from;
      const shape = Math.min(1, t / EDGE, (to - from - t) / EDGE) * Math.exp(-decay * t);
      const wave = pitches.reduce((sum, hertz) => sum + Math.sin(2 * Math.PI * hertz * t), 0);
      samples[n] += level * shape * wave / pitches.length;
    }
  return buffer;
}

/** One loudspeaker; what is played takes the place of what was. */
export class Tones {
  /** @type {AudioContext | null} */ #context = null;
  /** @type {AudioBufferSourceNode | null} */ #source = null;
  /** @type {Sound | null} */ #playing = null;
  #device = "";

  /** A browser lets a page be heard when its user has touched it. */
  unlock() {
    this.#context ??= new AudioContext();
    this.#setSink();
    return this.#context.resume();
  }

  /** @param {string} device its deviceId; "": the usual one */
  setDevice(device) {
    this.#device = device;
    this.#setSink();
  }

  #setSink() {
    // Not in every browser; and a device may just have gone.
    const context = /** @type {any} */ (this.#context);
    if (context && context.sinkId !== this.#device)
      context.setSinkId?.(this.#device)?.catch(() => {});
  }

  /** @param {Sound | null} sound null: no more of what goes on and on */
  play(sound) {
    if (sound ? sound.loop && this.#playing === sound : !this.#playing?.loop) return;
    this.#source?.stop();
    this.#source = null;
    this.#playing = sound;
    if (!sound) return;
    this.unlock();
    if (!this.#context) return;
    const source = new AudioBufferSourceNode(this.#context, { buffer: makeBuffer(sound),
                                                              loop: sound.loop });
    source.connect(this.#context.destination);
    source.start();
    this.#source = source;
  }
}
