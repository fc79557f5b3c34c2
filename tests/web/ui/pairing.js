// SPDX-License-Identifier: LGPL-2.1-or-later
/* How a browser gets to know a box, and forgets it. */
import { assert, scenario } from "./lib/scenario.js";

const PAIR = "Connect";

/** The code in what a door says, which may be a link. */
const codeOf = (door) => door.code.replace(/^.*#pair=/, "");

scenario("a code is typed", async (stage) => {
  const box = await stage.home();
  const user = await stage.user();
  await user.see("How to get a code");
  await user.check("the page before there is a box");
  const door = await box.openDoor();
  await user.fill("Code of the box", codeOf(door).toUpperCase());
  await user.fill("Name of this browser", "laptop");
  await user.click(PAIR);
  assert.equal(await door.ended, 0, door.log);
  assert.match(door.log, /'laptop'/);
  await user.see("Paired with home");
});

scenario("a wrong code is worth one try", async (stage) => {
  const box = await stage.home();
  const user = await stage.user();
  const door = await box.openDoor();
  const [number] = codeOf(door).split("-");
  await user.fill("Code of the box", `${number}-zebra-zebra-zebra`);
  await user.click(PAIR);
  await user.see("The code is wrong, and cannot be used any more. Make a new one on the box.");
  assert.notEqual(await door.ended, 0);
  await user.check("a wrong code");
});

scenario("what is no code is said at once", async (stage) => {
  const user = await stage.user();
  await user.fill("Code of the box", "walnut");
  await user.click(PAIR);
  await user.see("That is not a code as a box makes it.");
});
