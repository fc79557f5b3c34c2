// SPDX-License-Identifier: LGPL-2.1-or-later
/** How a box is: its network, its SIM, its modem, the way to it, and what to do about a problem. */
import { asError } from "../base/error.js";
import { formatDay, formatNumber, formatTime, t } from "./i18n.js";
import { html, useEffect, useModel, useState } from "./lib.js";
import { ask, Banner, Button, Field, Screen, Signal, Switch, toast } from "./parts.js";
import { usePhone } from "./lib.js";

const PATH_EVERY = 5000;
/** The box spends no try below it (PROTOCOL.md, `pin.enter`). */
const LAST_TRIES = 2;

/** What to do, by the modem's state. @param {Record<string, any>} status */
function advise({ state, puk }) {
  switch (state) {
    case "absent": return t("No modem. See that it is plugged into the box and has power.");
    case "not-answering": return t("The modem does not answer. The box tries to restart it; if that does not help, unplug it for a moment.");
    case "no-sim": return t("No SIM card. Put one in, then restart the modem.");
    case "locked": return puk ? t("The SIM card is blocked and wants its PUK. Put it into any phone to unblock it.")
                              : t("The SIM card wants its PIN.");
    case "denied": return t("The network refuses this SIM card. Is it activated and paid for?");
    case "searching": return t("The modem is looking for a network. A place near a window may help.");
    case "failed": return t("The modem is broken. Look into the box's log.");
    default: return "";
  }
}

/** @param {{ box: any }} props */
function Pin({ box }) {
  const [pin, setPin] = useState("");
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const tries = box.status.pin_tries;
  if (tries !== undefined && tries <= LAST_TRIES)
    return html`<${Banner} kind="error" icon="alert">${
      t("Only {n} tries are left. The box does not risk them: enter the PIN in a phone first.", { n: tries })}<//>`;
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await box.link.callControl("pin.enter", { pin });
      setError("");
    } catch (failure) {
      setError(asError(failure, "rpc").message);
    }
    setPin("");
    setBusy(false);
  };
  return html`<form class="card padded stack" onSubmit=${submit}>
    <${Field} label=${t("PIN of the SIM card")} type="password" inputmode="numeric" pattern="[0-9]{4,8}"
      autocomplete="off" required value=${pin} onInput=${setPin} error=${error}
      hint=${tries === undefined ? null : t("{n} tries left", { n: tries })} />
    <${Button} kind="primary" type="submit" busy=${busy}>${t("Unlock")}<//></form>`;
}

/** Unanswered calls that the network sends elsewhere never reach the box's voicemail.
 * @param {{ box: any }} props */
function Forwarding({ box }) {
  const [number, setNumber] = useState("");
  const ready = box.state === "ready" && box.status.state === "ready" && box.may("call");
  useEffect(() => {
    if (ready) box.link.callControl("forwarding.get").then(
      (/** @type {any} */ answer) => setNumber(answer.number ?? ""), () => {});
  }, [box, ready]);
  const erase = async () => {
    try {
      await box.link.callControl("forwarding.erase");
      setNumber("");
      toast(t("Calls stay with the box now"));
    } catch (error) {
      toast(asError(error, "rpc").message);
    }
  };
  return number && html`<${Banner} kind="warning" icon="alert"
    action=${html`<${Button} onClick=${erase}>${t("Switch off")}<//>`}>
    ${t("Your network forwards unanswered calls to {number}. They never get to the voicemail here.",
        { number: formatNumber(number) })}<//>`;
}

/** @param {{ box: any }} props */
export function DoNotDisturb({ box }) {
  const set = async (/** @type {boolean} */ on) => {
    try {
      await box.link.callControl("dnd.set", { on });
    } catch (error) {
      toast(asError(error, "rpc").message);
      box.changed();
    }
  };
  return html`<${Switch} label=${t("Do not disturb")} on=${Boolean(box.status.dnd)} onChange=${set}
    hint=${t("Nothing rings anywhere; callers get the voicemail.")}
    disabled=${box.state !== "ready" || !box.may("call")} />`;
}

const reach = () => ({
  host: t("same network"), srflx: t("through NAT"), prflx: t("through NAT"), relay: t("through a relay"),
});

/** @param {any} path */
function describePath(path) {
  if (!path) return null;
  const far = [path.local, path.remote].find((type) => type !== "host") ?? "host";
  const how = /** @type {Record<string, string>} */ (reach())[far];
  return [path.kind === "direct" ? `${t("Direct")}, ${how}` : t("Through a relay"),
          path.protocol?.toUpperCase(), path.rttMs !== null && `${Math.round(path.rttMs)} ms`]
    .filter(Boolean).join(" · ");
}

/** @param {any} box */
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

/** @param {{ box: any }} props */
function Network({ box }) {
  const { status } = box;
  const online = box.state === "ready";
  const title = !online ? t("Not connected")
    : status.state === "ready" ? status.operator || t("No network") : t("No network");
  const sub = [status.technology, status.signal_dbm && `${status.signal_dbm} dBm`.replace("-", "−"),
               status.roaming && t("Roaming")];
  return html`<div class="card network"><${Signal} percent=${status.signal} off=${!online || status.state !== "ready"} />
    <div><p class="network-name">${title}</p>
    <p class="muted">${online ? sub.filter(Boolean).join(" · ") : describeSeen(box)}</p></div></div>`;
}

/** @param {any} box */
function describeSeen(box) {
  const seen = box.lastSeen;
  return seen ? t("Last seen {day}, {time}", { day: formatDay(seen), time: formatTime(seen) })
              : t("Never seen so far");
}

/** @param {{ box: any }} props */
function Facts({ box }) {
  const { status, state } = box;
  const path = describePath(usePath(box));
  const facts = [
    [t("Number"), status.number && formatNumber(status.number)],
    [t("SIM card"), status.sim],
    [t("Modem"), [status.manufacturer, status.model].filter(Boolean).join(" ")],
    [t("Firmware"), status.firmware],
    [t("Connection"), path],
    [t("Last seen"), state === "ready" ? t("now") : describeSeen(box)],
    [t("Server"), new URL(box.box.signaling).host],
    [t("Version of the box"), status.version],
    [t("This browser is called"), box.box.client],
  ];
  return html`<dl class="card facts">${facts.filter(([, value]) => value).map(([name, value]) =>
    html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** @param {{ box: any }} props */
export function Box({ box }) {
  const phone = usePhone();
  useModel(box);
  const { status, state } = box;
  const advice = state === "ready" ? advise(status) : "";
  const forget = async () => {
    const name = box.box.name;
    if (!await ask({ title: t("Forget {box}?", { box: name }), action: t("Forget"),
                     text: t("This browser cannot call or text with it any more, until it is paired again.") })) return;
    await box.link.callControl("clients.remove", { name: box.box.client }).catch(() => {});
    await phone.forget(box);
  };
  return html`<${Screen} title=${box.box.name} sub=${state === "ready" ? t("Connected") : null} back="#/settings">
    <div class="page"><${Network} box=${box} />
    ${advice && html`<${Banner} kind="warning" icon="alert">${advice}<//>`}
    ${status.problem && state === "ready" && html`<${Banner} kind="warning" icon="alert">
      <bdi lang="en">${status.problem}</bdi><//>`}
    ${advice && status.state === "locked" && !status.puk && html`<${Pin} box=${box} />`}
    <${Forwarding} box=${box} />
    <div class="card"><${DoNotDisturb} box=${box} /></div>
    <${Facts} box=${box} />
    <${Button} kind="danger plain" icon="trash" onClick=${forget}>${t("Forget this box")}<//></div><//>`;
}
