// SPDX-License-Identifier: LGPL-2.1-or-later
/** A greeting is spoken into the microphone. */
import { audio } from "./audio.js";
import { toWav } from "./sound.js";

export const MAX_SECONDS = 60;
/** What telephones carry, and the box takes. */
const RATE = 16000;
const STEP = 100; // ms

/**
 * Rejects where there is no microphone, or the page may not use it.
 * @param {(state: { level: number, left: number }) => void} told ten times a second: loudness from
 *   0 to 1, seconds that are left
 * @returns {Promise<{ stop(): void, done: Promise<Blob> }>} `done`: a WAV file, after stop() or
 *   when the time is up
 */
export async function startRecording(told) {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { deviceId: { ideal: audio.choice.input } } });
  const context = new AudioContext(), meter = new AnalyserNode(context);
  const samples = new Float32Array(meter.fftSize);
  context.createMediaStreamSource(stream).connect(meter);
  const recorder = new MediaRecorder(stream), began = performance.now();
  /** @type {Blob[]} */
  const pieces = [];
  const timer = setInterval(() => {
    meter.getFloatTimeDomainData(samples);
    const level = Math.min(1, Math.max(...samples.map(Math.abs)));
    const left = MAX_SECONDS - (performance.now() - began) / 1000;
    if (left <= 0) recorder.stop();
    else told({ level, left });
  }, STEP);
  /** @type {Promise<Blob>} */
  const done = new Promise((resolve, reject) => {
    recorder.ondataavailable = ({ data }) => pieces.push(data);
    recorder.onstop = () => {
      clearInterval(timer);
      stream.getTracks().forEach((track) => track.stop());
      context.close();
      toWav(new Blob(pieces), RATE, MAX_SECONDS).then(resolve, reject);
    };
  });
  recorder.start();
  return { stop: () => recorder.state === "recording" && recorder.stop(), done };
}
