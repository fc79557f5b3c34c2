// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * One conversation with one member of a room: greeting, confirmation, envelopes (PROTOCOL.md,
 * "Bodies").
 *
 *   greeting --greeted--> confirming --confirmed--> sealed
 *       \______________________\____________________/
 *                          broken --> failed
 */
import {
  compare, concat, encodeUtf8, fromBase64, isSame, randomBytes, Reader, toBase64,
} from "../base/bytes.js";
import { asError, PunchlineError } from "../base/error.js";
import { MAX_ENVELOPE, MAX_MEMBER_NAME } from "../base/limits.js";
import { Cpace, lvCat } from "./cpace.js";
import { Seal } from "./seal.js";

const VERSION = 1;
const CHANNEL = "punchline.v1";
const KIND_GREETING = 1, KIND_CONFIRMATION = 2, KIND_ENVELOPE = 3;
const SHARE_BYTES = 32, NONCE_BYTES = 16, TAG_BYTES = 64;
export const INSTANCE_BYTES = 16;
/** In a room of more than two a host greets everybody, guests answer it. */
export const EQUAL = 0, HOST = 1, GUEST = 2;
const NOBODY = new Uint8Array(INSTANCE_BYTES);

/**
 * @typedef {object} HandshakeConfig
 * @property {string} password
 * @property {string} room
 * @property {string} ownId as the server names us
 * @property {string} remoteId
 * @property {string} name ours, at most 64 bytes of UTF-8
 * @property {Uint8Array} instance ours, random in each run of a program
 * @property {Uint8Array | null} [continues] the other's, where a connection stands
 * @property {number} [role] ours: EQUAL where there are two, else GUEST or HOST
 *
 * @typedef {{ scalar: Uint8Array, nonce: Uint8Array }} HandshakeRandom
 * @typedef {"greeting" | "confirming" | "sealed" | "failed"} HandshakeState
 */

/** @param {string} text */
function shortText(text) {
  const bytes = encodeUtf8(text);
  return concat(Uint8Array.of(bytes.length), bytes);
}

/** @param {string} what */
function refuse(what) {
  return new PunchlineError("invalid", `key exchange: ${what}`);
}

/** A greeting, from behind its kind; throws where it is none. @param {Reader} reader */
function parseGreeting(reader) {
  const share = reader.bytes(SHARE_BYTES);
  const ad = reader.data.slice(reader.at);
  const version = reader.byte();
  if (!reader.failed && version !== VERSION)
    throw new PunchlineError("unsupported", "the other end speaks another version of the key " +
                             "exchange: update the older one");
  reader.bytes(NONCE_BYTES);
  const instance = reader.bytes(INSTANCE_BYTES);
  const continues = reader.bytes(INSTANCE_BYTES);
  const from = reader.shortText(), to = reader.shortText(), name = reader.shortText();
  const role = reader.left ? reader.byte() : EQUAL;
  if (reader.failed || encodeUtf8(name).length > MAX_MEMBER_NAME)
    throw refuse("malformed greeting");
  return { share, ad, instance, continues, from, to, name, role };
}

/** Whether somebody greets us who says that it is a host. @param {string} body */
export function isHostsGreeting(body) {
  const bytes = body.length <= MAX_ENVELOPE ? fromBase64(body) : null;
  if (bytes?.[0] !== KIND_GREETING) return false;
  try {
    return parseGreeting(new Reader(bytes.subarray(1))).role === HOST;
  } catch {
    return false;
  }
}

export class Handshake {
  #config;
  #cpace;
  #ownAd;
  /** @type {string[]} */ #out = [];
  /** @type {import("./cpace.js").Message | null} */ #remote = null;
  /** @type {Seal | null} */ #seal = null;
  /** @type {HandshakeState} */ state = "greeting";
  /** What the other end calls itself; not to be trusted. @type {string | null} */
  remoteName = null;
  /** @type {Uint8Array} */ remoteInstance = NOBODY;
  /** Both ends say that they are connected with each other. */
  continued = false;

  /** @param {HandshakeConfig} config @param {HandshakeRandom} [random] for test vectors */
  constructor(config, random) {
    this.#config = config;
    const ci = lvCat(encodeUtf8(CHANNEL), encodeUtf8(config.room));
    this.#cpace = new Cpace({ password: config.password, ci }, random?.scalar);
    this.#ownAd = this.#makeAd(random?.nonce ?? randomBytes(NONCE_BYTES));
    this.#queue(KIND_GREETING, concat(this.#cpace.share, this.#ownAd));
  }

  /** The draft asks for data that is unique in symmetric runs: hence the nonce. Both ids are in
   * it, so that a greeting counts for nobody but the one that it was sent to.
   * @param {Uint8Array} nonce */
  #makeAd(nonce) {
    const { instance, continues, ownId, remoteId, name, role } = this.#config;
    return concat(Uint8Array.of(VERSION), nonce, instance, continues ?? NOBODY,
                  shortText(ownId), shortText(remoteId), shortText(name),
                  role ? Uint8Array.of(role) : new Uint8Array(0));
  }

  /** @param {number} kind @param {Uint8Array} payload */
  #queue(kind, payload) {
    this.#out.push(toBase64(concat(Uint8Array.of(kind), payload)));
  }

  /** The next body for the other end. */
  nextBody() {
    return this.#out.shift();
  }

  /** A message as a body; in the state `sealed` only. @param {string} message */
  seal(message) {
    if (!this.#seal) throw refuse("it is not over");
    return toBase64(concat(Uint8Array.of(KIND_ENVELOPE), this.#seal.close(message)));
  }

  /** Takes a body from the other end: the message in it, or null. Throws, and then for good,
   * `wrong-code` where the other end has another code.
   * @param {string} body @returns {string | null} */
  feed(body) {
    try {
      return this.#feed(body);
    } catch (error) {
      this.state = "failed";
      this.#seal = null;
      throw asError(error, "invalid");
    }
  }

  /** @param {string} body */
  #feed(body) {
    if (this.state === "failed") throw refuse("it failed before");
    const bytes = body.length <= MAX_ENVELOPE ? fromBase64(body) : null;
    if (!bytes) throw refuse("the body is not base64, or too long");
    const reader = new Reader(bytes);
    const kind = reader.byte();
    if (kind === KIND_GREETING && this.state === "greeting") return this.#feedGreeting(reader);
    if (kind === KIND_CONFIRMATION && this.state === "confirming")
      return this.#feedConfirmation(reader);
    if (kind === KIND_ENVELOPE && this.#seal) return this.#seal.open(reader.bytes(reader.left));
    if (kind < KIND_GREETING || kind > KIND_ENVELOPE) return null;
    throw refuse("a message came out of order");
  }

  /** @param {Reader} reader */
  #feedGreeting(reader) {
    const { share, ad, instance, continues, from, to, name } = parseGreeting(reader);
    if (from !== this.#config.remoteId || to !== this.#config.ownId)
      throw refuse("the greeting was meant for somebody else");
    this.#cpace.finish(this.#ownAd, { share, ad });
    this.#remote = { share, ad };
    this.#remember(name, instance, continues);
    this.#queue(KIND_CONFIRMATION,
                this.#cpace.makeTag({ share: this.#cpace.share, ad: this.#ownAd }));
    this.state = "confirming";
    return null;
  }

  /** @param {string} name @param {Uint8Array} instance @param {Uint8Array} continues */
  #remember(name, instance, continues) {
    const ours = this.#config.continues;
    this.remoteName = name;
    this.remoteInstance = instance;
    this.continued = !!ours && isSame(ours, instance) && isSame(continues, this.#config.instance);
  }

  /** @param {Reader} reader */
  #feedConfirmation(reader) {
    const tag = reader.bytes(TAG_BYTES);
    if (reader.failed || reader.left || !this.#remote) throw refuse("malformed confirmation");
    if (!isSame(tag, this.#cpace.makeTag(this.#remote)))
      throw new PunchlineError("wrong-code", "the other end used another code: compare the two, " +
                               "letter by letter");
    this.#seal = new Seal({
      isk: this.#cpace.isk,
      room: this.#config.room,
      ownShare: this.#cpace.share,
      remoteShare: this.#remote.share,
    });
    this.state = "sealed";
    return null;
  }

  /** Of the two ends exactly one makes the offer. */
  get isOfferer() {
    return !!this.#remote && compare(this.#cpace.share, this.#remote.share) > 0;
  }
}
