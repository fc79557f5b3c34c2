// SPDX-License-Identifier: LGPL-2.1-or-later
/** Numbers that ring nowhere. */
import { readAll } from "../phone/pages.js";
import { parseNumber } from "../proto/number.js";
import { formatNumber, t } from "./i18n.js";
import { html, useEffect, useModel, useState } from "./lib.js";
import { attempt, Button, Field, Row } from "./parts.js";

/** @param {{ box: import("../phone/box-model.js").BoxModel }} props */
export function Blocked({ box }) {
  const { link, contacts } = box, ready = box.state === "ready";
  const [typed, setTyped] = useState("");
  const [numbers = [], setNumbers] = useState(/** @type {string[] | undefined} */ ([]));
  useModel(contacts, box);
  const load = async () => setNumbers(await attempt(
    readAll(link, "blocked.list", "numbers", (after) => ({ after }))));
  useEffect(() => { ready && load(); }, [ready]);
  const change = async (/** @type {Promise<unknown>} */ work) => {
    if (await attempt(work)) setTyped("");
    load();
  };
  const add = (/** @type {Event} */ event) => {
    event.preventDefault();
    change(box.block(parseNumber(typed) || typed)); // services write under names
  };
  const may = box.may("call", "sms");
  return html`<p class="muted">${t(
    "Their calls are rejected and ring nowhere. Their texts are kept, but nobody is told.")}</p>
    ${may && html`<form onSubmit=${add}><${Field} label=${t("Number")} value=${typed} onInput=${setTyped} required
      autocomplete="off" end=${html`<${Button} type="submit">${t("Block")}<//>`} /></form>`}
    ${numbers.length > 0 && html`<ul class="card">${numbers.map((number) => {
      const name = contacts.nameOf(number) || formatNumber(number);
      return html`<${Row} key=${number} title=${name} sub=${name !== number && number}
        end=${may && html`<${Button} icon="trash" label=${t("Unblock {number}", { number: name })}
          onClick=${() => change(link.callControl("blocked.remove", { number }))} />`} />`;
    })}</ul>`}`;
}
