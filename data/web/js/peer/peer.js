// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * The connection to one remote: an RTCPeerConnection with perfect negotiation (PROTOCOL.md,
 * "Roles"), its data channels, and one audio line that is negotiated at the start, so that a call
 * needs no more SDP.
 *
 *   new -> negotiating -> open <-> disconnected
 *    \---------\----------\--------\---> closed
 */
import { asError, PunchlineError } from "../base/error.js";
import { Machine } from "../base/machine.js";
import { MAX_CANDIDATES } from "../base/limits.js";

/** Longer than it takes to change from one network to another (a phone, a suspended machine). */
const GRACE = 30000;

/** @type {import("../base/machine.js").Steps} */
const steps = {
  new: { negotiate: "negotiating", end: "closed" },
  negotiating: { connected: "open", end: "closed" },
  open: { lost: "disconnected", end: "closed" },
  disconnected: { connected: "open", end: "closed" },
};

/**
 * @typedef {object} PeerConfig
 * @property {RTCIceServer[]} iceServers
 * @property {boolean} polite yields in a glare
 * @property {boolean} audio
 *
 * @typedef {object} PeerSignaling where descriptions and candidates go
 * @property {(description: RTCSessionDescription) => void} description
 * @property {(candidate: RTCIceCandidate | null) => void} candidate null: that was the last
 *
 * @typedef {object} Path
 * @property {"direct" | "relay"} kind
 * @property {string} protocol
 * @property {number | null} rttMs
 * @property {number} received packets of sound, so far
 * @property {number} lost of those that were sent to us
 * @property {number} lostThere share of ours that did not arrive lately, 0 to 1
 * @property {number} level how loud the other end is, 0 to 1
 * @property {string} local what our address is: `host`, `srflx`, `prflx` or `relay`
 * @property {string} remote the other end's
 */

/**
 * Events: `state`; `channel` (detail: the RTCDataChannel that the remote opened); `closed` (once,
 * last, after close() has returned; detail: a PunchlineError, or null when we closed it).
 */
export class Peer extends EventTarget {
  #pc;
  #config;
  #machine = new Machine(steps, "new");
  /** @type {PeerSignaling | null} */ #signaling = null;
  /** Descriptions and candidates are worked off one after the other. */
  #chain = Promise.resolve();
  #begun = false; // the first offer was made or taken
  #nCandidates = 0;
  /** @type {MediaStreamTrack | null} */ #track = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #grace;
  /** What the other end says; silent without a call. */
  remoteStream = new MediaStream();

  /** @param {PeerConfig} config */
  constructor(config) {
    super();
    this.#config = config;
    this.#pc = new RTCPeerConnection({ iceServers: config.iceServers, bundlePolicy: "max-bundle" });
    this.#pc.onicecandidate = ({ candidate }) => this.#tellCandidate(candidate);
    this.#pc.ontrack = ({ track }) => this.remoteStream.addTrack(track);
    this.#pc.ondatachannel = ({ channel }) => this.#emit("channel", channel);
    this.#pc.onnegotiationneeded = () => this.#begun && this.#enqueue(() => this.#offer());
    this.#pc.onconnectionstatechange = () => this.#followState();
  }

  get state() {
    return this.#machine.state;
  }

  /** @param {string} type @param {unknown} [detail] */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** @param {string} event */
  #step(event) {
    if (this.#machine.step(event)) this.#emit("state", this.state);
  }

  /** Whoever carries descriptions now; another one when the conversation is another.
   * @param {PeerSignaling} signaling */
  attach(signaling) {
    this.#signaling = signaling;
    // An offer to the one before may not have arrived.
    const { signalingState, localDescription } = this.#pc;
    if (signalingState === "have-local-offer" && localDescription)
      signaling.description(localDescription);
  }

  /** @param {() => Promise<void>} work */
  #enqueue(work) {
    const done = this.#chain.then(() => this.state === "closed" ? undefined : work());
    this.#chain = done.catch(() => {});
    return done;
  }

  // --- negotiation ---

  /** Makes the first offer; there is a channel already. */
  start() {
    this.#enqueue(async () => {
      if (this.#config.audio) this.#pc.addTransceiver("audio", { direction: "sendrecv" });
      await this.#offer();
    }).catch((error) => this.#end(asError(error, "unsupported")));
  }

  async #offer() {
    if (this.#pc.signalingState !== "stable") return; // the browser asks again when it is
    await this.#describe();
  }

  async #describe() {
    this.#begun = true;
    this.#step("negotiate");
    await this.#pc.setLocalDescription();
    await this.#sendTrack();
    this.#watchSctp();
    if (this.#pc.localDescription) this.#signaling?.description(this.#pc.localDescription);
  }

  /** What came from the remote; rejects where it is refused.
   * @param {RTCSessionDescriptionInit} description */
  feedDescription(description) {
    return this.#enqueue(async () => {
      const collides = description.type === "offer" && this.#pc.signalingState !== "stable";
      if (collides && !this.#config.polite) return; // ours counts
      await this.#pc.setRemoteDescription(description);
      if (description.type !== "offer") return this.#watchSctp();
      // The offer's audio line has a transceiver of its own, not one of ours (RFC 8829 5.10).
      if (this.#config.audio)
        for (const transceiver of this.#pc.getTransceivers()) transceiver.direction = "sendrecv";
      await this.#describe();
    });
  }

  /** One that cannot be used leaves the others.
   * @param {RTCIceCandidateInit | null} candidate null: that was the last */
  feedCandidate(candidate) {
    if (candidate && ++this.#nCandidates > MAX_CANDIDATES) return;
    this.#enqueue(() => this.#pc.addIceCandidate(candidate ?? undefined))
      .catch((error) => console.debug(`candidate: ${error}`));
  }

  /** @param {RTCIceCandidate | null} candidate */
  #tellCandidate(candidate) {
    // The empty one ends a generation; null, all of them.
    if (candidate?.candidate !== "") this.#signaling?.candidate(candidate);
  }

  /** For the next ICE restart. @param {RTCIceServer[]} iceServers */
  setIceServers(iceServers) {
    if (this.state !== "closed")
      this.#pc.setConfiguration({ ...this.#pc.getConfiguration(), iceServers });
  }

  // --- life ---

  #watchSctp() {
    const sctp = this.#pc.sctp;
    if (!sctp || sctp.onstatechange) return;
    // It tells of the end at once, whether the remote ended SCTP or DTLS.
    sctp.onstatechange = () => this.#followState();
    this.#followState();
  }

  #followState() {
    const { connectionState, sctp } = this.#pc;
    if (this.state === "closed") return;
    if (sctp?.state === "closed" || connectionState === "closed")
      this.#end(new PunchlineError("closed", "the other end closed the connection"));
    else if (connectionState === "failed" && this.state === "negotiating")
      this.#end(new PunchlineError("unreachable", "no path to the other end was found"));
    else if (connectionState === "disconnected" || connectionState === "failed")
      this.#lose();
    else if (connectionState === "connected" && sctp?.state === "connected")
      this.#recover();
  }

  /** Perhaps only one end has noticed, so both offer; the polite one yields. */
  #lose() {
    if (this.state !== "open") return;
    this.#grace = setTimeout(() => this.#end(new PunchlineError(
      "lost", "the connection was lost and did not come back")), GRACE);
    this.#nCandidates = 0;
    this.#step("lost");
    this.#pc.restartIce();
  }

  /** This machine's network is another one: not to wait until silence says so. */
  restart() {
    if (this.state !== "open") return;
    this.#nCandidates = 0;
    this.#pc.restartIce();
  }

  #recover() {
    clearTimeout(this.#grace);
    this.#step("connected");
  }

  /** @param {PunchlineError | null} reason */
  #end(reason) {
    if (this.state === "closed") return;
    clearTimeout(this.#grace);
    this.#step("end");
    this.#pc.close();
    this.#signaling = null;
    // Not to somebody in the middle of closing us, who may have another one already.
    queueMicrotask(() => this.#emit("closed", reason));
  }

  close() {
    this.#end(null);
  }

  // --- what it is for ---

  /** Reliable and ordered; may be opened at once, and opens with the connection.
   * @param {string} label @param {string} protocol */
  openChannel(label, protocol) {
    return this.#pc.createDataChannel(label, { protocol });
  }

  /** What the other end hears; null: nothing. Needs no negotiation.
   * @param {MediaStreamTrack | null} track */
  async setTrack(track) {
    this.#track = track;
    await this.#sendTrack();
  }

  async #sendTrack() {
    for (const { sender, receiver } of this.#pc.getTransceivers())
      if (receiver.track.kind === "audio" && sender.track !== this.#track)
        await sender.replaceTrack(this.#track);
  }

  /** How the packets go; null before they do. @returns {Promise<Path | null>} */
  async getPath() {
    /** @type {Map<string, any>} */
    const stats = new Map((await this.#pc.getStats()).entries());
    const all = [...stats.values()];
    const transport = all.find(({ type }) => type === "transport");
    const pair = stats.get(transport?.selectedCandidatePairId) // which Firefox does not have
      ?? all.find(({ type, selected, nominated, state }) => type === "candidate-pair"
                  && (selected ?? (nominated && state === "succeeded")));
    const ends = [stats.get(pair?.localCandidateId), stats.get(pair?.remoteCandidateId)];
    if (!ends[0] || !ends[1]) return null;
    const of = (/** @type {string} */ type) => all.find(
      (one) => one.type === type && one.kind === "audio");
    const sound = of("inbound-rtp");
    return {
      kind: ends.some(({ candidateType }) => candidateType === "relay") ? "relay" : "direct",
      protocol: ends[0].relayProtocol ?? ends[0].protocol,
      rttMs: pair.currentRoundTripTime === undefined ? null : pair.currentRoundTripTime * 1000,
      received: sound?.packetsReceived ?? 0,
      lost: sound?.packetsLost ?? 0,
      lostThere: of("remote-inbound-rtp")?.fractionLost ?? 0,
      level: sound?.audioLevel ?? 0,
      local: ends[0].candidateType,
      remote: ends[1].candidateType,
    };
  }
}
