// SPDX-License-Identifier: LGPL-2.1-or-later
/** The voicemail: what callers said, and one of them to be heard. */
import { nameVoicemail } from "../phone/export.js";
import { startCall } from "./calling.js";
import { formatDay, formatDuration, formatNumber, formatTime, formatWhen, t } from "./i18n.js";
import { html, useModel } from "./lib.js";
import { ask, attempt, Avatar, Button, Empty, nameOf, Row, Screen } from "./parts.js";
import { Player } from "./player.js";
import { href, replace } from "./route.js";
import { saveFile } from "./save.js";

/** @typedef {import("../phone/box-model.js").BoxModel} BoxModel */
/** @typedef {import("../phone/voicemails.js").Voicemail} Voicemail */

/** By the name that his number has now. @param {BoxModel} box @param {Voicemail} mail */
function getCaller(box, { number, name }) {
  return nameOf({ number, name: number && box.contacts.nameOf(number) || name });
}

/** @param {{ box: BoxModel, args: string[] }} props */
export function VoicemailList({ box, args }) {
  const { voicemails } = box;
  useModel(voicemails, box.contacts);
  const { list, more, allowed } = voicemails;
  const rows = (list ?? []).map((mail) => html`<${Row} key=${mail.id} href=${href("voicemail", mail.id)}
    current=${args[0] === String(mail.id)} class=${mail.state === "new" ? "unread" : ""}
    start=${html`<${Avatar} name=${mail.name} number=${mail.number} />`}
    title=${getCaller(box, mail)} sub=${formatDuration(mail.seconds)}
    meta=${html`${mail.state === "new" && html`<span class="badge">${t("New")}</span>`}
      ${formatWhen(mail.time)}`} />`);
  return html`<${Screen} title=${t("Voicemail")}>
    ${!allowed ? html`<${Empty} icon="voicemail" title=${t("Not for this browser")}>
        <p>${t("The box does not let it hear voicemail.")}</p><//>`
      : rows.length ? html`<ul>${rows}</ul>
        ${more && html`<${Button} onClick=${() => voicemails.loadMore()}>${t("Show older ones")}<//>`}`
      : list && html`<${Empty} icon="voicemail" title=${t("No voicemail")}>
        <p>${t("When you do not answer, callers can leave a message, and you hear it here.")}</p>
        <${Button} kind="plain" href="#/settings/greeting">${t("Record a greeting")}<//><//>`}<//>`;
}

/** @param {{ box: BoxModel, mail: Voicemail }} props */
function Actions({ box, mail }) {
  const { number } = mail;
  const leave = async (/** @type {Promise<unknown>} */ work) => {
    if (await attempt(work)) replace("voicemail");
  };
  const remove = async () => {
    if (await ask({ title: t("Delete this voicemail?"), text: t("It is deleted on the box, for all devices."),
                    action: t("Delete") }))
      leave(box.voicemails.delete(mail.id));
  };
  const download = async () => {
    const sound = await attempt(box.voicemails.sound(mail.id));
    if (sound) saveFile(sound, nameVoicemail(mail));
  };
  return html`<div class="choices">
    ${number && html`<${Button} kind="plain" icon="phone" onClick=${() => startCall(box, number)}>${t("Call back")}<//>
      <${Button} kind="plain" icon="message" href=${href("messages", number)}>${t("Text")}<//>`}
    <${Button} kind="plain" icon="download" onClick=${download}>${t("Download")}<//>
    ${box.may("voicemail") && html`
      ${mail.state === "heard" && html`<${Button} kind="plain" icon="voicemail" onClick=${() => leave(box.voicemails.mark(mail.id, false))}>
        ${t("Mark as new")}<//>`}
      <${Button} kind="plain danger" icon="trash" onClick=${remove}>${t("Delete")}<//>`}</div>`;
}

/** @param {{ box: BoxModel, args: string[] }} props */
export function VoicemailDetail({ box, args }) {
  const { voicemails } = box;
  useModel(voicemails, box.contacts, box);
  const mail = voicemails.list?.find(({ id }) => String(id) === args[0]);
  if (!mail)
    return html`<${Empty} icon="voicemail" title=${t("Choose a voicemail")} />`;
  const onPlay = () => {
    if (mail.state === "new" && box.may("voicemail")) voicemails.mark(mail.id, true).catch(() => {});
  };
  const { number, time } = mail, caller = getCaller(box, mail);
  const named = number && caller !== formatNumber(number);
  return html`<${Screen} title=${caller} sub=${named && formatNumber(number)} back="#/voicemail">
    <div class="page"><p class="muted">${formatDay(time)}, ${formatTime(time)}</p>
      <div class="card"><${Player} key=${mail.id} load=${() => voicemails.sound(mail.id)}
        ready=${box.state === "ready" || voicemails.has(mail.id)} seconds=${mail.seconds} onPlay=${onPlay} /></div>
      <${Actions} box=${box} mail=${mail} /></div><//>`;
}
