// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * Behind the page, and alive where it is not: keeps its files, so that it opens without the server,
 * and shows what the box has to say while nobody looks. It imports nothing; the build writes the
 * next two constants, so that it is another one whenever a file is.
 */
const VERSION = "";
/** @type {string[]} */
const FILES = [];

/** @type {any} */
const worker = self;
const { registration } = worker;
const DATABASE = "punchline", KEPT = "kept", PART = "push"; // of js/phone/store.js
const LABEL = new TextEncoder().encode("punchline.push.1");
/** Also known to js/ui/forget.js. */
const CACHES = `punchline ${registration.scope} `, CACHE = CACHES + VERSION;
const NONCE = 12;
const TRIES = 5, PAUSE = 1000;
/** A call that came this long ago rings no more. */
const STALE = 60000;

/** @param {string} kind @param {(event: any) => Promise<unknown>} work */
function on(kind, work) {
  worker.addEventListener(kind, (/** @type {any} */ event) => event.waitUntil(work(event)));
}

/** Our pages that are open: others of this server are none of ours. @returns {Promise<any[]>} */
async function listPages() {
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  return pages.filter((/** @type {any} */ { url }) => url.startsWith(registration.scope));
}

/** @param {any} page */
const isVisible = ({ visibilityState }) => visibilityState === "visible";

// --- files ---

/** The network may be gone for a moment. @param {Cache} cache @param {string} file
 * @returns {Promise<void>} */
async function keepFile(cache, file, tries = TRIES) {
  try {
    await cache.add(new Request(file, { cache: "no-cache" }));
  } catch (error) {
    if (!tries) throw error;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
    await keepFile(cache, file, tries - 1);
  }
}

/** All or none: a page is never made of two versions. */
async function keepFiles() {
  const cache = await caches.open(CACHE);
  await Promise.all(["./", ...FILES].map((file) => keepFile(cache, file)));
}

async function dropOldFiles() {
  for (const name of await caches.keys())
    if (name.startsWith(CACHES) && name !== CACHE) await caches.delete(name);
  await worker.clients.claim();
}

/** @param {Request} request */
async function answer(request) {
  const cache = await caches.open(CACHE);
  return await cache.match(request, { ignoreSearch: true }) ?? fetch(request);
}

if (VERSION) {
  on("install", keepFiles);
  on("activate", dropOldFiles);
  worker.addEventListener("fetch", (/** @type {any} */ event) => {
    const { method, url } = event.request;
    if (method === "GET" && url.startsWith(registration.scope))
      event.respondWith(answer(event.request));
  });
}

// --- push ---

/** What the page has kept for us, with the box that it is of. @returns {Promise<any[]>} */
function listKept() {
  return new Promise((resolve) => {
    const opening = indexedDB.open(DATABASE);
    // There is none, and what we made the page would find instead of its own.
    opening.onupgradeneeded = () => opening.transaction?.abort();
    opening.onerror = () => resolve([]);
    opening.onsuccess = () => {
      const database = opening.result;
      /** @type {any[]} */ const found = [];
      const reading = database.transaction(KEPT).objectStore(KEPT).openCursor();
      reading.onerror = () => resolve([]);
      reading.onsuccess = () => {
        const cursor = reading.result;
        const [box, part] = /** @type {any} */ (cursor?.key ?? []);
        if (part === PART && cursor?.value) found.push({ ...cursor.value, box });
        if (cursor) cursor.continue();
        else database.close(), resolve(found);
      };
    };
  });
}

/** A box has sealed it for us: which one, says the key that opens it. @param {ArrayBuffer} sealed */
async function open(sealed) {
  const kept = await listKept();
  for (const { key, ...ours } of kept.flatMap(({ keys, words, box }) =>
    keys.map((/** @type {any} */ key) => ({ key, words, box })))) {
    try {
      const text = await crypto.subtle.decrypt(
        { name: "AES-GCM", iv: sealed.slice(0, NONCE), additionalData: LABEL }, key,
        sealed.slice(NONCE));
      return { ...JSON.parse(new TextDecoder().decode(text)), ...ours };
    } catch {
      // another's
    }
  }
  return null;
}

/** @param {any} message @returns {[string, any] | null} title and options; null: nothing */
function describe({ kind, call, number, name, text, time, missed, words, box }) {
  const title = name || number || words.unknown;
  const late = Date.now() - Date.parse(time) > STALE;
  const at = (/** @type {string} */ screen) => ({ time, hash: `at/${encodeURIComponent(box)}/${screen}` });
  if (kind === "text")
    return [title, { tag: `text ${box} ${number ?? ""}`, body: text,
                     data: at(`messages/${encodeURIComponent(number || "-")}`) }];
  if (kind === "voicemail")
    return [title, { tag: `voicemail ${box}`, body: words.voicemail, data: at("voicemail") }];
  if (kind === "end" ? missed : late)
    return [title, { tag: call, body: words.missed, silent: true, data: at("phone") }];
  if (kind !== "call") return null;
  return [title, {
    tag: call, body: words.incoming, requireInteraction: true, vibrate: [800, 400, 800, 400, 800],
    actions: [{ action: "answer", title: words.answer }, { action: "decline", title: words.decline }],
    data: at(`call/${call}`),
  }];
}

/** Alone, of the pages and us: Chromium forgets what is being shown while somebody asks for the list.
 * @param {() => Promise<void>} work */
const withShown = (work) => worker.navigator.locks.request("punchline.shown", work);

/** A hidden page may have been quicker: nothing is heard twice. @param {string} title @param {any} options */
async function show(title, options) {
  await withShown(async () => {
    const [shown] = await registration.getNotifications({ tag: options.tag });
    if (shown && options.actions) return; // it rings
    const silent = options.silent || shown?.data.time === options.data.time;
    await registration.showNotification(title, { icon: "icon.svg", renotify: !silent, ...options, silent });
  });
}

/** @param {any} event */
async function onPush(event) {
  const message = event.data && await open(event.data.arrayBuffer());
  if (!message) return;
  if (message.kind === "end") await withShown(async () => {
    for (const shown of await registration.getNotifications({ tag: message.call })) shown.close();
  });
  // Whoever looks at the page sees it there.
  if ((await listPages()).some(isVisible)) return;
  const found = describe(message);
  if (found) await show(...found);
  await worker.navigator.setAppBadge?.(message.unread ?? 0);
}

/** @param {any} event */
async function onClick({ action, notification }) {
  notification.close();
  const url = new URL(`#/${notification.data.hash}${action && `/${action}`}`, registration.scope).href;
  const pages = await listPages();
  const page = pages.find(isVisible) ?? pages[0];
  // One that is asleep would not get a message.
  const opened = await page?.navigate(url).catch(() => null);
  if (opened) await opened.focus().catch(() => {});
  else await worker.clients.openWindow(url);
}

on("push", onPush);
on("notificationclick", onClick);
// A page that has just been opened, alone: the next version may begin, and no call is cut off.
on("message", async ({ data }) => {
  if (data === "claim") await worker.clients.claim();
  if (data === "update" && (await listPages()).length < 2) await worker.skipWaiting();
});
