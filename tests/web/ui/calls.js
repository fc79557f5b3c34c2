// SPDX-License-Identifier: LGPL-2.1-or-later
/* Calls, with a tone each way. */
import { execFileSync } from "node:child_process";
import { ADDRESS, assert, MICROPHONE_HERTZ, PEOPLE, scenario, until } from "./lib/scenario.js";

const THEIR_HERTZ = 700;
const [[, THEM], [, OTHER]] = PEOPLE;
/** A box lists 16 browsers at most: some scenarios have one of their own. */
const OWN_BOX = { name: "home" };
const THEM_SHOWN = "+1 202 555 0123", OTHER_SHOWN = "+49 302 312 5042";

/** Who has a browser, ready to call. */
async function open(stage, config = {}, boxConfig = {}) {
  const box = Object.keys(boxConfig).length ? await stage.box(boxConfig) : await stage.home();
  const user = await stage.user({ box, ...config });
  await box.modem.do("hangup").catch(() => {}); // what a scenario before has left
  await user.page.locator(".dialer .call-green:enabled").waitFor();
  return { box, modem: box.modem, user, page: user.page };
}

/** In a call. */
async function talk({ modem, user }) {
  await user.see("In a call");
  await modem.speak(THEIR_HERTZ);
  await Promise.all([user.hears(THEIR_HERTZ), modem.hears(MICROPHONE_HERTZ)]);
}

async function ring({ modem, user, page }, number = THEM) {
  await modem.do("call", { number });
  await page.getByRole("alertdialog", { name: "Incoming call" }).waitFor();
  return user;
}

async function answer(home, number) {
  const user = await ring(home, number);
  await user.click("Answer");
  await talk(home);
}

/** The call is over, and the phone is back. */
async function over({ user, page }) {
  await user.see("Call ended");
  await page.locator(".dialer").waitFor();
}

scenario("out: a number is pasted, and keys arrive", async (stage) => {
  const home = await open(stage), { modem, user, page } = home;
  await modem.do("policy", { answer_ms: 300 });
  await user.check("no calls yet");
  await page.getByLabel("Phone number").fill("+1 (202) 555-0123 ");
  await user.page.evaluate(() => pageWatch.shifts.splice(0));
  await user.click("Call");
  await talk(home);
  assert.equal((await modem.do("calls")).calls.at(-1).number, THEM);
  await user.check("a call");
  await user.see("Good connection");
  await page.keyboard.press("5");
  await modem.event("dtmf", { digit: "5" });
  await user.click("#");
  await modem.event("dtmf", { digit: "#" });
  await user.check("the keys of a call");
  await user.checkShifts("a call");
  await user.click("Hang up");
  await modem.event("call", { state: "ended", reason: "local" });
  await over(home);
  await user.see("Outgoing");
  await user.hearsNothing();
});

scenario("in: answered, and they hang up", async (stage) => {
  const home = await open(stage), { modem, user } = home;
  await ring(home);
  await user.see(THEM_SHOWN);
  await user.check("it rings");
  await user.click("Answer");
  await talk(home);
  await modem.do("hangup");
  await over(home);
  await user.see("Incoming");
});

scenario("declined", async (stage) => {
  const home = await open(stage), { modem, user, page } = home;
  await ring(home, OTHER);
  await user.click("Decline");
  await modem.event("call", { number: OTHER, state: "ended", reason: "local" });
  await page.getByRole("alertdialog").waitFor({ state: "detached" });
  await user.see("Declined");
});

scenario("missed: counted until somebody looks", async (stage) => {
  const home = await open(stage), { modem, user, page } = home;
  await user.go("/settings");
  await ring(home);
  await page.keyboard.press("Escape"); // it goes on ringing elsewhere
  await user.see(`${THEM_SHOWN} is calling`);
  await modem.do("hangup");
  await until(async () => await page.title() === "(1) Punchline", "the title");
  await page.reload();
  await until(async () => await page.title() === "(1) Punchline", "the title after a reload");
  await page.locator("nav a", { hasText: "Phone" }).click();
  await until(async () => await page.title() === "Punchline", "a title without a number");
  await user.click("Missed");
  assert.ok(await page.locator(".row.missed").count() >= 1);
  assert.equal(await page.locator(".row:not(.missed)").count(), 0);
  await user.check("missed calls");
  await user.click(`More about ${THEM_SHOWN}`);
  await user.check("what can be done with a call");
  await user.click("Delete from the list");
  await user.see("No missed calls");
});

scenario("hold, and a second call", async (stage) => {
  const home = await open(stage), { modem, user, page } = home;
  await answer(home);
  await user.click("Hold");
  await user.see("On hold");
  await user.hearsNothing();
  await page.keyboard.press("h");
  await talk(home);
  await modem.do("call", { number: OTHER });
  await user.see("Answering holds the call that you are in.");
  await user.click("Answer");
  const name = page.getByRole("heading", { level: 1 });
  await name.filter({ hasText: OTHER_SHOWN }).waitFor();
  await user.see("On hold");
  await user.check("two calls");
  await user.click("Swap");
  await name.filter({ hasText: THEM_SHOWN }).waitFor();
  await user.click(`Hang up ${OTHER_SHOWN}`);
  await modem.event("call", { number: OTHER, state: "ended" });
  await talk(home);
  await user.click("Hang up");
  await over(home);
});

scenario("muted stays muted, over a reload in the call", async (stage) => {
  const home = await open(stage), { modem, user, page } = home;
  await answer(home);
  await page.keyboard.press("m");
  await modem.misses(MICROPHONE_HERTZ);
  await page.reload();
  await user.see("In a call");
  await user.hears(THEIR_HERTZ);
  const mute = user.button("Mute");
  assert.equal(await mute.getAttribute("aria-pressed"), "true");
  await modem.misses(MICROPHONE_HERTZ);
  await mute.click();
  await modem.hears(MICROPHONE_HERTZ);
  assert.notEqual(await page.getByRole("timer").textContent(), "0:00");
  await user.click("Hang up");
  await over(home);
  // The next one is heard.
  await answer(home);
  await modem.do("hangup");
  await over(home);
});

scenario("two browsers: the first answer wins, and a call moves", async (stage) => {
  const home = await open(stage), { box, modem, user } = home;
  const laptop = await open(stage, { box, width: 1280, height: 800 });
  await Promise.all([ring(home), laptop.page.getByRole("alertdialog").waitFor()]);
  await user.click("Answer");
  await talk(home);
  await laptop.page.getByRole("alertdialog").waitFor({ state: "detached" });
  await laptop.user.see(`${THEM_SHOWN}: answered on browser`);
  await laptop.user.check("a call elsewhere");
  await laptop.user.click("Bring it here");
  await talk(laptop);
  await user.hearsNothing();
  await laptop.user.click("Hang up");
  await over(laptop);
  assert.deepEqual((await modem.do("calls")).calls, []);
}, { seconds: 90 });

scenario("another network in a call", async (stage) => {
  const home = await open(stage), { user, page } = home;
  await answer(home);
  execFileSync("nft", [`add table inet gap; add chain inet gap entry { type filter hook input priority 0; };
    add rule inet gap entry ip daddr ${ADDRESS} drop`]);
  try {
    await user.see("Connection lost, the call is held …");
  } finally {
    execFileSync("nft", ["delete table inet gap"]);
  }
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await talk(home);
  await user.click("Hang up");
  await over(home);
}, { seconds: 120 });

scenario("no microphone: heard all the same, and told", async (stage) => {
  const home = await open(stage), { modem, user, page } = home;
  await page.evaluate(() => {
    navigator.mediaDevices.ask = navigator.mediaDevices.getUserMedia;
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError"));
  });
  await ring(home);
  await user.click("Answer");
  await user.see("You hear, but are not heard: allow the microphone beside the page's address.");
  await modem.speak(THEIR_HERTZ);
  await user.hears(THEIR_HERTZ);
  await user.check("a call without a microphone");
  await page.evaluate(() => {
    navigator.mediaDevices.getUserMedia = navigator.mediaDevices.ask;
  });
  await user.click("Try again");
  await talk(home);
  await modem.do("hangup");
  await over(home);
});

scenario("what the box does not dial", async (stage) => {
  const { modem, user, page } = await open(stage, {}, { options: ["--allow", "+", "--allow", "*100#"] });
  const dial = async (number) => {
    await page.getByLabel("Phone number").fill(number);
    await page.keyboard.press("Enter");
  };
  await dial("112");
  await user.see("Not from here: the box may be far from where you are. Use a phone that is with you.");
  await user.check("an emergency number");
  await user.click("OK");
  await modem.do("ussd", { code: "*100#", reply: "Your credit is 7.50" });
  await dial("*100#");
  await user.see("Your credit is 7.50");
  await user.click("OK");
  await modem.do("policy", { busy_ms: 200 });
  await dial(OTHER);
  await user.see("Busy");
  await user.check("a busy number");
  await user.see("Call again");
});

scenario("two boxes: a call of one holds that of the other", async (stage) => {
  const home = await open(stage, {}, OWN_BOX), { user, page } = home;
  const work = await stage.box({ name: "work" });
  await user.pair(work);
  await page.locator(".dialer .call-green:enabled").waitFor();
  await answer(home);
  await until(async () => (await work.modem.do("status")).registration === "home", "the other network");
  await work.modem.do("call", { number: OTHER });
  await user.see("Answering holds the call that you are in.");
  await user.click("Answer");
  const name = page.getByRole("heading", { level: 1 });
  await name.filter({ hasText: OTHER_SHOWN }).waitFor();
  await talk({ user, modem: work.modem });
  await user.see("On hold");
  await user.click("Swap");
  await name.filter({ hasText: THEM_SHOWN }).waitFor();
  await talk(home);
  // Seen from another screen, too.
  await user.click("Back", "link");
  await work.modem.do("hangup");
  await user.see(`${OTHER_SHOWN}: Call ended`);
  await page.getByRole("link", { name: `Back to the call with ${THEM_SHOWN}` }).click();
  await user.click("Hang up");
  await over(home);
}, { seconds: 90 });

scenario("two boxes: one call is not to ring here, the next one does", async (stage) => {
  const home = await open(stage, {}, OWN_BOX), { user, page } = home;
  const work = await stage.box({ name: "work" });
  await user.pair(work);
  await until(async () => (await work.modem.do("status")).registration === "home", "the other network");
  await page.locator(".dialer .call-green:enabled").waitFor();
  await ring(home);
  await user.click("Stop ringing here");
  await user.see(`${THEM_SHOWN} is calling`);
  await work.modem.do("call", { number: OTHER });
  const dialog = page.getByRole("alertdialog", { name: "Incoming call" });
  await user.see(dialog.getByText(OTHER_SHOWN));
  await user.click("Stop ringing here");
  await dialog.waitFor({ state: "detached" });
  await user.see(/ is calling/); // one of the two
  await home.modem.do("hangup");
  await user.see(`${OTHER_SHOWN} is calling`);
  assert.equal(await dialog.count(), 0);
  await work.modem.do("hangup");
}, { seconds: 90 });

/** What is used of what there is. */
function watchDevices() {
  const { getUserMedia } = MediaDevices.prototype;
  const { setSinkId } = HTMLMediaElement.prototype;
  globalThis.used = {};
  MediaDevices.prototype.getUserMedia = async function (wanted) {
    const stream = await getUserMedia.call(this, wanted);
    used.input = stream.getAudioTracks()[0].label;
    return stream;
  };
  HTMLMediaElement.prototype.setSinkId = async function (id) {
    await setSinkId.call(this, id);
    const devices = await navigator.mediaDevices.enumerateDevices();
    used.output = devices.find(({ kind, deviceId }) => kind === "audiooutput" && deviceId === id)?.label;
  };
}

scenario("devices are chosen and remembered", async (stage) => {
  const home = await open(stage, {}, OWN_BOX), { modem, user, page } = home;
  await page.addInitScript(watchDevices);
  await page.reload();
  await page.locator(".dialer .call-green:enabled").waitFor();
  await answer(home);
  await user.click("Sound");
  const chosen = {};
  for (const [use, label] of [["input", "Microphone"], ["output", "Loudspeaker"]]) {
    const field = page.getByLabel(label);
    chosen[use] = await field.locator("option").last().textContent();
    await field.selectOption({ label: chosen[use] });
  }
  const check = () => until(() => page.evaluate(
    ([input, output]) => used.input === input && used.output === output,
    [chosen.input, chosen.output]), `in use: ${Object.values(chosen)}`);
  await check();
  await talk(home);
  await page.reload();
  await check();
  await talk(home);
  // One that is gone is no reason to be silent.
  await page.evaluate(() => localStorage.setItem("punchline.devices", `{"input":"gone","output":"gone"}`));
  await page.reload();
  await talk(home);
  await modem.do("hangup");
  await over(home);
}, { seconds: 90 });

scenario("by keys alone, in German", async (stage) => {
  const home = await open(stage, { language: "de-DE", theme: "dark", width: 1280, height: 800 });
  const { modem, user, page } = home;
  const focus = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label")
    ?? document.activeElement?.textContent?.trim());
  const tabTo = (name) => until(
    async () => (await focus()) === name || (await page.keyboard.press("Tab"), false), name);
  await modem.do("policy", { answer_ms: 300 });
  await tabTo("Telefonnummer");
  await page.keyboard.type(THEM);
  await page.keyboard.press("Enter");
  await user.see("Im Gespräch");
  await modem.hears(MICROPHONE_HERTZ);
  await page.keyboard.press("m");
  await modem.misses(MICROPHONE_HERTZ);
  await tabTo("Auflegen");
  await page.keyboard.press("Enter");
  await user.see("Anruf beendet");
  await page.locator(".dialer").waitFor();
  await modem.do("call", { number: OTHER });
  await page.getByRole("alertdialog").waitFor();
  await tabTo("Annehmen");
  await page.keyboard.press("Enter");
  await user.see("Im Gespräch");
  await modem.hears(MICROPHONE_HERTZ);
  await modem.do("hangup");
  await user.see("Anruf beendet");
});

/** Sounds that go on until they are stopped: the page makes them itself. */
function countLoops() {
  const { start, stop } = AudioBufferSourceNode.prototype;
  globalThis.loops = 0;
  AudioBufferSourceNode.prototype.start = function () {
    if (this.loop) loops++;
    start.call(this);
  };
  AudioBufferSourceNode.prototype.stop = function () {
    if (this.loop) loops--;
    stop.call(this);
  };
}

scenario("one tab rings, and is silent when it is told to", async (stage) => {
  const home = await open(stage), { modem, user, page } = home;
  const tab = await user.tab();
  await tab.page.locator(".dialer .call-green:enabled").waitFor();
  const pages = [page, tab.page];
  const count = async () => (await Promise.all(pages.map((each) => each.evaluate(() => loops))))
    .reduce((sum, n) => sum + n);
  for (const each of pages) await each.evaluate(countLoops);
  await modem.do("call", { number: THEM });
  for (const each of pages) await each.getByRole("alertdialog").waitFor();
  await until(async () => await count() === 1, "one rings");
  for (const each of pages) await each.getByRole("button", { name: "Stop ringing here" }).click();
  await until(async () => await count() === 0, "none rings");
  await user.click(`${THEM_SHOWN} is calling`);
  await user.click("Answer");
  await talk(home);
  await modem.do("hangup");
  await over(home);
});

scenario("it rings at the other end, until they answer", async (stage) => {
  const home = await open(stage), { modem, user, page } = home;
  await modem.do("policy", { alert_ms: 100 });
  await page.evaluate(countLoops);
  await page.getByLabel("Phone number").fill(THEM);
  await page.keyboard.press("Enter");
  await user.see("Ringing …");
  await page.waitForFunction(() => loops === 1);
  await modem.do("answer");
  await talk(home);
  assert.equal(await page.evaluate(() => loops), 0);
  await modem.do("hangup");
  await over(home);
});

scenario("taken from the voicemail", async (stage) => {
  const home = await open(stage, {}, { options: ["--ring-seconds", "1"] }), { modem, user, page } = home;
  await ring(home);
  await user.see(`${THEM_SHOWN} is leaving a message`);
  await page.getByRole("alertdialog").waitFor({ state: "detached" });
  await user.check("a caller at the voicemail");
  await user.click("Answer");
  await talk(home);
  await modem.do("hangup");
  await over(home);
});

scenario("blocked: rings nowhere", async (stage) => {
  const home = await open(stage), { modem, user, page } = home;
  const [, , [, THIRD]] = PEOPLE;
  await ring(home, THIRD);
  await modem.do("hangup");
  await page.getByRole("alertdialog").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "More about +1 202 555 0147" }).first().click();
  await user.click("Block this number");
  await user.see("Blocked");
  await modem.do("call", { number: THIRD });
  await modem.event("call", { number: THIRD, state: "ended", reason: "local" });
  assert.equal(await page.getByRole("alertdialog").count(), 0);
  const entry = page.locator(".row", { hasText: "+1 202 555 0147" }).filter({ hasText: "Blocked" });
  // The box tells nobody when it has it in its log; the screen reads that when it is opened.
  await until(async () => {
    await user.go("/settings");
    await user.go("/phone");
    return entry.waitFor({ timeout: 1000 }).then(() => true, () => false);
  }, "it is in the log");
});

scenario("a page that nobody looks at notifies", async (stage) => {
  const home = await open(stage, { permissions: ["microphone", "notifications"] }, OWN_BOX);
  const { modem, user, page } = home;
  await page.evaluate(() => {
    Object.defineProperty(document, "hidden", { get: () => true });
    document.dispatchEvent(new Event("visibilitychange"));
    return navigator.serviceWorker.ready;
  });
  const shown = () => page.evaluate(() => navigator.locks.request("punchline.shown", async () =>
    (await (await navigator.serviceWorker.getRegistration()).getNotifications()).map(
      ({ title, body, data, actions }) =>
        ({ title, body, data, actions: actions.map(({ action }) => action) }))));
  await modem.do("call", { number: THEM });
  const [{ title, body, data, actions }] = await until(async () => {
    const found = await shown();
    return found.length && found;
  }, "a notification");
  assert.deepEqual([title, body, actions], [THEM_SHOWN, "Incoming call for home", ["answer", "decline"]]);
  // What its button leads to.
  await page.evaluate((hash) => location.hash = `#/${hash}/answer`, data.hash);
  await talk(home);
  await until(async () => !(await shown()).length, "no notification more");
  await modem.do("hangup");
  await over(home);
});

scenario("a link with a number fills the field", async (stage) => {
  const { user, page } = await open(stage, {}, OWN_BOX);
  await user.go(`/phone/${encodeURIComponent("tel:+1-202-555-0147")}`);
  await until(async () => await page.getByLabel("Phone number").inputValue() === "+12025550147", "the number");
  await page.keyboard.press("Backspace");
  await page.keyboard.press("8");
  await until(async () => await page.getByLabel("Phone number").inputValue() === "+12025550148", "typed keys");
});
