// SPDX-License-Identifier: LGPL-2.1-or-later
/** What screens are put together from. Their looks stand in css/base.css. */
import { asError } from "../base/error.js";
import { Observable } from "../base/observable.js";
import { RpcError } from "../stream/rpc.js";
import { formatNumber, t } from "./i18n.js";
import { html, useEffect, useLayoutEffect, useModel, usePhone, useRef } from "./lib.js";

/** On a field of 24 by 24, drawn with a line of 2. @type {Record<string, string>} */
const drawings = {
  alert: "M12 4L3 20h18zM12 10v4M12 17h.01",
  back: "M15 5l-7 7 7 7",
  backspace: "M9 5h12v14H9l-6-7zM12 9.5l5 5m0-5l-5 5",
  bell: "M6 17v-6a6 6 0 0 1 12 0v6l1.5 1h-15zM10 21h4",
  block: "M12 4a8 8 0 1 0 .01 0zM6.3 6.3l11.4 11.4",
  box: "M8 3h6l4 4v12a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM9.5 11h5v6h-5z",
  check: "M5 12.5l5 5 9-11",
  checks: "M2 12.5l5 5 8-10M11 16l1.5 1.5L21 7",
  chevron: "M9 5l7 7-7 7",
  clock: "M12 4a8 8 0 1 0 .01 0zM12 8v4.5l3 2",
  close: "M6 6l12 12m0-12L6 18",
  contacts: "M12 4a4 4 0 1 0 .01 0zM4 20c1-4 4-5.5 8-5.5s7 1.5 8 5.5",
  devices: "M4 5h12v9H4zM2 18h11M16 9h5v11h-5z",
  download: "M12 4v11m-5-4.5l5 5 5-5M5 20h14",
  edit: "M5 19l1-4L16 5l3 3L9 18z",
  hide: "M3 12c2.5-4 5.5-6 9-6s6.5 2 9 6c-2.5 4-5.5 6-9 6s-6.5-2-9-6zM4 4l16 16",
  incoming: "M18 6L7 17M7 9v8h8",
  info: "M12 4a8 8 0 1 0 .01 0zM12 11v5M12 8h.01",
  keypad: "M6 6h.01M12 6h.01M18 6h.01M6 12h.01M12 12h.01M18 12h.01M6 18h.01M12 18h.01M18 18h.01",
  message: "M6 4h12a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-5 4v-4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z",
  mic: "M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM6 11a6 6 0 0 0 12 0M12 17v4",
  missed: "M4 7l7 7 8-8M13 6h6v6",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  outgoing: "M6 18L17 7M9 7h8v8",
  pause: "M8 5v14m8-14v14",
  phone: "M4 5c0-1 .8-2 2-2h2.2l2 4.6-2 1.6c1.2 2.7 3 4.5 5.7 5.7l1.6-2 4.6 2V18" +
    "c0 1.2-1 2-2 2C10.3 20 4 13.7 4 5z",
  play: "M8 5l11 7-11 7z",
  plus: "M12 5v14M5 12h14",
  search: "M10.5 4a6.5 6.5 0 1 0 .01 0zM15.5 15.5L20 20",
  send: "M20 4L4 11l6 3 3 6zM10 14L20 4",
  settings: "M4 7h8m4 0h4M4 17h4m4 0h8M14 5a2 2 0 1 0 .01 0zM10 15a2 2 0 1 0 .01 0z",
  speaker: "M4 9.5v5h4l5 4v-13l-5 4zM16.5 9a4 4 0 0 1 0 6",
  stop: "M7 7h10v10H7z",
  trash: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
  upload: "M12 16V5M7 9.5l5-5 5 5M5 20h14",
  voicemail: "M6 8.5a3.5 3.5 0 1 0 .01 0zM18 8.5a3.5 3.5 0 1 0 .01 0zM6 15.5h12",
};
drawings.hangup = drawings.phone; // turned by the style sheet
drawings.micoff = `${drawings.mic}M4 4l16 16`;

/** @param {...(string | false | null | undefined)} names */
const classes = (...names) => names.filter(Boolean).join(" ");

/** @param {{ name: string }} props */
export function Icon({ name }) {
  return html`<svg class="icon i-${name}" viewBox="0 0 24 24" aria-hidden="true">
    <path d=${drawings[name]} /></svg>`;
}

/**
 * `kind`: `primary`, `danger`, `plain` (a line around it), or none (text alone). With an icon and
 * no children it is round and `label` is read out. `href` makes it a link.
 * @param {Record<string, any>} props
 */
export function Button({ kind = "", icon, label, busy, href, type = "button", class: more, children,
  ...rest }) {
  const bare = icon && !children;
  return html`<${href ? "a" : "button"} type=${href ? null : type} href=${href}
    class=${classes("button", kind, bare && "round", busy && "busy", more)}
    aria-label=${label} title=${bare ? label : null} aria-busy=${busy ? "true" : null}
    ...${rest} disabled=${rest.disabled || busy}>
    ${icon && html`<${Icon} name=${icon} />`}${children}<//>`;
}

/** A line of a list. `href` or `onClick` makes all of it one target, with `start` (a picture) and
 * `meta` (a time, a count); `end` is beside it and may have targets of its own.
 * @param {Record<string, any>} props */
export function Row({ start, title, sub, meta, end, href, onClick, current, class: more }) {
  const tag = href ? "a" : onClick ? "button" : "div";
  return html`<li class=${classes("row", more)}>
    <${tag} class="row-main" type=${tag === "button" ? "button" : null} href=${href}
      onClick=${onClick} aria-current=${current ? "page" : null}>
      ${start}<span class="row-text"><span class="row-title">${title}</span>
      ${sub && html`<span class="row-sub">${sub}</span>`}</span>
      ${meta && html`<span class="row-meta">${meta}</span>`}<//>
    ${end && html`<div class="row-end">${end}</div>`}</li>`;
}

/** Where there is nothing yet: what it is and what to do.
 * @param {{ icon: string, title: string, children?: any }} props */
export function Empty({ icon, title, children }) {
  return html`<div class="empty"><${Icon} name=${icon} /><h2>${title}</h2>${children}</div>`;
}

/** `kind`: `info`, `warning` or `error`. @param {Record<string, any>} props */
export function Banner({ kind = "info", icon = "info", children, action }) {
  return html`<div class="banner ${kind}" role=${kind === "error" ? "alert" : "status"}>
    <${Icon} name=${icon} /><p>${children}</p>${action}</div>`;
}

/** Somebody's picture: his letters on a colour that is always his.
 * @param {{ name?: string, number?: string }} props */
export function Avatar({ name = "", number = "" }) {
  const letters = name.split(/\s+/).map((word) => [...word][0] ?? "").filter(
    (letter) => /\p{L}/u.test(letter));
  const shown = letters.length > 1 ? letters[0] + letters[letters.length - 1] : letters[0];
  const mixed = [...(name || number)].reduce((sum, c) => (sum * 33 + (c.codePointAt(0) ?? 0)) % 1021, 0);
  return html`<span class="avatar a${mixed % 6}" aria-hidden="true">
    ${shown ? shown.toUpperCase() : html`<${Icon} name="contacts" />`}</span>`;
}

/** A count; nothing for none. @param {{ n?: number, label?: string }} props */
export function Badge({ n = 0, label }) {
  return n > 0 ? html`<span class="badge" aria-label=${label}>${n > 99 ? "99+" : n}</span>` : null;
}

/** @param {{ name?: string, number?: string, withheld?: boolean }} who */
export function nameOf({ name, number, withheld }) {
  return name || (withheld ? t("Withheld number") : number ? formatNumber(number) : t("Unknown"));
}

/** A screen: its head with title and actions, what scrolls, and a foot that does not.
 * `back` is where the arrow leads to where there is no room for two panes.
 * @param {Record<string, any>} props */
export function Screen({ title, sub, back, actions, foot, class: more, children }) {
  return html`<div class=${classes("screen", more)}>
    <header class="bar">
      ${back && html`<${Button} icon="back" label=${t("Back")} href=${back} class="narrow" />`}
      <div class="bar-text"><h1 tabindex="-1">${title}</h1>${sub && html`<p>${sub}</p>`}</div>
      ${actions}${!back && html`<${BoxChip} class="narrow" />`}
    </header>
    <div class="scroll">${children}</div>${foot}</div>`;
}

let lastId = 0;

/** A labelled input. `onInput` gets the value; `hint` and `error` are read out with it.
 * @param {Record<string, any>} props */
export function Field({ label, hint, error, onInput, end, ...rest }) {
  const id = useRef("").current ||= `f${++lastId}`;
  const about = error || hint;
  return html`<div class=${classes("field", error && "bad")}>
    <label for=${id}>${label}</label>
    <div class="field-box"><input id=${id} ...${rest}
      onInput=${(/** @type {any} */ event) => onInput?.(event.target.value)}
      aria-invalid=${error ? "true" : null} aria-describedby=${about ? `${id}-about` : null} />${end}
    </div>${about && html`<p id="${id}-about">${about}</p>`}</div>`;
}

/** Above what it searches. @param {Record<string, any>} props */
export function Search({ onInput, autofocus, ...rest }) {
  const field = useRef(/** @type {any} */ (null));
  useEffect(() => autofocus && field.current.focus(), []);
  return html`<div class="tools"><div class="field-box search"><${Icon} name="search" />
    <input type="search" ref=${field} aria-label=${t("Search")} placeholder=${t("Search")} ...${rest}
      onInput=${(/** @type {any} */ event) => onInput(event.target.value)} /></div></div>`;
}

/** One of several. `options`: [value, text] each. @param {Record<string, any>} props */
export function Choice({ label, value, options, onChange }) {
  const id = useRef("").current ||= `f${++lastId}`;
  return html`<div class="field line"><label for=${id}>${label}</label>
    <select id=${id} value=${value}
      onChange=${(/** @type {any} */ event) => onChange(event.target.value)}>
      ${options.map((/** @type {[string, string]} */ [key, text]) =>
        html`<option value=${key} selected=${key === value}>${text}</option>`)}</select></div>`;
}

/** On or off. @param {Record<string, any>} props */
export function Switch({ label, hint, on, onChange, disabled }) {
  const id = useRef("").current ||= `f${++lastId}`;
  return html`<div class="field line"><label for=${id}>${label}</label>
    <input type="checkbox" role="switch" class="switch" id=${id} checked=${on} disabled=${disabled}
      aria-describedby=${hint ? `${id}-about` : null}
      onChange=${(/** @type {any} */ event) => onChange(event.target.checked)} />
    ${hint && html`<p id="${id}-about">${hint}</p>`}</div>`;
}

/** Modal: the browser keeps the focus inside, Escape closes it. `role`: `alertdialog` where it
 * interrupts. @param {Record<string, any>} props */
export function Dialog({ title, onClose, children, actions, role, class: more }) {
  const ref = useRef(/** @type {any} */ (null));
  useLayoutEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    ref.current.showModal();
    return () => before?.focus?.();
  }, []);
  return html`<dialog ref=${ref} class=${more} role=${role} aria-label=${title}
    onCancel=${(/** @type {Event} */ event) => (event.preventDefault(), onClose())}
    onClick=${(/** @type {Event} */ event) => event.target === ref.current && onClose()}>
    <form onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <h2>${title}</h2>${children}<div class="actions">${actions}</div></form></dialog>`;
}

// --- what any part of the program may say or ask ---

const said = new Observable();
let toastText = "";
/** @type {{ props: Record<string, any>, settle: (yes: boolean) => void } | null} */
let question = null;

/** Something short that has happened; goes by itself. @param {string} text */
export function toast(text) {
  toastText = text;
  said.changed();
}

/** Why something did not work, for its user. @param {unknown} failure */
export function explain(failure) {
  const { code, message } = asError(failure, "invalid");
  const reason = failure instanceof RpcError ? failure.reason : code;
  switch (reason) {
    case "not-allowed": return t("This browser may not do that");
    case "lost":
    case "closed":
    case "timeout": return t("The box does not answer");
    case "taken":
    case "state": return t("Not possible now");
    case "modem": return t("The modem refuses");
    case "limit": return t("Too much for now");
    case "store": return t("The box's disk is full");
    case "not-found": return t("It is gone");
    default: return message;
  }
}

/** What comes of it; undefined where it fails, which is told.
 * @template T @param {Promise<T>} work @param {string} [success] told then */
export async function attempt(work, success) {
  try {
    const result = await work;
    if (success) toast(success);
    return result;
  } catch (failure) {
    toast(explain(failure));
  }
}

/** Whether the user wants it. @param {{ title: string, text: string, action: string }} props
 * @returns {Promise<boolean>} */
export function ask(props) {
  return new Promise((resolve) => {
    const settle = (/** @type {boolean} */ yes) => {
      question = null;
      said.changed();
      resolve(yes);
    };
    question = { props, settle };
    said.changed();
  });
}

/** Where toasts and questions appear: once, in the frame. */
export function Said() {
  useModel(said);
  useEffect(() => {
    const timer = setTimeout(() => toastText && toast(""), 5000);
    return () => clearTimeout(timer);
  }, [toastText]);
  const { props, settle } = question ?? { props: {}, settle() {} };
  return html`<div class="toast" role="status">${toastText && html`<p>${toastText}</p>`}</div>
    ${question && html`<${Dialog} title=${props.title} role="alertdialog" onClose=${() => settle(false)}
      actions=${html`<${Button} onClick=${() => settle(false)}>${t("Cancel")}<//>
        <${Button} kind="danger" onClick=${() => settle(true)}>${props.action}<//>`}>
      <p>${props.text}</p><//>`}`;
}

// --- the box ---

/** @param {{ percent?: number, off?: boolean }} props */
export function Signal({ percent = 0, off }) {
  return html`<svg class="signal s${off ? 0 : Math.ceil(percent / 25)}" viewBox="0 0 20 16" aria-hidden="true">
    ${[4, 8, 12, 16].map((height, i) => html`<rect x=${i * 5} y=${16 - height} width="4" height=${height}
      rx="1" />`)}</svg>`;
}

/** How the box is, in a word. @param {{ class?: string }} props */
export function BoxChip({ class: more }) {
  const box = usePhone().current;
  if (!box) return null;
  const { operator, signal } = box.status;
  const away = box.state !== "ready";
  const text = away ? t("Offline") : operator || t("No network");
  return html`<a class=${classes("chip", away && "off", more)} href="#/box"
    aria-label=${`${box.box.name}: ${text}`}>
    <${Signal} key=${text} percent=${signal} off=${away} /><span key=${`${text}.`}>${text}</span></a>`;
}
