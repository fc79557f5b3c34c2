// SPDX-License-Identifier: LGPL-2.1-or-later
/** The voicemail: what callers said, and one of them to be heard. */
import { nameVoicemail } from "../phone/export.js";
import { startCall } from "./calling.js";
import { saveFile } from "./export.js";
import { formatDay, formatDuration, formatTime, formatWhen, t } from "./i18n.js";
import { html, useEffect, useModel } from "./lib.js";
import { ask, attempt, Avatar, Button, Empty, nameOf, Row, Screen } from "./parts.js";
import { Player } from "./player.js";
import { href, replace } from "./route.js";

/** @typedef {import("../phone/box-model.js").BoxModel} BoxModel */
/** @typedef {import("../phone/voicemails.js").Voicemail} Voicemail */

/** By the name that the number has now. @param {BoxModel} box @param {Voicemail} mail */
const getCaller = (box, { number, name }) =>
  nameOf({ number, name: number && box.contacts.nameOf(number) || name });

/** @param {{ box: BoxModel, args: string[] }} props */
export function VoicemailList({ box, args: [id] }) {
  const { voicemails: { list, allowed }, voicemails, contacts } = box;
  useModel(voicemails, contacts);
  return html`<${Screen} title=${t("Voicemail")}>
    ${list?.length ? html`<ul>${list.map((mail) => html`<${Row} key=${mail.id} href=${href("voicemail", mail.id)}
        current=${id === String(mail.id)} class=${mail.state === "new" && "unread"}
        start=${html`<${Avatar} ...${mail} name=${getCaller(box, mail)} />`} title=${getCaller(box, mail)}
        sub=${formatDuration(mail.seconds)}
        meta=${html`${mail.state === "new" && html`<span class="badge">${t("New")}</span>`}
          ${formatWhen(mail.time)}`} />`)}</ul>`
    : !allowed ? html`<${Empty} icon="voicemail" title=${t("This browser may not do that")} />`
    : list && html`<${Empty} icon="voicemail" title=${t("No voicemail")}>
      <p>${t("When you do not answer, callers can leave a message.")}</p>
      <${Button} kind="plain" href="#/settings/greeting">${t("Greeting")}<//><//>`}<//>`;
}

/** @param {{ box: BoxModel, args: string[] }} props */
export function VoicemailDetail({ box, args }) {
  const { voicemails, contacts } = box;
  useModel(voicemails, contacts, box);
  const mail = voicemails.list?.find(({ id }) => String(id) === args[0]);
  useEffect(() => {
    if (args[0] && voicemails.list && !mail) replace("voicemail"); // it was deleted
  });
  if (!mail) return html`<${Empty} icon="voicemail" title=${t("Voicemail")} />`;
  const { id, number, time, seconds, state } = mail, may = box.may("voicemail");
  const remove = async () => {
    if (await ask({ title: t("Delete this voicemail?"), text: t("It is deleted on the box, for all devices."),
                    action: t("Delete") }))
      attempt(voicemails.delete(id));
  };
  const download = async () => {
    const sound = await attempt(voicemails.sound(id));
    if (sound) saveFile(sound, nameVoicemail(mail));
  };
  const onPlay = () => {
    if (may && state === "new") voicemails.mark(id, true).catch(() => {}); // the box may be away
  };
  return html`<${Screen} title=${getCaller(box, mail)} sub="${formatDay(time)}, ${formatTime(time)}"
    back="#/voicemail"><div class="page">
    <${Player} key=${id} load=${() => voicemails.sound(id)} ready=${box.state === "ready" || voicemails.has(id)}
      seconds=${seconds} onPlay=${onPlay} />
    <div class="choices">
      ${number && box.may("call") && html`<${Button} kind="plain" icon="phone"
        onClick=${() => startCall(box, number)}>${t("Call back")}<//>`}
      ${number && box.may("sms") && html`<${Button} kind="plain" icon="message"
        href=${href("messages", number)}>${t("Text")}<//>`}
      <${Button} kind="plain" icon="download" onClick=${download}>${t("Download")}<//>
      ${may && state === "heard" && html`<${Button} kind="plain" icon="voicemail"
        onClick=${() => attempt(voicemails.mark(id, false))}>${t("Mark as new")}<//>`}
      ${may && html`<${Button} kind="plain danger" icon="trash" onClick=${remove}>${t("Delete")}<//>`}
    </div></div><//>`;
}
