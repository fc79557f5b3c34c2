// SPDX-License-Identifier: LGPL-2.1-or-later
/** What callers hear before the beep: listened to, and spoken anew. */
import { MAX_SECONDS, startRecording, toWav } from "../phone/recorder.js";
import { formatDuration, t } from "./i18n.js";
import { html, useEffect, useModel, useRef, useState } from "./lib.js";
import { ask, attempt, Button, toast } from "./parts.js";
import { Player } from "./player.js";

/** Of what is sent: as much as telephones carry. */
const RATE = 16000;

/** @param {{ onDone: (wav: Blob) => void }} props */
function Recorder({ onDone }) {
  const [[level, left], tell] = useState([0, 0]);
  const running = useRef(/** @type {{ stop(): void } | null} */ (null));
  useEffect(() => () => running.current?.stop(), []);
  const start = async () => {
    let left = false;
    if (running.current) return;
    running.current = { stop: () => left = true }; // while the browser asks
    try {
      const recording = running.current = await startRecording((...state) => tell(state));
      if (left) return recording.stop();
      onDone(await toWav(await recording.done, RATE, MAX_SECONDS));
    } catch {
      if (!left) toast(t("The browser does not let this page use the microphone"));
    } finally {
      running.current = null;
      tell([0, 0]);
    }
  };
  if (!left) return html`<${Button} kind="primary" icon="mic" onClick=${start}>${t("Record a greeting")}<//>`;
  return html`<div class="card padded stack"><p>${t("Speak now")}: ${formatDuration(left)}</p>
    <meter value=${level} aria-label=${t("Loudness")} />
    <${Button} kind="primary" icon="stop" onClick=${() => running.current?.stop()}>${t("Stop")}<//></div>`;
}

/** @param {{ box: import("../phone/box-model.js").BoxModel }} props */
export function Greeting({ box }) {
  const [state, setState] = useState(/** @type {any} */ (null));
  const [wav, setWav] = useState(/** @type {Blob | null} */ (null));
  const [busy, setBusy] = useState(false);
  useModel(box);
  const ready = box.state === "ready", may = box.may("voicemail");
  const load = async () => setState(await attempt(box.link.callControl("greeting.get")));
  useEffect(() => {
    if (ready) load();
    if (box.greeting?.problem) toast(box.greeting.problem);
  }, [ready, box.greeting]);
  const change = async (/** @type {Promise<unknown>} */ work) => {
    setBusy(true);
    if (await attempt(work.then(() => true), t("Callers hear it from now on"))) setWav(null);
    setBusy(false);
  };
  const reset = async () => {
    if (await ask({ title: t("Delete your greeting?"), text: t("Callers hear the one of the box."), action: t("Delete") }))
      change(box.link.callControl("greeting.reset"));
  };
  return html`<p class="muted">${t("What callers hear before they can leave a message.")}</p>
    ${wav ? html`<h2>${t("Your recording")}</h2><${Player} load=${async () => wav} seconds=${0} />
      <div class="actions"><${Button} onClick=${() => setWav(null)}>${t("Discard")}<//>
        <${Button} kind="primary" busy=${busy} disabled=${!ready}
          onClick=${() => change(box.link.sendGreeting(wav))}>${t("Save")}<//></div>`
    : state && html`<h2>${state.own ? t("Your own greeting") : t("The greeting of the box")}</h2>
      <${Player} key=${state} load=${() => box.link.fetchGreeting()} seconds=${state.seconds ?? 0} ready=${ready} />
      ${may && html`<${Recorder} onDone=${setWav} />`}
      ${may && state.own && html`<${Button} kind="danger" icon="trash" onClick=${reset}>${t("Delete")}<//>`}`}`;
}
