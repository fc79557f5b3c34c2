// SPDX-License-Identifier: LGPL-2.1-or-later
/** The dial pad, and the log of calls. */
import { audio } from "../phone/audio.js";
import { isMissed, isRinging } from "../phone/calls.js";
import { keySound } from "../phone/tones.js";
import { parseNumber } from "../proto/number.js";
import { askCall, sendCode, startCall } from "./calling.js";
import { formatDuration, formatNumber, formatWhen, t } from "./i18n.js";
import { html, useEffect, useModel, useRef, useState } from "./lib.js";
import { ask, attempt, Avatar, Banner, Button, Dialog, Empty, Icon, nameOf, Row, Screen } from "./parts.js";
import { go, href } from "./route.js";

const LONG = 500; // ms that a key is held for its other sign
const KEYS = [["1", ""], ["2", "ABC"], ["3", "DEF"], ["4", "GHI"], ["5", "JKL"], ["6", "MNO"],
              ["7", "PQRS"], ["8", "TUV"], ["9", "WXYZ"], ["*", ""], ["0", "+"], ["#", ""]];
/** From a key of the pad to its neighbours. @type {Record<string, number>} */
const ARROWS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -3, ArrowDown: 3 };
/** Answered by the network itself (3GPP TS 22.030). */
const CODE = /^[*#][\d*#]*#$/;

/** @typedef {import("../phone/box-model.js").BoxModel} BoxModel */
/** @typedef {import("../phone/calls.js").LogEntry} LogEntry */

/** @param {{ onKey: (key: string) => void, plus?: boolean }} props */
export function Pad({ onKey, plus }) {
  const held = useRef({ timer: 0, done: false });
  const press = (/** @type {string} */ key) => {
    if (key !== "+") audio.earpiece.play(keySound(key));
    onKey(key);
  };
  const hold = (/** @type {string} */ key) => {
    held.current.done = false;
    clearTimeout(held.current.timer);
    if (plus && key === "0") held.current.timer = window.setTimeout(() => {
      held.current.done = true;
      press("+");
    }, LONG);
  };
  const release = () => clearTimeout(held.current.timer);
  const move = (/** @type {KeyboardEvent} */ event) => {
    const keys = /** @type {HTMLElement} */ (event.currentTarget).children;
    const at = [...keys].indexOf(/** @type {Element} */ (event.target)) + (ARROWS[event.key] ?? NaN);
    /** @type {HTMLElement | undefined} */ (keys[at])?.focus();
  };
  return html`<div class="pad" role="group" aria-label=${t("Keypad")} onKeyDown=${move}>
    ${KEYS.map(([key, letters]) => html`<button type="button" class="key"
      onPointerDown=${() => hold(key)} onPointerUp=${release} onPointerLeave=${release}
      onClick=${() => held.current.done ? held.current.done = false : press(key)}>
      ${key}<small aria-hidden="true">${letters}</small></button>`)}</div>`;
}

/** What of it can be dialled. @param {string} text */
const clean = (text) => parseNumber(text) || text.replace(/[^\d+*#]/g, "");

/** Digits that are typed while nothing else takes them. @param {(key: string) => void} onKey */
export function useKeys(onKey) {
  useEffect(() => {
    const follow = (/** @type {KeyboardEvent} */ event) => {
      const target = /** @type {Element} */ (event.target);
      if (!event.ctrlKey && !event.metaKey && !event.altKey
          && !target.closest("input, textarea, select, dialog"))
        onKey(event.key);
    };
    addEventListener("keydown", follow);
    return () => removeEventListener("keydown", follow);
  });
}

/** Whose number that is, or whose it may become.
 * @param {{ box: BoxModel, number: string, onPick: (number: string) => void }} props */
function Match({ box, number, onPick }) {
  useModel(box.contacts);
  const name = box.contacts.nameOf(number);
  const [likely] = name || number.length < 3 ? [] : box.contacts.search(number);
  if (!likely) return html`<p class="match" aria-live="polite">${name}</p>`;
  return html`<p class="match"><button type="button" onClick=${() => onPick(likely.number)}>
    ${likely.name} <span>${formatNumber(likely.number)}</span></button></p>`;
}

/** @param {{ box: BoxModel, args: string[] }} props */
export function Dialer({ box, args: [given = ""] }) {
  useModel(box, box.calls);
  const [number, setNumber] = useState(clean(given));
  const [hide, setHide] = useState(false);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (given) setNumber(clean(given));
  }, [given]);
  const type = (/** @type {string} */ key) => setNumber((before) => before + key);
  const erase = () => setNumber((before) => before.slice(0, -1));
  useKeys((key) => /^[\d+*#]$/.test(key) ? type(key) : key === "Backspace" && erase());
  const call = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const last = box.calls.recents.find(({ direction }) => direction === "out")?.number ?? "";
    if (!number) return setNumber(last);
    setBusy(true);
    await (CODE.test(number) ? sendCode(box, number) : startCall(box, number, hide));
    setBusy(false);
  };
  if (!box.may("call"))
    return html`<${Empty} icon="phone" title=${t("This browser may not do that")} />`;
  return html`<form class="dialer" onSubmit=${call}>
    <div class="dial-field"><input type="tel" inputmode="tel" autocomplete="off" maxlength="40"
        value=${number} aria-label=${t("Phone number")} placeholder=${t("Phone number")}
        onInput=${(/** @type {any} */ { target }) => setNumber(target.value = clean(target.value))} />
      ${number && html`<${Button} icon="backspace" label=${t("Delete the last digit")} onClick=${erase} />`}</div>
    ${hide ? html`<p class="match" role="status">${t("Your number is hidden")}</p>`
      : html`<${Match} box=${box} number=${number} onPick=${setNumber} />`}
    <${Pad} onKey=${type} plus />
    <div class="dial-actions">
      <${Button} icon="hide" label=${t("Hide my number")} aria-pressed=${String(hide)}
        onClick=${() => setHide(!hide)} />
      <${Button} class="call-green" icon="phone" label=${t("Call")} type="submit" busy=${busy}
        disabled=${box.state !== "ready"} />
      <${Button} icon="message" label=${t("Write a message")} disabled=${!number || !box.may("sms")}
        onClick=${() => go("messages", number)} /></div></form>`;
}

/** @param {LogEntry} entry @param {BoxModel} box */
function describe(entry, box) {
  const { state, direction, seconds, client } = entry;
  const long = seconds === undefined ? "" : ` · ${formatDuration(seconds)}`;
  if (state === "blocked") return { icon: "block", text: t("Blocked") };
  if (entry.voicemail || state === "voicemail") return { icon: "voicemail", text: t("Went to voicemail") };
  if (isMissed(entry)) return { icon: "missed", text: t("Missed") };
  if (state === "rejected") return { icon: "block", text: t("Declined") };
  if (direction === "out")
    return { icon: "outgoing", text: long ? t("Outgoing") + long : t("Not answered") };
  return { icon: "incoming", text: (client && client !== box.box.client
    ? t("Answered on {client}", { client }) : t("Incoming")) + long };
}

/** What can be done with somebody who called.
 * @param {{ box: BoxModel, entry: LogEntry, onClose: () => void }} props */
function Menu({ box, entry, onClose }) {
  const { number = "" } = entry;
  const act = (/** @type {() => unknown} */ work, done = "") => () => {
    onClose();
    attempt(Promise.resolve(work()), done);
  };
  const item = (/** @type {string} */ icon, /** @type {string} */ text, /** @type {() => void} */ onClick) =>
    html`<${Button} icon=${icon} class="item" onClick=${onClick}>${text}<//>`;
  const may = number && box.may("call");
  return html`<${Dialog} title=${nameOf(entry)} class="menu" onClose=${onClose}
    actions=${html`<${Button} onClick=${onClose}>${t("Cancel")}<//>`}>
    ${entry.name && html`<p class="muted">${formatNumber(number)}</p>`}
    <div class="items">
    ${may && item("phone", t("Call"), act(() => startCall(box, number)))}
    ${number && box.may("sms") && item("message", t("Write a message"), act(() => go("messages", number)))}
    ${number && box.may("call", "sms") && !box.contacts.nameOf(number)
      && item("plus", t("Add to contacts"), act(() => go("contacts", "new", number)))}
    ${may && item("block", t("Block this number"), act(() => box.block(number), t("Blocked")))}
    ${box.may("call") && item("trash", t("Delete from the list"), act(() => box.calls.remove(entry)))}</div><//>`;
}

/** A call that another device has, a caller who speaks to the voicemail, or, for who may only read,
 * one that rings elsewhere. @param {{ box: BoxModel }} props */
function Others({ box }) {
  const calls = box.calls.current.filter((call) => !call.you
    && (isRinging(call) ? !box.may("call") : !["ending", "incoming"].includes(call.state)));
  return calls.map((call) => html`<${Banner} icon="phone" key=${call.call}
    action=${box.may("call") && html`<${Button} onClick=${() => askCall(box, "pick-up", call)}>
      ${call.state === "voicemail" ? t("Answer") : t("Bring it here")}<//>`}>
    ${call.state === "voicemail" ? t("{name} is leaving a message", { name: nameOf(call) })
      : isRinging(call) ? t("{name} is calling", { name: nameOf(call) })
      : t("Call with {name} on {client}", { name: nameOf(call), client: call.client ?? "?" })}<//>`);
}

/** @param {{ box: BoxModel }} props */
export function Recents({ box }) {
  const { calls, contacts } = box;
  useModel(box, calls, contacts);
  const [missed, setMissed] = useState(false);
  const [chosen, setChosen] = useState(/** @type {LogEntry | null} */ (null));
  useEffect(() => calls.refresh(), [calls]);
  useEffect(() => {
    const see = () => document.hidden || calls.markSeen();
    see();
    document.addEventListener("visibilitychange", see);
    return () => document.removeEventListener("visibilitychange", see);
  }, [calls.recents]);
  const shown = missed ? calls.recents.filter(isMissed) : calls.recents;
  const clear = async () => await ask({ title: t("Delete all calls"), action: t("Delete"),
    text: t("The box forgets them for all your devices.") })
    && attempt(calls.remove(null));
  const actions = html`<${Button} kind=${missed ? "primary" : "plain"} class="filter" aria-pressed=${String(missed)}
    onClick=${() => setMissed(!missed)}>${t("Missed")}<//>`;
  return html`<${Screen} title=${t("Calls")} actions=${actions}><${Others} box=${box} />
    ${shown.length === 0 && html`<${Empty} icon="phone" title=${missed ? t("No missed calls") : t("No calls yet")}>
      <p>${t("Type a number and press the green button.")}</p><//>`}
    <ul>${shown.map((entry) => {
      const { icon, text } = describe(entry, box);
      const who = { ...entry, name: entry.number && contacts.nameOf(entry.number) || entry.name };
      return html`<${Row} key=${entry.seq} class=${isMissed(entry) ? "missed" : ""}
        start=${html`<${Avatar} ...${who} />`}
        title=${nameOf(who)} sub=${html`<${Icon} name=${icon} /> ${text}`}
        onClick=${entry.number && box.may("call") ? () => startCall(box, entry.number ?? "") : undefined}
        end=${html`<time datetime=${entry.time}>${formatWhen(entry.time)}</time>
          <${Button} icon="more" label=${t("More about {name}", { name: nameOf(who) })}
            onClick=${() => setChosen(entry)} />`} />`;
    })}</ul>
    ${shown.length > 0 && html`<div class="more">
      ${calls.more && !missed && html`<${Button} onClick=${() => calls.loadMore()}>${t("Earlier calls")}<//>`}
      ${box.may("call") && html`<${Button} kind="muted" onClick=${clear}>${t("Delete all calls")}<//>`}</div>`}
    ${chosen && html`<${Menu} box=${box} entry=${chosen} onClose=${() => setChosen(null)} />`}<//>`;
}

/** That links to phone numbers on other pages lead here. */
export function PhoneLinks() {
  const offer = () => navigator.registerProtocolHandler("tel",
    new URL(href("phone") + "/%s", location.href.split("#")[0]).href);
  if (!navigator.registerProtocolHandler) return null;
  return html`<div class="line"><span>${t("Open phone links here")}</span>
    <${Button} onClick=${offer}>${t("Turn on")}<//></div>`;
}
