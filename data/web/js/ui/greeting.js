// SPDX-License-Identifier: LGPL-2.1-or-later
/** What callers hear before the beep: listened to, and spoken anew. */
import { MAX_SECONDS, startRecording } from "../phone/recorder.js";
import { formatDuration, t } from "./i18n.js";
import { html, useEffect, useModel, useRef, useState } from "./lib.js";
import { ask, attempt, Banner, Button, explain, toast } from "./parts.js";
import { Player } from "./player.js";

/** @typedef {import("../phone/box-model.js").BoxModel} BoxModel */

const HEADER = 44, BYTES_PER_SECOND = 32000;

/** @param {{ onDone: (wav: Blob) => void }} props */
function Recorder({ onDone }) {
  const [state, setState] = useState(/** @type {{ level: number, left: number } | null} */ (null));
  const [failure, setFailure] = useState("");
  const running = useRef(/** @type {{ stop(): void } | null} */ (null));
  useEffect(() => () => running.current?.stop(), []);
  const start = async () => {
    setFailure("");
    try {
      const recording = running.current = await startRecording(setState);
      setState({ level: 0, left: MAX_SECONDS });
      onDone(await recording.done);
    } catch (error) {
      setFailure(error instanceof DOMException ? t("The browser does not let this page use the microphone.")
                                                : explain(error));
      setState(null);
    }
  };
  if (!state)
    return html`<${Button} kind="primary" icon="mic" onClick=${start}>${t("Record a greeting")}<//>
      ${failure && html`<${Banner} kind="error" icon="alert">${failure}<//>`}`;
  return html`<div class="card recorder">
    <p><strong>${t("Speak now")}</strong> <span class="muted">${t("{time} left",
      { time: formatDuration(Math.ceil(state.left)) })}</span></p>
    <meter value=${state.level} aria-label=${t("Loudness")} />
    <${Button} kind="primary" icon="stop" onClick=${() => running.current?.stop()}>${t("Stop")}<//></div>`;
}

/** What was spoken: kept or not. @param {{ box: BoxModel, wav: Blob, onDone: () => void }} props */
function Review({ box, wav, onDone }) {
  const [sent, setSent] = useState(-1);
  const [failure, setFailure] = useState("");
  const save = async () => {
    setFailure("");
    setSent(0);
    try {
      await box.greeting.save(wav, setSent);
      toast(t("Callers hear it from now on."));
      onDone();
    } catch (error) {
      setFailure(explain(error));
      setSent(-1);
    }
  };
  return html`<section class="stack"><h2>${t("Your recording")}</h2>
    <div class="card"><${Player} load=${async () => wav} seconds=${(wav.size - HEADER) / BYTES_PER_SECOND} /></div>
    ${sent >= 0 && html`<progress value=${sent} max=${wav.size} aria-label=${t("Save")} />`}
    ${failure && html`<${Banner} kind="error" icon="alert">${failure}<//>`}
    <div class="actions"><${Button} onClick=${onDone} disabled=${sent >= 0}>${t("Discard")}<//>
      <${Button} kind="primary" onClick=${save} busy=${sent >= 0}
        disabled=${box.state !== "ready"}>${t("Save")}<//></div></section>`;
}

/** @param {{ box: BoxModel }} props */
export function Greeting({ box }) {
  const { greeting } = box, { state } = greeting;
  const [wav, setWav] = useState(/** @type {Blob | null} */ (null));
  useModel(greeting, box);
  useEffect(() => {
    if (box.state === "ready") attempt(greeting.load());
  }, [box.state]);
  const reset = async () => {
    if (await ask({ title: t("Delete your greeting?"), text: t("Callers hear the one that the box came with."),
                    action: t("Delete") }))
      await attempt(greeting.reset());
  };
  const may = box.may("voicemail");
  return html`<p class="muted">${t("What callers hear before they can leave a message.")}</p>
    ${state && html`<div class="card"><p class="card-text"><strong>${state.own ? t("Your own greeting")
        : t("The greeting that the box came with")}</strong></p>
      <${Player} key=${`${state.own} ${state.seconds}`} load=${() => greeting.sound()} seconds=${state.seconds}
        ready=${box.state === "ready"} /></div>`}
    ${may && (wav ? html`<${Review} box=${box} wav=${wav} onDone=${() => setWav(null)} />`
                  : html`<${Recorder} onDone=${setWav} />`)}
    ${may && state?.own && !wav && html`<${Button} kind="danger" icon="trash" onClick=${reset}>
      ${t("Delete your greeting")}<//>`}`;
}
