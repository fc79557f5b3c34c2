// SPDX-License-Identifier: LGPL-2.1-or-later
/** The envelopes of PROTOCOL.md section 2. */
import { concat, decodeUtf8, encodeUtf8, Reader } from "../base/bytes.js";
import { PunchlineError } from "../base/error.js";
import { MAX_ENVELOPE } from "../base/limits.js";
import { xchacha20poly1305 } from "../../vendor/noble.js";
import { lvCat } from "./cpace.js";
import { hkdf } from "./hmac.js";

const CONTEXT = encodeUtf8("punchline.v1 seal");
const KEY_BYTES = 32;
const NONCE_BYTES = 24;
const TAG_BYTES = 16;
const COUNTER_BYTES = 8;
const STEP = 1024;

/** @param {bigint} counter */
function encodeCounter(counter) {
  const bytes = new Uint8Array(COUNTER_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, counter);
  return bytes;
}

/** One way: the key, and the share of who sends. */
class Direction {
  /** @param {Uint8Array} isk @param {Uint8Array} share @param {string} room */
  constructor(isk, share, room) {
    this.share = share;
    this.room = encodeUtf8(room);
    this.key = hkdf(isk, concat(CONTEXT, share), KEY_BYTES);
    this.counter = 0n; // of the last envelope
  }

  /** A key lives for one conversation, so the counter alone makes the nonce unique.
   * @param {bigint} counter */
  cipher(counter) {
    const encoded = encodeCounter(counter);
    const nonce = concat(new Uint8Array(NONCE_BYTES - COUNTER_BYTES), encoded);
    return xchacha20poly1305(this.key, nonce, lvCat(CONTEXT, this.room, this.share, encoded));
  }
}

/** @param {string} what */
function broken(what) {
  return new PunchlineError("invalid", `sealed message: ${what}`);
}

/** A byte 0x80 and zeros up to the next multiple of STEP. @param {Uint8Array} plain */
function pad(plain) {
  const padded = new Uint8Array((Math.floor(plain.length / STEP) + 1) * STEP);
  padded.set(plain);
  padded[plain.length] = 0x80;
  return padded;
}

/** @param {Uint8Array} padded */
function unpad(padded) {
  const end = padded.lastIndexOf(0x80);
  const filled = end >= padded.length - STEP && padded.subarray(end + 1).every((b) => b === 0);
  if (end < 0 || !filled) throw broken("its padding is wrong");
  return decodeUtf8(padded.subarray(0, end));
}

export class Seal {
  #out;
  #in;
  #broken = false;

  /** @param {{ isk: Uint8Array, room: string, ownShare: Uint8Array, remoteShare: Uint8Array }}
   *   config */
  constructor(config) {
    this.#out = new Direction(config.isk, config.ownShare, config.room);
    this.#in = new Direction(config.isk, config.remoteShare, config.room);
  }

  /** @param {string} text */
  close(text) {
    const plain = pad(encodeUtf8(text));
    const base64 = Math.ceil((1 + COUNTER_BYTES + plain.length + TAG_BYTES) / 3) * 4;
    if (base64 > MAX_ENVELOPE)
      throw new PunchlineError("limit", "the message does not fit into an envelope");
    const counter = ++this.#out.counter;
    return concat(encodeCounter(counter), this.#out.cipher(counter).encrypt(plain));
  }

  /** The text; null where this one was seen before. Throws where the conversation is broken,
   * for good. @param {Uint8Array} envelope @returns {string | null} */
  open(envelope) {
    if (this.#broken) throw broken("the conversation broke before");
    try {
      return this.#open(envelope);
    } catch (error) {
      this.#broken = true;
      throw error instanceof PunchlineError ? error : broken("it was changed on the way");
    }
  }

  /** @param {Uint8Array} envelope */
  #open(envelope) {
    const reader = new Reader(envelope);
    const counter = new DataView(reader.bytes(COUNTER_BYTES).buffer).getBigUint64(0);
    const size = reader.left - TAG_BYTES;
    if (reader.failed || size <= 0 || size % STEP) throw broken("the envelope has a wrong size");
    if (counter <= this.#in.counter) return null;
    if (counter !== this.#in.counter + 1n) throw broken("one before it is missing");
    const text = unpad(this.#in.cipher(counter).decrypt(reader.bytes(reader.left)));
    this.#in.counter = counter;
    return text;
  }
}
