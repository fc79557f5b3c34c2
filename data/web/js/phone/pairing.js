// SPDX-License-Identifier: LGPL-2.1-or-later
/** Pairing with a box (PROTOCOL.md, "Pairing"): identities are exchanged, both ends keep them. */
import { PunchlineError } from "../base/error.js";
import { parseCode } from "../proto/code.js";
import { isPublicIdentity } from "../proto/identity.js";
import { Rpc } from "../stream/rpc.js";
import { Session } from "./session.js";
import { forgetBox, loadIdentity, saveBox } from "./store.js";

const PROTOCOL = "punchline.pair.1";
/** A box is there before its code is typed: who is alone has a code that was used. */
const PATIENCE = 20000;

/**
 * @typedef {object} PairingConfig
 * @property {string} signalingUrl
 * @property {string} code as it was typed
 * @property {string} name what this browser is to be called
 */

/** @param {Record<string, any>} answer @param {string} signaling
 * @returns {import("./store.js").Box} */
function readBox(answer, signaling) {
  const { identity, box, rights, client } = answer;
  if (!isPublicIdentity(identity) || typeof box !== "string")
    throw new PunchlineError("invalid", "the box's answer makes no sense");
  return { name: box, identity, signaling, rights: String(rights ?? ""),
           client: String(client ?? "") };
}

/** @param {Rpc} rpc @param {PairingConfig} config @param {string} identity */
async function exchange(rpc, config, identity) {
  const answer = await rpc.call("pair.join", { identity, name: config.name });
  const box = readBox(answer, config.signalingUrl);
  await saveBox(box);
  try {
    await rpc.call("pair.done");
  } catch (error) {
    await forgetBox(box);
    throw error;
  }
  return box;
}

/** The box that made the code, kept. @param {PairingConfig} config
 * @returns {Promise<import("./store.js").Box>} */
export async function pair(config) {
  const [code, identity] = await Promise.all([parseCode(config.code), loadIdentity()]);
  const { signalingUrl, name } = config;
  return new Promise((resolve, reject) => {
    /** @type {Promise<import("./store.js").Box> | null} */
    let exchanged = null;
    /** @type {Rpc} */
    let rpc;
    const session = new Session({ signalingUrl, code, name, audio: false }, {
      peer: (peer) => {
        rpc = new Rpc(peer.openChannel("pair", PROTOCOL), { notified() {}, closed() {} });
      },
      open: () => {
        exchanged = exchange(rpc, config, identity.publicText);
        exchanged.catch(() => {}).finally(() => session.close());
      },
      ended: (reason) => {
        clearTimeout(timer);
        if (exchanged) resolve(exchanged);
        else reject(reason ?? new PunchlineError("no-peer", "the box does not answer"));
      },
    });
    const timer = setTimeout(() => exchanged || session.close(), PATIENCE);
    session.start();
  });
}
