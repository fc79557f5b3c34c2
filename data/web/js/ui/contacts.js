// SPDX-License-Identifier: LGPL-2.1-or-later
/** The contacts: found, called, kept. */
import { parseNumber } from "../proto/number.js";
import { startCall } from "./calling.js";
import { formatNumber, t, tn } from "./i18n.js";
import { html, useModel, useRef, useState } from "./lib.js";
import { ask, attempt, Avatar, Banner, Button, Empty, explain, Field, Row, Screen } from "./parts.js";
import { href, replace } from "./route.js";

/** @typedef {import("../phone/box-model.js").BoxModel} BoxModel */
/** @typedef {import("../phone/contacts.js").Contact} Contact */

/** Drawn at a time: nobody reads on, everybody searches. */
const SHOWN = 200;

/** May change them. @param {BoxModel} box */
const mayEdit = (box) => box.may("call") || box.may("sms");

/** A file is chosen, goes to the box, and what became of it is said.
 * @param {{ box: BoxModel }} props */
function Import({ box }) {
  const ref = useRef(/** @type {any} */ (null));
  const [share, setShare] = useState(-1);
  const [result, setResult] = useState("");
  const take = async () => {
    const [file] = ref.current.files;
    if (!file) return;
    setResult("");
    setShare(0);
    try {
      const { kept, refused } = await box.contacts.importFile(file, setShare);
      setResult(kept + refused === 0 ? t("There is no contact with a name and a number in this file.")
        : refused ? t("{kept} kept, {refused} refused: they have no number or no name.", { kept, refused })
        : tn("{n} number kept", "{n} numbers kept", kept));
    } catch (error) {
      setResult(explain(error));
    }
    setShare(-1);
    ref.current.value = "";
  };
  return html`<input type="file" hidden ref=${ref}
      accept=".vcf,.vcard,text/vcard,text/x-vcard" onChange=${take} />
    <${Button} kind="plain" icon="upload" busy=${share >= 0} onClick=${() => ref.current.click()}>
      ${t("Import a vCard file")}<//>
    ${share >= 0 && html`<progress value=${share} aria-label=${t("Import")} />`}
    ${result && html`<${Banner} action=${html`<${Button} icon="close" label=${t("Close")}
      onClick=${() => setResult("")} />`}>${result}<//>`}`;
}

/** @param {{ box: BoxModel, args: string[] }} props */
export function ContactList({ box, args }) {
  const { contacts } = box;
  const [text, setText] = useState("");
  useModel(contacts);
  const found = contacts.search(text);
  const add = mayEdit(box) && html`<${Button} icon="plus" label=${t("Add a contact")} href="#/contacts/new" />`;
  const tools = mayEdit(box) && html`<div class="tools"><${Import} box=${box} /></div>`;
  if (contacts.list?.length === 0)
    return html`<${Screen} title=${t("Contacts")} actions=${add}>
      <${Empty} icon="contacts" title=${t("No contacts")}>
        <p>${t("Names that you add, or import from your phone, are shown with calls and messages.")}</p>${tools}<//><//>`;
  return html`<${Screen} title=${t("Contacts")} actions=${add}>
    <div class="tools"><${Field} label=${t("Search")} type="search" value=${text} onInput=${setText} /></div>
    <ul>${found.slice(0, SHOWN).map(({ name, number }) => html`<${Row} key=${number}
      href=${href("contacts", number)} current=${args[0] === number}
      start=${html`<${Avatar} name=${name} number=${number} />`} title=${name} sub=${formatNumber(number)} />`)}</ul>
    ${found.length > SHOWN && html`<p class="tools muted">${t("{n} more: search for them", { n: found.length - SHOWN })}</p>`}
    ${contacts.list && found.length === 0 && html`<p class="tools muted">${t("Nobody is called so.")}</p>`}
    ${tools}<//>`;
}

/** A new one (perhaps for a number that has called), or another name or number.
 * @param {{ box: BoxModel, contact?: Contact, typed?: string }} props */
function Edit({ box, contact, typed = "" }) {
  const [name, setName] = useState(contact?.name ?? "");
  const [number, setNumber] = useState(contact?.number ?? typed);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");
  const back = contact ? href("contacts", contact.number) : "#/contacts";
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const normal = parseNumber(number);
    if (!normal) return setFailure(t("That is not a phone number"));
    setBusy(true);
    try {
      if (!await box.contacts.set(normal, name)) throw new Error(t("The box does not take this name."));
      if (contact && contact.number !== normal) await box.contacts.delete(contact.number);
      replace("contacts", normal);
    } catch (error) {
      setFailure(explain(error));
      setBusy(false);
    }
  };
  return html`<${Screen} title=${contact ? t("Edit contact") : t("New contact")} back=${back}>
    <form class="page" onSubmit=${save}>
      <${Field} label=${t("Name")} value=${name} onInput=${setName} required maxlength="128" autocomplete="off" />
      <${Field} label=${t("Number")} type="tel" value=${number} onInput=${setNumber} required autocomplete="off"
        error=${failure} />
      <div class="actions"><${Button} href=${back}>${t("Cancel")}<//>
        <${Button} kind="primary" type="submit" busy=${busy}>${t("Save")}<//></div></form><//>`;
}

/** @param {{ box: BoxModel, contact: Contact }} props */
function Show({ box, contact: { name, number } }) {
  const remove = async () => {
    if (await ask({ title: t("Delete {name}?", { name }), text: t("Calls and messages stay, without the name."),
                    action: t("Delete") }))
      await attempt(box.contacts.delete(number).then(() => replace("contacts")));
  };
  return html`<${Screen} title=${name} back="#/contacts">
    <div class="page"><div class="person"><${Avatar} name=${name} number=${number} />
      <p>${formatNumber(number)}</p></div>
      <div class="choices">
        <${Button} kind="primary" icon="phone" onClick=${() => startCall(box, number)}>${t("Call")}<//>
        <${Button} kind="plain" icon="message" href=${href("messages", number)}>${t("Text")}<//>
        ${mayEdit(box) && html`<${Button} kind="plain" icon="edit" href=${href("contacts", number, "edit")}>
            ${t("Edit")}<//>
          <${Button} kind="plain danger" icon="trash" onClick=${remove}>${t("Delete")}<//>`}</div></div><//>`;
}

/** @param {{ box: BoxModel, args: string[] }} props */
export function ContactDetail({ box, args: [number, more] }) {
  useModel(box.contacts);
  if (number === "new") return html`<${Edit} key=${more} box=${box} typed=${more} />`;
  const contact = box.contacts.list?.find((one) => one.number === number);
  if (!contact) return html`<${Empty} icon="contacts" title=${t("Choose a contact")} />`;
  return html`<${more ? Edit : Show} key=${number} box=${box} contact=${contact} />`;
}
