// SPDX-License-Identifier: LGPL-2.1-or-later
/* Cases for test-web-vectors.py: JSON-RPC and streams, on a data channel that is none. */
import { receiveStream } from "/js/stream/receive.js";
import { Rpc } from "/js/stream/rpc.js";
import { sendStream } from "/js/stream/send.js";
import { refused, same } from "./check.js";

class FakeChannel {
  readyState = "connecting";
  bufferedAmount = 0;
  sent = [];
  told = () => {};
  send(data) {
    if (this.readyState !== "open") throw new Error("not open");
    this.sent.push(data);
    this.told();
  }
  open() {
    this.readyState = "open";
    this.onopen?.();
    return this;
  }
  close() {
    if (this.readyState === "closed") return;
    this.readyState = "closed";
    this.onclose?.();
  }
  receive(data) {
    this.onmessage?.({ data });
  }
}

function makeRpc() {
  const channel = new FakeChannel(), told = [];
  const rpc = new Rpc(channel, {
    notified: (method, params) => told.push([method, params]),
    closed: () => told.push("closed"),
  });
  return { channel, rpc, told };
}

const answer = (id, members) => JSON.stringify({ jsonrpc: "2.0", id, ...members });

async function testRpcCalls() {
  const { channel, rpc, told } = makeRpc();
  const early = rpc.call("hello", { agent: "x" });
  same(channel.sent.length, 0);
  channel.open();
  same(channel.sent[0], '{"jsonrpc":"2.0","id":1,"method":"hello","params":{"agent":"x"}}');
  const second = rpc.call("status");
  channel.receive(answer(2, { result: { n: 2 } }));
  const error = { code: -32001, message: "no", data: { reason: "not-allowed" } };
  channel.receive(answer(1, { error }));
  same((await second).n, 2);
  await refused(() => early, "rpc", "no");
  const { reason } = await early.catch((thrown) => thrown);
  same(reason, "not-allowed");
  channel.receive(JSON.stringify({ jsonrpc: "2.0", method: "call", params: { state: "active" } }));
  same(told[0][0] + told[0][1].state, "callactive");
}

async function testRpcNonsense() {
  const { channel, rpc, told } = makeRpc();
  const pending = rpc.call("status");
  channel.open();
  for (const data of ["", "x", "[]", "null", "{}", "1", new ArrayBuffer(3),
                      answer(7, { result: 1 }), answer("1", { result: {} }),
                      '{"jsonrpc":"1.0","method":"x"}', answer(1, { result: "x".repeat(70000) })])
    channel.receive(data);
  same(told.length, 0);
  channel.receive(JSON.stringify({ jsonrpc: "2.0", id: 5, method: "run" }));
  same(JSON.parse(channel.sent.at(-1)).error.code, -32601);
  channel.receive(answer(1, { result: null }));
  same(Object.keys(await pending).length, 0);
}

async function testRpcEnds() {
  const { channel, rpc, told } = makeRpc();
  channel.open();
  const pending = rpc.call("status");
  channel.close();
  await refused(() => pending, "closed");
  await refused(() => rpc.call("status"), "closed");
  same(told.join(), "closed");
  const many = makeRpc();
  for (let i = 0; i < 64; i++) many.rpc.call("status").catch(() => {});
  await refused(() => many.rpc.call("status"), "limit");
}

async function testStreamArrives() {
  const channel = new FakeChannel().open(), piece = new ArrayBuffer(64 * 1024);
  const whole = receiveStream(channel, 1 << 24);
  for (let i = 0; i < 20; i++) channel.receive(piece);
  same(channel.sent.join(), ["credit 1310720", "credit 1572864", "credit 1835008",
                             "credit 2097152", "credit 2359296"].join());
  channel.receive("");
  same(channel.sent.slice(5).join("|"), "done|");
  channel.receive("done");
  same((await whole).size, 20 * 64 * 1024);
  same(channel.readyState, "closed");
}

async function testStreamBreaks() {
  const cases = [
    ["closed", (channel) => channel.close()],
    ["closed", (channel) => channel.receive("reset the disk is gone")],
    ["limit", (channel) => channel.receive(new ArrayBuffer(1024 * 1024 + 1))],
    ["limit", (channel) => [0, 1].forEach(() => channel.receive(new ArrayBuffer(600000)))],
    ["limit", (channel) => ["", new ArrayBuffer(1)].forEach((data) => channel.receive(data))],
  ];
  for (const [code, work] of cases) {
    const channel = new FakeChannel().open(), whole = receiveStream(channel, 1000000);
    channel.receive("from the future");
    work(channel);
    await refused(() => whole, code);
    if (code === "limit") same(channel.sent.at(-1).startsWith("reset "), true);
  }
}

/* Until so many messages were sent. */
async function whenSent(channel, count) {
  while (channel.sent.length < count)
    await new Promise((resolve) => { channel.told = resolve; });
}

async function testStreamGoes() {
  const channel = new FakeChannel(), piece = 64 * 1024, gone = [];
  const bytes = new Uint8Array(18 * piece + 5).map((_, i) => i % 251);
  const whole = sendStream(channel, new Blob([bytes]), (sent) => gone.push(sent));
  same(channel.sent.length, 0);
  channel.open();
  await whenSent(channel, 16);
  await new Blob([bytes]).arrayBuffer(); // as long as one more would take
  same(channel.sent.length, 16, "no more than the credit");
  channel.bufferedAmount = 2 ** 20;
  channel.receive("credit 1310720");
  await new Blob([bytes]).arrayBuffer();
  same(channel.sent.length, 16, "no more than the browser is to keep");
  channel.bufferedAmount = 2 ** 18;
  channel.onbufferedamountlow();
  await whenSent(channel, 20);
  same(channel.sent[19], "", "the end");
  const arrived = new Uint8Array(await new Blob(channel.sent).arrayBuffer());
  same(arrived.length, bytes.length);
  same(arrived.every((byte, i) => byte === bytes[i]), true, "the bytes");
  same(gone.at(-1), bytes.length);
  channel.receive("done");
  same(channel.readyState, "open", "until the other direction has ended");
  channel.receive("");
  same(channel.sent[20], "done");
  await whole;
  same(channel.readyState, "closed");
}

async function testEmptyStreamGoes() {
  const channel = new FakeChannel().open(), whole = sendStream(channel, new Blob());
  await whenSent(channel, 1);
  for (const text of ["", "done"]) channel.receive(text);
  await whole;
  same(channel.sent.join("|"), "|done");
}

async function testSendingBreaks() {
  const cases = [
    ["lost", (channel) => channel.close()],
    ["closed", (channel) => channel.receive("reset not a WAV file"), "not a WAV file"],
    ["invalid", (channel) => channel.receive("credit 1")],
    ["invalid", (channel) => channel.receive("credit 1e9")],
    ["invalid", (channel) => channel.receive("done")],
    ["invalid", (channel) => ["", ""].forEach((text) => channel.receive(text))],
    ["invalid", (channel) => channel.receive("thanks")],
    ["invalid", (channel) => channel.receive(new ArrayBuffer(1))],
  ];
  for (const [code, work, says] of cases) {
    const channel = new FakeChannel().open();
    const whole = sendStream(channel, new Blob([new Uint8Array(2 ** 21)]));
    channel.receive(new ArrayBuffer(0)); // means nothing
    await whenSent(channel, 16);
    work(channel);
    await refused(() => whole, code, says);
    same(channel.readyState, "closed");
    same(channel.sent.some((data) => String(data).startsWith("reset ")), code === "invalid");
  }
}

async function testUnreadableFile() {
  const channel = new FakeChannel().open(), file = new Blob(["x"]);
  file.slice = () => ({ arrayBuffer: () => Promise.reject(new Error("gone")) });
  await refused(() => sendStream(channel, file), "invalid", "could not be read");
  same(channel.sent.join(), "reset it could not be read");
}

export const cases = { testRpcCalls, testRpcNonsense, testRpcEnds, testStreamArrives,
                       testStreamBreaks, testStreamGoes, testEmptyStreamGoes, testSendingBreaks,
                       testUnreadableFile };
