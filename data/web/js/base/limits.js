// SPDX-License-Identifier: LGPL-2.1-or-later
/** As in src/base/limits.h: what a remote can make us keep. */

export const MAX_SIGNAL_MESSAGE = 64 * 1024;
export const MAX_ENVELOPE = 60 * 1024; // base64 characters of one sealed body
export const MAX_PENDING_REQUESTS = 256;
export const MAX_MEMBER_NAME = 64; // bytes of UTF-8
export const MAX_WRONG_GUESSES = 3;
export const MAX_CODE = 128;
export const MIN_IDENTIFIER = 10;
export const MAX_SDP = 32 * 1024;
export const MAX_CANDIDATE_LINE = 512;
export const MAX_CANDIDATES = 64; // of one remote, beyond that they are ignored
export const MAX_RPC_MESSAGE = 64 * 1024;
export const MAX_RPC_CALLS = 64; // of ours without an answer
