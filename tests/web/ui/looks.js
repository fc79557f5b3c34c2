// SPDX-License-Identifier: LGPL-2.1-or-later
/* Every screen, in both languages and themes and on both shapes of window: nobody is kept out by
 * how it looks (axe-core), nothing is wider than its window, and there is a picture of it. */
import { startLife } from "./lib/life.js";
import { assert, PEOPLE, scenario } from "./lib/scenario.js";

const [[, ANA], [, JONAS], [, MEI]] = PEOPLE;
const SHAPES = [["phone", 390, 844], ["desktop", 1280, 800]];
const THEMES = ["light", "dark"];
const NUMBERED = encodeURIComponent(ANA);

/** [name, address, a text on it that the box has given] */
const SCREENS = [
  ["recents", "/phone", "Sam Oduya"],
  ["messages", "/messages", "Jonas Weber"],
  ["thread", `/messages/${NUMBERED}`, "Which exit?"],
  ["new-message", "/messages/+"],
  ["voicemail", "/voicemail", "Ruth Bergmann"],
  ["player", "/voicemail/1", "Ruth Bergmann"],
  ["contacts", "/contacts", "Mei Tanaka"],
  ["contact", `/contacts/${NUMBERED}`, "Ana Lima"],
  ["new-contact", "/contacts/new"],
  ["settings", "/settings", "Home"],
  ["box", "/box", "Home"],
  ["devices", "/settings/devices", "Ana's-laptop"],
  ["sound", "/settings/sound"], ["greeting", "/settings/greeting"], ["blocked", "/settings/blocked"],
  ["export", "/settings/export"], ["about", "/settings/about"], ["pair", "/pair"]];

/** Such as say what to do where there is nothing yet. */
const EMPTY = new Set(["recents", "messages", "thread", "voicemail", "contacts"]);

/** The box of this file. @type {Promise<import("./lib/programs.js").Box> | null} */
let life = null;
const getLife = (stage) => life ??= startLife(stage);

/** All of them are told at once. */
class Faults {
  #found = [];

  add(where, faults) {
    this.#found.push(...faults.map((fault) => `${where}: ${fault}`));
  }

  check() {
    const found = [...new Set(this.#found)];
    assert.ok(!found.length, found.join("\n"));
  }
}

/** @param {import("./lib/user.js").User} user @param {string} name */
async function lookAt(user, name, language, faults) {
  for (const [shape, width, height] of SHAPES) {
    await user.page.setViewportSize({ width, height });
    for (const theme of THEMES) {
      await user.page.emulateMedia({ colorScheme: theme });
      faults.add(`${name}, ${shape}, ${theme}`, await user.findFaults());
      await user.picture(`${name}-${shape}-${theme}-${language}`);
    }
  }
}

async function openScreen(user, [, address, text]) {
  await user.go(address);
  await user.page.locator("main h1").first().waitFor({ state: "attached" });
  if (text) await user.see(text);
}

for (const language of ["en", "de"]) {
  const locale = { en: "en-US", de: "de-DE" }[language];

  scenario(`every screen (${language})`, async (stage) => {
    const faults = new Faults();
    const user = await stage.user({ box: await getLife(stage), language: locale, name: "Berlin" });
    for (const screen of SCREENS) {
      await openScreen(user, screen);
      await lookAt(user, screen[0], language, faults);
    }
    faults.check();
  }, { seconds: 240 });

  scenario(`a call (${language})`, async (stage) => {
    const faults = new Faults();
    const box = await getLife(stage);
    const user = await stage.user({ box, language: locale, name: "Berlin" });
    const [answer, keypad, hangUp] = { en: ["Answer", "Keypad", "Hang up"],
                                       de: ["Annehmen", "Tasten", "Auflegen"] }[language];
    await openScreen(user, SCREENS[0]);
    await box.modem.do("call", { number: MEI });
    await user.see(user.button(answer));
    faults.add("when a call comes", await user.takeShifts());
    await lookAt(user, "incoming", language, faults);
    await user.click(answer);
    await user.see(user.button(hangUp));
    await lookAt(user, "call", language, faults);
    await user.click(keypad);
    await lookAt(user, "keypad", language, faults);
    await user.click(hangUp);
    await user.gone(user.button(hangUp));
    faults.check();
  }, { seconds: 120 });

  scenario(`before there is a box, and empty (${language})`, async (stage) => {
    const faults = new Faults();
    const user = await stage.user({ language: locale });
    await user.see(/punchline-boxd pair/);
    await lookAt(user, "welcome", language, faults);
    await user.pair(await stage.home());
    for (const [name, address] of SCREENS.filter(([each]) => EMPTY.has(each))) {
      await openScreen(user, [name, address]);
      await lookAt(user, `empty-${name}`, language, faults);
    }
    faults.check();
  }, { seconds: 120 });
}


let nLengthened = 0;

/** German, and a third longer: languages to come are not shorter. */
async function lengthen(route) {
  nLengthened++;
  const texts = await (await route.fetch()).json();
  const longer = (text) => `${text} ${"mnopqr ".repeat(Math.ceil(text.length / 20)).trim()}`;
  await route.fulfill({ json: Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, longer(text)])) });
}

scenario("narrow, large and long", async (stage) => {
  const faults = new Faults();
  const user = await stage.user({ language: "de-DE", width: 320, height: 640, box: await getLife(stage) });
  const look = async (how) => {
    for (const screen of SCREENS) {
      await openScreen(user, screen);
      faults.add(`${screen[0]}, ${how}`, await user.findWide());
      await user.picture(`${how}-${screen[0]}`);
    }
  };
  await look("narrow");
  await user.page.setViewportSize({ width: 390, height: 844 });
  await user.page.evaluate(() => document.documentElement.style.fontSize = "200%");
  await look("large");
  await user.context.route("**/lang/de.json", lengthen);
  await user.page.evaluate(() => navigator.serviceWorker.getRegistrations().then(
    (all) => Promise.all(all.map((each) => each.unregister()))));
  await user.page.reload();
  await look("long");
  assert.ok(nLengthened > 0, "the texts were not longer");
  faults.check();
}, { seconds: 120 });
