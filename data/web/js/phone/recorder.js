// SPDX-License-Identifier: LGPL-2.1-or-later
/** A greeting is spoken into the microphone. */
import { audio } from "./audio.js";

export const MAX_SECONDS = 60;
const STEP = 100; // ms
const HEADER = 44;

/** PCM of 16 bits, mono. Rejects where the browser does not know the form of @blob.
 * @param {Blob} blob @param {number} rate samples a second
 * @param {number} [maxSeconds] what is longer is cut */
export async function toWav(blob, rate, maxSeconds = Infinity) {
  // Decoding gives the samples at the rate of the context.
  const sound = await new OfflineAudioContext(1, 1, rate).decodeAudioData(await blob.arrayBuffer());
  const samples = sound.getChannelData(0).subarray(0, rate * maxSeconds), bytes = 2 * samples.length;
  const out = new DataView(new ArrayBuffer(HEADER + bytes));
  // "RIFF", size; "WAVE", "fmt ", 16 bytes: PCM, 1 channel, rate; "data", size
  [0x52494646, 0, 0x57415645, 0x666d7420, 0x10000000, 0x01000100, 0, 0, 0x02001000, 0x64617461]
    .forEach((word, i) => out.setUint32(4 * i, word));
  [[4, HEADER - 8 + bytes], [24, rate], [28, 2 * rate], [40, bytes]]
    .forEach(([at, value]) => out.setUint32(at, value, true));
  samples.forEach((sample, i) =>
    out.setInt16(HEADER + 2 * i, 0x7fff * Math.max(-1, Math.min(1, sample)), true));
  return new Blob([out], { type: "audio/wav" });
}

/**
 * Rejects where there is no microphone, or the page may not use it.
 * @param {(level: number, left: number) => void} told ten times a second: loudness from 0 to 1,
 *   seconds that are left
 * @returns {Promise<{ stop(): void, done: Promise<Blob> }>} `done`: what was spoken until stop(),
 *   or until the time was up, in a form that this browser knows
 */
export async function startRecording(told) {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { channelCount: 1, deviceId: { ideal: audio.choice.input } } });
  const context = new AudioContext(), meter = new AnalyserNode(context);
  const samples = new Float32Array(meter.fftSize), recorder = new MediaRecorder(stream);
  context.createMediaStreamSource(stream).connect(meter);
  const end = performance.now() + MAX_SECONDS * 1000;
  const stop = () => recorder.state === "recording" && recorder.stop();
  const timer = setInterval(() => {
    meter.getFloatTimeDomainData(samples);
    const left = end - performance.now();
    told(Math.max(...samples), left / 1000);
    if (left <= 0) stop();
  }, STEP);
  /** @type {Promise<Blob>} */
  const done = new Promise((resolve) => recorder.ondataavailable = ({ data }) => {
    clearInterval(timer);
    stream.getTracks().forEach((track) => track.stop());
    context.close();
    resolve(data);
  });
  recorder.start();
  return { stop, done };
}
