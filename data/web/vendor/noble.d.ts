// SPDX-License-Identifier: LGPL-2.1-or-later
// Of noble.js, what the modules under js/ use: for `tsc --noEmit` alone, no browser loads it.

/** A point of edwards25519 in extended coordinates, each from 0 to p. */
export interface EdwardsPoint {
  readonly X: bigint;
  readonly Y: bigint;
  readonly Z: bigint;
  readonly T: bigint;
  add(other: EdwardsPoint): EdwardsPoint;
  /** From 1 to n. */
  multiply(scalar: bigint): EdwardsPoint;
}
export const Point: {
  new (X: bigint, Y: bigint, Z: bigint, T: bigint): EdwardsPoint;
  BASE: EdwardsPoint;
  CURVE(): { p: bigint; n: bigint; d: bigint };
};

export function sha512(message: Uint8Array): Uint8Array;
export function blake2b(message: Uint8Array, options: { dkLen: number }): Uint8Array;
/** t: passes, m: KiB, p: lanes. */
export function argon2idAsync(
  password: Uint8Array, salt: Uint8Array,
  options: { t: number; m: number; p: number; dkLen: number },
): Promise<Uint8Array>;
/** decrypt() throws where the tag is wrong. */
export function xchacha20poly1305(
  key: Uint8Array, nonce: Uint8Array, associatedData?: Uint8Array,
): { encrypt(plain: Uint8Array): Uint8Array; decrypt(sealed: Uint8Array): Uint8Array };
