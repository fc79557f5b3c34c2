// SPDX-License-Identifier: LGPL-2.1-or-later
/* What data/web/vendor/noble.js has of the noble packages. */
export { Point } from "@noble/ed25519";
export { sha512 } from "@noble/hashes/sha2.js";
export { blake2b } from "@noble/hashes/blake2.js";
export { argon2idAsync } from "@noble/hashes/argon2.js";
export { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
