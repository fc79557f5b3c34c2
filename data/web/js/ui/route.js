// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * Which screen is shown stands behind the `#`, which no server sees: `#/messages/%2B491701234567`.
 * A pairing link's `#pair=CODE` is taken out of the address bar at once.
 */
import { useLayoutEffect, useState } from "./lib.js";

/** @typedef {{ screen: string, args: string[] }} Route */

let pairingCode = "";

/** The code of the link that opened the page; once. */
export function takePairingCode() {
  const code = pairingCode;
  pairingCode = "";
  return code;
}

/** @param {string} part */
function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** @returns {Route} */
export function getRoute() {
  const pair = /^#pair=(.+)/.exec(location.hash);
  if (pair) {
    pairingCode = decode(pair[1]);
    history.replaceState(null, "", "#/pair");
  }
  const [screen, ...args] = location.hash.replace(/^#\/?/, "").split("/").map(decode);
  return { screen: screen || "phone", args: args.filter(Boolean) };
}

/** @param {string} screen @param {(string | number)[]} args */
export function href(screen, ...args) {
  return "#/" + [screen, ...args].map(encodeURIComponent).join("/");
}

/** @param {string} screen @param {(string | number)[]} args */
export function go(screen, ...args) {
  location.hash = href(screen, ...args);
}

/** As go(), in the place of the present one: Back leads to the one before it.
 * @param {string} screen @param {(string | number)[]} args */
export function replace(screen, ...args) {
  location.replace(href(screen, ...args));
}

/** `#/at/BOX/...`, where a notification leads, is `#/...` of that box.
 * @param {import("../phone/phone.js").Phone} phone */
export function chooseBox(phone) {
  const { screen, args: [identity, ...rest] } = getRoute();
  if (screen !== "at") return;
  const model = phone.boxes.find(({ box }) => box.identity === identity);
  if (model) phone.select(model);
  const [to = "phone", ...args] = model ? rest : []; // one that is forgotten: nobody else's screen
  history.replaceState(null, "", href(to, ...args));
}

/** @returns {Route} */
export function useRoute() {
  const [route, setRoute] = useState(getRoute);
  useLayoutEffect(() => {
    const follow = () => setRoute(getRoute());
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return route;
}
