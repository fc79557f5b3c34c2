// SPDX-License-Identifier: LGPL-2.1-or-later
/** The screen of a call. */
import { audio, SILENT } from "../phone/audio.js";
import { isRinging } from "../phone/calls.js";
import { keySound } from "../phone/tones.js";
import { askCall, sayEnd, startCall } from "./calling.js";
import { formatDuration, formatNumber, t } from "./i18n.js";
import { html, useEffect, useModel, usePhone, useState } from "./lib.js";
import { attempt, Avatar, Banner, Button, Choice, Icon, nameOf, Row } from "./parts.js";
import { Pad, useKeys } from "./phone.js";
import { replace } from "./route.js";

/** How long a call that is over is shown: there is something to read where it did not come about. */
const GOODBYE = 2000, EXPLANATION = 6000;
const QUALITY = 2000;
/** Of lost packets, and of the round trip in ms: up to here it is good, up to here one notices. */
const GOOD = { loss: 0.02, rtt: 250 }, FAIR = { loss: 0.08, rtt: 500 };

/** @typedef {import("../phone/box-model.js").BoxModel} BoxModel */
/** @typedef {import("../phone/calls.js").Call} Call */

/** @param {Call} call @param {BoxModel} box */
function sayState({ state, reason }, box) {
  if (state === "ended") return sayEnd(reason);
  if (box.state !== "ready" || state === "lost") return t("Connection lost, the call is held …");
  switch (state) {
    case "dialing": return t("Calling …");
    case "alerting": return t("Ringing …");
    case "incoming": case "waiting": return t("Connecting …");
    case "held": return t("On hold");
    case "ending": return t("Hanging up …");
    default: return t("In a call");
  }
}

/** @param {{ began: number, over?: number }} props */
function Timer({ began, over }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, ((over ?? now) - began) / 1000);
  return html`<p role="timer">${formatDuration(seconds)}</p>`;
}

/** @typedef {{ loss: number, rtt: number, kind: string }} Figures */

/** @param {BoxModel} box @param {boolean} on */
function useQuality(box, on) {
  const [figures, setFigures] = useState(/** @type {Figures | null} */ (null));
  useEffect(() => {
    if (!on) return;
    /** @type {import("../peer/peer.js").Path | null} */ let before = null;
    const look = async () => {
      const path = await box.link.getPath();
      if (path && before) {
        const lost = path.lost - before.lost, all = lost + path.received - before.received;
        setFigures({ loss: Math.max(all > 0 ? lost / all : 0, path.lostThere, 0), rtt: path.rttMs ?? 0,
                     kind: path.kind });
      }
      before = path;
    };
    look();
    const timer = setInterval(look, QUALITY);
    return () => clearInterval(timer);
  }, [box, on]);
  return on ? figures : null;
}

/** @param {{ figures: Figures | null }} props */
function Quality({ figures }) {
  if (!figures) return html`<p class="quality"> </p>`;
  const { loss, rtt, kind } = figures;
  const is = (/** @type {typeof GOOD} */ bound) => loss <= bound.loss && rtt <= bound.rtt;
  const words = is(GOOD) ? t("Good connection") : is(FAIR) ? t("Fair connection") : t("Poor connection");
  const more = `${t("{loss} % lost · {rtt} ms", { loss: Math.round(loss * 100), rtt: Math.round(rtt) })} · ${
    kind === "relay" ? t("by a relay") : t("direct")}`;
  return html`<p class="quality" key=${words + more}><strong>${words}</strong> ${more}</p>`;
}

/** Which microphone and loudspeakers. */
export function AudioDevices() {
  useModel(audio);
  const usual = t("System default");
  const select = (/** @type {import("../phone/audio.js").Use} */ use, /** @type {string} */ label,
    /** @type {[string, string][]} */ more = []) => html`<${Choice} label=${label}
    value=${audio.choice[use]}
    options=${[["", usual], ...audio.list(use).map((one) => [one.deviceId, one.label]), ...more]}
    onChange=${(/** @type {string} */ device) => audio.choose(use, device)} />`;
  return html`${select("input", t("Microphone"))}
    ${audio.canChooseOutput && select("output", t("Loudspeaker"))}
    ${select("ringer", t("Rings on"), [[SILENT, t("Nothing: silent")]])}`;
}

/** Why nobody hears us, and what to do. */
function Microphone() {
  const words = audio.problem === "NotAllowedError"
    ? t("You hear, but are not heard: allow the microphone beside the page's address.")
    : audio.problem === "NotFoundError" ? t("You hear, but are not heard: there is no microphone.")
    : audio.problem && t("You hear, but are not heard: the microphone does not work.");
  return words && html`<${Banner} kind="warning" icon="micoff"
    action=${html`<${Button} onClick=${() => audio.retry()}>${t("Try again")}<//>`}>${words}<//>`;
}

/** @param {{ icon: string, text: string, on?: boolean, disabled?: boolean, onClick: () => void }} props */
function Control({ icon, text, on, disabled, onClick }) {
  return html`<button type="button" class="control" aria-pressed=${on === undefined ? null : String(on)}
    disabled=${disabled} onClick=${onClick}><${Icon} name=${icon} /><span>${text}</span></button>`;
}

/** Another call of ours, perhaps of another box.
 * @param {{ box: BoxModel, call: Call, other: Call, owner: BoxModel }} props */
function Other({ box, call, other, owner }) {
  const swap = async () => {
    // A box swaps its own two at once.
    if (owner !== box && call.state === "active") await askCall(box, "hold", call);
    askCall(owner, "swap", owner === box ? call : other);
  };
  return html`<ul class="other"><${Row} title=${nameOf(other)}
    sub=${sayState(other, owner)}
    end=${html`<${Button} kind="plain" onClick=${swap}>${t("Swap")}<//>
      <${Button} icon="hangup" label=${t("Hang up {name}", { name: nameOf(other) })} class="danger"
        onClick=${() => askCall(owner, "hangup", other)} />`} /></ul>`;
}

/** @param {{ box: BoxModel, call: Call }} props */
function Ended({ box, call }) {
  const well = !call.reason || ["hung-up", "remote"].includes(call.reason);
  const leave = () => replace("phone");
  useEffect(() => {
    const timer = setTimeout(leave, well ? GOODBYE : EXPLANATION);
    return () => {
      clearTimeout(timer);
      box.calls.dismiss();
    };
  }, []);
  return html`<div class="call-end">
    ${call.number && html`<${Button} class="call-green" icon="phone"
      onClick=${() => startCall(box, call.number ?? "")}>${t("Call again")}<//>`}
    <${Button} kind="plain" onClick=${leave}>${t("Close")}<//></div>`;
}

/** @param {{ box: BoxModel, call: Call }} props */
function Running({ box, call }) {
  const [panel, setPanel] = useState("");
  const [typed, setTyped] = useState("");
  const active = call.state === "active", held = call.state === "held";
  const others = usePhone().boxes.flatMap((owner) => owner.calls.current
    .filter((other) => other.you && other !== call).map((other) => ({ owner, other })));
  const press = (/** @type {string} */ key) => {
    setTyped((before) => before + key);
    attempt(box.calls.press(call, key));
  };
  const toggle = (/** @type {string} */ name) => setPanel(panel === name ? "" : name);
  const hold = () => askCall(box, held ? "swap" : "hold", call);
  useKeys((key) => {
    if (key === "m") audio.mute(!audio.muted);
    else if (key === "h" && (active || held)) hold();
    else if (key === "Escape") setPanel("");
    else if (active && /^[\d*#]$/.test(key)) {
      audio.earpiece.play(keySound(key));
      setPanel("keypad");
      press(key);
    }
  });
  return html`<div class="call-panel">
      ${panel === "keypad" && html`<output class="typed" aria-label=${t("Keypad")}>${typed}</output>
        <${Pad} onKey=${press} />`}
      ${panel === "devices" && html`<div class="card"><${AudioDevices} /></div>`}
      ${!panel && others.map((one) => html`<${Other} key=${one.other.call} box=${box} call=${call}
        ...${one} />`)}
      ${!panel && html`<${Microphone} />`}</div>
    <div class="controls" role="group" aria-label=${t("In a call")}>
      <${Control} icon=${audio.muted ? "micoff" : "mic"} text=${t("Mute")} on=${audio.muted}
        onClick=${() => audio.mute(!audio.muted)} />
      <${Control} icon="keypad" text=${t("Keypad")} on=${panel === "keypad"} disabled=${!active}
        onClick=${() => toggle("keypad")} />
      <${Control} icon="pause" text=${t("Hold")} on=${held} disabled=${!active && !held} onClick=${hold} />
      <${Control} icon="speaker" text=${t("Sound")} on=${panel === "devices"}
        onClick=${() => toggle("devices")} /></div>
    <${Button} class="call-red big" icon="hangup" label=${t("Hang up")} disabled=${call.state === "ending"}
      onClick=${() => askCall(box, "hangup", call)} />`;
}

/** @param {{ args: string[] }} props */
export function CallScreen({ args: [id, wish] }) {
  const { boxes } = usePhone();
  useModel(audio, ...boxes, ...boxes.map(({ calls }) => calls));
  const box = boxes.find(({ calls }) => calls.find(id) || calls.ended?.call === id);
  const call = box?.calls.find(id) ?? box?.calls.ended;
  // After a reload the box tells of it soon, or is away. From a notification, it is on its way.
  const hopeless = !call && boxes.every(({ state, away }) => state === "ready" || (away && !wish));
  useEffect(() => {
    if (hopeless) replace("phone");
  }, [hopeless]);
  const figures = useQuality(/** @type {BoxModel} */ (box), call?.state === "active");
  const back = html`<header class="bar"><${Button} icon="back" label=${t("Back")} href="#/phone" /></header>`;
  if (!box || !call)
    return html`<div class="call">${back}<p class="call-state" role="status">${t("Connecting …")}</p></div>`;
  const { number = "" } = call, state = sayState(call, box);
  const name = box.contacts.nameOf(number) || call.name;
  const who = { ...call, name };
  return html`<div class="call">${back}
    <div class="call-who"><${Avatar} ...${who} /><h1 tabindex="-1">${nameOf(who)}</h1>
      <p class="muted">${name && number ? formatNumber(number) : " "}</p>
      <div class="call-state"><p role="status"><span key=${state}>${state}</span></p>
        ${call.began && html`<${Timer} ...${call} />`}</div>
      <p class="muted small">${[box.box.name, box.status.number && formatNumber(box.status.number),
        box.status.operator].filter(Boolean).join(" · ")}</p>
      <${Quality} figures=${figures} /></div>
    ${call.state === "ended" ? html`<${Ended} key=${id} box=${box} call=${call} />`
      : isRinging(call) ? null : html`<${Running} key=${id} box=${box} call=${call} />`}</div>`;
}
