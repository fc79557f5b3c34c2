// SPDX-License-Identifier: LGPL-2.1-or-later
/* How a browser gets to know a box, and forgets it. */
import { Server } from "./lib/programs.js";
import { ADDRESS, assert, scenario, until } from "./lib/scenario.js";
import { User } from "./lib/user.js";

const NOT_PAIRED = "Your phone number, in this browser";

async function type(user, code) {
  await user.fill("Code of the box", code);
  await user.click("Connect");
}

/** The names of the clients that a box still lets in. */
const clientsOf = async (box) => (await box.clients()).map(({ name }) => name);

scenario("by the link", async (stage) => {
  const box = await stage.home();
  const door = await box.openDoor();
  const user = await stage.user({ hash: `pair=${door.code}` });
  await user.see("Connect this browser");
  await user.check("the page of a link");
  assert.ok(!user.page.url().includes(door.code), "the code stays in the address bar");
  await user.click("Connect");
  assert.equal(await door.ended, 0, door.log);
  await user.see("Paired with home");
  await user.page.reload();
  await user.see(user.page.locator(".dialer"));
  await user.gone(NOT_PAIRED);
});

scenario("by a link in a tab that is open", async (stage) => {
  const box = await stage.home();
  const user = await stage.user();
  await user.see("How to get a code");
  const door = await box.openDoor();
  await user.go(`pair=${door.code}`);
  await user.see("Connect this browser");
  await user.click("Connect");
  await user.see("Paired with home");
});

scenario("by a typed code", async (stage) => {
  const box = await stage.home();
  const user = await stage.user();
  await user.see("How to get a code");
  await user.check("the page before there is a box");
  const door = await box.openDoor();
  await user.fill("Name of this browser", "laptop");
  await type(user, ` ${door.code.toUpperCase()} `);
  assert.equal(await door.ended, 0, door.log);
  assert.match(door.log, /'laptop'/);
  await user.see("Paired with home");
});

scenario("a wrong code is worth one try", async (stage) => {
  const box = await stage.home();
  const user = await stage.user();
  const door = await box.openDoor();
  const [number] = door.code.split("-");
  await type(user, `${number}-zebra-zebra-zebra`);
  await user.see("This code is wrong");
  assert.notEqual(await door.ended, 0);
  await user.check("a wrong code");
});

scenario("a code works once", async (stage) => {
  const box = await stage.home();
  const door = await box.openDoor();
  const [first, second] = [await stage.user(), await stage.user()];
  await type(first, door.code);
  await first.see("Paired with home");
  await second.page.clock.install();
  await second.page.reload();
  await type(second, door.code);
  await second.see("Looking for the box");
  await second.page.clock.fastForward(20000);
  await second.see("The box does not answer");
});

scenario("what is no code is said at once", async (stage) => {
  const user = await stage.user();
  await type(user, "walnut");
  await user.see("A code looks like");
});

scenario("two boxes in one browser", async (stage) => {
  const home = await stage.home(), cabin = await stage.box({ name: "cabin" });
  const user = await stage.user({ box: home });
  await user.go("/settings");
  await user.page.getByRole("link", { name: "Pair another box" }).click();
  const door = await cabin.openDoor();
  await type(user, door.code);
  await user.see("Paired with cabin");
  await user.go("/settings");
  for (const name of ["home", "cabin"]) await user.see(user.page.getByRole("listitem").filter({ hasText: name }));

  await user.go("/box");
  await user.see(user.page.getByRole("heading", { name: "cabin" }));
  await user.click("Forget this box");
  await user.check("the question whether to forget a box");
  await user.click("Forget");
  await user.gone(user.page.getByRole("heading", { name: "cabin" }));
  await until(async () => !(await cabin.clients()).length, "the box forgets the browser");
  assert.equal((await home.clients()).length > 0, true);
});

scenario("this browser is forgotten", async (stage) => {
  const box = await stage.home();
  const user = await stage.user({ box, name: "borrowed" });
  assert.ok((await clientsOf(box)).includes("borrowed"));
  const other = await user.tab();
  await other.go("/settings");
  await user.go("/settings");
  await user.see(user.page.getByRole("heading", { name: "Settings" }));
  await user.page.evaluate(() => { // of another page of that server
    localStorage.setItem("theirs", "stays");
    return caches.open("theirs");
  });
  await user.click("Forget this browser");
  await user.click("Forget");
  for (const tab of [user, other]) await tab.see(NOT_PAIRED);
  assert.ok(!(await clientsOf(box)).includes("borrowed"), "the box still lets it in");
  assert.deepEqual(await user.page.evaluate(() => [localStorage.theirs, localStorage["punchline.box"]]), ["stays", undefined]);
  assert.ok(await user.page.evaluate(() => caches.has("theirs")));
  const left = await user.page.evaluate(async () => {
    const opening = indexedDB.open("punchline");
    await new Promise((resolve) => opening.onsuccess = resolve);
    const count = async (name) => {
      const counting = opening.result.transaction(name).objectStore(name).count();
      await new Promise((resolve) => counting.onsuccess = resolve);
      return [name, counting.result];
    };
    return Promise.all([...opening.result.objectStoreNames].map(count));
  });
  assert.deepEqual(left.filter(([, n]) => n > 0), []);
});

scenario("another device is removed", async (stage) => {
  const box = await stage.home();
  const [user, lost] = [await stage.user({ box, name: "here" }), await stage.user({ box, name: "lost" })];
  await user.go("/settings/devices");
  await user.click("Remove lost");
  await user.check("the question whether to remove a device");
  await user.click("Remove");
  await user.gone("lost");
  assert.ok(!(await clientsOf(box)).includes("lost"));
  await lost.go("/box");
  await lost.see("Not connected");
});

scenario("a page that is hosted elsewhere asks for its server", async (stage) => {
  const box = await stage.home();
  const user = await stage.user();
  await user.see("How to get a code");
  await user.page.evaluate(() => document.querySelector("meta[name=signaling]").content = "");
  const door = await box.openDoor();
  await user.fill("Code of the box", door.code);
  await user.fill("Signaling server", stage.server.url);
  await user.check("the page that asks for its server");
  await user.click("Connect");
  await user.see("Paired with home");
});

scenario("without TLS a page says why it cannot start", async (stage) => {
  const server = await Server.start("--listen", `${ADDRESS}:0`);
  const user = await User.open(stage.browser, server);
  user.allow(/Cross-Origin-Opener-Policy header has been ignored/);
  await user.go();
  await user.see("Punchline cannot start");
  await user.see(/Open it by https/);
  await user.check("a page that cannot start");
  await user.close();
});
