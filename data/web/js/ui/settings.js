// SPDX-License-Identifier: LGPL-2.1-or-later
/** The boxes, what this browser is to be like, and the pages behind it. */
import { Blocked } from "./blocked.js";
import { Box, describeSeen } from "./box.js";
import { AudioDevices } from "./call.js";
import { Export } from "./export.js";
import { forgetBrowser } from "./forget.js";
import { Greeting } from "./greeting.js";
import { chooseLanguage, getLanguageChoice, t } from "./i18n.js";
import { html, useEffect, useModel, usePhone, useState } from "./lib.js";
import { ask, attempt, Avatar, Button, Choice, Empty, Icon, Row, Screen, Signal } from "./parts.js";
import { PhoneLinks } from "./phone.js";
import { Notifications } from "./push.js";
import { go } from "./route.js";

/** @typedef {import("../phone/box-model.js").BoxModel} BoxModel */

export const THEME = "punchline.theme"; // in localStorage, always; "" is the system's

/** @param {string} theme */
export function applyTheme(theme = localStorage.getItem(THEME) ?? "") {
  localStorage.setItem(THEME, theme);
  document.documentElement.dataset.theme = theme;
}

/**
 * A page behind the settings, by its word in the address: `#/settings/about`.
 * @type {Record<string, { title: () => string, icon: string, page: any }>}
 */
const pages = {
  devices: { title: () => t("Paired devices"), icon: "devices", page: Devices },
  sound: { title: () => t("Sound"), icon: "speaker", page: Sound },
  greeting: { title: () => t("Greeting"), icon: "voicemail", page: Greeting },
  blocked: { title: () => t("Blocked numbers"), icon: "block", page: Blocked },
  export: { title: () => t("Export"), icon: "download", page: Export },
  about: { title: () => t("About Punchline"), icon: "info", page: About },
};

/** Lines among those of this browser: each a component that gets `box`. @type {any[]} */
const lines = [Notifications, PhoneLinks];

function Sound() {
  return html`<div class="card"><${AudioDevices} /></div>`;
}

/** @param {{ box: BoxModel }} props */
function Devices({ box }) {
  const [clients, setClients] = useState(/** @type {any[] | null} */ (null));
  const load = async () => setClients((await attempt(box.link.callControl("clients.list")))?.clients);
  useEffect(() => { box.state === "ready" && load(); }, [box, box.state]);
  const remove = async (/** @type {any} */ client) => {
    if (!await ask({ title: t("Remove {name}?", { name: client.name }), action: t("Remove"),
                     text: t("To use it again, pair it anew.") })) return;
    await attempt(box.link.callControl("clients.remove", { name: client.name }));
    load();
  };
  const describe = (/** @type {any} */ client) => client.you ? t("This browser")
    : client.connected ? t("Connected") : describeSeen(client.last_seen);
  const mayRemove = /** @type {const} */ (["call", "sms", "voicemail"]).every((right) => box.may(right));
  if (!clients)
    return box.state !== "ready" && html`<${Empty} icon="devices" title=${t("Not connected")} />`;
  return html`<ul class="card">${clients.map((client) => html`<${Row} key=${client.name}
      start=${html`<${Avatar} name=${client.name} />`} title=${client.name}
      sub=${[describe(client), client.rights === "read-only" && t("may only read")]
        .filter(Boolean).join(" · ")}
      end=${!client.you && mayRemove && html`<${Button} icon="trash" label=${t("Remove {name}", { name: client.name })}
        onClick=${() => remove(client)} />`} />`)}</ul>
    <p class="muted small">${t("For another one, run this on the box:")} <code>punchline-boxd pair</code></p>`;
}

/** @param {{ box: BoxModel }} props */
function About({ box }) {
  return html`<p>${t("The server cannot read calls and texts: they go encrypted from this browser to your box. But {server} serves this page, and could serve another one. To be safe from that, host the page yourself.",
      { server: location.host })}</p>
    <p>${t("Free software, LGPL 2.1 or later. With noble and Preact (MIT), and htm (Apache 2.0).")}</p>
    ${box.status.version && html`<p class="muted">Punchline ${box.status.version}</p>`}`;
}

/** @param {{ model: BoxModel, current: boolean }} props */
function BoxRow({ model, current }) {
  const phone = usePhone();
  useModel(model);
  const ready = model.state === "ready";
  return html`<${Row} title=${model.box.name}
    sub=${ready ? model.status.operator || t("No network") : t("Not connected")}
    start=${html`<span class="avatar">
      <${Signal} percent=${model.status.signal} off=${!ready} /></span>`}
    meta=${html`<${Icon} name=${current && phone.boxes.length > 1 ? "check" : "chevron"} />`}
    onClick=${() => { phone.select(model); go("box"); }} />`;
}

/** @param {{ box: BoxModel, args: string[] }} props */
export function Settings({ box, args }) {
  const phone = usePhone();
  const [, redraw] = useState(0);
  const forget = async () => {
    if (!await ask({ title: t("Forget this browser?"), action: t("Forget"),
                     text: t("Boxes, keys and messages are deleted here. To use it again, pair it anew.") }))
      return;
    await forgetBrowser(phone);
  };
  return html`<${Screen} title=${t("Settings")}><div class="page">
    <section><h2 class="heading">${t("Boxes")}</h2><ul class="card">
      ${phone.boxes.map((model) => html`<${BoxRow} key=${model.box.identity} model=${model}
        current=${model === box} />`)}
      <${Row} href="#/pair" title=${t("Pair another box")}
        start=${html`<span class="avatar"><${Icon} name="plus" /></span>`} />
    </ul></section>
    <section><h2 class="heading">${t("This browser")}</h2><div class="card">
      ${lines.map((Line) => html`<${Line} box=${box} />`)}
      <${Choice} label=${t("Language")} value=${getLanguageChoice()} onChange=${chooseLanguage}
        options=${[["", t("Automatic")], ["de", "Deutsch"], ["en", "English"]]} />
      <${Choice} label=${t("Appearance")} value=${localStorage.getItem(THEME) ?? ""}
        onChange=${(/** @type {string} */ theme) => { applyTheme(theme); redraw(Math.random()); }}
        options=${[["", t("Automatic")], ["light", t("Light")], ["dark", t("Dark")]]} /></div></section>
    <section><h2 class="heading">${t("More")}</h2><ul class="card">
      ${Object.entries(pages).map(([key, { title, icon }]) => html`<${Row} key=${key} href="#/settings/${key}"
        title=${title()} start=${html`<${Icon} name=${icon} />`} current=${args[0] === key}
        meta=${html`<${Icon} name="chevron" />`} />`)}</ul></section>
    <${Button} kind="danger plain" icon="trash" onClick=${forget}>${t("Forget this browser")}<//>
    </div><//>`;
}

/** @param {{ box: BoxModel, args: string[] }} props */
export function SettingsDetail({ box, args }) {
  const page = Object.hasOwn(pages, args[0] ?? "") ? pages[args[0]] : null;
  if (!page) return html`<${Box} box=${box} />`;
  return html`<${Screen} title=${page.title()} back="#/settings"><div class="page">
    <${page.page} key=${args[0]} box=${box} /></div><//>`;
}
