// SPDX-License-Identifier: LGPL-2.1-or-later
/** What the page's <audio> plays from a file. */

/** Until the loudest pitch is one of these. */
export function hearsPlayer(user, ...hertz) {
  return user.page.evaluate(async (wanted) => {
    const element = document.querySelector("audio"), context = new AudioContext();
    const analyser = new AnalyserNode(context, { fftSize: 4096, smoothingTimeConstant: 0 });
    const bins = new Float32Array(analyser.frequencyBinCount);
    const width = context.sampleRate / analyser.fftSize;
    element.loop = true; // for a machine that is busy
    const stream = element.captureStream();
    if (!stream.getAudioTracks().length)
      await new Promise((resolve) => stream.addEventListener("addtrack", resolve, { once: true }));
    context.createMediaStreamSource(stream).connect(analyser);
    for (;;) {
      analyser.getFloatFrequencyData(bins);
      const peak = bins.indexOf(Math.max(...bins));
      if (bins[peak] > -50 && wanted.some((each) => Math.abs(peak * width - each) < 0.03 * each)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }, hertz);
}
