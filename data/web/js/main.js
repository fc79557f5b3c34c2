// SPDX-License-Identifier: LGPL-2.1-or-later
/** The page begins here. */
import { Phone } from "./phone/phone.js";
import { App } from "./ui/app.js";
import { loadLanguage, t } from "./ui/i18n.js";
import { html, render } from "./ui/lib.js";
import { startPush } from "./ui/push.js";
import { chooseBox } from "./ui/route.js";
import { applyTheme, THEME } from "./ui/settings.js";

/** @param {any} what */
function show(what) {
  render(what, /** @type {HTMLElement} */ (document.getElementById("app")));
}

async function begin() {
  if (!isSecureContext)
    throw new Error(t("Open it by https://, else a browser gives it neither keys nor microphone."));
  const phone = new Phone();
  await phone.load();
  chooseBox(phone);
  addEventListener("hashchange", () => chooseBox(phone)); // before any screen hears of it
  show(html`<${App} phone=${phone} />`);
  startPush(phone);
}

applyTheme();
// All is gone: another tab was told to forget this browser.
addEventListener("storage", ({ key, newValue }) =>
  (key ?? THEME) === THEME && newValue === null && location.replace(location.pathname));
await loadLanguage().catch(() => {}); // in English, then
begin().catch(({ message }) =>
  show(html`<main class="empty frame"><h1>${t("Punchline cannot start")}</h1><p>${message}</p></main>`));
