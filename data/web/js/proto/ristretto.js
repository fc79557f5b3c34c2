// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * ristretto255 (RFC 9496 section 4) on noble's points of edwards25519. Names follow the RFC.
 * BigInt takes a time that depends on the numbers: see cpace.js on why that does no harm there.
 */
import { PunchlineError } from "../base/error.js";
import { Point } from "../../vendor/noble.js";

const { p, d, n } = Point.CURVE();
const ELEMENT_BYTES = 32;
const LOW_255 = (1n << 255n) - 1n;

/** The group's order. */
export const ORDER = n;

/** @typedef {import("../../vendor/noble.js").EdwardsPoint} Element */

/** @param {bigint} value */
function mod(value) {
  const rest = value % p;
  return rest < 0n ? rest + p : rest;
}

/** @param {bigint} base @param {bigint} exponent */
function power(base, exponent) {
  let result = 1n;
  for (; exponent; exponent >>= 1n) {
    if (exponent & 1n) result = mod(result * base);
    base = mod(base * base);
  }
  return result;
}

const SQRT_M1 = power(2n, (p - 1n) / 4n);

/** The RFC's sign of a field element: whether it is odd. @param {bigint} value */
const isNegative = (value) => (mod(value) & 1n) === 1n;
/** @param {bigint} value */
const abs = (value) => mod(isNegative(value) ? -value : value);

/** SQRT_RATIO_M1(u, v). @param {bigint} u @param {bigint} v
 * @returns {[boolean, bigint]} whether u/v is a square, and its root or that of SQRT_M1 * u/v */
function sqrtRatio(u, v) {
  const v3 = v * v * v, v7 = mod(v3 * v3 * v);
  const r = mod(u * v3 * power(mod(u * v7), (p - 5n) / 8n));
  const check = mod(v * r * r);
  const flipped = check === mod(-u);
  const turned = flipped || check === mod(-u * SQRT_M1);
  return [flipped || check === mod(u), abs(turned ? r * SQRT_M1 : r)];
}

// The RFC takes the odd one of the two roots.
const SQRT_AD_MINUS_ONE = mod(-sqrtRatio(-d - 1n, 1n)[1]);
const INVSQRT_A_MINUS_D = sqrtRatio(1n, -1n - d)[1];

/** Little endian. @param {Uint8Array} bytes */
export function toNumber(bytes) {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** 4.3.1; throws where it is no element. @param {Uint8Array} bytes @returns {Element} */
export function decode(bytes) {
  const s = toNumber(bytes);
  const u1 = mod(1n - s * s), u2 = mod(1n + s * s), u2Squared = mod(u2 * u2);
  const v = mod(-d * u1 * u1 - u2Squared);
  const [isSquare, inverse] = sqrtRatio(1n, v * u2Squared);
  const x = abs(2n * s * inverse * u2), y = mod(u1 * inverse * inverse * u2 * v);
  const t = mod(x * y);
  if (bytes.length !== ELEMENT_BYTES || s >= p || isNegative(s) || !isSquare || isNegative(t) || !y)
    throw new PunchlineError("invalid", "key exchange: the share is not a valid group element");
  return new Point(x, y, 1n, t);
}

/** 4.3.2. @param {Element} element @returns {Uint8Array<ArrayBuffer>} */
export function encode({ X, Y, Z, T }) {
  const u1 = mod((Z + Y) * (Z - Y)), u2 = mod(X * Y);
  const inverse = sqrtRatio(1n, mod(u1 * u2 * u2))[1];
  const den1 = mod(inverse * u1), den2 = mod(inverse * u2);
  const zInverse = mod(den1 * den2 * T);
  const rotate = isNegative(T * zInverse);
  const x = rotate ? Y * SQRT_M1 : X, y = rotate ? X * SQRT_M1 : Y;
  const s = abs((rotate ? den1 * INVSQRT_A_MINUS_D : den2) * (Z - (isNegative(x * zInverse) ? -y : y)));
  return Uint8Array.from({ length: ELEMENT_BYTES },
                         (_, i) => Number((s >> BigInt(8 * i)) & 0xffn));
}

/** MAP of 4.3.4. @param {Uint8Array} bytes */
function map(bytes) {
  const t = toNumber(bytes) & LOW_255;
  const r = mod(SQRT_M1 * t * t);
  const u = mod((r + 1n) * (1n - d * d)), v = mod((-1n - r * d) * (r + d));
  const [isSquare, root] = sqrtRatio(u, v);
  const s = isSquare ? root : -abs(root * t);
  const n = mod((isSquare ? -1n : r) * (r - 1n) * (d - 1n) * (d - 1n) - v);
  const w0 = 2n * s * v, w1 = n * SQRT_AD_MINUS_ONE, w2 = 1n - s * s, w3 = 1n + s * s;
  return new Point(mod(w0 * w3), mod(w2 * w1), mod(w1 * w3), mod(w0 * w2));
}

/** The one-way map of 64 uniform bytes. @param {Uint8Array} bytes @returns {Element} */
export function fromUniform(bytes) {
  return map(bytes.subarray(0, ELEMENT_BYTES)).add(map(bytes.subarray(ELEMENT_BYTES)));
}
