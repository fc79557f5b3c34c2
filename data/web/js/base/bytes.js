// SPDX-License-Identifier: LGPL-2.1-or-later
/** Bytes and the texts that they travel as. */

const encoder = new TextEncoder();
// A byte order mark is a character like any other here.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
/** What String.fromCharCode takes as arguments in any browser. */
const PIECE = 0x8000;

/** @param {string} text @returns {Uint8Array<ArrayBuffer>} */
export function encodeUtf8(text) {
  return new Uint8Array(encoder.encode(text));
}

/** Throws where it is not UTF-8. @param {Uint8Array} bytes */
export function decodeUtf8(bytes) {
  return decoder.decode(bytes);
}

/** @param {...Uint8Array} parts @returns {Uint8Array<ArrayBuffer>} */
export function concat(...parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** RFC 4648 section 4, padded. @param {Uint8Array} bytes */
export function toBase64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE)
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(text);
}

/** The same back; null for anything that toBase64() would not have written.
 * @param {string} text @returns {Uint8Array<ArrayBuffer> | null} */
export function fromBase64(text) {
  if (text.length % 4 || !BASE64.test(text)) return null;
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return toBase64(bytes) === text ? bytes : null;
}

/** @param {Uint8Array} bytes */
export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** RFC 4648 in lower case, without padding. @param {Uint8Array} bytes */
export function toBase32(bytes) {
  let out = "", bits = 0, value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) out += BASE32[(value >> (bits - 5)) & 31];
  }
  return bits ? out + BASE32[(value << (5 - bits)) & 31] : out;
}

/** Lexicographic order: below, at or above 0. @param {Uint8Array} a @param {Uint8Array} b */
export function compare(a, b) {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++)
    if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

/** In a time that does not tell where they differ. @param {Uint8Array} a @param {Uint8Array} b */
export function isSame(a, b) {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length && i < b.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}

/** @param {number} length */
export function randomBytes(length) {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** Reads untrusted bytes; what is not there makes `failed` true and reads as zeros. */
export class Reader {
  /** @param {Uint8Array} data */
  constructor(data) {
    this.data = data;
    this.at = 0;
    this.failed = false;
  }

  get left() {
    return this.data.length - this.at;
  }

  /** A copy. @param {number} length */
  bytes(length) {
    if (length > this.left) {
      this.failed = true;
      this.at = this.data.length;
      return new Uint8Array(length);
    }
    this.at += length;
    return new Uint8Array(this.data.slice(this.at - length, this.at));
  }

  byte() {
    return this.bytes(1)[0];
  }

  /** A length byte and so many bytes of UTF-8 without NUL. */
  shortText() {
    const bytes = this.bytes(this.byte());
    try {
      if (!bytes.includes(0)) return decodeUtf8(bytes);
    } catch {
      // told below
    }
    this.failed = true;
    return "";
  }
}
