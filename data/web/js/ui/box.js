// SPDX-License-Identifier: LGPL-2.1-or-later
/** How a box is: its network, its SIM, its modem, the way to it, and what to do about a problem. */
import { leave } from "./forget.js";
import { formatDay, formatNumber, formatTime, t } from "./i18n.js";
import { html, useEffect, useModel, usePhone, useState } from "./lib.js";
import { ask, attempt, Banner, Button, Field, Screen, Signal, Switch } from "./parts.js";

/** @typedef {import("../phone/box-model.js").BoxModel} BoxModel */

const PATH_EVERY = 5000;
/** The box spends no try below it (PROTOCOL.md, `pin.enter`). */
const LAST_TRIES = 2;

/** What to do, by the modem's state; else what the box says. @param {Record<string, any>} status */
function advise({ state, puk, problem }) {
  switch (state) {
    case "absent": return t("There is no modem: is it plugged in?");
    case "not-answering": return t("The modem does not answer. The box restarts it.");
    case "no-sim": return t("There is no SIM card in the modem.");
    case "locked": return puk ? t("The SIM card wants its PUK: unblock it in a phone.") : "";
    case "denied": return t("The network refuses this SIM card. Is it active?");
    case "searching": return t("Looking for a network …");
    default: return problem;
  }
}

/** @param {{ box: BoxModel }} props */
function Pin({ box }) {
  const [pin, setPin] = useState("");
  const [busy, setBusy] = useState(false);
  const tries = box.status.pin_tries;
  if (tries !== undefined && tries <= LAST_TRIES)
    return html`<${Banner} kind="error" icon="alert">
      ${t("The box does not risk the last tries of the PIN: unlock the card in a phone.")}<//>`;
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    await attempt(box.link.callControl("pin.enter", { pin }));
    setPin("");
    setBusy(false);
  };
  return html`<form class="card padded stack" onSubmit=${submit}>
    <${Field} label=${t("PIN of the SIM card")} type="password" inputmode="numeric" pattern="[0-9]{4,8}"
      autocomplete="off" required value=${pin} onInput=${setPin}
      hint=${tries === undefined ? null : t("Tries left: {n}", { n: tries })} />
    <${Button} kind="primary" type="submit" busy=${busy}>${t("Unlock")}<//></form>`;
}

/** Unanswered calls that the network sends elsewhere never reach the box's voicemail.
 * @param {{ box: BoxModel }} props */
function Forwarding({ box }) {
  const [number, setNumber] = useState("");
  const ready = box.state === "ready" && box.status.state === "ready" && box.may("call");
  useEffect(() => {
    if (ready) box.link.callControl("forwarding.get").then(
      (/** @type {any} */ answer) => setNumber(answer.number ?? ""), () => {});
  }, [box, ready]);
  const erase = async () => {
    if (await attempt(box.link.callControl("forwarding.erase"))) setNumber("");
  };
  return number && html`<${Banner} kind="warning" icon="alert"
    action=${html`<${Button} onClick=${erase}>${t("Switch off")}<//>`}>
    ${t("The network forwards unanswered calls to {number}, past the voicemail here.",
        { number: formatNumber(number) })}<//>`;
}

/** @param {{ box: BoxModel }} props */
export function DoNotDisturb({ box }) {
  const set = async (/** @type {boolean} */ on) => {
    await attempt(box.link.callControl("dnd.set", { on }));
    box.changed();
  };
  return html`<${Switch} label=${t("Do not disturb")} on=${Boolean(box.status.dnd)} onChange=${set}
    hint=${t("Callers get the voicemail.")}
    disabled=${box.state !== "ready" || !box.may("call")} />`;
}

/** The way of the packets. An address that only the other end saw (`prflx`) may be anywhere.
 * @param {import("../peer/peer.js").Path} path */
function describeWay({ kind, local, remote }) {
  const types = [local, remote];
  if (kind === "relay") return t("Through a relay");
  if (types.includes("srflx")) return t("Direct, through NAT");
  return types.includes("prflx") ? t("Direct") : t("Direct, same network");
}

/** @param {import("../peer/peer.js").Path | null} path */
function describePath(path) {
  return path && [describeWay(path), path.protocol?.toUpperCase(),
                  path.rttMs !== null && `${Math.round(path.rttMs)}\u00a0ms`]
    .filter(Boolean).join(" · ");
}

/** @param {BoxModel} box */
function usePath(box) {
  const [path, setPath] = useState(/** @type {any} */ (null));
  useEffect(() => {
    const look = () => box.link.getPath().then(setPath, () => {});
    look();
    const timer = setInterval(look, PATH_EVERY);
    return () => clearInterval(timer);
  }, [box, box.state]);
  return box.state === "ready" ? path : null;
}

/** @param {{ box: BoxModel }} props */
function Network({ box }) {
  const { status } = box;
  const online = box.state === "ready";
  const title = online ? status.operator || t("No network") : t("Not connected");
  const level = status.signal_dbm && `${status.signal_dbm}\u00a0dBm`.replace("-", "−");
  const sub = [status.technology, level, status.roaming && t("Roaming")].filter(Boolean);
  const off = !online || status.state !== "ready";
  return html`<div class="card network"><${Signal} percent=${status.signal} off=${off} />
    <div><h2>${title}</h2>
    <p class="muted">${online ? sub.join(" · ") : describeSeen(box.lastSeen)}</p></div></div>`;
}

/** @param {Date | string | null} seen */
export function describeSeen(seen) {
  return seen ? t("Last seen: {day}, {time}", { day: formatDay(seen), time: formatTime(seen) }) : "";
}

/** @param {{ box: BoxModel }} props */
function Facts({ box }) {
  const { status } = box;
  const path = describePath(usePath(box));
  const facts = [
    [t("Number"), status.number && formatNumber(status.number)],
    [t("SIM card"), status.sim],
    [t("Modem"), [status.manufacturer, status.model].filter(Boolean).join(" ")],
    [t("Firmware"), status.firmware],
    [t("Connection"), path],
    [t("Server"), new URL(box.box.signaling).host],
    [t("Version"), status.version],
  ];
  return html`<dl class="card facts">${facts.filter(([, value]) => value).map(([name, value]) =>
    html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** @param {{ box: BoxModel }} props */
export function Box({ box }) {
  const phone = usePhone();
  useModel(box);
  const { status, state } = box;
  const advice = state === "ready" ? advise(status) : "";
  const forget = async () => {
    const name = box.box.name;
    if (!await ask({ title: t("Forget {box}?", { box: name }), action: t("Forget"),
                     text: t("To use it again, pair it anew.") })) return;
    await leave(box);
    await phone.forget(box);
  };
  return html`<${Screen} title=${box.box.name} sub=${state === "ready" && t("Connected")}
      back="#/settings">
    <div class="page"><${Network} box=${box} />
    ${advice && html`<${Banner} kind="warning" icon="alert">${advice}<//>`}
    ${state === "ready" && status.state === "locked" && !status.puk && box.may("call", "sms")
      && html`<${Pin} box=${box} />`}
    <${Forwarding} box=${box} />
    <div class="card"><${DoNotDisturb} box=${box} /></div>
    <${Facts} box=${box} />
    <${Button} kind="danger plain" icon="trash" onClick=${forget}>${t("Forget this box")}<//>
    </div><//>`;
}
