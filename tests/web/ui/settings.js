// SPDX-License-Identifier: LGPL-2.1-or-later
/* Language, looks, keys, and what is behind the settings. */
import { assert, scenario, until } from "./lib/scenario.js";

scenario("another language at once, and kept", async (stage) => {
  const user = await stage.user({ box: await stage.home(), language: "en-US" });
  await user.go("/settings");
  await user.page.getByLabel("Language").selectOption("de");
  await user.see(user.page.getByRole("heading", { name: "Einstellungen" }));
  assert.equal(await user.page.locator("html").getAttribute("lang"), "de");
  await user.page.reload();
  await user.see(user.page.getByRole("heading", { name: "Einstellungen" }));
  await user.page.getByLabel("Sprache").selectOption("");
  await user.see(user.page.getByRole("heading", { name: "Settings" }));
});

scenario("light and dark are chosen, and kept", async (stage) => {
  const user = await stage.user({ box: await stage.home(), theme: "light" });
  const brightness = () => user.page.evaluate(() => {
    const [red] = getComputedStyle(document.documentElement).backgroundColor.match(/\d+/g);
    return Number(red);
  });
  await user.go("/settings");
  assert.ok(await brightness() > 200);
  await user.page.getByLabel("Appearance").selectOption("dark");
  await until(async () => await brightness() < 60, "dark");
  await user.page.reload();
  await until(async () => await brightness() < 60, "dark again");
});

scenario("by keys alone", async (stage) => {
  const user = await stage.user({ box: await stage.home(), width: 1280, height: 800 });
  const { keyboard } = user.page;
  await user.see(user.page.getByRole("link", { name: "Settings" }));
  await keyboard.press("Tab");
  await user.see(user.button("To the content"));
  await keyboard.press("Enter");
  assert.equal(await user.page.evaluate(() => document.activeElement.localName), "main");
  await keyboard.press("Alt+Digit5");
  await user.see(user.page.getByRole("heading", { name: "Settings" }));
  await keyboard.press("?");
  await user.see(user.page.getByRole("dialog", { name: "Keyboard" }));
  await user.check("the help");
  await keyboard.press("Escape");
  await user.gone(user.page.getByRole("dialog", { name: "Keyboard" }));
  await user.page.getByRole("link", { name: "Paired devices" }).focus();
  await keyboard.press("ArrowDown");
  await keyboard.press("Enter");
  await user.see(user.page.getByRole("heading", { name: "Sound" }));
});
