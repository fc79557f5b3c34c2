// SPDX-License-Identifier: LGPL-2.1-or-later
/* All of a day's use without a mouse. */
import { leaveVoicemail } from "./lib/life.js";
import { hearsPlayer } from "./lib/player.js";
import { assert, MICROPHONE_HERTZ, PEOPLE, scenario } from "./lib/scenario.js";

const [[, THEM], [, CALLER]] = PEOPLE;
const CALLER_HERTZ = 440, MAX_TABS = 60;

/** What the focus is on, as a screen reader says it. */
function getFocus({ page }) {
  return page.evaluate(() => {
    const { activeElement } = document;
    const label = activeElement.labels?.[0] ?? activeElement;
    return activeElement.getAttribute("aria-label") ?? label.textContent.trim();
  });
}

/** By Tab until there; what is seen of the focus is not nothing. */
async function tabTo(user, name) {
  for (let i = 0; i < MAX_TABS; i++) {
    const found = await getFocus(user);
    if (typeof name === "string" ? found === name : name.test(found)) return;
    await user.page.keyboard.press("Tab");
  }
  throw new Error(`no way to ${name}, the focus is on ${await getFocus(user)}`);
}

async function press(user, name) {
  await tabTo(user, name);
  const outline = await user.page.evaluate(() => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(document.activeElement);
    return boxShadow !== "none" || (outlineStyle !== "none" && parseFloat(outlineWidth) > 0);
  });
  assert.ok(outline, `the focus on ${name} is not seen`);
  await user.page.keyboard.press("Enter");
}

scenario("paired, called, written, heard: by keys alone", async (stage) => {
  const box = await stage.box({ options: ["--ring-seconds", "1"] });
  const user = await stage.user(), { keyboard } = user.page;
  const door = await box.openDoor();
  await user.see("How to get a code");
  await tabTo(user, "Code of the box");
  await keyboard.type(door.code);
  await keyboard.press("Enter");
  await user.see("Paired with home");

  await user.see(user.page.locator(".dialer .call-green:enabled"));
  await box.modem.do("policy", { answer_ms: 200 });
  await tabTo(user, "Phone number");
  await keyboard.type(THEM);
  await keyboard.press("Enter");
  await user.see("In a call");
  await box.modem.hears(MICROPHONE_HERTZ);
  await press(user, "Hang up");
  await box.modem.event("call", { state: "ended", reason: "local" });
  await user.see(user.page.locator(".dialer"));

  await press(user, /^Messages/);
  await press(user, "New message");
  await tabTo(user, "To");
  await keyboard.type(THEM);
  await keyboard.press("Enter");
  await tabTo(user, "Message");
  await keyboard.type("On my way");
  await keyboard.press("Enter");
  const [text] = await box.modem.outbox(1);
  assert.equal(text.text, "On my way");

  await leaveVoicemail(box, CALLER, CALLER_HERTZ);
  await press(user, /Voicemail$/);
  await press(user, /^\+49 302 312 5042/);
  await press(user, "Play");
  await hearsPlayer(user, CALLER_HERTZ);
}, { seconds: 120 });
