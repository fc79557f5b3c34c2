// SPDX-License-Identifier: LGPL-2.1-or-later
/** What the box keeps, as files. */
import { exportCsv, exportJson, nameVoicemail } from "../phone/export.js";
import { t } from "./i18n.js";
import { html, useEffect, useModel, useRef, useState } from "./lib.js";
import { attempt, Button, Row } from "./parts.js";

/** @typedef {import("../phone/box-model.js").BoxModel} BoxModel */

/** Into the folder for downloads. @param {Blob} blob @param {string} name */
export function saveFile(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000); // it may be asked where to
}

/** Each as a file of its own. @param {BoxModel} box @param {(count: number) => void} told */
async function saveVoicemail({ voicemails }, told) {
  for (const [i, mail] of (voicemails.list ?? []).entries()) {
    told(i + 1);
    saveFile(await voicemails.sound(mail.id), nameVoicemail(mail));
  }
}

/** @param {{ box: BoxModel }} props */
export function Export({ box }) {
  const [state, setState] = useState("");
  const running = useRef({ wanted: false });
  useModel(box);
  useEffect(() => () => { running.current.wanted = false; }, []);
  const run = async (/** @type {(told: (n: number) => void) => Promise<unknown>} */ work) => {
    const own = running.current = { wanted: true };
    const tell = (/** @type {number} */ n) => setState(t("{n} of them …", { n }));
    tell(0);
    await attempt(work((n) => {
      if (!own.wanted) throw new Error(t("Cancelled"));
      tell(n);
    }));
    setState("");
  };
  const row = (/** @type {string} */ title, /** @type {string} */ sub, /** @type {typeof saveVoicemail} */ work) =>
    html`<${Row} title=${title} sub=${sub} end=${html`<${Button} icon="download" label="${t("Download")}: ${title}"
      disabled=${state || box.state !== "ready"} onClick=${() => run((told) => work(box, told))} />`} />`;
  const file = (/** @type {typeof exportJson} */ make, /** @type {string} */ end) =>
    async (/** @type {BoxModel} */ model, /** @type {(n: number) => void} */ told) =>
      saveFile(await make(model, told), `${model.box.name} ${new Date().toISOString().slice(0, 10)}.${end}`);
  return html`<ul class="card">
      ${row(t("Texts, calls, contacts"), "JSON", file(exportJson, "json"))}
      ${row(t("Texts"), "CSV", file(exportCsv, "csv"))}
      ${row(t("Voicemail"), "Opus", saveVoicemail)}</ul>
    ${state && html`<div class="banner"><p role="status">${state}</p>
      <${Button} onClick=${() => { running.current.wanted = false; }}>${t("Cancel")}<//></div>`}`;
}
