// SPDX-License-Identifier: LGPL-2.1-or-later
/** The contacts: found, called, kept. */
import { parseNumber } from "../proto/number.js";
import { startCall } from "./calling.js";
import { formatNumber, t } from "./i18n.js";
import { html, useEffect, useModel, useRef, useState } from "./lib.js";
import { ask, attempt, Avatar, Button, Empty, explain, Field, Row, Screen, Search } from "./parts.js";
import { href, replace } from "./route.js";

/** @typedef {import("../phone/box-model.js").BoxModel} BoxModel */
/** @typedef {import("../phone/contacts.js").Contact} Contact */

/** Drawn at a time: who does not see it searches. */
const SHOWN = 200;

/** @param {BoxModel} box */
const mayEdit = (box) => box.may("call", "sms");

/** A file is chosen, goes to the box, and what became of it is said.
 * @param {{ box: BoxModel }} props */
function Import({ box }) {
  const ref = useRef(/** @type {any} */ (null));
  const [state, setState] = useState("");
  const take = async () => {
    const [file] = ref.current.files;
    ref.current.value = "";
    try {
      const { kept, refused } = await box.contacts.importFile(file, (share) => setState(`${Math.round(100 * share)} %`));
      setState(t("{kept} kept, {refused} refused", { kept, refused }));
    } catch (error) {
      setState(explain(error));
    }
  };
  return html`<input type="file" hidden ref=${ref} accept=".vcf,.vcard,text/vcard,text/x-vcard" onChange=${take} />
    <${Button} kind="plain" icon="upload" onClick=${() => ref.current.click()}>${t("Import a vCard file")}<//>
    <p role="status">${state}</p>`;
}

/** @param {{ box: BoxModel, args: string[] }} props */
export function ContactList({ box, args: [shown] }) {
  const { contacts } = box;
  const [text, setText] = useState("");
  useModel(contacts);
  useEffect(() => { contacts.ready(); }, [contacts]);
  const found = contacts.search(text);
  const tools = mayEdit(box) && html`<div key="tools" class="tools"><${Import} box=${box} /></div>`;
  return html`<${Screen} title=${t("Contacts")} actions=${mayEdit(box) && html`<${Button} icon="plus"
      label=${t("New contact")} href="#/contacts/new" />`}>
    ${contacts.list?.length === 0 ? html`<${Empty} icon="contacts" title=${t("No contacts")}>
      <p>${t("Their names are shown with calls and messages.")}</p><//>`
    : html`<${Search} value=${text} onInput=${setText} />`}
    <ul>${found.slice(0, SHOWN).map(({ name, number }) => html`<${Row} key=${number}
      href=${href("contacts", number)} current=${shown === number}
      start=${html`<${Avatar} name=${name} number=${number} />`} title=${name} sub=${formatNumber(number)} />`)}</ul>
    ${found.length > SHOWN && html`<p class="tools muted">${t("{n} more", { n: found.length - SHOWN })}</p>`}
    ${text && !found.length && html`<p class="tools muted">${t("Nothing found")}</p>`}
    ${tools}<//>`;
}

/** A new one (perhaps for a number that has called), or another name or number.
 * @param {{ box: BoxModel, contact?: Contact, typed?: string }} props */
function Edit({ box, contact, typed = "" }) {
  const [name, setName] = useState(contact?.name ?? "");
  const [number, setNumber] = useState(contact?.number ?? typed);
  const [failure, setFailure] = useState("");
  const back = href("contacts", ...contact ? [contact.number] : []);
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const normal = parseNumber(number);
    if (!normal) return setFailure(t("That is not a phone number"));
    if (!await attempt(box.contacts.set(normal, name))) return;
    replace("contacts", normal);
    if (contact && contact.number !== normal) attempt(box.contacts.delete(contact.number));
  };
  return html`<${Screen} title=${contact?.name ?? t("New contact")} back=${back}>
    <form class="page" onSubmit=${save}>
      <${Field} label=${t("Name")} value=${name} onInput=${setName} required maxlength="128" autocomplete="off" />
      <${Field} label=${t("Number")} type="tel" value=${number} onInput=${setNumber} required autocomplete="off"
        error=${failure} />
      <div class="actions"><${Button} href=${back}>${t("Cancel")}<//>
        <${Button} kind="primary" type="submit">${t("Save")}<//></div></form><//>`;
}

/** @param {{ box: BoxModel, contact: Contact }} props */
function Show({ box, contact: { name, number } }) {
  const remove = async () => {
    if (await ask({ title: t("Delete {name}?", { name }), text: t("Calls and messages stay, without the name."),
                    action: t("Delete") }))
      attempt(box.contacts.delete(number));
  };
  return html`<${Screen} title=${name} sub=${formatNumber(number)} back="#/contacts">
    <div class="page choices">
      ${box.may("call") && html`<${Button} kind="primary" icon="phone"
        onClick=${() => startCall(box, number)}>${t("Call")}<//>`}
      ${box.may("sms") && html`<${Button} kind="plain" icon="message"
        href=${href("messages", number)}>${t("Text")}<//>`}
      ${mayEdit(box) && html`<${Button} kind="plain" icon="edit" href=${href("contacts", number, "edit")}>
          ${t("Edit")}<//>
        <${Button} kind="plain danger" icon="trash" onClick=${remove}>${t("Delete")}<//>`}</div><//>`;
}

/** @param {{ box: BoxModel, args: string[] }} props */
export function ContactDetail({ box, args: [number, more] }) {
  useModel(box.contacts);
  const contact = box.contacts.list?.find((one) => one.number === number);
  useEffect(() => {
    if (number && number !== "new" && box.contacts.list && !contact) replace("contacts"); // it was deleted
  });
  if (number === "new") return html`<${Edit} key=${more} box=${box} typed=${more} />`;
  if (!contact) return html`<${Empty} icon="contacts" title=${t("Contacts")} />`;
  return html`<${more ? Edit : Show} key=${number} box=${box} contact=${contact} />`;
}
