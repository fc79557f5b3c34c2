// SPDX-License-Identifier: LGPL-2.1-or-later
/** HMAC and HKDF with SHA-512 (RFC 2104, RFC 5869): WebCrypto's would have to be waited for. */
import { concat } from "../base/bytes.js";
import { sha512 } from "../../vendor/noble.js";

const BLOCK_BYTES = 128;
const HASH_BYTES = 64;

/** @param {Uint8Array} key at most a block @param {Uint8Array} message */
export function hmac(key, message) {
  const block = new Uint8Array(BLOCK_BYTES);
  block.set(key);
  const inner = sha512(concat(block.map((byte) => byte ^ 0x36), message));
  return sha512(concat(block.map((byte) => byte ^ 0x5c), inner));
}

/** Without salt, as much as one hash gives.
 * @param {Uint8Array} secret @param {Uint8Array} info @param {number} length */
export function hkdf(secret, info, length) {
  const key = hmac(new Uint8Array(HASH_BYTES), secret);
  return hmac(key, concat(info, Uint8Array.of(1))).subarray(0, length);
}
