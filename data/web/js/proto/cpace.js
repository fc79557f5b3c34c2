// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * CPACE-RISTR255-SHA512 of draft-irtf-cfrg-cpace-21 without roles, as PROTOCOL.md section 2 has
 * it. Names follow the draft: PRS is the password, CI, sid, K, ISK.
 *
 * BigInt arithmetic takes a time that depends on the numbers. A scalar is random and used for
 * one exchange only, so there is nothing to learn from a second measurement.
 */
import { compare, concat, encodeUtf8, randomBytes } from "../base/bytes.js";
import { PunchlineError } from "../base/error.js";
import { hmac } from "./hmac.js";
import { decode, encode, fromUniform, ORDER, toNumber } from "./ristretto.js";
import { sha512 } from "../../vendor/noble.js";

const DSI = encodeUtf8("CPaceRistretto255");
const DSI_ISK = encodeUtf8("CPaceRistretto255_ISK");
const MAC_DSI = encodeUtf8("CPaceMac");
const SHA512_BLOCK = 128;
const SCALAR_BYTES = 32;
const NOTHING = new Uint8Array(0);

/** @typedef {{ share: Uint8Array, ad: Uint8Array }} Message */

/** Each with its length in LEB128 before it. @param {...Uint8Array} parts */
export function lvCat(...parts) {
  return concat(...parts.flatMap((part) => {
    const length = [];
    let rest = part.length;
    do {
      length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
      rest >>= 7;
    } while (rest);
    return [Uint8Array.from(length), part];
  }));
}

/** @param {Uint8Array} password @param {Uint8Array} ci @param {Uint8Array} sid */
export function generatorString(password, ci, sid) {
  const used = lvCat(DSI, password).length + 1;
  // The padding fills the first block, so that the time to hash does not tell of the password.
  const zeros = new Uint8Array(Math.max(0, SHA512_BLOCK - used));
  return lvCat(DSI, password, zeros, ci, sid);
}

/** @param {Message} a @param {Message} b */
export function transcript(a, b) {
  const lvs = [lvCat(a.share, a.ad), lvCat(b.share, b.ad)].sort((x, y) => compare(y, x));
  return concat(encodeUtf8("oc"), ...lvs);
}

function randomScalar() {
  for (;;) {
    const scalar = toNumber(randomBytes(2 * SCALAR_BYTES)) % ORDER; // twice the bytes: no bias
    if (scalar) return scalar;
  }
}

/** K, checked: throws where the share does not decode or the product is the identity.
 * @param {bigint} scalar @param {Uint8Array} share */
function scalarMultVfy(scalar, share) {
  const k = encode(decode(share).multiply(scalar));
  if (k.every((byte) => byte === 0))
    throw new PunchlineError("invalid", "key exchange: the share is the group's identity");
  return k;
}

export class Cpace {
  /** @type {bigint} */ #scalar;
  /** @type {Uint8Array} */ #sid;

  /**
   * @param {{ password: string, ci: Uint8Array, sid?: Uint8Array }} input
   * @param {Uint8Array} [scalar] 32 bytes, little endian, for test vectors only
   */
  constructor(input, scalar) {
    this.#sid = input.sid ?? NOTHING;
    this.#scalar = scalar ? toNumber(scalar) % ORDER : randomScalar();
    const string = generatorString(encodeUtf8(input.password), input.ci, this.#sid);
    /** @readonly @type {Uint8Array} */
    this.share = encode(fromUniform(sha512(string)).multiply(this.#scalar));
    /** Of finish(). @type {Uint8Array} */
    this.isk = NOTHING;
  }

  /** Takes the other end's message; throws where no key comes of it.
   * @param {Uint8Array} ownAd @param {Message} remote */
  finish(ownAd, remote) {
    if (compare(remote.share, this.share) === 0)
      throw new PunchlineError("invalid", "key exchange: our own share came back");
    const k = scalarMultVfy(this.#scalar, remote.share);
    this.#scalar = 0n;
    const both = transcript({ share: this.share, ad: ownAd }, remote);
    this.isk = sha512(concat(lvCat(DSI_ISK, this.#sid, k), both));
  }

  /** The confirmation of whoever sent this message. @param {Message} message */
  makeTag(message) {
    const key = sha512(concat(MAC_DSI, this.#sid, this.isk));
    return hmac(key, lvCat(message.share, message.ad));
  }
}
