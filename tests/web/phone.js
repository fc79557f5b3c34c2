// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a screen of the web phone would do, as functions; see pl_web.py, Page. */
import { BoxLink } from "/js/phone/box-link.js";
import { pair } from "/js/phone/pairing.js";
import { listBoxes, loadIdentity } from "/js/phone/store.js";
import { events, say, waitEvent } from "./events.js";

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

/* How long a voicemail is, and how much of it this tone, by its changes of sign. */
async function listen(id, hertz) {
  const blob = await link.fetchVoicemail(id);
  const sound = await context.decodeAudioData(await blob.arrayBuffer());
  const samples = sound.getChannelData(0), size = Math.floor(sound.sampleRate / 10);
  let found = 0;
  for (let at = 0; at + size < samples.length; at += size) {
    const part = samples.subarray(at, at + size);
    const power = part.reduce((sum, x) => sum + x * x, 0) / size;
    const changes = part.filter((x, i) => i > 0 && (x < 0) !== (part[i - 1] < 0)).length;
    if (power > 1e-3 && Math.abs(changes * 5 - hertz) < 0.05 * hertz) found++;
  }
  return { seconds: sound.duration, tone: found / 10 };
}

/* Which description each connection of this page began with. */
const began = [];
let connection = null; // the newest
const setLocalDescription = RTCPeerConnection.prototype.setLocalDescription;
RTCPeerConnection.prototype.setLocalDescription = async function (...rest) {
  await setLocalDescription.apply(this, rest);
  if (!this.began) began.push(this.began = this.localDescription.type);
  connection = this;
};

/* Until the server knows this page in a room again: counted by the answers to join. */
let joins = 0;
const { parse } = JSON;
JSON.parse = (text) => {
  const value = parse(text);
  if (value?.type === "joined") joins++;
  return value;
};
async function waitSignaling(before) {
  while (joins <= before) await new Promise((resolve) => setTimeout(resolve, 50));
}

/* What both ends report of the call, by type, once each has. */
async function waitReports() {
  for (;;) {
    const all = [...(await connection.getStats()).values()];
    const of = (type) => all.find((stats) => stats.type === type && stats.kind === "audio");
    const found = { received: of("inbound-rtp"), sent: of("outbound-rtp"),
                    theyReceived: of("remote-inbound-rtp"), theySent: of("remote-outbound-rtp"),
                    codec: all.find((stats) => stats.type === "codec"),
                    candidates: all.filter((stats) => stats.type.endsWith("-candidate")) };
    if (found.theyReceived?.roundTripTimeMeasurements > 0 && found.theySent) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
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

async function flood(times) {
  for (let n = 0; n < times; n++) await link.callControl("status");
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
  listen,
  flood,
  stealKeys,
  began: () => began,
  joins: () => joins,
  waitReports,
  waitSignaling,
  boxes: listBoxes,
  mute: () => link.setTrack(null),
  control: (method, params) => link.callControl(method, params),
  sms: (method, params) => link.callSms(method, params),
  path: () => link.getPath(),
  close: () => link.close(),
};
