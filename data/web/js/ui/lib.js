// SPDX-License-Identifier: LGPL-2.1-or-later
/** What every screen is made with. */
import { createContext, useContext, useLayoutEffect, useReducer } from "../../vendor/preact.js";

export { html, render, useEffect, useErrorBoundary, useLayoutEffect, useRef, useState }
  from "../../vendor/preact.js";

/** @typedef {import("../base/observable.js").Observable} Observable */

/** Draws the component anew when one of them changes. @param {(Observable | null)[]} models */
export function useModel(...models) {
  const [, redraw] = useReducer((/** @type {number} */ n) => n + 1, 0);
  useLayoutEffect(() => {
    const offs = models.map((model) => model?.subscribe(() => redraw(0)));
    return () => offs.forEach((off) => off?.());
  }, models);
}

/** @type {import("../../vendor/preact.js").Context<import("../phone/phone.js").Phone>} */
export const PhoneContext = createContext(/** @type {any} */ (null));

/** All boxes. */
export function usePhone() {
  const phone = useContext(PhoneContext);
  useModel(phone, phone.current);
  return phone;
}
