// SPDX-License-Identifier: LGPL-2.1-or-later
/* What callers hear, spoken into the page. */
import { MICROPHONE_HERTZ, PEOPLE, scenario } from "./lib/scenario.js";
import { hearsPlayer } from "./lib/player.js";

const [[, NUMBER]] = PEOPLE;

scenario("a greeting is recorded, and a caller hears it", async (stage) => {
  const box = await stage.box({ options: ["--ring-seconds", "1"] });
  const user = await stage.user({ box });
  await user.go("/settings/greeting");
  await user.see("The greeting of the box");
  await user.check("the box's greeting");
  await user.click("Record a greeting");
  await user.see(/Speak now: 0:5[0-7]/); // three seconds of it
  await user.check("recording");
  await user.click("Stop");
  await user.see("Your recording");
  await user.click("Play");
  await hearsPlayer(user, MICROPHONE_HERTZ);
  await user.click("Discard");
  await user.gone("Your recording");
  await user.click("Record a greeting");
  await user.see(/Speak now: 0:5[0-7]/);
  await user.click("Stop");
  await user.click("Save");
  await user.see("Your own greeting");
  await box.modem.do("call", { number: NUMBER });
  await box.modem.hears(MICROPHONE_HERTZ);
  await box.modem.do("hangup");
  await user.page.reload();
  await user.see("Your own greeting");
  await user.click("Play");
  await hearsPlayer(user, MICROPHONE_HERTZ);
  await user.click("Delete");
  await user.page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await user.see("The greeting of the box");
});

scenario("without a microphone it is said", async (stage) => {
  const user = await stage.user({ box: await stage.home(), permissions: [] });
  await user.page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "NotAllowedError"));
  });
  await user.page.reload();
  await user.go("/settings/greeting");
  await user.click("Record a greeting");
  await user.see("The browser does not let this page use the microphone");
});
