// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * Identities (PROTOCOL.md, "Identities"), of WebCrypto's keys: the private ones cannot be read by
 * any script, only used, and IndexedDB keeps them as they are.
 */
import { fromBase64, toBase64 } from "../base/bytes.js";
import { PunchlineError } from "../base/error.js";

const KEY_BYTES = 32;
const PUBLIC = /^ed25519:([A-Za-z0-9+/]{43}=) x25519:([A-Za-z0-9+/]{43}=)$/;

/**
 * @typedef {object} Identity
 * @property {CryptoKey} sign Ed25519, private
 * @property {CryptoKey} agree X25519, private
 * @property {string} publicText "ed25519:KEY x25519:KEY", as others know it
 */

/** The X25519 key of a public identity, or null.
 * @param {string} text @returns {Uint8Array<ArrayBuffer> | null} */
function parsePublic(text) {
  const found = PUBLIC.exec(text);
  const sign = found && fromBase64(found[1]), agree = found && fromBase64(found[2]);
  return sign?.length === KEY_BYTES && agree?.length === KEY_BYTES ? agree : null;
}

/** @param {unknown} text @returns {text is string} */
export function isPublicIdentity(text) {
  return typeof text === "string" && parsePublic(text) !== null;
}

/** Rejects with `unsupported` in a browser that has no such keys. @returns {Promise<Identity>} */
export async function makeIdentity() {
  try {
    const sign = await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
    const agree = await crypto.subtle.generateKey({ name: "X25519" }, false, ["deriveBits"]);
    if (!("privateKey" in sign) || !("privateKey" in agree)) throw new Error("no key pairs");
    const raw = await Promise.all(
      [sign, agree].map(({ publicKey }) => crypto.subtle.exportKey("raw", publicKey)));
    const text = raw.map((key) => toBase64(new Uint8Array(key)));
    return {
      sign: sign.privateKey,
      agree: agree.privateKey,
      publicText: `ed25519:${text[0]} x25519:${text[1]}`,
    };
  } catch (error) {
    throw new PunchlineError("unsupported", "this browser is too old: it cannot make the keys of " +
                             `an identity (Ed25519, X25519): ${error}`);
  }
}

/** The secret that only the two can know, for pairedCode(). Rejects with `invalid` where there
 * is none.
 * @param {CryptoKey} agree ours @param {string} remotePublic */
export async function agreeWith(agree, remotePublic) {
  const raw = parsePublic(remotePublic);
  try {
    if (!raw) throw new Error("not an identity");
    const key = await crypto.subtle.importKey("raw", raw, { name: "X25519" }, true, []);
    // Refuses points of small order: their product is zero (RFC 7748 section 6.1).
    return new Uint8Array(await crypto.subtle.deriveBits(
      { name: "X25519", public: key }, agree, 8 * KEY_BYTES));
  } catch {
    throw new PunchlineError("invalid", "public identity: expected 'ed25519:KEY x25519:KEY'");
  }
}
