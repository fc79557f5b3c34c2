// SPDX-License-Identifier: LGPL-2.1-or-later
/** JSON-RPC 2.0 over a data channel (PROTOCOL.md section 4). We ask and are told; nobody asks
 * us. */
import { PunchlineError } from "../base/error.js";
import { MAX_RPC_CALLS, MAX_RPC_MESSAGE } from "../base/limits.js";

const TIMEOUT = 30000;
const NO_METHOD = -32601;

/** What the other end refused. */
export class RpcError extends PunchlineError {
  /** @param {string} message @param {string} reason of PROTOCOL.md's table, or "" */
  constructor(message, reason) {
    super("rpc", message);
    this.reason = reason;
  }
}

/**
 * @typedef {object} RpcOps
 * @property {(method: string, params: Record<string, any>) => void} notified
 * @property {() => void} closed once, last
 *
 * @typedef {object} Call
 * @property {(result: Record<string, any>) => void} resolve
 * @property {(error: Error) => void} reject
 * @property {ReturnType<typeof setTimeout>} timer
 */

/** @param {any} message @returns {Error} */
function toError({ message, data }) {
  return new RpcError(String(message), String(data?.reason ?? ""));
}

export class Rpc {
  #channel;
  #ops;
  #lastId = 0;
  /** @type {Map<number, Call>} */ #calls = new Map();
  /** Sent before the channel is open. @type {string[]} */ #early = [];

  /** @param {RTCDataChannel} channel @param {RpcOps} ops */
  constructor(channel, ops) {
    this.#channel = channel;
    this.#ops = ops;
    channel.onopen = () => this.#early.splice(0).forEach((text) => channel.send(text));
    channel.onmessage = ({ data }) => this.#feed(data);
    channel.onclose = () => this.#finish();
  }

  /** Rejects with an RpcError where it was refused.
   * @param {string} method @param {Record<string, unknown>} [params]
   * @returns {Promise<Record<string, any>>} */
  call(method, params = {}) {
    if (!["connecting", "open"].includes(this.#channel.readyState))
      return Promise.reject(new PunchlineError("closed", "the channel is closed"));
    if (this.#calls.size >= MAX_RPC_CALLS)
      return Promise.reject(new PunchlineError("limit", "too many requests have no answer yet"));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#calls.delete(id);
        reject(new PunchlineError("timeout", "no answer in time"));
      }, TIMEOUT);
      this.#calls.set(id, { resolve, reject, timer });
      this.#send({ jsonrpc: "2.0", id, method, params });
    });
  }

  /** @param {object} message */
  #send(message) {
    const text = JSON.stringify(message);
    if (this.#channel.readyState === "connecting") this.#early.push(text);
    else if (this.#channel.readyState === "open") this.#channel.send(text);
  }

  /** @param {unknown} data */
  #feed(data) {
    let message;
    try {
      message = typeof data === "string" && data.length <= MAX_RPC_MESSAGE && JSON.parse(data);
    } catch {
      // told below
    }
    if (message?.jsonrpc !== "2.0") {
      console.warn("json-rpc: not a message");
    } else if (typeof message.method === "string") {
      if (message.id === undefined) this.#ops.notified(message.method, message.params ?? {});
      else this.#send({ jsonrpc: "2.0", id: message.id,
                        error: { code: NO_METHOD, message: "no such method" } });
    } else {
      this.#settle(message);
    }
  }

  /** @param {any} message */
  #settle({ id, result, error }) {
    const call = this.#calls.get(id);
    if (!call) return;
    this.#calls.delete(id);
    clearTimeout(call.timer);
    if (error) call.reject(toError(error));
    else call.resolve(result ?? {});
  }

  #finish() {
    for (const { reject, timer } of this.#calls.values()) {
      clearTimeout(timer);
      reject(new PunchlineError("closed", "the channel was closed"));
    }
    this.#calls.clear();
    this.#channel.onclose = this.#channel.onmessage = null;
    this.#ops.closed();
  }
}
