// SPDX-License-Identifier: LGPL-2.1-or-later
/** What this browser keeps, in IndexedDB: its identity and its boxes. */
import { makeIdentity } from "../proto/identity.js";

const DATABASE = "punchline";
const VERSION = 1;
const KEYS = "keys", BOXES = "boxes";
const IDENTITY = "identity";

/**
 * @typedef {object} Box
 * @property {string} name
 * @property {string} identity its public one
 * @property {string} signaling URL of its server
 * @property {string} rights ours
 * @property {string} client our name in its list
 */

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @param {(store: IDBObjectStore) => IDBRequest} work @param {string} name
 * @param {IDBTransactionMode} mode */
async function withStore(work, name, mode) {
  const opening = indexedDB.open(DATABASE, VERSION);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore(KEYS);
    opening.result.createObjectStore(BOXES, { keyPath: "identity" });
  };
  const database = await done(opening);
  try {
    return await done(work(database.transaction(name, mode).objectStore(name)));
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

/** @param {Box} box */
export function forgetBox(box) {
  return withStore((store) => store.delete(box.identity), BOXES, "readwrite");
}

/** "Forget this browser": no box knows it any more by its key, and it knows no box. */
export function forgetEverything() {
  return done(indexedDB.deleteDatabase(DATABASE));
}
