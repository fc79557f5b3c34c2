// SPDX-License-Identifier: LGPL-2.1-or-later
/** The frame around the screens: which one is shown, how one gets there, and what concerns all. */
import { describeSeen } from "./box.js";
import { CallScreen } from "./call.js";
import { Calling } from "./calling.js";
import { ContactDetail, ContactList } from "./contacts.js";
import { language, t } from "./i18n.js";
import { html, PhoneContext, useEffect, useErrorBoundary, useModel, usePhone, useRef, useState }
  from "./lib.js";
import { Arrivals, Conversation, Messages } from "./messages.js";
import { Pair } from "./pair.js";
import { Badge, Banner, BoxChip, Button, Dialog, Empty, Icon, Said } from "./parts.js";
import { Dialer, Recents } from "./phone.js";
import { go, href, useRoute } from "./route.js";
import { Settings, SettingsDetail } from "./settings.js";
import { VoicemailDetail, VoicemailList } from "./voicemail.js";

/**
 * A screen by the first word of its address. `list` is the left pane, `detail` the right one;
 * where there is room for one, an address with more words shows `detail`, others `list`; `both`
 * shows them below each other there, and the right one stays where another box is chosen: `detail` else
 * begins anew. `full` is alone in all of it. One with an icon is a tab;
 * `part` is the one of BoxModel whose `unread` it shows. The first is where one begins.
 *
 * Each gets `box` (the BoxModel) and `args` (the other words of the address).
 * @typedef {object} ScreenEntry
 * @property {() => string} [title]
 * @property {string} [icon]
 * @property {string} [part]
 * @property {any} [list]
 * @property {any} [detail]
 * @property {any} [full]
 * @property {boolean} [both]
 * @property {boolean} [deep] `detail` without more words, too
 */
/** @type {Record<string, ScreenEntry>} */
const screens = {
  phone: { title: () => t("Phone"), icon: "phone", part: "calls", list: Recents, detail: Dialer, both: true },
  call: { full: CallScreen },
  messages: { title: () => t("Messages"), icon: "message", part: "texts", list: Messages,
              detail: Conversation },
  voicemail: { title: () => t("Voicemail"), icon: "voicemail", part: "voicemails", list: VoicemailList,
               detail: VoicemailDetail },
  contacts: { title: () => t("Contacts"), icon: "contacts", list: ContactList, detail: ContactDetail },
  settings: { title: () => t("Settings"), icon: "settings", list: Settings, detail: SettingsDetail },
  box: { list: Settings, detail: SettingsDetail, deep: true },
  pair: { full: Pair },
};

/** Drawn always, above whatever is shown: a call that rings. @type {any[]} */
const always = [Arrivals, Calling];

const tabs = Object.entries(screens).filter(([, { icon }]) => icon);

/** @param {{ name: string, entry: ScreenEntry, current: boolean }} props */
function Tab({ name, entry, current }) {
  const box = usePhone().current;
  const part = entry.part && /** @type {any} */ (box)?.[entry.part];
  useModel(part);
  const title = entry.title?.();
  return html`<a href=${href(name)} class="tab" aria-current=${current ? "page" : null}>
    <span class="tab-icon"><${Icon} name=${entry.icon} />
      <${Badge} n=${part?.unread} label=${t("{n} new", { n: part?.unread })} /></span>
    <span>${title}</span></a>`;
}

/** The number of what nobody has looked at, of all boxes, where it is seen from outside. */
function Unread() {
  const { boxes } = usePhone();
  useModel(...boxes.flatMap((box) => box.parts));
  const n = boxes.reduce((sum, box) => sum + box.unread, 0);
  useEffect(() => {
    document.title = n > 0 ? `(${n}) Punchline` : "Punchline";
    navigator.setAppBadge?.(n).catch(() => {});
  }, [n]);
  return null;
}

/** Why nothing comes and goes now. */
function Connection() {
  const box = usePhone().current;
  if (!box?.away || box.state === "ready") return null;
  return html`<${Banner} kind="warning" icon="alert">
    ${[`${box.box.name}: ${t("Not connected")}`, describeSeen(box.lastSeen)].filter(Boolean)
      .join(". ")}<br />${t("What you write is sent when the box is back.")}<//>`;
}

/** What keys do anywhere; each is a line of the help. */
const keys = () => [
  [`Alt+1 … ${tabs.length}`, t("Phone, messages and so on")],
  ["↑ ↓", t("Through a list")],
  ["Esc", t("Close")],
  ["?", t("This help")],
];

/** From one line of a list to the next. @param {Element} row @param {boolean} down */
function moveInList(row, down) {
  const rows = /** @type {HTMLElement[]} */ ([...row.closest(".scroll")?.querySelectorAll(
    "a.row-main, button.row-main") ?? []]);
  rows[rows.indexOf(/** @type {any} */ (row)) + (down ? 1 : -1)]?.focus();
}

function Keys() {
  const [help, setHelp] = useState(false);
  useEffect(() => {
    const onKey = (/** @type {KeyboardEvent} */ event) => {
      const target = /** @type {Element} */ (document.activeElement);
      const isTyping = target.matches("input, textarea, select");
      const digit = /^Digit(\d)$/.exec(event.code)?.[1];
      // With Alt, some keyboards have other characters there.
      const tab = event.altKey && (!isTyping || event.key === digit) && tabs[Number(digit) - 1];
      const vertical = event.key === "ArrowUp" || event.key === "ArrowDown";
      if (tab) go(tab[0]);
      else if (vertical && target.matches(".row-main")) moveInList(target, event.key === "ArrowDown");
      else if (event.key === "?" && !isTyping) setHelp(true);
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const close = () => setHelp(false);
  return help && html`<${Dialog} title=${t("Keyboard")} onClose=${close}
    actions=${html`<${Button} onClick=${close}>${t("Close")}<//>`}>
    <dl class="facts">${keys().map(([key, text]) =>
      html`<div><dt><kbd>${key}</kbd></dt><dd>${text}</dd></div>`)}
    </dl><//>`;
}

/** What cannot be drawn leaves all else alive, until one goes elsewhere. @param {{ children: any }} props */
function Guard({ children }) {
  const [error, forget] = useErrorBoundary(console.error), route = useRoute();
  useEffect(forget, [route]);
  return error ? html`<${Empty} icon="alert" title=${t("This cannot be shown")} />` : children;
}

/** @param {{ entry: ScreenEntry, args: string[], box: any }} props */
function Panes({ entry, args, box }) {
  const { list, detail, full, both, deep } = entry;
  if (full)
    return html`<div class="panes"><section><${Guard}><${full} box=${box} args=${args} /><//></section></div>`;
  const shown = both ? "both" : detail && (deep || args.length > 0) ? "detail" : "list";
  return html`<div class="panes two show-${shown}">
    <section class="list"><${Guard}><${list} box=${box} args=${args} /><//></section>
    ${detail && html`<section class="detail">
      <${Guard}><${detail} key=${both || box.box.identity} box=${box} args=${args} /><//></section>`}
  </div>`;
}

/** @param {{ phone: import("../phone/phone.js").Phone }} props */
export function App({ phone }) {
  useModel(language, phone);
  const { screen, args } = useRoute();
  const box = phone.current;
  const name = !box ? "pair" : Object.hasOwn(screens, screen) ? screen : Object.keys(screens)[0];
  const entry = screens[name];
  const shown = useRef("");
  const address = [name, ...args].join("/");
  useEffect(() => {
    // Whoever listens is told where he is now; at the start the browser does that.
    if (shown.current && document.activeElement === document.body)
      /** @type {HTMLElement[]} */ ([...document.querySelectorAll("main h1")])
        .filter((heading) => heading.offsetParent).at(-1)?.focus();
    shown.current = address;
  }, [address]);
  return html`<${PhoneContext.Provider} value=${phone}>
    <button type="button" class="skip" onClick=${() => document.querySelector("main")?.focus()}>
      ${t("To the content")}</button>
    <div class="frame ${box && !(entry.full) ? "" : "bare"}">
      <nav class="tabs" aria-label=${t("Screens")}>
        ${tabs.map(([key, tab]) => html`<${Tab} key=${key} name=${key} entry=${tab}
          current=${tab.list === entry.list} />`)}
        <${BoxChip} /></nav>
      <div class="stage"><${Connection} />
        <main tabindex="-1"><${Panes} key=${name} entry=${entry} args=${args} box=${box} /></main></div>
    </div>
    ${box && always.map((Part) => html`<${Part} box=${box} />`)}
    <${Unread} /><${Keys} /><${Said} /><//>`;
}
