// SPDX-License-Identifier: LGPL-2.1-or-later
/* Numbers that are blocked, and all that the box keeps, taken away. */
import { readFileSync } from "node:fs";
import { assert, PEOPLE, scenario } from "./lib/scenario.js";

const [[NAME, NUMBER], [, OTHER]] = PEOPLE;
const TEXTS = 40; // more than two pages

scenario("a blocked number rings nowhere", async (stage) => {
  const box = await stage.home();
  const user = await stage.user({ box });
  await user.go("/settings/blocked");
  await user.fill("Number", "+49 (0)30 / 23125042");
  await user.click("Block");
  await user.see("+49 302 312 5042");
  await user.fill("Number", "no number at all!");
  await user.click("Block");
  await user.see(user.page.getByRole("status"));
  await user.check("blocked numbers");
  await box.modem.do("call", { number: OTHER });
  await box.modem.event("call", { number: OTHER, state: "ended" });
  await user.click("Unblock +49 302 312 5042");
  await user.gone("+49 302 312 5042");
  const before = box.modem.events.length;
  await box.modem.do("call", { number: OTHER });
  await user.see(user.button("Answer"));
  await box.modem.do("hangup");
  await box.modem.event("call", { number: OTHER, state: "ended" }, before);
});

async function save(user, title) {
  const [download] = await Promise.all([user.page.waitForEvent("download"), user.click(`Download: ${title}`)]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
}

scenario("everything is taken away", async (stage) => {
  const box = await stage.home();
  const user = await stage.user({ box });
  const written = Array.from({ length: TEXTS }, (_, i) => `${i}: "Grüße", =1+1`);
  for (const text of written) await box.modem.do("text", { number: NUMBER, text });
  await user.go("/contacts/new");
  await user.fill("Name", NAME);
  await user.fill("Number", NUMBER);
  await user.click("Save");
  await user.see(user.page.getByRole("heading", { name: NAME }));
  await user.go(`/messages/${encodeURIComponent(NUMBER)}`);
  await user.see(written.at(-1));
  await user.go("/settings/export");
  await user.check("export");
  const all = await save(user, "Texts, calls, contacts");
  assert.match(all.name, /^home \d{4}-\d\d-\d\d\.json$/);
  const { texts, calls, contacts } = JSON.parse(all.text);
  assert.deepEqual(texts.map(({ text }) => text).sort(), [...written].sort());
  assert.deepEqual(contacts, [{ number: NUMBER, name: NAME }]);
  assert.deepEqual(calls.map(({ state }) => state), ["missed", "blocked"]);
  const { text } = await save(user, "Texts");
  assert.equal(text.split("\r\n").length, TEXTS + 2);
  assert.match(text, /^\ufeff"time","direction","number","name","text","state"\r\n/);
  assert.match(text, /"in","\+12025550123","Ana Lima","39: ""Grüße"", =1\+1","received"\r\n/);
});

scenario("an export is broken off", async (stage) => {
  const box = await stage.home();
  const user = await stage.user({ box });
  await user.go("/settings/export");
  await user.see(user.button("Download: Texts").and(user.page.locator(":enabled")));
  box.process.kill("SIGSTOP"); // it takes its time
  await user.click("Download: Texts");
  await user.click("Cancel");
  box.process.kill("SIGCONT");
  await user.see("Cancelled");
  await user.see(user.button("Download: Texts").and(user.page.locator(":enabled")));
});
