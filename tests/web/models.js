// SPDX-License-Identifier: LGPL-2.1-or-later
/* Cases for vectors.js: what the models make of a box's answers, without a box. */
import { Contacts } from "/js/phone/contacts.js";
import { exportCsv } from "/js/phone/export.js";
import { Texts } from "/js/phone/texts.js";
import { refused, same } from "./check.js";

/* A list of the box in pages of two; what was asked for stands in `asked`. */
function serve(key, entries, after, asked = []) {
  return async (method, params) => {
    asked.push(params);
    const begin = params[after] ? entries.findIndex((entry) => (entry.seq ?? entry.number) > params[after]) : 0;
    return { [key]: entries.slice(begin, begin + 2), more: begin + 2 < entries.length };
  };
}

const text = (seq, words, more) => ({ seq, time: "2026-01-02T03:04:05Z", direction: "in",
                                      number: "+12025550123", text: words, state: "received", ...more });

async function testCsv() {
  const asked = [], counts = [];
  const texts = [text(1, "=1+1"), text(2, "-5\r\n\"x\"", { name: "@x" }), text(3, "out", { id: "a", state: "queued" }),
                 text(4, "out", { id: "a", state: "sent" })];
  const blob = await exportCsv({ link: { callSms: serve("texts", texts, "after_seq", asked) } },
                               (count) => counts.push(count));
  const start = "\"2026-01-02T03:04:05Z\",\"in\",\"+12025550123\",";
  same(await blob.text(), ["\"time\",\"direction\",\"number\",\"name\",\"text\",\"state\"",
    `${start}"","'=1+1","received"`, `${start}"'@x","'-5\r\n""x""","received"`, `${start}"","out","sent"`, ""].join("\r\n"));
  same(JSON.stringify(asked), '[{},{"after_seq":2}]');
  same(counts.join(), "2,4");
  await refused(() => exportCsv({ link: { callSms: serve("texts", texts, "after_seq") } },
                                () => { throw Object.assign(new Error("enough"), { code: "x" }); }), "x", "enough");
}

async function testContactNames() {
  const entries = [{ number: "+12025550123", name: "Zoë" }, { number: "+493023125042", name: "Ägir" },
                   { number: "110", name: "Help" }];
  const status = { number: "+493012345678" };
  const contacts = new Contacts({ box: { identity: "nobody" }, status,
                                  link: { callControl: serve("contacts", entries, "after") } });
  await contacts.load();
  same(contacts.list.map(({ name }) => name).join(), "Ägir,Help,Zoë");
  for (const [number, name] of [["030 23125042", "Ägir"], ["+49 (0)30 23125042", "Ägir"], ["2025550123", ""],
                                ["+12025550123", "Zoë"], ["110", "Help"], ["10110", ""], ["Bank", ""]])
    same(contacts.nameOf(number), name, number);
  status.number = "+12025550100";
  same(contacts.nameOf("(202) 555-0123"), "Zoë");
  for (const [words, found] of [["", "Ägir,Help,Zoë"], ["agir", "Ägir"], ["030 231", "Ägir"], ["E Z", "Zoë"],
                                ["nobody", ""]])
    same(contacts.search(words).map(({ name }) => name).join(), found, words);
}

/* Pages of threads go on where the last one said, whatever has become of its texts. */
async function testThreadPages() {
  const asked = [];
  const callSms = async (method, params) => {
    if (method !== "sms.threads") return { texts: [], more: false, last_seq: 5 };
    asked.push(params);
    const next = params.next ? params.next - 2 : 500;
    const last = (n) => text(1000 - n, "x", { id: `id ${n}`, number: `+1202555${n}` });
    return { threads: [next, next - 1].map((n) => ({ number: `+1202555${n}`, unread: 0, last: last(n) })),
             unread: 0, more: next > 496, ...(next > 496 && { next }) };
  };
  const texts = new Texts({ box: { identity: "of threads" }, status: {}, link: { callSms } });
  await texts.ready();
  same(texts.threads.length, 2);
  while (texts.hasMoreThreads) await texts.loadMoreThreads();
  same(texts.threads.length, 6);
  same(JSON.stringify(asked), '[{},{"next":500},{"next":498}]');
}

async function testReadFurtherDown() {
  const far = "+12025550147";
  let unread = 1;
  const answers = {
    "sms.watch": () => ({ texts: [], last_seq: 9, more: false }),
    "sms.threads": ({ next }) => next
      ? { threads: [{ number: far, unread, last: text(2, "far", { id: "b", number: far }) }], unread, more: false }
      : { threads: [{ number: "+12025550123", unread: 0, last: text(9, "near", { id: "a" }) }], unread, more: true,
          next: 1 },
  };
  const texts = new Texts({ box: { identity: "nobody" }, status: {}, may: () => true,
                            link: { callSms: async (method, params) => answers[method](params) } });
  const begin = async () => {
    await texts.ready();
    await texts.loadMoreThreads();
    same(texts.thread(far).unread, unread);
  };
  await begin();
  texts.notified("sms.read", { number: far, seq: 1, unread });
  same(texts.thread(far).unread, 1, "one that came later");
  texts.notified("sms.read", { number: far, seq: 2, unread: 0 });
  same(texts.thread(far).unread, 0, "read while we are there");
  await begin();
  texts.lost();
  unread = 0;
  await texts.ready();
  same(texts.thread(far).unread, 0, "read while we were away");
}

export const cases = { testCsv, testContactNames, testThreadPages, testReadFurtherDown };
