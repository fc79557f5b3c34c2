// SPDX-License-Identifier: LGPL-2.1-or-later
/* The names for numbers: typed, and imported from a phone. */
import { PEOPLE, scenario } from "./lib/scenario.js";

const [[NAME, NUMBER], [OTHER_NAME, OTHER]] = PEOPLE;
const NATIONAL = "(202) 555-0123"; // NUMBER, at home

const list = (user) => user.page.locator(".list");
const card = (name, ...numbers) => ["BEGIN:VCARD", "VERSION:3.0", `FN:${name}`,
  "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD", " /2wBDAAUDBAQEAwUEBAQFBQUGBww",
  ...numbers.map((number) => `TEL;TYPE=CELL:${number}`), "END:VCARD", ""].join("\r\n");

function pickFile(user, name, buffer) {
  return user.page.locator("input[type=file]").setInputFiles({ name, mimeType: "text/vcard", buffer });
}

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

scenario("a phone's address book is imported", async (stage) => {
  const user = await stage.user({ box: await stage.home() });
  await user.go("/contacts");
  const cards = Array.from({ length: 1500 }, (_, i) => card(`Somebody ${i}`, `+1202556${1000 + i}`));
  cards.push(card(NAME, NATIONAL), card(OTHER_NAME, OTHER, "ask him"), card("Nobody"));
  await pickFile(user, "phone.vcf", Buffer.from(cards.join("")));
  await user.see("1502 kept, 1 refused");
  await user.fill("Search", NAME);
  await user.see(list(user).getByText(NAME));
  await user.check("contacts");
  await pickFile(user, "latin-1.vcf", Buffer.from(card("J\xfcrgen", "+4930555"), "latin1"));
  await user.see("1 kept, 0 refused");
  await user.fill("Search", "jurgen");
  await user.see(list(user).getByText("Jürgen"));
  await pickFile(user, "picture.jpg", Buffer.from([0xff, 0xd8, 0xff]));
  await user.see("0 kept, 0 refused");
});
