// SPDX-License-Identifier: LGPL-2.1-or-later
/** What a text looks like: its words, what became of it, and where it was found. */
import { parseNumber } from "../proto/number.js";
import { formatWhen, t } from "./i18n.js";
import { html, useEffect, useRef, useState } from "./lib.js";
import { Avatar, Button, Empty, Icon, nameOf, Row } from "./parts.js";
import { href } from "./route.js";

/** @typedef {import("../phone/texts.js").Text} Text */
/** @typedef {import("../phone/box-model.js").BoxModel} BoxModel */

const SEARCH_DELAY = 200;
/** Links lead to the encrypted web alone. A number begins with + or 0: others are codes. */
const LINK = /(https:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]}]|(?:\+|\b0)\d[\d ()/-]{5,}\d)/u;
const MIN_DIGITS = 8;

/** With links, and with numbers that can be called. @param {{ text: string }} props */
export function Words({ text }) {
  return text.split(LINK).map((part, i) => {
    if (i % 2 === 0) return part;
    if (part.startsWith("https:"))
      return html`<a href=${part} target="_blank" rel="noopener noreferrer">${part}</a>`;
    const number = parseNumber(part);
    return number.length < MIN_DIGITS ? part : html`<a href=${href("phone", number)}>${part}</a>`;
  });
}

/** @param {BoxModel} box @param {{ number: string, name?: string }} who */
export function nameFor(box, { number, name }) {
  return nameOf({ number, name: box.contacts.nameOf(number) || name });
}

/** Icon and words. @param {BoxModel} box @param {Text} text @returns {[string, string]} */
export function describeState({ state }, { state: sent }) {
  switch (sent) {
    case "waiting": return ["clock", state === "ready" ? t("Sending …") : t("Waiting for the box")];
    case "queued": return ["clock", t("Queued")];
    case "handed-over": return ["clock", t("Sending …")];
    case "delivered": return ["checks", t("Delivered")];
    case "failed": return ["alert", t("Not sent")];
    default: return ["check", t("Sent")];
  }
}

/** @param {{ box: BoxModel, text: Text }} props */
export function State({ box, text }) {
  const [icon, words] = describeState(box, text);
  return html`<span class="state ${text.state}"><${Icon} name=${icon} /><span>${words}</span></span>`;
}

/** A piece around the first hit, all of them marked. @param {string} text @param {string} wanted */
function mark(text, wanted) {
  const pattern = new RegExp(`(${wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")})`, "iu");
  const at = Math.max(0, text.search(pattern) - 30);
  const shown = (at > 0 ? "…" : "") + [...text.slice(at)].slice(0, 140).join("");
  return shown.split(new RegExp(pattern, "giu")).map((part, i) => i % 2 ? html`<mark>${part}</mark>`
                                                                         : part);
}

/** With `onClose` it comes and goes. @param {{ label: string, value: string,
 *   onInput: (value: string) => void, onClose?: () => void }} props */
export function SearchField({ label, value, onInput, onClose }) {
  const field = useRef(/** @type {any} */ (null));
  useEffect(() => onClose && field.current.focus(), []);
  return html`<div class="find"><${Icon} name="search" /><input type="search" ref=${field} value=${value}
    placeholder=${label} aria-label=${label}
    onInput=${(/** @type {any} */ { target }) => onInput(target.value)} />
    ${onClose && html`<${Button} icon="close" label=${t("Close")} onClick=${onClose} />`}</div>`;
}

/** What was found; each leads to its text. @param {{ box: BoxModel, wanted: string,
 *   number?: string, onOpen?: () => void }} props */
export function Hits({ box, wanted, number, onOpen }) {
  const [{ texts, more, asked }, setFound] = useState(
    { texts: /** @type {Text[]} */ ([]), more: false, asked: "" });
  /** @param {Text[]} before */
  const search = async (before) => {
    const found = await box.texts.search(wanted, number, before.at(-1)?.seq);
    return { texts: [...before, ...found.texts], more: found.more, asked: wanted };
  };
  useEffect(() => {
    let current = true;
    const timer = setTimeout(async () => {
      const found = await search([]).catch(() => null);
      if (current && found) setFound(found);
    }, SEARCH_DELAY);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [wanted, box.state]);
  if (asked === wanted && texts.length === 0)
    return html`<${Empty} icon="search" title=${t("Nothing found")}>
      <p>${t("No text has “{wanted}” in it.", { wanted })}</p><//>`;
  return html`<ul class="hits" aria-label=${t("Found texts")}>${texts.map((text) => html`<${Row}
    key=${text.id} href=${href("messages", text.number, text.id)} onClick=${onOpen}
    start=${html`<${Avatar} ...${text} name=${nameFor(box, text)} />`}
    title=${text.direction === "out" && number ? t("You") : nameFor(box, text)}
    sub=${mark(text.text, asked)} end=${html`<time>${formatWhen(text.time)}</time>`} />`)}</ul>
    ${more && html`<${Button} onClick=${async () => setFound(await search(texts))}>${t("More")}<//>`}`;
}
