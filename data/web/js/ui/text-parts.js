// SPDX-License-Identifier: LGPL-2.1-or-later
/** What a text looks like: its words, what became of it, and where it was found. */
import { parseNumber } from "../proto/number.js";
import { formatWhen, t } from "./i18n.js";
import { html, useEffect, useState } from "./lib.js";
import { Avatar, Button, Empty, Icon, nameOf, Row } from "./parts.js";
import { href } from "./route.js";

/** @typedef {import("../phone/texts.js").Text} Text */
/** @typedef {import("../phone/box-model.js").BoxModel} BoxModel */

/** In an address, in the place of a sender that there is none of. */
export const NOBODY = "-";
const SEARCH_DELAY = 200;
/** What is shown of a text that was found, and how much of it before the hit. */
const EXCERPT = 140, BEFORE_HIT = 30;
/** Links lead to the encrypted web alone. A number begins with + or 0: others are codes. */
const LINK = /(https:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]}]|(?:\+|\b0)\d[\d ()/-]{6,}\d)/u;

/** With links, and with numbers that can be called. @param {{ text: string }} props */
export function Words({ text }) {
  return text.split(LINK).map((part, i) => {
    const link = i % 2 && (part[0] === "h" ? part : href("phone", parseNumber(part)));
    return link ? html`<a href=${link} target=${link === part ? "_blank" : null} rel="noopener">${part}</a>`
                : part;
  });
}

/** @param {BoxModel} box @param {{ number: string, name?: string }} who */
export function nameFor(box, { number, name }) {
  return nameOf({ number, name: box.contacts.nameOf(number) || name });
}

/** What became of it. @param {{ box: BoxModel, text: Text }} props */
export function State({ box, text: { state } }) {
  const [icon, words] = state === "sent" ? ["check", t("Sent")]
    : state === "delivered" ? ["checks", t("Delivered")]
    : state === "failed" ? ["alert", t("Not sent")]
    : ["clock", state === "queued" ? t("Queued") : state === "waiting" && box.state !== "ready"
      ? t("Waiting for the box") : t("Sending …")];
  return html`<span class="state ${state}"><${Icon} name=${icon} /><span>${words}</span></span>`;
}

/** A piece around the first hit, all of them marked. @param {string} text @param {string} wanted */
function mark(text, wanted) {
  const pattern = new RegExp(`(${wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")})`, "iu");
  const from = Math.max(0, text.search(pattern) - BEFORE_HIT);
  return `${from ? "…" : ""}${text.slice(from, from + EXCERPT)}`.split(pattern).map(
    (part, i) => i % 2 ? html`<mark>${part}</mark>` : part);
}

/** What was found; each leads to its text. @param {{ box: BoxModel, wanted: string,
 *   number?: string, onOpen?: () => void }} props */
export function Hits({ box, wanted, number, onOpen }) {
  const [{ texts, more, asked }, setFound] = useState(
    { texts: /** @type {Text[]} */ ([]), more: false, asked: "" });
  /** @param {Text[]} before */
  const search = async (before) => {
    const found = await box.texts.search(wanted, number, before.at(-1)?.seq);
    return () => setFound({ texts: [...before, ...found.texts], more: found.more, asked: wanted });
  };
  useEffect(() => {
    let show = (/** @type {() => void} */ found) => found();
    const timer = setTimeout(() => search([]).then((found) => show(found), () => {}), SEARCH_DELAY);
    return () => {
      show = () => {}; // something else is wanted
      clearTimeout(timer);
    };
  }, [wanted, box.state]);
  if (asked === wanted && !texts.length) return html`<${Empty} icon="search" title=${t("Nothing found")} />`;
  return html`<ul class="hits">${texts.map((text) => html`<${Row} key=${text.id}
    href=${href("messages", text.number || NOBODY, text.id)} onClick=${onOpen}
    start=${html`<${Avatar} number=${text.number} name=${nameFor(box, text)} />`}
    title=${number && text.direction === "out" ? t("You") : nameFor(box, text)}
    sub=${mark(text.text, asked)} meta=${formatWhen(text.time)} />`)}</ul>
    ${more && html`<${Button} class="more" onClick=${async () => (await search(texts))()}>${t("More")}<//>`}`;
}
