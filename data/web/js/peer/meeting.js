// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * Brings the two holders of one code together: signaling server, room, CPace, sealed
 * descriptions, and the Peer that comes of it (PROTOCOL.md section 2, "Who waits for whom").
 *
 * Who came first goes on waiting when the other leaves before the connection stands; who came to
 * somebody fails then (`no-peer`). A wrong code ends both at once. A guest (PROTOCOL.md, "Host
 * and guests") meets the host alone, and waits for it where it is not there.
 */
import { encodeUtf8, isSame, randomBytes } from "../base/bytes.js";
import { PunchlineError } from "../base/error.js";
import { MAX_MEMBER_NAME, MAX_WRONG_GUESSES } from "../base/limits.js";
import { Machine } from "../base/machine.js";
import { EQUAL, GUEST, INSTANCE_BYTES, isHostsGreeting } from "../proto/handshake.js";
import { MeetingRemote } from "./meeting-remote.js";
import { Peer } from "./peer.js";
import { SignalClient } from "./signal-client.js";

/** @typedef {import("../proto/signal-session.js").SignalMessage} SignalMessage */

const ENDS = { fail: "failed", close: "closed" };

/** @type {import("../base/machine.js").Steps} */
export const steps = {
  idle: { start: "signaling", close: "closed" },
  signaling: { alone: "waiting", came: "greeting", ...ENDS },
  waiting: { came: "greeting", offline: "signaling", ...ENDS },
  greeting: { confirmed: "connecting", gone: "waiting", ...ENDS },
  connecting: { open: "connected", gone: "waiting", confirmed: "connecting", ...ENDS },
  connected: { confirmed: "connecting", ...ENDS },
};

/** From the other's arrival to the open connection. */
const ARRIVAL = 30000;
const PAIR = 2, HALL = 16;

/**
 * @typedef {object} MeetingConfig
 * @property {string} signalingUrl
 * @property {import("../proto/code.js").Code} code
 * @property {string} name shown to the other
 * @property {boolean} audio
 * @property {number} [role] GUEST, of a paired room; else EQUAL
 *
 * @typedef {object} MeetingOps
 * @property {(state: string) => void} state
 * @property {(peer: Peer, name: string) => void} peer the key is confirmed; the peer is about to
 *   negotiate: listen to it, open channels. May come again, when the other program was started
 *   anew; the one before is closed then
 * @property {(reason: PunchlineError) => void} failed once, last: nothing will come of it any
 *   more. Once the peer stands, its own `closed` tells of its end instead
 */

/** @param {string} text what somebody calls himself, as far as it can be shown */
function makePrintable(text) {
  return text.replace(/\p{C}/gu, "\ufffd");
}

/** What a greeting and the server take. @param {string} name */
function makeName(name) {
  let text = makePrintable(name) || "?";
  while (encodeUtf8(text).length > MAX_MEMBER_NAME) text = [...text].slice(0, -1).join("");
  return text;
}

export class Meeting {
  #config;
  #ops;
  #machine = new Machine(steps, "idle");
  /** @type {SignalClient | null} */ #client;
  #instance = randomBytes(INSTANCE_BYTES);
  /** Ours; null: not in the room. @type {string | null} */ #member = null;
  #wasFirst = false; // nobody who could answer was in the room when we came
  #wasInside = false;
  /** What browsers subscribe with for the server's push; "": it has none. */
  pushKey = "";
  #joinId = 0;
  #nGuesses = 0;
  /** @type {RTCIceServer[]} */ #iceServers = [];

  /** The one whose code is not known yet. @type {MeetingRemote | null} */ #greeting = null;
  /** The one that the peer is connected with. @type {MeetingRemote | null} */ #current = null;
  /** @type {Uint8Array} */ #remoteInstance = new Uint8Array(INSTANCE_BYTES);
  /** @type {Peer | null} */ #peer = null;
  /** Ends our listening to the peer. @type {AbortController | null} */ #peerWatch = null;

  /** @type {ReturnType<typeof setTimeout> | undefined} */ #arrival;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #refresh;
  /** @type {PunchlineError | null} */ #failure = null;
  #closing = false;

  /** @param {MeetingConfig} config @param {MeetingOps} ops */
  constructor(config, ops) {
    this.#config = { ...config, name: makeName(config.name) };
    this.#ops = ops;
    this.#client = new SignalClient(config.signalingUrl, {
      event: (message) => this.#isOver || this.#handle(message),
      offline: () => this.#isOver || this.#step("offline"),
      closed: (reason) => this.#onSignalClosed(reason),
    });
  }

  get state() {
    return this.#machine.state;
  }

  get #isGuest() {
    return this.#config.role === GUEST;
  }

  get #isOver() {
    return this.#failure !== null || this.#closing;
  }

  /** @param {string} event */
  #step(event) {
    const before = this.state;
    this.#machine.step(event);
    if (this.state !== before) this.#ops.state(this.state);
  }

  start() {
    this.#step("start");
    this.#client?.start();
  }

  /** Leaves the room (the other is told) and drops everything but a peer handed out. The state
   * `closed` follows within a second. */
  close() {
    if (this.#isOver) return;
    this.#closing = true;
    clearTimeout(this.#arrival);
    this.#current?.sayBye();
    this.#dropRemotes();
    this.#forgetPeer();
    if (this.#client && this.state !== "idle") this.#client.close();
    else this.#step("close");
  }

  /** Ends the meeting, unless the peer stands already. @param {PunchlineError} reason */
  #fail(reason) {
    if (this.#isOver || !this.#client || this.state === "connected") return;
    this.#failure = reason;
    clearTimeout(this.#arrival);
    this.#dropRemotes();
    this.#dropPeer();
    // What is told to the server (a wrong code) is to leave before.
    this.#client.fail(reason);
  }

  /** @param {PunchlineError | null} reason */
  #onSignalClosed(reason) {
    this.#failure ??= reason;
    this.#client = null;
    clearTimeout(this.#refresh);
    clearTimeout(this.#arrival);
    if (this.#closing) {
      this.#step("close");
    } else if (this.state !== "connected") {
      this.#dropRemotes();
      this.#dropPeer();
      this.#step("fail");
      this.#ops.failed(this.#failure ?? new PunchlineError("lost", "the server closed"));
    }
  }

  #dropRemotes() {
    this.#greeting?.free();
    this.#current?.free();
    this.#greeting = this.#current = null;
  }

  #forgetPeer() {
    this.#peerWatch?.abort();
    this.#peer = null;
  }

  #dropPeer() {
    const peer = this.#peer;
    this.#forgetPeer();
    peer?.close();
  }

  // --- what the server says ---

  /** @param {SignalMessage} message */
  #handle(message) {
    const isRoom = message.room === this.#config.code.room;
    if (message.type === "welcome") this.#onWelcome(message);
    else if (message.type === "ice") this.#updateIce(message);
    else if (message.type === "error") this.#onError(message);
    else if (!isRoom) return;
    else if (message.type === "joined") this.#onJoined(message);
    else if (message.type === "burned") this.#fail(this.#explain({ ...message, code: "burned" }));
    else if (this.#member === null) return;
    else if (message.type === "came") this.#isGuest || this.#greet(message.member);
    else if (message.type === "left") this.#onLeft(message.member);
    else if (message.type === "message") this.#onMessage(message);
    // vanished and returned: the member is the same if it comes back, and the time is set.
  }

  /** @param {SignalMessage} message */
  #updateIce(message) {
    this.#iceServers = message.ice_servers;
    this.#peer?.setIceServers(this.#iceServers);
    clearTimeout(this.#refresh);
    const ttl = Number(message.ice_ttl_s);
    // Fresh TURN credentials at half of their time.
    if (ttl > 0)
      this.#refresh = setTimeout(() => this.#client?.request({ type: "refresh" }), ttl * 500);
  }

  /** @param {SignalMessage} message */
  #onWelcome(message) {
    this.pushKey = String(message.push_key ?? "");
    this.#updateIce(message);
    if (message.resumed) {
      if (this.state === "signaling" && this.#member) this.#step("alone");
      return;
    }
    this.#forgetMembers();
    if (this.#isOver) return;
    const { code, name } = this.#config;
    const max = this.#isGuest ? HALL : PAIR;
    this.#joinId = this.#client?.request({ type: "join", room: code.room, name, max }) ?? 0;
  }

  /** The session is a new one: whoever was in the room is somebody new now. */
  #forgetMembers() {
    this.#member = null;
    // Or the server could take a guess back by a new session.
    this.#dropGreeting();
    this.#current?.free();
    this.#current = null;
    if (this.state === "greeting") this.#step("gone");
  }

  /** @param {SignalMessage} message */
  #onJoined(message) {
    // A guest waits for its host's greeting.
    const others = this.#isGuest ? [] : message.members;
    if (this.state === "signaling") this.#wasFirst = others.length === 0;
    this.#member = message.member;
    this.#wasInside = true;
    if (others.length === 0) this.#step("alone");
    else this.#greet(String(others[others.length - 1]?.member));
  }

  /** @param {SignalMessage} message */
  #onMessage(message) {
    if (this.#isGuest && this.#greeting?.member !== message.from && isHostsGreeting(message.body))
      this.#greet(message.from);
    for (const remote of [this.#greeting, this.#current])
      if (remote && remote.member === message.from) return remote.feed(message.body);
  }

  /** Most errors concern one message to someone who has just left. One that was not relayed
   * because of a limit, however, would be missing in the sealed conversation.
   * @param {SignalMessage} message */
  #onError(message) {
    const isOurs = message.id === undefined || message.id === this.#joinId;
    const isLost = message.code === "rate" || message.code === "too-large";
    if (isOurs || isLost) this.#fail(this.#explain(message));
  }

  /** @param {SignalMessage} message */
  #explain({ code, text, retry_s: retry }) {
    if (code === "no-room")
      return new PunchlineError("no-code", this.#wasInside
        ? "the signaling server was started anew and has forgotten this code"
        : `nobody waits with a code that begins with ${this.#config.code.room}: is the number ` +
          "right, and the code not older than an hour?");
    if (code === "burned")
      return new PunchlineError("burned", "this code was guessed wrong too often and is not " +
                                "valid any more: make a new one");
    if (code === "full")
      return new PunchlineError("refused", this.#isGuest
        ? "too many programs are connected with this box" : "two others use this code already");
    return new PunchlineError("refused", `the signaling server refuses (${code}): ${text ?? ""}` +
                              (Number(retry) > 0 ? `, try again in ${retry} s` : ""));
  }

  // --- members ---

  /** @param {string} member */
  #wrong(member) {
    this.#client?.request({ type: "wrong", room: this.#config.code.room, member });
  }

  #setArrival() {
    clearTimeout(this.#arrival);
    this.#arrival = setTimeout(() => this.#onOverdue(), ARRIVAL);
  }

  #onOverdue() {
    if (this.state === "greeting")
      this.#loseRemote("somebody is there with this code's number, but does not answer");
    else if (this.state === "connecting")
      this.#fail(new PunchlineError("unreachable", "no path to the other end was found in time"));
    else this.#dropGreeting();
  }

  /** A member that saw our tag and went without showing its own may have tried a code. */
  #dropGreeting() {
    const greeting = this.#greeting;
    this.#greeting = null;
    greeting?.free();
    if (!greeting?.mayHaveGuessed) return;
    if (this.#member) this.#wrong(greeting.member);
    if (++this.#nGuesses >= MAX_WRONG_GUESSES)
      this.#fail(new PunchlineError("burned", "several times somebody came, tried a code and " +
                                    "went: make a new one"));
  }

  /** There is nobody any more before a connection stood: who was first waits for the next, who
   * came to somebody has come for nothing. @param {string} what */
  #loseRemote(what) {
    this.#dropGreeting();
    this.#current?.free();
    this.#current = null;
    this.#dropPeer();
    if (this.#isOver) return;
    if (!this.#wasFirst) {
      this.#fail(new PunchlineError("no-peer", what));
      return;
    }
    clearTimeout(this.#arrival);
    this.#step("gone");
  }

  /** A member is there: find out if it has our code. @param {string} member */
  #greet(member) {
    const stands = this.state === "connected" && this.#peer;
    this.#dropGreeting();
    // A connection that stands outlives all guesses, so it would allow any number of them.
    if (this.#isOver || this.#nGuesses >= MAX_WRONG_GUESSES || !this.#member) return;
    const { code, name } = this.#config;
    this.#greeting = new MeetingRemote({
      password: code.text,
      room: code.room,
      ownId: this.#member,
      remoteId: member,
      name,
      instance: this.#instance,
      continues: stands ? this.#remoteInstance : null,
      role: this.#config.role ?? EQUAL,
    }, {
      send: (remote, body) => this.#client?.request(
        { type: "send", room: code.room, to: remote.member, body }),
      confirmed: (remote) => this.#onConfirmed(remote),
      bye: () => this.#onBye(),
      failed: (remote, reason) => this.#onRemoteFailed(remote, reason),
    });
    this.#setArrival();
    this.#step("came");
  }

  #onBye() {
    if (this.#isGuest && this.state === "connected")
      this.#peer?.close(); // the host has none for us any more
    else if (this.#isGuest && this.state === "connecting") // it greets us no second time
      this.#fail(new PunchlineError("no-peer", "the box has no place for us now"));
    else if (this.state === "connecting")
      this.#loseRemote("the other end went before the connection stood");
  }

  /** A host greets without knowing whom, so what its guest knows of it has to do.
   * @param {import("../proto/handshake.js").Handshake} handshake */
  #isContinued(handshake) {
    if (this.state !== "connected" || !this.#peer) return false;
    return this.#isGuest ? isSame(this.#remoteInstance, handshake.remoteInstance)
                         : handshake.continued;
  }

  /** @param {string} member */
  #onLeft(member) {
    if (this.#current?.member === member) {
      if (this.state === "connecting")
        this.#loseRemote("the other end went before the connection stood");
      this.#current?.free();
      this.#current = null;
    } else if (this.#greeting?.member === member) {
      // One that never said a word was lost before we came: we are the first in truth.
      this.#wasFirst ||= this.#greeting.isSilent;
      if (this.state === "greeting")
        this.#loseRemote("the other end went before it could be recognised");
      else this.#dropGreeting();
    }
  }

  /** @param {MeetingRemote} remote @param {PunchlineError} reason */
  #onRemoteFailed(remote, reason) {
    if (reason.code === "wrong-code") this.#wrong(remote.member);
    if (remote === this.#greeting) {
      this.#nGuesses++;
      this.#greeting = null;
    } else if (remote === this.#current) {
      this.#current = null;
    }
    remote.free();
    this.#fail(reason);
  }

  /** @param {MeetingRemote} remote */
  #onConfirmed(remote) {
    const { handshake } = remote;
    this.#current?.free();
    this.#current = remote;
    this.#greeting = null;
    if (this.#peer && this.#isContinued(handshake)) {
      clearTimeout(this.#arrival);
      remote.attach(this.#peer);
      return;
    }
    this.#dropPeer();
    this.#remoteInstance = handshake.remoteInstance;
    this.#step("confirmed");
    this.#makePeer(remote);
  }

  // --- the peer ---

  /** @param {MeetingRemote} remote */
  #makePeer(remote) {
    const { isOfferer, remoteName } = remote.handshake;
    const peer = new Peer({
      iceServers: this.#iceServers,
      polite: !isOfferer,
      audio: this.#config.audio,
    });
    const watch = new AbortController();
    peer.addEventListener("state", () => {
      if (peer.state === "open") this.#onOpen();
      // The ICE restart that follows goes through the server.
      else if (peer.state === "disconnected") this.#client?.reconnect();
    }, watch);
    peer.addEventListener("closed", (event) => this.#onPeerClosed(event), watch);
    this.#peer = peer;
    this.#peerWatch = watch;
    remote.attach(peer);
    this.#ops.peer(peer, makePrintable(remoteName ?? ""));
    if (isOfferer && this.#peer === peer) peer.start();
  }

  #onOpen() {
    if (this.state !== "connecting") return;
    if (!this.#greeting) clearTimeout(this.#arrival);
    this.#step("open");
  }

  /** @param {Event} event */
  #onPeerClosed(event) {
    this.#forgetPeer();
    if (this.state !== "connecting") return;
    const reason = event instanceof CustomEvent ? event.detail : null;
    this.#fail(reason ?? new PunchlineError("no-peer", "the other end closed the connection " +
                                            "before it stood"));
  }
}
