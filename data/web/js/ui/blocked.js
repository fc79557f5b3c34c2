// SPDX-License-Identifier: LGPL-2.1-or-later
/** Numbers that ring nowhere. */
import { parseNumber } from "../proto/number.js";
import { formatNumber, t } from "./i18n.js";
import { html, useEffect, useModel, useState } from "./lib.js";
import { attempt, Button, explain, Field, Row } from "./parts.js";

/** @param {{ box: import("../phone/box-model.js").BoxModel }} props */
export function Blocked({ box }) {
  const { blocked, contacts } = box;
  const [number, setNumber] = useState("");
  const [failure, setFailure] = useState("");
  useModel(blocked, contacts, box);
  useEffect(() => {
    if (box.state === "ready") attempt(blocked.load());
  }, [box.state]);
  const add = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setFailure("");
    // Services write under names.
    await blocked.add(parseNumber(number) || number.trim()).then(() => setNumber(""), (error) => setFailure(explain(error)));
  };
  const may = box.may("call") || box.may("sms");
  const row = (/** @type {string} */ one) => {
    const name = contacts.nameOf(one), shown = formatNumber(one);
    return html`<${Row} key=${one} title=${name || shown} sub=${name && shown}
      end=${may && html`<${Button} icon="trash" label=${t("Unblock {number}", { number: name || shown })}
        onClick=${() => attempt(blocked.remove(one))} />`} />`;
  };
  return html`<p class="muted">${t("Their calls are rejected and ring nowhere. Their texts are kept, but nobody is told.")}</p>
    ${may && html`<form class="stack" onSubmit=${add}>
      <${Field} label=${t("Number")} value=${number} onInput=${setNumber} error=${failure} required
        autocomplete="off" end=${html`<${Button} type="submit">${t("Block")}<//>`} /></form>`}
    ${blocked.numbers?.length === 0 && html`<p class="muted">${t("No number is blocked.")}</p>`}
    ${blocked.numbers?.length ? html`<ul class="card">${blocked.numbers.map(row)}</ul>` : null}`;
}
