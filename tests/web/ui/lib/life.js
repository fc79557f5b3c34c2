// SPDX-License-Identifier: LGPL-2.1-or-later
/** A box with a life behind it: contacts, conversations, calls and a voicemail, the same each time. */
import { readdirSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { until } from "./programs.js";
import { PEOPLE } from "./scenario.js";

const MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const [[, ANA], [, JONAS], [, MEI], [, OMAR], [, RUTH], [, SAM]] = PEOPLE;
/** About four seconds. */
const SPOKEN_BYTES = 12000;
const STRANGER = "+12025550166";

/** [seconds ago, who, text]; what has no seconds goes out now. */
const TEXTS = [
  [3 * DAY, RUTH, "Did the parcel get there?"],
  [2 * DAY, OMAR, "Schlüssel liegt beim Nachbarn, bitte klingeln."],
  [2 * DAY - HOUR, STRANGER, "Your code is 493 817. It is valid for ten minutes."],
  [DAY, SAM, "Meeting moved to Thursday, same room"],
  [5 * HOUR, MEI, "😀"],
  [2 * HOUR, JONAS, "Kommst du heute Abend? Wir sind ab sieben im Garten, bring gern jemanden mit."],
  [52 * MINUTE, ANA, "Landed! The train leaves in twenty minutes, so I should be there around six."],
  [0, ANA, "Great, I'll pick you up 😀"],
  [0, ANA, "Which exit?"],
  [-1, ANA, "The one at the river. See you soon!"]];

const VCARDS = PEOPLE.map(([name, number]) =>
  `BEGIN:VCARD\r\nVERSION:3.0\r\nFN:${name}\r\nTEL:${number}\r\nEND:VCARD\r\n`).join("");


/** Somebody calls, nobody answers, he says a tone of some seconds. */
export async function leaveVoicemail(box, number, hertz = 440) {
  const folder = join(box.folder, "box/voicemail");
  const spoken = () => readdirSync(folder).filter((name) => name.endsWith(".part"))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  await box.modem.do("call", { number });
  await until(() => spoken() > 0, "the beep");
  await box.modem.speak(hertz);
  await until(() => spoken() > SPOKEN_BYTES, "a voicemail");
  await box.modem.do("hangup");
  await until(() => !readdirSync(folder).some((name) => name.endsWith(".part")), "a voicemail kept");
}

/** A second box of the stage; its clients are called as people's devices are. */
export async function startLife(stage) {
  let box = await stage.box({ name: "Home", options: ["--ring-seconds", "1"] });
  const { modem } = box;
  const laptop = await box.device("Ana's-laptop");
  await writeFile(join(box.folder, "people.vcf"), VCARDS);
  await laptop.run("contacts", "import", join(box.folder, "people.vcf"));
  await until(async () => JSON.parse(await laptop.run("status", "--json")).state === "ready", "the modem");
  for (const [ago, number, text] of TEXTS) {
    if (ago === 0) await laptop.run("sms", "send", number, text);
    else await modem.do("text", { number, text, when: Math.floor(Date.now() / 1000) - Math.max(ago, 0) });
  }
  await leaveVoicemail(box, RUTH);
  await box.stop();
  box = await box.again("--ring-seconds", "60");
  for (const number of [SAM, MEI]) {
    await modem.do("call", { number, stop_ms: 1500 });
    await until(async () => !(await modem.do("calls")).calls.length, "a missed call");
  }
  return box;
}
