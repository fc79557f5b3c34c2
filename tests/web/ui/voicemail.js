// SPDX-License-Identifier: LGPL-2.1-or-later
/* What callers leave: heard, marked, kept, deleted. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { assert, PEOPLE, scenario, until } from "./lib/scenario.js";
import { hearsPlayer } from "./lib/player.js";

const CALLER_HERTZ = 700;
const [[, NUMBER], [, OTHER]] = PEOPLE;
const SPOKEN = 12000; // bytes; about four seconds

/** Takes calls after a second. */
let mailbox = null;
const getMailbox = (stage) => mailbox ??= stage.box({ options: ["--ring-seconds", "1"] });

/** Somebody calls, nobody answers, he says a tone. */
async function leave(box, number) {
  const folder = join(box.folder, "box/voicemail");
  const spoken = () => readdirSync(folder).filter((name) => name.endsWith(".part"))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  await box.modem.do("call", { number });
  await until(() => spoken() > 0, "the beep");
  await box.modem.speak(CALLER_HERTZ);
  await until(() => spoken() > SPOKEN, "a voicemail");
  await box.modem.do("hangup");
}

const unheard = (user) => user.page.locator(".list .unread");
const position = (user) => user.page.getByRole("slider", { name: "Position" });

scenario("a voicemail is heard on one device and marked on all", async (stage) => {
  const box = await getMailbox(stage);
  const user = await stage.user({ box }), other = await stage.user({ box, width: 1280, height: 800 });
  for (const each of [user, other]) await each.go("/voicemail");
  await user.see("No voicemail");
  await leave(box, NUMBER);
  for (const each of [user, other]) await each.see(unheard(each).getByText("New"));
  await user.see(user.page.getByLabel("1 new"));
  await unheard(user).getByRole("link").click();
  await user.click("Play");
  await hearsPlayer(user, CALLER_HERTZ);
  for (const each of [user, other]) await each.gone(each.page.getByText("New", { exact: true }));
  await user.check("a voicemail");
  await user.click("Mark as new");
  await other.see(unheard(other));
});

scenario("the player is used by keyboard", async (stage) => {
  const box = await getMailbox(stage);
  const user = await stage.user({ box });
  await user.go("/voicemail");
  await unheard(user).getByRole("link").press("Enter");
  await user.see(position(user).and(user.page.locator(":enabled")));
  await position(user).press("End");
  const end = Number(await position(user).inputValue());
  assert.ok(end > 2, `${end} s`);
  await position(user).press("ArrowLeft");
  assert.ok(Number(await position(user).inputValue()) <= end - 2);
  await position(user).press("Home");
  await user.button("Speed 1").press("Enter");
  await user.button("Speed 1.5").press("Enter");
  await user.button("Play").press("Enter");
  await hearsPlayer(user, 2 * CALLER_HERTZ, CALLER_HERTZ);
  assert.equal(await user.page.evaluate(() => document.querySelector("audio").playbackRate), 2);
});

scenario("what is pressed as soon as it can be is played", async (stage) => {
  const box = await getMailbox(stage);
  const user = await stage.user({ box });
  await user.go("/voicemail");
  const source = user.page.evaluate(() => new Promise((resolve) => {
    HTMLMediaElement.prototype.play = async function () { resolve(this.src); };
    new MutationObserver(() => document.querySelector("button[aria-label=Play]:enabled")?.click())
      .observe(document.body, { attributes: true, childList: true, subtree: true });
  }));
  await user.page.locator('a[href^="#/voicemail/"]').first().click();
  assert.match(await source, /^blob:/); // another source than it began with would stop it
});

scenario("a browser that plays no Ogg decodes it", async (stage) => {
  const box = await getMailbox(stage);
  const user = await stage.user({ box });
  await user.page.addInitScript(() => {
    const { createObjectURL } = URL;
    URL.createObjectURL = (blob) => createObjectURL(blob.type === "audio/wav" ? blob : new Blob(["?"]));
  });
  await user.page.reload();
  await user.go("/voicemail");
  await user.page.locator(".row a").click();
  await user.see(position(user).and(user.page.locator(":enabled")));
  await user.page.waitForFunction(() => document.querySelector("audio").readyState > 0);
  await user.click("Play");
  await hearsPlayer(user, CALLER_HERTZ, 2 * CALLER_HERTZ);
});

scenario("a voicemail is kept, answered, and deleted for all", async (stage) => {
  const box = await getMailbox(stage);
  const user = await stage.user({ box }), other = await stage.user({ box });
  await other.go("/voicemail");
  await leave(box, OTHER);
  await user.go("/voicemail");
  await unheard(user).getByRole("link").click();
  const [download] = await Promise.all([user.page.waitForEvent("download"), user.click("Download")]);
  assert.match(download.suggestedFilename(), /^\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d \+493023125042\.ogg$/);
  assert.equal(readFileSync(await download.path()).subarray(0, 4).toString(), "OggS");
  await user.go("/settings/export");
  const [file] = await Promise.all([user.page.waitForEvent("download"), user.click("Download: Voicemail")]);
  assert.equal(file.suggestedFilename(), download.suggestedFilename());
  await other.see("+49 302 312 5042");
  await user.page.goBack();
  await user.click("Delete");
  await user.click("Cancel");
  await user.click("Delete");
  await user.page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  for (const each of [user, other]) await each.gone("+49 302");
  await user.page.locator(".row a").click();
  await user.click("Call back");
  await box.modem.event("call", { number: NUMBER, outgoing: true });
  await user.click("Hang up");
});

scenario("what is known is shown while the box is away", async (stage) => {
  const box = await getMailbox(stage);
  const user = await stage.user({ box });
  await user.go("/voicemail");
  await user.see(user.page.locator(".row"));
  await box.stop();
  await user.page.reload();
  await user.page.locator(".row a").click();
  await user.see(user.button("Play").and(user.page.locator(":disabled")));
  mailbox = await box.again();
  await user.see(user.button("Play").and(user.page.locator(":enabled")));
});
