// SPDX-License-Identifier: LGPL-2.1-or-later
/** Something spoken, with a slider. */
import { toWav } from "../phone/sound.js";
import { formatDuration, t } from "./i18n.js";
import { html, useEffect, useRef, useState } from "./lib.js";
import { Button, explain } from "./parts.js";

const SPEEDS = [1, 1.5, 2];
/** Seconds that an arrow key goes. */
const SKIP = 5;
/** For browsers that do not play Opus in Ogg, but decode it. */
const FALLBACK_RATE = 24000;

let speed = 1;

/** `load` gives the sound: at once where `ready`; `onPlay` when it is heard.
 * @param {{ load: () => Promise<Blob>, ready?: boolean, seconds: number, onPlay?: () => void }} props */
export function Player({ load, ready = true, seconds, onPlay }) {
  const ref = useRef(/** @type {any} */ (null));
  const [blob, setBlob] = useState(/** @type {Blob | null} */ (null));
  const [problem, setProblem] = useState("");
  const [, redraw] = useState({});
  const show = () => redraw({});

  useEffect(() => {
    let wanted = true;
    if (ready && !blob)
      load().then((sound) => wanted && setBlob(sound), (error) => wanted && setProblem(explain(error)));
    return () => { wanted = false; };
  }, [ready]);
  useEffect(() => {
    if (!blob) return;
    const url = URL.createObjectURL(blob);
    ref.current.src = url;
    ref.current.defaultPlaybackRate = ref.current.playbackRate = speed;
    return () => URL.revokeObjectURL(url);
  }, [blob]);
  const convert = async () => {
    try {
      if (blob?.type === "audio/wav") throw new Error("a WAV file is not played");
      setBlob(await toWav(/** @type {Blob} */ (blob), FALLBACK_RATE));
    } catch {
      setProblem(t("This browser cannot play it."));
    }
  };

  const { paused = true, currentTime: at = 0, duration } = ref.current ?? {};
  const length = Number.isFinite(duration) ? duration : seconds;
  const seek = (/** @type {number} */ time) => {
    ref.current.currentTime = Math.max(0, Math.min(length, time));
    show();
  };
  const toggle = () => {
    if (paused) ref.current.play().then(onPlay, show);
    else ref.current.pause();
  };
  const next = () => {
    speed = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length];
    ref.current.defaultPlaybackRate = ref.current.playbackRate = speed;
    show();
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!way) return;
    event.preventDefault();
    seek(at + way * SKIP);
  };

  return html`<div class="player">
    <audio ref=${ref} onPlay=${show} onPause=${show} onEnded=${show} onTimeUpdate=${show}
      onDurationChange=${show} onError=${convert} />
    <${Button} kind="primary" icon=${paused ? "play" : "pause"} label=${paused ? t("Play") : t("Pause")}
      disabled=${!blob || problem} busy=${ready && !blob && !problem} onClick=${toggle} />
    <input type="range" min="0" max=${length} step="0.1" value=${at} disabled=${!blob}
      aria-label=${t("Position")} onKeyDown=${onKey}
      aria-valuetext=${t("{at} of {length}", { at: formatDuration(at), length: formatDuration(length) })}
      onInput=${(/** @type {any} */ event) => seek(event.target.valueAsNumber)} />
    <${Button} label=${t("Speed {n}", { n: speed })} disabled=${!blob} onClick=${next}>${speed}×<//>
    <p class="small muted"><span>${formatDuration(at)}</span><span>${formatDuration(length)}</span></p>
    ${problem && html`<p role="alert">${problem}</p>`}</div>`;
}
