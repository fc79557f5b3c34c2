// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the web phone shows of a box, and what to do about it when something is wrong. */
import { assert, scenario, until } from "./lib/scenario.js";

const FORWARDED = "+493023125999";

scenario("network, SIM and path", async (stage) => {
  const box = await stage.home();
  await box.modem.do("network", { operator: "Nordnetz", technology: "LTE", signal: 25 });
  const user = await stage.user({ box });
  await user.go("/box");
  await user.see(user.page.getByRole("heading", { name: "Nordnetz" }));
  await user.see(/LTE · −\d+\sdBm/);
  await user.see(/^Direct(, same network)? · UDP · \d+\sms$/);
  await box.modem.do("network", { registration: "roaming" });
  await user.see(/Roaming/);
  await user.check("a box that is well");
  await box.modem.do("network", { registration: "denied" });
  await user.see("The network refuses this SIM card. Is it active?");
  await user.check("a box with a problem");
  await box.modem.do("network", { registration: "home" });
  await user.gone("The network refuses this SIM card. Is it active?");
});

scenario("what is typed for one box is not there for another", async (stage) => {
  const home = await stage.box();
  const work = await stage.box({ name: "work" });
  const user = await stage.user({ box: home, width: 1280, height: 800 });
  await user.pair(work);
  for (const box of [home, work]) {
    await box.modem.do("sim", { pin: "4711", tries: 4 });
    await box.modem.do("reset");
  }
  const chooseBox = (name) => user.page.locator(".list").getByRole("button", { name: new RegExp(`^${name}`) }).click();
  const field = user.page.getByLabel("PIN of the SIM card");
  await user.go("/box");
  await chooseBox("home");
  await user.see(user.page.getByRole("heading", { name: "home", level: 1 }));
  await field.fill("1234");
  await chooseBox("work");
  await user.see(user.page.getByRole("heading", { name: "work", level: 1 }));
  await field.waitFor();
  assert.equal(await field.inputValue(), "");
});

scenario("a locked SIM card gets its PIN", async (stage) => {
  const box = await stage.home();
  const user = await stage.user({ box });
  await user.go("/box");
  await box.modem.do("sim", { pin: "4711", tries: 4 });
  await box.modem.do("reset");
  await user.fill("PIN of the SIM card", "1234");
  await user.check("the PIN is asked for");
  await user.click("Unlock");
  await user.see("Tries left: 3");
  await user.fill("PIN of the SIM card", "4711");
  await user.click("Unlock");
  await user.gone("Tries left: 3");
  await box.modem.do("sim", { pin: "", tries: 3 });
});

scenario("forwarding in the network is told and switched off", async (stage) => {
  const box = await stage.home();
  const user = await stage.user({ box });
  await box.modem.do("forwarding", { number: FORWARDED });
  await user.go("/box");
  await user.see("The network forwards unanswered calls to +49 302 312 5999");
  await user.check("forwarding");
  await user.click("Switch off");
  await user.gone(/The network forwards/);
  await box.modem.event("forwarding", { number: null });
});

scenario("do not disturb, here and elsewhere", async (stage) => {
  const box = await stage.home();
  const [one, other] = [await stage.user({ box }), await stage.user({ box, width: 1280, height: 800 })];
  for (const user of [one, other]) await user.go("/box");
  const isOn = (user) => user.button("Do not disturb", "switch").isChecked();
  await one.click("Do not disturb", "switch");
  await until(() => isOn(other), "the other browser shows it");
  await other.click("Do not disturb", "switch");
  await until(async () => !await isOn(one), "the first browser shows it");
});

scenario("a box that is away", async (stage) => {
  const box = await stage.box({ name: "cabin" });
  const user = await stage.user({ box });
  await user.go("/settings");
  await user.see("Simnet");
  await box.stop();
  await user.see(/cabin: Not connected/);
  await user.see("What you write is sent when the box is back.");
  await user.check("the banner");
  await user.page.reload();
  await user.see(/Last seen: Today/);
  await box.again();
  await user.gone(/cabin: Not connected/);
  await until(async () => await user.page.title() === "Punchline", "a title without a number");
});
