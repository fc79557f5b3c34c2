// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * Why something did not come about:
 * - `bad-code`: what was typed is no code
 * - `wrong-code`: the other end has another code
 * - `burned`: the code was guessed too often
 * - `no-code`: nobody waits with this code
 * - `no-peer`: the other end is not there (any more)
 * - `refused`: the server said no
 * - `unreachable`: no path, to the server or to the other end
 * - `lost`: the connection is gone; `closed`: the other end closed it
 * - `invalid`: somebody broke the protocol; `limit`: too much of something
 * - `unsupported`: this browser, or the other end, is too old
 * - `timeout`: no answer in time; `rpc`: the box said no
 * @typedef {"bad-code" | "wrong-code" | "burned" | "no-code" | "no-peer" | "refused"
 *   | "unreachable" | "lost" | "closed" | "invalid" | "limit" | "unsupported" | "timeout"
 *   | "rpc"} ErrorCode
 */

export class PunchlineError extends Error {
  /** @param {ErrorCode} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.name = "PunchlineError";
    this.code = code;
  }
}

/** Whatever was thrown, as one of ours. @param {unknown} error @param {ErrorCode} code */
export function asError(error, code) {
  if (error instanceof PunchlineError) return error;
  return new PunchlineError(code, error instanceof Error ? error.message : String(error));
}
