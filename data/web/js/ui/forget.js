// SPDX-License-Identifier: LGPL-2.1-or-later
/** "Forget this browser": nothing of it stays, here or in the boxes' lists. */
import { forgetEverything } from "../phone/store.js";

/** Boxes that answer later than this learn it from their owner. */
const PATIENCE = 3000;

/** @param {import("../phone/phone.js").Phone} phone */
export async function forgetBrowser(phone) {
  const told = phone.boxes.map(({ link, box }) =>
    link.callControl("clients.remove", { name: box.client }).catch(() => {}));
  await Promise.race([Promise.all(told), new Promise((done) => setTimeout(done, PATIENCE))]);
  for (const model of phone.boxes) model.close();
  const registrations = await navigator.serviceWorker?.getRegistrations() ?? [];
  for (const registration of registrations) {
    await registration.pushManager?.getSubscription()
      .then((subscription) => subscription?.unsubscribe()).catch(() => {});
    await registration.unregister();
  }
  for (const name of await globalThis.caches?.keys() ?? []) await caches.delete(name);
  localStorage.clear();
  sessionStorage.clear();
  await forgetEverything();
  location.replace(location.pathname);
}
