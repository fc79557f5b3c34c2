// SPDX-License-Identifier: LGPL-2.1-or-later
/** What the box keeps, as files. */
import { exportCsv, exportJson, exportVoicemail } from "../phone/export.js";
import { t, tn } from "./i18n.js";
import { html, useEffect, useRef, useState } from "./lib.js";
import { Button, explain, Row, toast } from "./parts.js";
import { saveFile } from "./save.js";

/** @param {{ box: import("../phone/box-model.js").BoxModel }} props */
export function Export({ box }) {
  const [count, setCount] = useState(-1);
  const running = useRef(/** @type {AbortController | null} */ (null));
  useEffect(() => () => running.current?.abort(), []);
  const run = async (/** @type {typeof exportJson} */ make, /** @type {string} */ name) => {
    const { signal } = running.current = new AbortController();
    let sum = 0;
    setCount(0);
    try {
      const file = await make(box, { signal, told: (n) => setCount(sum += n) });
      saveFile(file, `${box.box.name} ${new Date().toISOString().slice(0, 10)}${name}`);
    } catch (error) {
      if (!signal.aborted) toast(explain(error));
    }
    setCount(-1);
  };
  const row = (/** @type {string} */ title, /** @type {string} */ sub, /** @type {typeof exportJson} */ make,
               /** @type {string} */ name) =>
    html`<${Row} title=${title} sub=${sub} end=${html`<${Button} icon="download" label=${t("Save {what}",
      { what: title })} disabled=${count >= 0 || box.state !== "ready"} onClick=${() => run(make, name)} />`} />`;
  return html`<p class="muted">${t("Copies of what the box keeps, made on this device.")}</p>
    <ul class="card">
      ${row(t("Everything but sounds"), t("Texts, calls, contacts: JSON"), exportJson, ".json")}
      ${row(t("Texts"), t("For spreadsheets: CSV"), exportCsv, ".csv")}
      ${row(t("Voicemail"), t("Opus files in one ZIP"), exportVoicemail, " voicemail.zip")}</ul>
    ${count >= 0 && html`<div class="card recorder"><p role="status">${tn("{n} entry has come …", "{n} entries have come …",
      count)}</p><progress aria-label=${t("Export")} />
      <${Button} onClick=${() => running.current?.abort()}>${t("Cancel")}<//></div>`}`;
}
