// SPDX-License-Identifier: LGPL-2.1-or-later
/** All conversations, what is found in them, and with whom a new one begins. */
import { parseNumber } from "../proto/number.js";
import { formatNumber, formatWhen, t } from "./i18n.js";
import { html, useEffect, useModel, usePhone, useState } from "./lib.js";
import { Avatar, Badge, Button, Empty, Field, Row, Screen, Search, toast } from "./parts.js";
import { getRegistration, isNotifying, withShown } from "./push.js";
import { getRoute, href, replace } from "./route.js";
import { Hits, nameFor, NOBODY, State } from "./text-parts.js";
import { Thread } from "./thread.js";

/** In the place of a number: one that is still to be named. */
const NEW = "+";
const MAX_SUGGESTIONS = 20;

/** @typedef {{ box: import("../phone/box-model.js").BoxModel, args: string[] }} Props */

/** @param {Props} props */
export function Messages({ box, args: [shown] }) {
  const { texts } = box, { threads } = texts;
  useModel(texts, box.contacts);
  const [typed, setTyped] = useState("");
  const wanted = typed.trim(), current = shown && texts.thread(shown)?.number;
  return html`<${Screen} title=${t("Messages")} actions=${box.may("sms") && html`<${Button} icon="edit"
      label=${t("New message")} href=${href("messages", NEW)} />`}>
    ${threads.length > 0 && html`<${Search} value=${typed} onInput=${setTyped} />`}
    ${wanted ? html`<${Hits} box=${box} wanted=${wanted} />`
    : threads.length ? html`<ul>${threads.map((thread) => {
        const { number, unread, last } = thread, name = nameFor(box, thread);
        return html`<${Row} key=${number} class=${unread > 0 && "unread"} current=${number === current}
          href=${href("messages", number || NOBODY)} title=${name}
          start=${html`<${Avatar} name=${name} number=${number} />`}
          sub=${html`${last.direction === "out" && html`<${State} box=${box} text=${last} /> `}${last.text}`}
          meta=${html`<${Badge} n=${unread} label=${t("{n} new", { n: unread })} />${formatWhen(last.time)}`} />`;
      })}</ul>${texts.hasMoreThreads && html`<${Button} class="more"
        onClick=${() => texts.loadMoreThreads().catch(() => {})}>${t("More")}<//>`}`
    : html`<${Empty} icon="message" title=${t("No messages yet")}>
        ${box.may("sms") && html`<${Button} kind="primary" href=${href("messages", NEW)}>
          ${t("Write a message")}<//>`}<//>`}<//>`;
}

/** To whom: a number, or a name that the box knows. @param {{ box: Props["box"] }} props */
function NewMessage({ box }) {
  const [typed, setTyped] = useState("");
  useModel(box.contacts);
  useEffect(() => /** @type {any} */ (document.querySelector(".detail input")).focus(), []);
  const number = parseNumber(typed);
  const found = typed.trim() ? box.contacts.search(typed).slice(0, MAX_SUGGESTIONS) : [];
  if (number) found.unshift({ number, name: "" });
  return html`<${Screen} title=${t("New message")} back=${href("messages")}>
    <form class="tools" onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      if (found.length) replace("messages", found[0].number);
    }}><${Field} label=${t("To")} value=${typed} onInput=${setTyped} autocomplete="off"
      hint=${t("Number or name")} /></form>
    <ul>${found.map((contact) => html`<${Row} key=${contact.number} title=${nameFor(box, contact)}
      sub=${contact.name && formatNumber(contact.number)} start=${html`<${Avatar} ...${contact} />`}
      onClick=${() => replace("messages", contact.number)} />`)}</ul><//>`;
}

/** The right pane. @param {Props} props */
export function Conversation({ box, args: [number, id] }) {
  if (number === NEW) return html`<${NewMessage} box=${box} />`;
  if (!number) return html`<${Empty} icon="message" title=${t("Choose a conversation")} />`;
  return html`<${Thread} key=${`${box.box.identity} ${number}`} box=${box}
    number=${number === NOBODY ? "" : number} id=${id} />`;
}

/** And the number, as the service worker's own. @param {Props["box"]} box */
const tagOf = ({ box }) => `text ${box.identity} `;

/** Of what was read, here or elsewhere. @param {Props["box"]} box */
function closeNotifications(box) {
  const ours = tagOf(box);
  withShown(async () => {
    for (const shown of await (await getRegistration())?.getNotifications() ?? []) {
      const thread = shown.tag.startsWith(ours) && box.texts.thread(shown.tag.slice(ours.length));
      // The count may be older than the text.
      if (thread && !thread.unread && (thread.last.read || thread.last.direction === "out"))
        shown.close();
    }
  });
}

/** The first to say it, of the tabs and the service worker, is heard.
 * @param {Props["box"]} box @param {string} number @param {string} name
 * @param {import("../phone/texts.js").Text} text */
async function notify(box, number, name, { time, text, number: sender }) {
  const worker = isNotifying() && await getRegistration(), tag = tagOf(box) + sender;
  if (!worker) return;
  withShown(async () => {
    const [shown] = await worker.getNotifications({ tag });
    const silent = shown?.data.time === time;
    await worker.showNotification(name, /** @type {NotificationOptions} */ ({
      tag, body: text, icon: "icon.svg", renotify: !silent, silent,
      data: { time, hash: href("at", box.box.identity, "messages", number || NOBODY).slice(2) } }));
  });
}

/** Says what came: outside of the page where that is hidden, in it where it is not in sight, and to
 * those who listen in any case. @param {{ box: Props["box"], isShown: boolean }} props */
function Arrival({ box, isShown }) {
  const [said, setSaid] = useState("");
  const { unread, threads } = box.texts;
  useModel(box.texts);
  useEffect(() => closeNotifications(box), [unread, threads[0]?.last.seq]);
  useEffect(() => {
    box.texts.onArrived = (text) => {
      const { number } = box.texts.thread(text.number) ?? text;
      const name = (isShown ? "" : `${box.box.name}: `) + nameFor(box, text);
      const { screen, args: [shown = number] } = getRoute();
      if (document.hidden) notify(box, number, name, text);
      else if (isShown && screen === "messages" && shown === number) setSaid(`${name}: ${text.text}`);
      else toast(t("New message from {name}", { name }));
    };
  }, [isShown]);
  return html`<p class="hidden-text" role="status">${said}</p>`;
}

/** Of all boxes. */
export function Arrivals() {
  const { boxes, current } = usePhone();
  return boxes.map((box) => html`<${Arrival} key=${box} box=${box} isShown=${box === current} />`);
}
