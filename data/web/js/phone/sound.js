// SPDX-License-Identifier: LGPL-2.1-or-later
/** Sounds from one form into another, by what this browser can decode. */

const HEADER = 44;

/** PCM of 16 bits, mono. Rejects where the browser does not know the form of @blob.
 * @param {Blob} blob @param {number} rate samples a second
 * @param {number} [maxSeconds] what is longer is cut */
export async function toWav(blob, rate, maxSeconds = Infinity) {
  // Decoding gives the samples at the rate of the context.
  const context = new OfflineAudioContext(1, 1, rate);
  const sound = await context.decodeAudioData(await blob.arrayBuffer());
  const channels = Array.from({ length: sound.numberOfChannels }, (_, n) => sound.getChannelData(n));
  const length = Math.min(sound.length, rate * maxSeconds), bytes = 2 * length;
  const out = new DataView(new ArrayBuffer(HEADER + bytes));
  // "RIFF", size; "WAVE", "fmt ", 16 bytes: PCM, 1 channel, rate; "data", size
  [0x52494646, 0, 0x57415645, 0x666d7420, 0x10000000, 0x01000100, 0, 0, 0x02001000, 0x64617461]
    .forEach((word, i) => out.setUint32(4 * i, word));
  [[4, HEADER - 8 + bytes], [24, rate], [28, 2 * rate], [40, bytes]]
    .forEach(([at, value]) => out.setUint32(at, value, true));
  for (let i = 0; i < length; i++) {
    const mean = channels.reduce((sum, samples) => sum + samples[i], 0) / channels.length;
    out.setInt16(HEADER + 2 * i, 0x7fff * Math.max(-1, Math.min(1, mean)), true);
  }
  return new Blob([out], { type: "audio/wav" });
}
