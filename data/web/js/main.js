// SPDX-License-Identifier: LGPL-2.1-or-later
/** The page begins here. */
import { Phone } from "./phone/phone.js";
import { App } from "./ui/app.js";
import { loadLanguage } from "./ui/i18n.js";
import { html, render } from "./ui/lib.js";
import { startPush } from "./ui/push.js";
import { applyTheme } from "./ui/settings.js";

applyTheme();
await loadLanguage();
const phone = new Phone();
await phone.load();
render(html`<${App} phone=${phone} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
startPush(phone);
