// SPDX-License-Identifier: LGPL-2.1-or-later
/** "Forget this browser": nothing of it stays, here or in the boxes' lists. */
import { forgetEverything } from "../phone/store.js";

/** @typedef {import("../phone/box-model.js").BoxModel} BoxModel */

/** Boxes that answer later than this learn it from their owner. */
const PATIENCE = 3000;

/** The box lets us in no more, where it hears of it. @param {BoxModel} model */
export function leave({ link, box }) {
  const told = link.callControl("clients.remove", { name: box.client }).catch(() => {});
  return Promise.race([told, new Promise((done) => setTimeout(done, PATIENCE))]);
}

/** @param {import("../phone/phone.js").Phone} phone */
export async function forgetBrowser(phone) {
  await Promise.all(phone.boxes.map(leave));
  for (const model of phone.boxes) model.close();
  const registrations = await navigator.serviceWorker?.getRegistrations() ?? [];
  for (const registration of registrations) {
    await registration.pushManager?.getSubscription()
      .then((subscription) => subscription?.unsubscribe()).catch(() => {});
    await registration.unregister();
  }
  for (const name of await globalThis.caches?.keys() ?? []) await caches.delete(name);
  sessionStorage.clear();
  await forgetEverything();
  localStorage.clear(); // the other tabs hear of it, and begin anew
  location.replace(location.pathname);
}
