// SPDX-License-Identifier: LGPL-2.1-or-later
/** All conversations, what is found in them, and with whom a new one begins. */
import { parseNumber } from "../proto/number.js";
import { formatNumber, formatWhen, t, tn } from "./i18n.js";
import { html, useEffect, useModel, useRef, useState } from "./lib.js";
import { Avatar, Badge, Button, Empty, Field, Icon, nameOf, Row, Screen, toast } from "./parts.js";
import { getRoute, go, href, replace } from "./route.js";
import { describeState, Hits, nameFor, SearchField } from "./text-parts.js";
import { Thread } from "./thread.js";

/** In the place of a number: one that is still to be named. */
const NEW = "+";
const MAX_SUGGESTIONS = 20;

/** @typedef {{ box: import("../phone/box-model.js").BoxModel, args: string[] }} Props */

/** @param {{ box: Props["box"], thread: import("../phone/texts.js").Thread, current: boolean }} props */
function ThreadRow({ box, thread, current }) {
  const { number, unread, last } = thread, name = nameFor(box, thread);
  const said = last.text.replace(/\s+/g, " ");
  const [icon, words] = describeState(box, last);
  return html`<${Row} class=${unread > 0 && "unread"} href=${href("messages", number)} current=${current}
    start=${html`<${Avatar} name=${name} number=${number} />`} title=${name}
    sub=${last.direction === "in" ? said : html`<${Icon} name=${icon} />
      <span class="hidden-text">${words}: </span>${t("You: {text}", { text: said })}`}
    end=${html`<div class="when"><time dateTime=${last.time}>${formatWhen(last.time)}</time>
      <${Badge} n=${unread} label=${tn("{n} unread", "{n} unread", unread)} /></div>`} />`;
}

/** @param {Props} props */
export function Messages({ box, args: [shown] }) {
  const { texts } = box;
  useModel(texts, box.contacts);
  const [wanted, setWanted] = useState("");
  const { threads } = texts;
  return html`<${Screen} title=${t("Messages")} actions=${box.may("sms") && html`<${Button} icon="edit"
      label=${t("New message")} href=${href("messages", NEW)} />`}>
    ${threads.length > 0 && html`<${SearchField} label=${t("Search all texts")} value=${wanted}
      onInput=${setWanted} />`}
    ${wanted.trim() ? html`<${Hits} box=${box} wanted=${wanted.trim()} />`
    : threads.length > 0 ? html`<ul aria-label=${t("Conversations")}>${threads.map((thread) =>
        html`<${ThreadRow} key=${thread.number} box=${box} thread=${thread}
          current=${thread.number === shown} />`)}</ul>
      ${texts.hasMoreThreads && html`<${Button} class="more"
        onClick=${() => texts.loadMoreThreads().catch(() => {})}>${t("More")}<//>`}`
    : html`<${Empty} icon="message" title=${t("No messages yet")}>
        <p>${t("Texts to your number appear here, on all your devices.")}</p>
        ${box.may("sms") && html`<${Button} kind="primary" href=${href("messages", NEW)}>
          ${t("Write a message")}<//>`}<//>`}<//>`;
}

/** To whom: a number, or a name that the box knows. @param {{ box: Props["box"] }} props */
function NewMessage({ box }) {
  const [typed, setTyped] = useState("");
  const field = useRef(/** @type {any} */ (null));
  useModel(box.contacts);
  useEffect(() => field.current.querySelector("input").focus(), []);
  const number = parseNumber(typed);
  const found = typed.trim() ? box.contacts.search(typed).slice(0, MAX_SUGGESTIONS) : [];
  /** @param {string} to */
  const write = (to) => replace("messages", to);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const [first] = found;
    if (number || first) write(number || first.number);
  };
  return html`<${Screen} title=${t("New message")} back=${href("messages")}>
    <form class="page to" ref=${field} onSubmit=${submit}>
      <${Field} label=${t("To")} value=${typed} onInput=${setTyped} autocomplete="off"
        placeholder=${t("Number or name")} spellcheck=${false} />
    </form>
    <ul aria-label=${t("Suggestions")}>${number && html`<${Row} onClick=${() => write(number)}
        start=${html`<${Avatar} number=${number} />`}
        title=${t("Write to {number}", { number: formatNumber(number) })} />`}
      ${found.map((contact) => html`<${Row} key=${contact.number}
        onClick=${() => write(contact.number)} start=${html`<${Avatar} ...${contact} />`}
        title=${contact.name} sub=${formatNumber(contact.number)} />`)}</ul><//>`;
}

/** The right pane. @param {Props} props */
export function Conversation({ box, args: [number, id] }) {
  if (number === NEW) return html`<${NewMessage} box=${box} />`;
  if (number) return html`<${Thread} key=${number} box=${box} number=${number} id=${id} />`;
  return html`<${Empty} icon="message" title=${t("No conversation is open")}>
    <p>${t("Choose one on the left.")}</p><//>`;
}

/** @param {string} number @param {string} name @param {import("../phone/texts.js").Text} text */
async function notify(number, name, text) {
  if (!("Notification" in globalThis) || Notification.permission !== "granted") return;
  const worker = await navigator.serviceWorker?.getRegistration();
  // Each tab shows it: the tag makes it one.
  worker?.showNotification(name, { body: text.text, tag: `text-${text.id}`,
                                   data: { url: href("messages", number) } });
}

/** Says what came: outside of the page where that is hidden, in it where it is not in sight, and to
 * those who listen in any case. @param {{ box: Props["box"] }} props */
export function Arrivals({ box }) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    box.texts.onArrived = (text) => {
      const { number } = box.texts.thread(text.number) ?? text, name = nameFor(box, text);
      const { screen, args: [shown = number] } = getRoute();
      if (document.visibilityState === "hidden") notify(number, name, text);
      else if (screen === "messages" && shown === number)
        setSaid(t("{name}: {text}", { name, text: text.text }));
      else toast(t("New message from {name}", { name }));
    };
    return () => void (box.texts.onArrived = null);
  }, [box]);
  return html`<p class="hidden-text" role="status">${said}</p>`;
}
