// SPDX-License-Identifier: LGPL-2.1-or-later
/** Something spoken, with a slider. */
import { toWav } from "../phone/recorder.js";
import { formatDuration, t } from "./i18n.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "./lib.js";
import { Button, explain } from "./parts.js";

const SPEEDS = [1, 1.5, 2];
/** Seconds that an arrow key goes. @type {Record<string, number>} */
const ARROWS = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5 };
/** For browsers that do not play Opus in Ogg, but decode it. */
const FALLBACK_RATE = 24000;

let speed = 1;

/** `load` gives the sound, as soon as `ready`; `onPlay` when it is heard.
 * @param {{ load: () => Promise<Blob>, ready?: boolean, seconds: number, onPlay?: () => void }} props */
export function Player({ load, ready = true, seconds, onPlay }) {
  const ref = useRef(/** @type {any} */ (null)), audio = ref.current ?? {};
  const [blob, setBlob] = useState(/** @type {Blob | null} */ (null));
  const [problem, setProblem] = useState("");
  const [, redraw] = useState({});
  const show = () => redraw({});
  const pace = () => audio.defaultPlaybackRate = audio.playbackRate = speed;

  useEffect(() => {
    if (!ready || blob) return;
    setProblem("");
    load().then(setBlob, (error) => setProblem(explain(error)));
  }, [ready]);
  // Before anybody can press the button: a source that comes later stops what plays.
  useLayoutEffect(() => {
    if (!blob) return;
    const url = audio.src = URL.createObjectURL(blob);
    pace();
    return () => {
      audio.removeAttribute("src");
      audio.load(); // no more of it: what is revoked cannot be loaded
      URL.revokeObjectURL(url);
    };
  }, [blob]);
  const convert = async () => {
    try {
      if (!blob || blob.type) throw new Error("it was converted before");
      setBlob(await toWav(blob, FALLBACK_RATE));
    } catch {
      setProblem(t("This browser cannot play it"));
    }
  };

  const { paused = true, currentTime: at = 0, duration } = audio;
  const length = duration < Infinity ? duration : seconds;
  const seek = (/** @type {number} */ time) => {
    audio.currentTime = Math.max(0, Math.min(length, time));
    show();
  };
  const next = () => {
    speed = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length];
    pace();
    show();
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (!ARROWS[event.key]) return;
    event.preventDefault();
    seek(at + ARROWS[event.key]);
  };

  return html`<div class="card player">
    <audio ref=${ref} onPlay=${show} onPause=${show} onTimeUpdate=${show} onDurationChange=${show}
      onError=${convert} />
    <${Button} kind="primary" icon=${paused ? "play" : "pause"} label=${paused ? t("Play") : t("Pause")}
      disabled=${!blob || problem} onClick=${() => paused ? audio.play().then(onPlay, show) : audio.pause()} />
    <input type="range" max=${length} step="0.1" value=${at} disabled=${!blob} onKeyDown=${onKey}
      aria-label=${t("Position")} aria-valuetext="${formatDuration(at)} / ${formatDuration(length)}"
      onInput=${(/** @type {any} */ event) => seek(event.target.valueAsNumber)} />
    <${Button} label=${t("Speed {n}", { n: speed })} onClick=${next}>${speed}×<//>
    <p class="small muted"><span>${formatDuration(at)}</span> <span>${formatDuration(length)}</span></p>
    ${problem && html`<p role="alert">${problem}</p>`}</div>`;
}
