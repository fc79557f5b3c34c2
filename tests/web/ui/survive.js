// SPDX-License-Identifier: LGPL-2.1-or-later
/* What goes away and comes back: the server, the box, the network, the page itself. */
import { execFileSync } from "node:child_process";
import { Server } from "./lib/programs.js";
import { ADDRESS, assert, MICROPHONE_HERTZ, PEOPLE, scenario } from "./lib/scenario.js";

const THEIR_HERTZ = 700;
const [[, THEM]] = PEOPLE;
const RING = (user) => user.page.getByRole("alertdialog", { name: "Incoming call" });

/** Both hear each other. */
async function talk(box, user) {
  await box.modem.speak(THEIR_HERTZ);
  await Promise.all([user.hears(THEIR_HERTZ), box.modem.hears(MICROPHONE_HERTZ)]);
}

async function answer(box, user) {
  await user.see(user.page.locator(".dialer .call-green:enabled"));
  await box.modem.do("call", { number: THEM });
  await RING(user).waitFor();
  await user.click("Answer");
  await user.see("In a call");
}

async function hangUp(box, user) {
  await user.click("Hang up");
  await box.modem.event("call", { state: "ended", reason: "local" });
  await user.see(user.page.locator(".dialer"));
}

scenario("the server is killed in a call and started anew", async (stage) => {
  const server = await Server.start();
  const box = await stage.box({ server }), user = await stage.user({ box, server });
  user.allow(/WebSocket|ERR_CONNECTION_REFUSED|Failed to load resource/);
  await answer(box, user);
  await server.stop("SIGKILL");
  await talk(box, user);
  const again = await server.again();
  assert.equal(again.url, server.url);
  await hangUp(box, user);

  // Box and page find each other again when they have to.
  await box.stop("SIGKILL");
  await user.see("home: Not connected");
  const other = await box.again();
  await user.gone("home: Not connected");
  await answer(other, user);
  await talk(other, user);
  await hangUp(other, user);
}, { seconds: 120 });

scenario("the address goes and comes in a call", async (stage) => {
  const box = await stage.home(), user = await stage.user({ box });
  await answer(box, user);
  await talk(box, user);
  const address = (what) => execFileSync("ip", ["address", what, `${ADDRESS}/24`, "dev", "v0"]);
  address("del");
  try {
    await user.see("Connection lost, the call is held …");
  } finally {
    address("add");
  }
  await user.see("In a call");
  await talk(box, user);
  await hangUp(box, user);
}, { seconds: 120 });

scenario("hung up without a connection: over here at once, and there when it is back", async (stage) => {
  const box = await stage.home(), user = await stage.user({ box });
  await answer(box, user);
  await talk(box, user);
  const address = (what) => execFileSync("ip", ["address", what, `${ADDRESS}/24`, "dev", "v0"]);
  const before = box.modem.events.length;
  address("del");
  try {
    await user.see("Connection lost, the call is held …");
    await user.click("Hang up");
    await user.see(user.page.locator(".dialer"));
    await user.hearsNothing();
  } finally {
    address("add");
  }
  await box.modem.event("call", { state: "ended", reason: "local" }, before);
  await answer(box, user);
  await talk(box, user);
  await hangUp(box, user);
}, { seconds: 120 });

scenario("the box is killed while it rings: nobody can answer", async (stage) => {
  const box = await stage.box(), user = await stage.user({ box });
  await user.see(user.page.locator(".dialer .call-green:enabled"));
  await box.modem.do("call", { number: THEM });
  await RING(user).waitFor();
  await box.stop("SIGKILL");
  await RING(user).waitFor({ state: "detached" });
  await user.see("home: Not connected");
});

scenario("the box is killed in a call, and stays away: the microphone closes", async (stage) => {
  const box = await stage.box(), user = await stage.user({ box });
  await user.page.evaluate(() => {
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (what) => globalThis.microphone = await ask(what);
  });
  await answer(box, user);
  await talk(box, user);
  await box.stop("SIGKILL");
  await user.see("Connection lost, the call is held …");
  await user.page.waitForFunction(() => microphone.getTracks()[0].readyState === "ended", null, { timeout: 60000 });
  await user.see(user.page.locator(".dialer"));
}, { seconds: 120 });

scenario("two tabs: both ring, one has the call", async (stage) => {
  const box = await stage.home(), one = await stage.user({ box });
  const two = await one.tab();
  await two.see(two.page.locator(".dialer .call-green:enabled"));
  await box.modem.do("call", { number: THEM });
  await Promise.all([RING(one).waitFor(), RING(two).waitFor()]);
  await two.click("Answer");
  await talk(box, two);
  await RING(one).waitFor({ state: "detached" });
  await one.hearsNothing();
  await two.page.close();
  // The box holds the call of a page that is gone, for another one to take.
  await one.click("Bring it here");
  await talk(box, one);
  await hangUp(box, one);
}, { seconds: 120 });

scenario("without a network the page opens, and shows what it knows", async (stage) => {
  const server = await Server.start();
  const box = await stage.box({ server }), user = await stage.user({ box, server });
  user.allow(/WebSocket|ERR_|Failed to load resource|fetch/i);
  const text = "The key is under the stone";
  await box.modem.do("text", { number: THEM, text });
  await user.go("/messages");
  await user.see(text);
  await user.page.evaluate(() => navigator.serviceWorker.ready);
  await server.stop("SIGKILL");
  await box.stop();
  await user.page.reload();
  await user.see(text);
  await user.see("home: Not connected");
  await user.check("without a network");
});
