// SPDX-License-Identifier: LGPL-2.1-or-later
/* The names for numbers. */
import { PEOPLE, scenario } from "./lib/scenario.js";

const [[, NUMBER], [OTHER_NAME]] = PEOPLE;

const list = (user) => user.page.locator(".list");

scenario("a contact is added, found, renamed, deleted", async (stage) => {
  const user = await stage.user({ box: await stage.home(), width: 1280, height: 800 });
  await user.go("/contacts");
  await user.see("No contacts");
  await user.check("no contacts");
  await user.click("New contact", "link");
  await user.fill("Name", "Søren Ångström");
  await user.fill("Number", "call me");
  await user.click("Save");
  await user.see("That is not a phone number");
  await user.fill("Number", "+49 (0)30 / 23125042");
  await user.click("Save");
  await user.see(user.page.getByRole("heading", { name: "Søren Ångström" }));
  await user.fill("Search", "angstr");
  await user.see(list(user).getByText("Søren Ångström"));
  await user.fill("Search", "030 2312");
  await user.see(list(user).getByText("Søren Ångström"));
  await user.fill("Search", "nobody");
  await user.see("Nothing found");
  await user.fill("Search", "");
  await user.click("Edit", "link");
  await user.fill("Name", OTHER_NAME);
  await user.fill("Number", NUMBER);
  await user.click("Save");
  await user.see(user.page.getByRole("heading", { name: OTHER_NAME }));
  await user.gone("Søren Ångström");
  await user.check("a contact");
  await user.click("Delete");
  await user.page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await user.see("No contacts");
});
