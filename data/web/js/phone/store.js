// SPDX-License-Identifier: LGPL-2.1-or-later
/** What this browser keeps, in IndexedDB: its identity, its boxes, and what they said last. */
import { makeIdentity } from "../proto/identity.js";

const DATABASE = "punchline";
const VERSION = 2;
const KEYS = "keys", BOXES = "boxes", KEPT = "kept", OUTBOX = "outbox";
const IDENTITY = "identity";

/**
 * @typedef {object} Box
 * @property {string} name
 * @property {string} identity its public one
 * @property {string} signaling URL of its server
 * @property {string} rights ours
 * @property {string} client our name in its list
 * @property {number} [seen] when it was connected last, ms since 1970
 *
 * @typedef {object} Outgoing a text that the box does not have yet
 * @property {number} [at] its place in the row
 * @property {string} box identity
 * @property {string} id the same each time it is sent
 * @property {string} number
 * @property {string} text
 * @property {string} time
 * @property {string} [refused] why the box did not want it
 */

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** What was written is on the disk when this resolves.
 * @param {(store: IDBObjectStore) => IDBRequest} work @param {string} name
 * @param {IDBTransactionMode} mode */
async function withStore(work, name, mode) {
  const opening = indexedDB.open(DATABASE, VERSION);
  opening.onupgradeneeded = ({ oldVersion }) => {
    if (oldVersion < 1) {
      opening.result.createObjectStore(KEYS);
      opening.result.createObjectStore(BOXES, { keyPath: "identity" });
    }
    opening.result.createObjectStore(KEPT);
    opening.result.createObjectStore(OUTBOX, { keyPath: "at", autoIncrement: true });
  };
  const database = await done(opening);
  try {
    const transaction = database.transaction(name, mode, { durability: "strict" });
    const complete = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const [result] = await Promise.all([done(work(transaction.objectStore(name))), complete]);
    return result;
  } finally {
    database.close();
  }
}

/** This browser's identity; made the first time. Another tab may make one in the same moment:
 * the first that is kept is it. @returns {Promise<import("../proto/identity.js").Identity>} */
export async function loadIdentity() {
  const load = () => withStore((store) => store.get(IDENTITY), KEYS, "readonly");
  const kept = await load();
  if (kept) return kept;
  const made = await makeIdentity();
  try {
    await withStore((store) => store.add(made, IDENTITY), KEYS, "readwrite");
    return made;
  } catch {
    return load();
  }
}

/** @returns {Promise<Box[]>} */
export function listBoxes() {
  return withStore((store) => store.getAll(), BOXES, "readonly");
}

/** In the place of what was known of it before. @param {Box} box */
export function saveBox(box) {
  return withStore((store) => store.put(box), BOXES, "readwrite");
}

/** Where it is still known: another tab may have forgotten it. @param {Box} box */
export function updateBox(box) {
  return withStore((store) => {
    const finding = store.openCursor(box.identity);
    finding.addEventListener("success", () => finding.result?.update(box));
    return finding;
  }, BOXES, "readwrite");
}

/** And what it said. @param {Box} box */
export async function forgetBox(box) {
  await withStore((store) => store.delete(box.identity), BOXES, "readwrite");
  const all = IDBKeyRange.bound([box.identity], [box.identity, []]); // an array is above any text
  await withStore((store) => store.delete(all), KEPT, "readwrite");
  for (const { at } of await listOutgoing(box)) await removeOutgoing(at);
}

/** What a part of a box's model showed last, to be shown while the box is away.
 * @param {Box} box @param {string} part @returns {Promise<any>} undefined: nothing yet */
export function loadKept(box, part) {
  return withStore((store) => store.get([box.identity, part]), KEPT, "readonly");
}

/** @param {Box} box @param {string} part @param {unknown} value plain data */
export function saveKept(box, part, value) {
  return withStore((store) => store.put(value, [box.identity, part]), KEPT, "readwrite");
}

/** In the order in which they were written.
 * @param {Box} box @returns {Promise<(Outgoing & { at: number })[]>} */
export async function listOutgoing({ identity }) {
  const all = await withStore((store) => store.getAll(), OUTBOX, "readonly");
  return all.filter((/** @type {Outgoing} */ { box }) => box === identity);
}

/** With `at` in its place, else at the end. @param {Outgoing} text @returns {Promise<number>} at */
export function saveOutgoing(text) {
  return withStore((store) => store.put(text), OUTBOX, "readwrite");
}

/** @param {number} at */
export function removeOutgoing(at) {
  return withStore((store) => store.delete(at), OUTBOX, "readwrite");
}

/** "Forget this browser": no box knows it any more by its key, and it knows no box. */
export function forgetEverything() {
  return done(indexedDB.deleteDatabase(DATABASE));
}
