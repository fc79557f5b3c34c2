// SPDX-License-Identifier: LGPL-2.1-or-later
/* Texts as their user has them: read, written, waiting for the box, failed, found, deleted. */
import { assert, PEOPLE, scenario, until } from "./lib/scenario.js";

const [[ANA, ANAS], [, JONASS], [, MEIS]] = PEOPLE;
const DESKTOP = { width: 1280, height: 800 };
const FAILED = 0x41; // 3GPP TS 23.040 section 9.2.3.15: incompatible destination
const LONG = "All work and no play makes Jack a dull boy. ".repeat(8).trim();
const SMILES = "🙂".repeat(75);

/** What the network has taken, its parts put together. */
async function sentTexts(box, parts) {
  const texts = new Map();
  for (const { number, ref, total, text } of await box.modem.outbox(parts)) {
    const key = total > 1 ? `${number} ${ref}` : texts.size;
    texts.set(key, (texts.get(key) ?? "") + text);
  }
  return [...texts.values()];
}

/** @param {import("./lib/user.js").User} user @param {string} text */
async function write(user, text) {
  await user.fill("Message", text);
  await user.page.getByLabel("Message", { exact: true }).press("Enter");
}

/** The box has it before the next one comes: it takes what waits in the order of the card's slots,
 * and these are used again. */
async function bring({ modem }, text, when = Math.floor(Date.now() / 1000)) {
  const before = modem.events.length;
  await modem.do("text", { number: ANAS, text, when });
  await modem.event("deleted", {}, before);
}

const row = (user, text) => user.page.locator(".row").filter({ hasText: text }).getByRole("link");
const bubble = (user, text) => user.page.locator(".text").filter({ hasText: text });
/** What can be done with a text. */
const menuOf = (user, text) => bubble(user, text).getByRole("button", { name: "More" });

/** Of the conversation that is shown. */
async function choose(user, what) {
  await user.page.locator(".thread .bar").getByRole("button", { name: "More" }).click();
  await user.page.locator("#menu").getByRole("button", { name: what }).click();
}

/** Asked back, of course. */
async function agree(user, what) {
  await user.page.getByRole("alertdialog").getByRole("button", { name: what }).click();
}

scenario("texts go both ways", async (stage) => {
  const box = await stage.box();
  const user = await stage.user({ box });
  await user.go("/messages");
  await user.see("No messages yet");
  await box.modem.do("text", { number: ANAS, text: "Grüße 🙂" });
  await user.see("Grüße 🙂");
  await user.page.waitForFunction(() => document.title.startsWith("(1)"));
  await row(user, "Grüße 🙂").click();
  await user.page.waitForFunction(() => document.title === "Punchline");
  for (const text of ["It's \"me\" 😀", LONG, SMILES]) await write(user, text);
  // One, three of 153 characters, three of 33 pairs.
  assert.deepEqual(await sentTexts(box, 7), ["It's \"me\" 😀", LONG, SMILES]);
  await user.see(bubble(user, SMILES).getByText("Delivered"));
  await box.modem.do("text", { number: ANAS, text: LONG + SMILES });
  await user.see(LONG + SMILES);
});

scenario("each text says what became of it", async (stage) => {
  const box = await stage.box();
  const user = await stage.user({ box, ...DESKTOP });
  await box.modem.do("texts", { reports: "manual" });
  await user.go(`/messages/${encodeURIComponent(ANAS)}`);
  await write(user, "Are you there?");
  await user.see(bubble(user, "Are you there?").getByText("Sent"));
  const [{ mr }] = await box.modem.outbox(1);
  await box.modem.do("report", { mr, number: ANAS, status: FAILED });
  await user.see("Not sent");
  await box.modem.do("texts", { reports: "auto" });
  await user.click("Try again");
  await user.see("Delivered");
  await user.gone("Not sent");
  await box.modem.do("network", { registration: "searching" });
  await user.see("No network");
  await write(user, "And now?");
  await user.see(bubble(user, "And now?").getByText("Queued"));
  await box.modem.do("network", { registration: "home" });
  await user.see(bubble(user, "And now?").getByText("Delivered"));
  assert.deepEqual(await sentTexts(box, 3), ["Are you there?", "Are you there?", "And now?"]);
});

scenario("what the box does not take waits with its reason", async (stage) => {
  const box = await stage.box();
  const user = await stage.user({ box });
  await user.go("/messages/112");
  await write(user, "Help");
  await user.see("Not sent");
  await user.see("emergency");
  await user.page.reload();
  await user.see("Not sent");
  await bubble(user, "Help").hover();
  await menuOf(user, "Help").click();
  await user.click("Delete");
  await agree(user, "Delete");
  await user.gone("Not sent");
});

scenario("texts wait for a box that is away", async (stage) => {
  const box = await stage.box();
  const user = await stage.user({ box });
  await user.go(`/messages/${encodeURIComponent(ANAS)}`);
  await write(user, "First");
  await user.see("Delivered");
  await box.stop();
  await user.see("What you write is sent when the box is back.");
  await write(user, "Second");
  await user.see(bubble(user, "Second").getByText("Waiting for the box"));
  await user.page.reload();
  await user.see(bubble(user, "First"));
  await user.see(bubble(user, "Second").getByText("Waiting for the box"));
  await write(user, "Third");
  const other = await user.tab();
  await other.go(`/messages/${encodeURIComponent(ANAS)}`);
  await other.see(bubble(other, "Third"));
  await write(other, "Fourth");
  await user.see(bubble(user, "Fourth").getByText("Waiting for the box"));
  await box.again();
  for (const tab of [user, other]) await tab.see(bubble(tab, "Fourth").getByText("Delivered"));
  assert.deepEqual(await sentTexts(box, 4), ["First", "Second", "Third", "Fourth"]);
  assert.equal(await bubble(user, "Waiting for the box").count(), 0);
}, { seconds: 90 });

scenario("a box that is killed has each text once, in order", async (stage) => {
  const box = await stage.box();
  const user = await stage.user({ box });
  await user.go(`/messages/${encodeURIComponent(ANAS)}`);
  await box.modem.do("texts", { delay_ms: 200 });
  const texts = Array.from({ length: 12 }, (_, i) => `Number ${i}.`);
  for (const text of texts) await write(user, text);
  await user.see(bubble(user, texts.at(-1)));
  await box.stop("SIGKILL");
  await user.page.reload();
  await box.again();
  await user.see(bubble(user, texts.at(-1)).getByText("Delivered"));
  assert.deepEqual(await sentTexts(box, texts.length), texts);
  assert.deepEqual(await user.page.locator(".bubble").allTextContents(), texts.map((text) => `You: ${text}`));
});

scenario("a text whose answer was lost goes out once", async (stage) => {
  const box = await stage.box();
  const user = await stage.user();
  await user.context.addInitScript(() => {
    const { send } = RTCDataChannel.prototype;
    RTCDataChannel.prototype.send = function (data) {
      send.call(this, data);
      if (typeof data !== "string" || !data.includes('"sms.send"') || sessionStorage.deaf) return;
      sessionStorage.deaf = "was once";
      this.onmessage = null;
    };
  });
  await user.pair(box);
  await user.go(`/messages/${encodeURIComponent(ANAS)}`);
  await write(user, "Once");
  await box.modem.outbox(1);
  await user.see("Sending …");
  await user.page.reload();
  await user.see("Delivered");
  await write(user, "Twice");
  await user.see(bubble(user, "Twice").getByText("Delivered"));
  assert.deepEqual(await sentTexts(box, 2), ["Once", "Twice"]);
});

scenario("a tab that is closed leaves its texts to another", async (stage) => {
  const box = await stage.box();
  const user = await stage.user({ box });
  const other = await user.tab();
  for (const tab of [user, other]) await tab.go(`/messages/${encodeURIComponent(ANAS)}`);
  await box.modem.do("text", { number: ANAS, text: "Are you there?" });
  for (const tab of [user, other]) await tab.see("Are you there?");
  await other.page.evaluate(() => {
    const { send } = RTCDataChannel.prototype;
    RTCDataChannel.prototype.send = function (data) {
      if (!data.includes('"sms.send"')) send.call(this, data);
    };
  });
  // Both tabs want to send it: the other one is first.
  await user.page.evaluate(() => {
    const { request } = LockManager.prototype;
    LockManager.prototype.request = async function (name, ...rest) {
      while (!(await this.query()).held.some((lock) => lock.name === name))
        await new Promise((resolve) => setTimeout(resolve, 10));
      LockManager.prototype.request = request;
      return request.call(this, name, ...rest);
    };
  });
  await write(other, "I was");
  await user.see(bubble(user, "I was").getByText("Sending …"));
  await other.page.close();
  await user.see(bubble(user, "I was").getByText("Delivered"));
  assert.deepEqual(await sentTexts(box, 1), ["I was"]);
});

scenario("a text that the box did not hear of is told again", async (stage) => {
  const box = await stage.box();
  const user = await stage.user({ box });
  await user.go(`/messages/${encodeURIComponent(ANAS)}`);
  await box.modem.do("text", { number: ANAS, text: "Are you there?" });
  await user.see("Are you there?");
  await user.page.evaluate(() => {
    const { send } = RTCDataChannel.prototype, { setTimeout } = globalThis;
    globalThis.setTimeout = (work, ms) => setTimeout(work, ms === 30000 ? 300 : ms);
    RTCDataChannel.prototype.send = function (data) {
      if (data.includes('"sms.send"')) RTCDataChannel.prototype.send = send;
      else send.call(this, data);
    };
  });
  await write(user, "Still here");
  await user.see(bubble(user, "Still here").getByText("Delivered"));
  assert.deepEqual(await sentTexts(box, 1), ["Still here"]);
});

scenario("what came while nobody looked is there once", async (stage) => {
  const box = await stage.box();
  const user = await stage.user({ box });
  await user.go("/messages");
  await box.modem.do("text", { number: ANAS, text: "Before" });
  await user.see("Before");
  await user.page.waitForFunction(async () => {
    const { listBoxes, loadKept } = await import("/js/phone/store.js");
    return (await loadKept((await listBoxes())[0], "texts")).texts.length === 1;
  });
  await user.page.goto("about:blank");
  for (let i = 1; i <= 40; i++) await bring(box, `Number ${i}.`);
  await user.go(`/messages/${encodeURIComponent(ANAS)}`);
  await user.see("Number 40.");
  await until(async () => await user.page.locator(".text").count() === 41, "41 texts");
});

scenario("older texts come without a jump", async (stage) => {
  const box = await stage.box(), now = Math.floor(Date.now() / 1000);
  for (let i = 1; i <= 60; i++) await bring(box, `Number ${i}.`, now);
  const user = await stage.user({ box });
  await user.go("/messages");
  await user.see("Number 60.");
  await row(user, "Number 60.").click();
  await user.see("Number 58.");
  const scroll = user.page.locator(".thread .scroll");
  await until(() => scroll.evaluate((node) => node.scrollHeight > node.clientHeight), "scrolling");
  const tops = () => user.page.locator(".text > .bubble").evaluateAll((nodes) => Object.fromEntries(
    nodes.map((node) => [node.parentElement.dataset.id, node.getBoundingClientRect().top])));
  while (!await user.page.getByText("Number 1.").count()) {
    await scroll.evaluate((node) => new Promise((resolve) => {
      node.addEventListener("scroll", resolve, { once: true });
      node.scrollTop -= 40;
    }));
    const before = await tops(), count = Object.keys(before).length;
    const mayCome = await scroll.evaluate((node) => node.scrollTop < 400);
    if (mayCome && count < 60)
      await until(async () => await user.page.locator(".text").count() > count, "older texts");
    const after = await tops();
    for (const [id, top] of Object.entries(before))
      assert.ok(Math.abs(after[id] - top) < 2, `a text jumped by ${after[id] - top}`);
  }
});

scenario("a search leads to the text", async (stage) => {
  const box = await stage.box();
  await box.modem.do("text", { number: ANAS, text: "The key is under the Übertopf." });
  for (let i = 1; i <= 40; i++) await box.modem.do("text", { number: ANAS, text: `Number ${i}.` });
  await box.modem.do("text", { number: JONASS, text: "Over there" });
  const user = await stage.user({ box, ...DESKTOP });
  await user.go("/messages");
  await user.fill("Search", "übertopf");
  await user.see(user.page.locator("mark", { hasText: "Übertopf" }));
  await user.check("search");
  await user.page.locator(".hits a").click();
  await user.see(user.page.locator(".hit", { hasText: "under the Übertopf" }));
  await until(() => user.page.locator(".hit").evaluate((node) => {
    const { top, bottom } = node.getBoundingClientRect();
    return top > 0 && bottom < innerHeight;
  }), "the text in sight");
  await user.fill("Search", "nowhere");
  await user.see("Nothing found");
  await choose(user, "Search");
  await user.see(user.page.locator(".thread input:focus"));
  await user.page.keyboard.type("number 17");
  await user.page.locator(".thread .hits a").click();
  await user.see(user.page.locator(".hit", { hasText: "Number 17." }));
});

scenario("a text without a sender is found", async (stage) => {
  const box = await stage.box();
  const user = await stage.user(DESKTOP);
  await user.context.addInitScript(() => { // the network of the simulated modem always names one
    const { parse } = JSON;
    JSON.parse = (json) => parse(json, (_, value) => {
      if ([value, value?.last].some((one) => one?.text === "Guess who")) delete value.number;
      return value;
    });
  });
  await user.pair(box);
  await user.go("/messages");
  await box.modem.do("text", { number: ANAS, text: "Guess who" });
  await user.see("Guess who");
  await user.fill("Search", "guess");
  await user.page.locator(".hits a").click();
  await user.see(user.page.locator(".hit", { hasText: "Guess who" }));
  await user.see("This sender cannot be answered.");
});

scenario("what cannot be drawn leaves the rest alive", async (stage) => {
  const box = await stage.box();
  const user = await stage.user(DESKTOP);
  user.allow(/split is not a function/);
  await user.context.addInitScript(() => { // a box that says what none says
    const { parse } = JSON;
    JSON.parse = (json) => parse(json, (_, value) => value?.text === "7" ? { ...value, text: 7 } : value);
  });
  await user.pair(box);
  await user.go("/messages");
  await box.modem.do("text", { number: JONASS, text: "Over there" });
  await box.modem.do("text", { number: ANAS, text: "7" });
  await row(user, "7").first().click();
  await user.see("This cannot be shown");
  await box.modem.do("call", { number: MEIS });
  await user.page.getByRole("alertdialog", { name: "Incoming call" }).waitFor();
  await user.click("Decline");
  await row(user, "Over there").click();
  await user.see(bubble(user, "Over there"));
});

scenario("a text, and a conversation, is deleted everywhere", async (stage) => {
  const box = await stage.box();
  const user = await stage.user({ box, ...DESKTOP });
  await user.go("/messages");
  for (const text of ["One", "Two", "Three"]) await bring(box, text);
  await box.modem.do("text", { number: JONASS, text: "Stays" });
  await user.see("Stays");
  const other = await stage.user({ box });
  await other.go(`/messages/${encodeURIComponent(ANAS)}`);
  await row(user, "Three").click();
  await bubble(user, "Two").hover();
  await menuOf(user, "Two").click();
  await user.click("Delete");
  await agree(user, "Delete");
  for (const each of [user, other]) await each.gone(bubble(each, "Two"));
  await choose(user, "Delete");
  await agree(user, "Delete");
  await user.gone(row(user, "Three"));
  await other.gone(bubble(other, "One"));
  await user.see("Stays");
});

scenario("a new message, to a number as it is pasted", async (stage) => {
  const box = await stage.box();
  const user = await stage.user({ box });
  await user.go("/messages");
  await user.click("Write a message", "link");
  await user.fill("To", "+1 (202) 555-0147");
  await user.page.getByLabel("To", { exact: true }).press("Enter");
  await write(user, "Hello");
  const [sent] = await box.modem.outbox(1);
  assert.equal(sent.number, MEIS);
  await user.fill("Message", "Half a thought");
  await user.go("/messages");
  await row(user, "Hello").click();
  await until(async () => await user.page.getByLabel("Message", { exact: true }).inputValue()
                          === "Half a thought", "the draft");
});

scenario("names are completed, and a number is blocked", async (stage) => {
  const box = await stage.box();
  const user = await stage.user({ box });
  await user.page.waitForFunction(() => document.querySelector(".chip:not(.off)"));
  await user.go("/contacts/new");
  await user.fill("Name", ANA);
  await user.fill("Number", ANAS);
  await user.click("Save");
  await user.see(user.page.locator("h1", { hasText: ANA }));
  await user.go("/messages/+");
  await user.see(user.page.locator(".detail input:focus"));
  await user.page.keyboard.type(ANA.slice(0, 3).toLowerCase());
  await user.page.getByRole("button", { name: ANA }).click();
  await user.see(user.page.locator("h1", { hasText: ANA }));
  await user.page.getByLabel("Message", { exact: true }).pressSequentially("One");
  await user.page.keyboard.press("Shift+Enter");
  await user.page.keyboard.type("Two");
  await user.page.keyboard.press("Enter");
  assert.deepEqual(await sentTexts(box, 1), ["One\nTwo"]);
  await choose(user, "Block this number");
  await agree(user, "Block");
  await user.see("Blocked");
  await box.modem.do("text", { number: ANAS, text: "Hey!" });
  await user.see(bubble(user, "Hey!"));
  await user.go("/messages");
  await user.see("Hey!");
  await until(async () => await user.page.title() === "Punchline", "a title without a number");
});

scenario("who may only read can do no more", async (stage) => {
  const box = await stage.box();
  const user = await stage.user();
  await user.pair(box, "reader", "--rights", "read-only");
  await box.modem.do("text", { number: ANAS, text: "Hello" });
  await user.go("/messages");
  await row(user, "Hello").click();
  await user.see(bubble(user, "Hello"));
  assert.equal(await user.page.getByLabel("Message", { exact: true }).count(), 0);
  assert.equal(await user.button("New message", "link").count(), 0);
});

scenario("a page that nobody sees notifies, once", async (stage) => {
  const box = await stage.box();
  const user = await stage.user({ permissions: ["notifications", "microphone"] });
  await user.context.addInitScript(() => {
    Object.defineProperty(document, "hidden", { get: () => !localStorage.getItem("seen") });
  });
  await user.pair(box);
  const other = await user.tab();
  const { page } = user;
  const shown = () => page.evaluate(async () => (await (await navigator.serviceWorker.ready).getNotifications())
    .map(({ title, body, data }) => `${title}: ${body} ${data.hash.replace(/^at.[^/]+./, "")}`));
  for (const tab of [user, other]) {
    await tab.go("/messages");
    await tab.see("No messages yet");
  }
  await box.modem.do("text", { number: ANAS, text: "Anybody there?" });
  await until(async () => (await shown()).length, "a notification");
  for (const tab of [user, other]) await tab.see("Anybody there?");
  assert.deepEqual(await shown(), [
    `+1 202 555 0123: Anybody there? messages/${encodeURIComponent(ANAS)}`]);
  await until(async () => /^\(1\)/.test(await page.title()), "the title");
  await row(user, "Anybody there?").click();
  await page.evaluate(() => localStorage.setItem("seen", "now"));
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await until(async () => !(await shown()).length, "no notification");
  for (const tab of [user, other]) await tab.page.waitForFunction(() => document.title === "Punchline");
});

scenario("what is missing of a text is said, and links are safe", async (stage) => {
  const box = await stage.box();
  const user = await stage.user(DESKTOP);
  await user.context.addInitScript(() => { // the box would wait for ten minutes
    const { parse } = JSON;
    JSON.parse = (json) => parse(json, (_, value) =>
      value?.text === "Half of it" ? { ...value, parts: 3, missing: 2 } : value);
  });
  await user.pair(box);
  await user.go("/messages");
  await box.modem.do("text", { number: "Bank", text: `Code 123456. https://example.org/a, http://example.org `
                                                     + `or ${JONASS}. javascript:alert(1)` });
  await row(user, "Code 123456.").click();
  const links = user.page.locator(".bubble a");
  assert.deepEqual(await links.evaluateAll((all) => all.map((a) => [a.getAttribute("href"), a.rel])), [
    ["https://example.org/a", "noopener"], [`#/phone/${encodeURIComponent(JONASS)}`, "noopener"]]);
  await box.modem.do("text", { number: "Bank", text: "Half of it" });
  await user.see("2 parts are still missing");
  await user.see("This sender cannot be answered.");
});

scenario("messages look right", async (stage) => {
  const box = await stage.box();
  const { modem } = box;
  await modem.do("text", { number: ANAS, text: "Are you coming on Saturday? We start at seven." });
  await modem.do("text", { number: JONASS, text: "Der Plan: https://example.org/plan. Ruf an: +49 30 23125117!" });
  await modem.do("text", { number: "Bahn", text: "Your train leaves from platform 7." });
  await stage.looks(async (look, name) => {
    for (const [size, window] of [["phone", {}], ["desktop", DESKTOP]]) {
      const user = await stage.user({ box, ...look, ...window });
      await user.go("/messages");
      await user.see("platform 7");
      await user.check(`messages ${name}`);
      await user.picture(`messages-list-${size}-${name}`);
      await row(user, "Are you coming").click();
      await user.page.locator("textarea").fill("Yes, and I bring something sweet. ".repeat(5));
      await user.check(`thread ${name}`);
      await user.picture(`messages-thread-${size}-${name}`);
    }
  });
}, { seconds: 120 });
