// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * Notifications, and the service worker that shows them while the page is closed: what it needs of
 * us is kept where it finds it, and the box is told where to reach it.
 */
import { toBase64 } from "../base/bytes.js";
import { loadKept, saveKept } from "../phone/store.js";
import { language, t } from "./i18n.js";
import { html, useEffect, useModel, usePhone, useState } from "./lib.js";
import { attempt, Switch } from "./parts.js";
import { getRoute } from "./route.js";

const PART = "push";
const OFF = "punchline.quiet"; // in localStorage

/** @typedef {import("../phone/box-model.js").BoxModel} BoxModel */

/** Ours; null where the browser has none. @returns {Promise<ServiceWorkerRegistration | null>} */
export async function getRegistration() {
  const found = await navigator.serviceWorker?.getRegistration();
  return found?.scope === new URL(".", location.href).href ? found : null;
}

/** Alone, of the pages and the worker (sw.js says why). @param {() => Promise<unknown>} work */
export const withShown = (work) => navigator.locks.request("punchline.shown", work);

/** Its user wants them here. */
export const isNotifying = () => globalThis.Notification?.permission === "granted" && !localStorage.getItem(OFF);

/** What the service worker says, in the language of now. @param {BoxModel} model */
function listWords({ box }) {
  return {
    incoming: t("Incoming call for {box}", { box: box.name }), missed: t("Missed call"),
    voicemail: t("New voicemail"), unknown: t("Unknown"), answer: t("Answer"), decline: t("Decline"),
  };
}

/** With the server's key; one that was made with another does not work there.
 * @param {PushManager} manager @param {string} key */
async function subscribe(manager, key) {
  const make = () => manager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  try {
    return await make().catch(async () => {
      await (await manager.getSubscription())?.unsubscribe();
      return make();
    });
  } catch {
    throw new Error(t("The push service of this browser does not answer."));
  }
}

/** The endpoint that each box was told of in this life of the page.
 * @type {WeakMap<BoxModel, string | undefined>} */
const told = new WeakMap();

/** The box learns where, and gets a key to seal with: another each time, so that a box that has
 * lost it has one again. What is under way may still be sealed with the one before.
 * @param {BoxModel} model @param {PushSubscription} subscription */
async function tell(model, subscription) {
  const { endpoint, keys } = subscription.toJSON();
  const kept = await loadKept(model.box, PART);
  const words = listWords(model);
  if (kept && told.get(model) === endpoint) return saveKept(model.box, PART, { ...kept, words });
  const raw = crypto.getRandomValues(new Uint8Array(32));
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
  const before = kept?.keys.slice(0, 1) ?? [];
  await saveKept(model.box, PART, { endpoint, words, keys: [key, ...before] });
  await model.link.callControl("push.set", { endpoint, ...keys, key: toBase64(raw) });
  told.set(model, endpoint);
}

/** @param {BoxModel} model */
async function clear(model) {
  const kept = await loadKept(model.box, PART);
  if (!kept) return;
  await model.link.callControl("push.clear", { endpoint: kept.endpoint });
  await saveKept(model.box, PART, null);
  told.delete(model);
}

/** Brings the box in line with what its user wants here. @param {BoxModel} model */
async function follow(model) {
  const manager = (await getRegistration())?.pushManager;
  if (model.state !== "ready" || !manager) return;
  if (!isNotifying()) await clear(model);
  else if (model.link.pushKey) await tell(model, await subscribe(manager, model.link.pushKey));
}

/** The one script that is loaded by a text, as the page's policy wants it (Trusted Types). */
function getWorkerScript() {
  const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy("punchline", {
    createScriptURL: () => "sw.js" });
  return policy?.createScriptURL("") ?? "sw.js";
}

/** From the start of the page on. @param {import("../phone/phone.js").Phone} phone */
export async function startPush(phone) {
  const worker = navigator.serviceWorker;
  if (!worker) return;
  const controlled = worker.controller;
  worker.addEventListener("controllerchange", () =>
    // Of a pairing link the code would be lost.
    controlled && getRoute().screen !== "pair" && location.reload());
  const registration = await worker.register(getWorkerScript()).catch(() => null);
  registration?.waiting?.postMessage("update");
  // It passes a page over that is loaded while it begins.
  worker.ready.then(({ active }) => worker.controller || active?.postMessage("claim"));
  const watched = new Set();
  const watch = () => {
    for (const model of phone.boxes) {
      if (watched.has(model)) continue;
      watched.add(model);
      let state = "";
      const look = () => {
        if (model.state !== state && (state = model.state) === "ready") follow(model).catch(() => {});
      };
      model.subscribe(look);
      look();
    }
  };
  phone.subscribe(watch);
  watch();
  language.subscribe(() => phone.boxes.forEach((model) => follow(model).catch(() => {})));
}

/** @param {BoxModel} box */
function describe(box) {
  if (!globalThis.Notification || !navigator.serviceWorker)
    return /iP(hone|ad)/.test(navigator.userAgent)
      ? t("On an iPhone or iPad, add this page to the home screen first.")
      : t("This browser has none.");
  if (Notification.permission === "denied") return t("Allow them in the browser's settings for this page.");
  if (box.state === "ready" && !box.link.pushKey)
    return t("Of calls and messages, while this page is open. This server cannot wake a closed one.");
  return t("Of calls and messages, also while this page is closed.");
}

/** A line of the settings. @param {{ box: BoxModel }} props */
export function Notifications({ box }) {
  const phone = usePhone();
  useModel(box);
  const [on, setOn] = useState(isNotifying);
  const [busy, setBusy] = useState(false);
  useEffect(() => setOn(isNotifying()), [box.state]);
  const change = async (/** @type {boolean} */ wanted) => {
    setBusy(true);
    if (wanted) {
      localStorage.removeItem(OFF);
      await Notification.requestPermission();
    } else {
      localStorage.setItem(OFF, "1");
      await (await (await getRegistration())?.pushManager.getSubscription())?.unsubscribe();
    }
    await attempt(Promise.all(phone.boxes.map(follow)));
    setOn(isNotifying());
    setBusy(false);
  };
  const possible = globalThis.Notification && Notification.permission !== "denied"
                   && navigator.serviceWorker;
  return html`<${Switch} label=${t("Notifications")} hint=${describe(box)} on=${on}
    disabled=${busy || !possible} onChange=${change} />`;
}
