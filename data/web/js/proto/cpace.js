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
import { hmac, ristretto255, ristretto255_hasher, sha512 } from "../../vendor/noble.js";

const DSI = encodeUtf8("CPaceRistretto255");
const DSI_ISK = encodeUtf8("CPaceRistretto255_ISK");
const MAC_DSI = encodeUtf8("CPaceMac");
const SHA512_BLOCK = 128;
const SCALAR_BYTES = 32;
const ORDER = ristretto255.Point.Fn.ORDER;
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

/** Little endian, below the group's order. @param {Uint8Array} bytes */
function toScalar(bytes) {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  return value % ORDER;
}

function randomScalar() {
  for (;;) {
    const scalar = toScalar(randomBytes(2 * SCALAR_BYTES)); // twice the bytes: no bias
    if (scalar) return scalar;
  }
}

/** K, checked: throws where the share does not decode or the product is the identity.
 * @param {bigint} scalar @param {Uint8Array} share */
function scalarMultVfy(scalar, share) {
  try {
    const k = ristretto255.Point.fromBytes(share).multiply(scalar);
    if (!k.is0()) return k.toBytes();
  } catch {
    // told below
  }
  throw new PunchlineError("invalid", "key exchange: the share is not a valid group element");
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
    this.#scalar = scalar ? toScalar(scalar) : randomScalar();
    const string = generatorString(encodeUtf8(input.password), input.ci, this.#sid);
    const generator = ristretto255_hasher.deriveToCurve(sha512(string));
    /** @readonly @type {Uint8Array} */
    this.share = generator.multiply(this.#scalar).toBytes();
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
    return hmac(sha512, key, lvCat(message.share, message.ad));
  }
}
