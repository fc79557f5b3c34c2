// SPDX-License-Identifier: LGPL-2.1-or-later
// Of noble.js, what the modules under js/ use: for `tsc --noEmit` alone, no browser loads it.

/** 32 bytes when encoded; BigInt inside. */
export interface RistrettoPoint {
  multiply(scalar: bigint): RistrettoPoint;
  is0(): boolean;
  toBytes(): Uint8Array;
}
export const ristretto255: {
  Point: { Fn: { ORDER: bigint }; fromBytes(bytes: Uint8Array): RistrettoPoint };
};
/** RFC 9496 section 4.3.4, of 64 uniform bytes. */
export const ristretto255_hasher: { deriveToCurve(bytes: Uint8Array): RistrettoPoint };

export type Hash = { (message: Uint8Array): Uint8Array };
export const sha512: Hash;
export function hmac(hash: Hash, key: Uint8Array, message: Uint8Array): Uint8Array;
export function hkdf(
  hash: Hash, secret: Uint8Array, salt: Uint8Array | undefined, info: Uint8Array, length: number,
): Uint8Array;
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
