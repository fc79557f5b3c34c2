// SPDX-License-Identifier: LGPL-2.1-or-later
/* Cases for test-web-vectors.py: each is a function that throws where something is wrong. */
import { encodeUtf8, fromBase64, toBase64, toHex } from "/js/base/bytes.js";
import { steps as meetingSteps } from "/js/peer/meeting.js";
import { makeSignalUrl } from "/js/peer/signal-client.js";
import { pairedCode, parseCode } from "/js/proto/code.js";
import { generatorString, lvCat, transcript } from "/js/proto/cpace.js";
import { Handshake, HOST, isHostsGreeting } from "/js/proto/handshake.js";
import { hkdf, hmac } from "/js/proto/hmac.js";
import { agreeWith, isPublicIdentity, makeIdentity } from "/js/proto/identity.js";
import { decode, encode, fromUniform } from "/js/proto/ristretto.js";
import { Seal } from "/js/proto/seal.js";
import { SignalSession, steps as sessionSteps } from "/js/proto/signal-session.js";
import { guessCountry, isSameNumber, parseNumber } from "/js/proto/number.js";
import { words } from "/js/proto/words.js";
import { Point } from "/vendor/noble.js";
import { fromHex, refused, same } from "./check.js";
import { cases as modelCases } from "./models.js";
import { cases as streamCases } from "./streams.js";
import { cases as vcardCases } from "./vcards.js";
import { cases as textCases } from "./texts.js";

/* PKCS#8 (RFC 8410) around the 32 bytes of an X25519 key. */
const X25519_PKCS8 = fromHex("302e020100300506032b656e04220420");

const load = async (name) => (await fetch(name)).json();

function makeEnd(vectors, own, remote) {
  const { password = vectors.code } = own;
  return new Handshake({
    password,
    room: vectors.room,
    ownId: own.member,
    remoteId: remote.member,
    name: own.name,
    instance: fromHex(own.instance),
    continues: own.continues ? fromHex(own.continues) : null,
    role: own.role,
  }, own.scalar ? { scalar: fromHex(own.scalar), nonce: fromHex(own.nonce) } : undefined);
}

const ANNA = { member: "m1", name: "anna", instance: "1a".repeat(16) };
const BERT = { member: "m2", name: "bert", instance: "1b".repeat(16) };

/* Two ends up to their confirmations, which are not delivered yet. */
function greet(bert = {}) {
  const both = { code: "417-walnut-harbor-ember", room: "417" };
  const a = makeEnd(both, ANNA, BERT), b = makeEnd(both, { ...BERT, ...bert }, ANNA);
  const greetings = [a.nextBody(), b.nextBody()];
  a.feed(greetings[1]);
  b.feed(greetings[0]);
  return { a, b };
}

function confirm() {
  const { a, b } = greet();
  a.feed(b.nextBody());
  b.feed(a.nextBody());
  return { a, b };
}

function flip(body, at) {
  const bytes = fromBase64(body);
  bytes[at < 0 ? bytes.length + at : at] ^= 1;
  return toBase64(bytes);
}

async function testAcceptedCodes() {
  for (const { typed, text, room } of (await load("/data/codes.json")).accepted) {
    const code = await parseCode(typed);
    same(code.text, text, typed);
    same(code.room, room, typed);
  }
}

async function testRefusedCodes() {
  for (const { typed, says } of (await load("/data/codes.json")).refused)
    await refused(() => parseCode(typed), "bad-code", says);
}

function testWords() {
  same(words.length, 2048);
}

async function testNumbers() {
  const { normalised, same: pairs, countries } = await load("/data/numbers.json");
  for (const { typed, number } of normalised) same(parseNumber(typed), number ?? "", typed);
  same(parseNumber(" tel:+49\u201130\u00a012\n"), "+493012");
  for (const { country, a, b, same: alike } of pairs) {
    same(isSameNumber(a, b, country), alike, `${a} ${b}`);
    same(isSameNumber(b, a, country), alike, `${b} ${a}`);
  }
  for (const { number, country } of countries) same(guessCountry(number), country, number);
}

async function testPaired() {
  const { paired, identities } = await load("/data/codes.json");
  const code = pairedCode(fromHex(paired.secret));
  same(code.room, paired.room);
  same(code.text, paired.password);
  const ends = [[identities.a, identities.b], [identities.b, identities.a]];
  for (const [own, remote] of ends) {
    const secret = fromBase64(own.private.split(" x25519:")[1]);
    const key = await crypto.subtle.importKey(
      "pkcs8", new Uint8Array([...X25519_PKCS8, ...secret]), { name: "X25519" }, false,
      ["deriveBits"]);
    same(toHex(await agreeWith(key, remote.public)), identities.secret);
  }
}

async function testIdentities() {
  const one = await makeIdentity(), other = await makeIdentity();
  same(isPublicIdentity(one.publicText), true);
  same(toHex(await agreeWith(one.agree, other.publicText)),
       toHex(await agreeWith(other.agree, one.publicText)));
  same(one.agree.extractable || one.sign.extractable, false);
  const zeros = "A".repeat(43) + "=";
  const bad = ["", "ed25519:", "ed25519:AAAA x25519:AAAA", `ed25519:${zeros} x25519:${zeros}`,
               one.publicText + "x"];
  for (const text of bad) await refused(() => agreeWith(one.agree, text), "invalid");
}

async function testConversation() {
  const vectors = await load("/data/key-exchange.json");
  const ends = { a: makeEnd(vectors, vectors.a, vectors.b),
                 b: makeEnd(vectors, vectors.b, vectors.a) };
  for (const { from, text, body } of vectors.bodies) {
    const sender = ends[from], receiver = ends[from === "a" ? "b" : "a"];
    same(text === undefined ? sender.nextBody() : sender.seal(text), body);
    same(receiver.feed(body), text ?? null);
  }
  same(ends[vectors.offerer].isOfferer, true);
  same(ends.a.remoteName, vectors.b.name);
  for (const { role, body } of vectors.roles) {
    same(makeEnd(vectors, { ...vectors.a, role }, vectors.b).nextBody(), body);
    same(isHostsGreeting(body), role === HOST);
    const other = makeEnd(vectors, vectors.b, vectors.a);
    other.feed(body);
    same(other.state, "confirming");
  }
  for (const body of [vectors.bodies[0].body, vectors.bodies[2].body, "", "AQ==", "x"])
    same(isHostsGreeting(body), false);
}

async function testCpaceStrings() {
  // Of draft-irtf-cfrg-cpace-21, appendix A.
  same(toHex(lvCat(encodeUtf8("1234"), encodeUtf8("5"), encodeUtf8(""), encodeUtf8("678"))),
       "0431323334013500" + "03363738");
  const long = lvCat(new Uint8Array(128));
  same(toHex(long.slice(0, 2)), "8001");
  const [a, b] = ["61", "62"].map((hex) => ({ share: fromHex(hex), ad: encodeUtf8("") }));
  same(toHex(transcript(a, b)), toHex(transcript(b, a)));
  same(generatorString(encodeUtf8("x"), encodeUtf8(""), encodeUtf8("")).length, 128 + 2);
}

/* RFC 9496 appendix A. */
async function testRistretto() {
  const { multiples, bad, map } = await load("/data/ristretto255.json");
  let element = decode(fromHex(multiples[0]));
  for (const multiple of multiples) {
    same(toHex(encode(element)), multiple);
    same(toHex(encode(decode(fromHex(multiple)))), multiple);
    element = element.add(Point.BASE);
  }
  for (const encoding of bad) await refused(() => decode(fromHex(encoding)), "invalid", "group");
  await refused(() => decode(fromHex(multiples[1] + "00")), "invalid", "group");
  for (const { bytes, element } of map) same(toHex(encode(fromUniform(fromHex(bytes)))), element);
}

/* RFC 4231 section 4.3; RFC 5869 names no vectors for SHA-512: WebCrypto knows them. */
async function testHmac() {
  same(toHex(hmac(encodeUtf8("Jefe"), encodeUtf8("what do ya want for nothing?"))),
       "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554" +
       "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
  const secret = fromHex("0b".repeat(64)), info = encodeUtf8("info");
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits(
    { name: "HKDF", hash: "SHA-512", salt: new Uint8Array(0), info }, key, 256);
  same(toHex(hkdf(secret, info, 32)), toHex(new Uint8Array(bits)));
}

async function testWrongCode() {
  const { a, b } = greet({ password: "417-walnut-harbor-zebra" });
  await refused(() => a.feed(b.nextBody()), "wrong-code");
  same(a.state, "failed");
  await refused(() => a.feed(""), "invalid", "before");
}

async function testChangedBodies() {
  for (const at of [34, 50, -1]) { // nonce, instance, name
    const both = { code: "417-walnut-harbor-ember", room: "417" };
    const one = makeEnd(both, ANNA, BERT), two = makeEnd(both, BERT, ANNA);
    two.feed(flip(one.nextBody(), at));
    one.feed(two.nextBody());
    await refused(() => one.feed(two.nextBody()), "wrong-code");
  }
  for (const at of [7, 9, -1]) { // counter, ciphertext, tag
    const { a, b } = confirm();
    await refused(() => b.feed(flip(a.seal("{}"), at)), "invalid");
    await refused(() => b.feed(a.seal("{}")), "invalid");
  }
  const { a, b } = greet();
  await refused(() => b.feed(flip(a.nextBody(), 5)), "wrong-code");
}

async function testOrder() {
  const late = greet();
  const greeting = makeEnd({ code: "x", room: "417" }, BERT, ANNA).nextBody();
  await refused(() => late.a.feed(greeting), "invalid", "out of order");
  const { a, b } = confirm();
  const first = a.seal("one"), second = a.seal("two"), third = a.seal("three");
  same(b.feed(first), "one");
  same(b.feed(first), null, "a repeated one");
  same(b.feed(second), "two");
  await refused(() => confirm().b.feed(third), "invalid");
  const lossy = confirm();
  lossy.a.seal("lost");
  await refused(() => lossy.b.feed(lossy.a.seal("x")), "invalid", "missing");
}

async function testGreetings() {
  const fresh = () => makeEnd({ code: "x", room: "417" }, ANNA, BERT);
  const own = fresh();
  await refused(() => own.feed(own.nextBody()), "invalid", "somebody else");
  for (const body of ["not base64!", "AQ", "AWFiYw==", "A".repeat(61444),
                      toBase64(Uint8Array.of(2)), toBase64(Uint8Array.of(3))])
    await refused(() => fresh().feed(body), "invalid");
  same(fresh().feed(toBase64(encodeUtf8("\tnews"))), null);
  same(fresh().feed(""), null);
  const other = makeEnd({ code: "x", room: "417" }, BERT, ANNA).nextBody();
  await refused(() => fresh().feed(flip(other, 33)), "unsupported");
}

async function testContinued() {
  const both = { code: "417-walnut-harbor-ember", room: "417" };
  const a = makeEnd(both, { ...ANNA, continues: BERT.instance }, BERT);
  const b = makeEnd(both, { ...BERT, continues: ANNA.instance }, ANNA);
  const greetings = [a.nextBody(), b.nextBody()];
  a.feed(greetings[1]);
  b.feed(greetings[0]);
  same(a.continued && b.continued, true);
  same(confirm().a.continued, false);
}

async function testEnvelopeSizes() {
  const share = new Uint8Array(32), isk = new Uint8Array(64);
  const make = () => new Seal({ isk, room: "417", ownShare: share, remoteShare: share });
  for (const length of [0, 1, 1022, 1023, 1024, 1025, 40000]) {
    const text = "x".repeat(length), sealed = make().close(text);
    same(sealed.length, 8 + (Math.floor(length / 1024) + 1) * 1024 + 16);
    same(make().open(sealed), text);
  }
  await refused(() => make().close("x".repeat(46000)), "limit");
  await refused(() => make().open(new Uint8Array(100)), "invalid", "size");
}

const WELCOME = { type: "welcome", session: "s", token: "t", resumed: false, last_id: 0,
                  silence_s: 30, ice_servers: [] };

function makeReady(now = 0) {
  const session = new SignalSession("test");
  session.start(now);
  session.reportOpened(now);
  same(JSON.parse(session.nextFrame()).type, "hello");
  session.feed(JSON.stringify(WELCOME), now);
  same(session.nextEvent().type, "welcome");
  return session;
}

async function testSessionResumes() {
  const session = makeReady();
  const ids = [session.request({ type: "join" }), session.request({ type: "send" })];
  session.nextFrame();
  session.nextFrame();
  session.feed(JSON.stringify({ type: "joined", seq: 1, id: ids[0], room: "1", member: "m",
                                members: [] }), 1);
  same(session.nextEvent().type, "joined");
  session.reportLost(2);
  same(session.wantsSocket, false);
  session.expire(session.deadline);
  session.reportOpened(2000);
  const hello = JSON.parse(session.nextFrame());
  same(hello.token, "t");
  same(hello.last_seq, 1);
  session.feed(JSON.stringify({ ...WELCOME, token: "u", resumed: true, last_id: ids[0] }), 2001);
  same(session.nextEvent().resumed, true);
  same(JSON.parse(session.nextFrame()).id, ids[1], "what the server has not seen is repeated");
  session.feed(JSON.stringify({ type: "sent", seq: 1, id: ids[1] }), 2002);
  same(session.nextEvent(), undefined, "a number that came before");
}

async function testSessionNonsense() {
  const bad = ["", "[]", "null", "{}", "{\"type\":1}", "{\"type\":\"came\",\"seq\":1}",
               "{\"type\":\"came\",\"room\":\"1\",\"member\":\"m\",\"seq\":3}",
               "{\"type\":\"came\",\"room\":\"1\",\"member\":\"m\",\"seq\":-1}",
               JSON.stringify(WELCOME), JSON.stringify({ ...WELCOME, ice_servers: null }),
               JSON.stringify({ type: "came", room: "1", member: "x".repeat(70000) })];
  for (const text of bad) {
    const session = makeReady();
    await refused(() => session.feed(text, 1), "invalid");
    same(session.state, "offline", text);
  }
  const session = makeReady();
  session.feed("{\"type\":\"news\",\"seq\":1}", 1);
  session.feed("{\"type\":\"constructor\"}", 1);
  same(session.nextEvent(), undefined);
  same(session.state, "ready");
}

async function testSessionSilence() {
  const session = makeReady();
  session.expire(session.deadline);
  same(JSON.parse(session.nextFrame()).type, "refresh");
  same(session.state, "ready");
  session.feed(JSON.stringify({ type: "ice", seq: 1, id: 1, ice_servers: [] }), 21000);
  same(session.deadline, 41000);
  session.expire(session.deadline);
  session.expire(session.deadline);
  same(session.state, "offline", "nothing came back");
  session.reportNetworkChanged(60000);
  same(session.state, "connecting");
  const full = makeReady();
  for (let i = 0; i < 256; i++) full.request({ type: "send" });
  await refused(() => full.request({ type: "send" }), "limit");
}

async function testUrls() {
  same(makeSignalUrl("https://example.org"), "wss://example.org/signal");
  same(makeSignalUrl("http://[::1]:8080/"), "ws://[::1]:8080/signal");
  same(makeSignalUrl("wss://example.org/a?b#c"), "wss://example.org/a?b");
  for (const bad of ["", "example.org", "ftp://example.org", "wss://u:p@example.org"])
    await refused(() => makeSignalUrl(bad), "invalid");
}

/* The drawings are made from the C side's tables. */
async function testStates() {
  for (const [name, steps] of [["meeting", meetingSteps], ["signal-session", sessionSteps]]) {
    const drawing = await (await fetch(`/states/${name}.dot`)).text();
    const wanted = [...drawing.matchAll(/"(.*)" -> "(.*)" \[label="(.*)"\]/g)]
      .map(([, from, to, event]) => `${from} ${event} ${to}`);
    const have = Object.entries(steps).flatMap(([from, events]) =>
      Object.entries(events).map(([event, to]) => `${from} ${event} ${to}`));
    same(have.sort().join("\n"), wanted.sort().join("\n"), name);
  }
}

const cases = {
  testAcceptedCodes, testRefusedCodes, testWords, testNumbers, testPaired, testIdentities,
  testConversation, testCpaceStrings, testRistretto, testHmac, testWrongCode, testChangedBodies,
  testOrder, testGreetings,
  testContinued, testEnvelopeSizes, testSessionResumes, testSessionNonsense, testSessionSilence,
  testUrls, testStates, ...streamCases, ...vcardCases, ...textCases,
  ...modelCases,
};

globalThis.page = {
  events: [],
  names: () => Object.keys(cases),
  run: (name) => cases[name](),
  words: () => words,
};
