// SPDX-License-Identifier: LGPL-2.1-or-later
/** "Forget this browser": nothing of it stays, here or in the boxes' lists. */
import { forgetEverything } from "../phone/store.js";
import { getRegistration } from "./push.js";

/** @typedef {import("../phone/box-model.js").BoxModel} BoxModel */

/** Boxes that answer later than this learn it from their owner. */
const PATIENCE = 3000;

/** The box lets us in no more, where it hears of it. @param {BoxModel} model */
export function leave({ link, box }) {
  const told = link.callControl("clients.remove", { name: box.client }).catch(() => {});
  return Promise.race([told, new Promise((done) => setTimeout(done, PATIENCE))]);
}

/** Others of this server may have something there. @param {Storage} storage */
function clear(storage) {
  for (const key of Object.keys(storage)) if (key.startsWith("punchline.")) storage.removeItem(key);
}

/** @param {import("../phone/phone.js").Phone} phone */
export async function forgetBrowser(phone) {
  await Promise.all(phone.boxes.map(leave));
  for (const model of phone.boxes) model.close();
  const registration = await getRegistration();
  if (registration) {
    await registration.pushManager?.getSubscription()
      .then((subscription) => subscription?.unsubscribe()).catch(() => {});
    await registration.unregister();
    for (const name of await caches.keys())
      if (name.startsWith(`punchline ${registration.scope} `)) await caches.delete(name);
  }
  await forgetEverything();
  clear(sessionStorage);
  clear(localStorage); // the other tabs hear of it, and begin anew
  location.replace(location.pathname);
}
