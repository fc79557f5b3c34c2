// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a screen of the web phone would do, as functions; see pl_web.py, Page. */
import { BoxLink } from "/js/phone/box-link.js";
import { pair } from "/js/phone/pairing.js";
import { listBoxes, loadIdentity } from "/js/phone/store.js";

const events = [];
const waiting = [];

function matches(event, wanted) {
  return Object.entries(wanted).every(([name, value]) => event[name] === value);
}

function say(kind, members = {}) {
  events.push({ ...members, kind, index: events.length });
  for (const waiter of waiting.splice(0)) waiter();
}

/** The first event from @from on with these members. */
async function waitEvent(from, wanted) {
  for (;;) {
    const found = events.slice(from).find((event) => matches(event, wanted));
    if (found) return found;
    await new Promise((resolve) => waiting.push(resolve));
  }
}

let link = null;
const context = new AudioContext();
/* Web Audio hears a remote track only while an element plays it too. */
const element = new Audio();
element.muted = true;

async function connect() {
  const [box] = await listBoxes();
  link = new BoxLink(box, {
    state: (state, reason) => say("state", { state, reason: reason?.code ?? "" }),
    hello: ({ rights, status }) => say("hello", { rights, modem: status.state }),
    notified: (method, params) => say(method, params),
  });
  link.start();
}

/* A tone as the microphone. */
async function speak(hertz) {
  const tone = new OscillatorNode(context, { frequency: hertz });
  const out = new MediaStreamAudioDestinationNode(context);
  tone.connect(new GainNode(context, { gain: 0.5 })).connect(out);
  tone.start();
  await link.setTrack(out.stream.getAudioTracks()[0]);
}

/* Until the loudest pitch is this one for so many looks one after the other, 50 ms apart. */
async function hear(hertz, looks) {
  const analyser = new AnalyserNode(context, { fftSize: 4096, smoothingTimeConstant: 0 });
  const bins = new Float32Array(analyser.frequencyBinCount);
  const width = context.sampleRate / analyser.fftSize;
  element.srcObject = link.remoteStream;
  await element.play();
  const source = context.createMediaStreamSource(link.remoteStream);
  source.connect(analyser);
  for (let run = 0; run < looks;) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    analyser.getFloatFrequencyData(bins);
    const loudest = bins.indexOf(Math.max(...bins));
    // The clocks are evened out by resampling, by half a percent at most.
    const right = Math.abs(loudest * width - hertz) < width + 0.005 * hertz;
    run = bins[loudest] > -40 && right ? run + 1 : 0;
  }
  source.disconnect();
}

/* What a script could take away of the identity's private keys. */
async function stealKeys() {
  const { sign, agree } = await loadIdentity();
  return Promise.all([sign, agree].map((key) => crypto.subtle.exportKey("pkcs8", key).then(
    () => "taken", (error) => error.name)));
}

globalThis.page = {
  events,
  waitEvent,
  pair,
  connect,
  speak,
  hear,
  stealKeys,
  boxes: listBoxes,
  mute: () => link.setTrack(null),
  control: (method, params) => link.callControl(method, params),
  sms: (method, params) => link.callSms(method, params),
  path: () => link.getPath(),
  close: () => link.close(),
};
