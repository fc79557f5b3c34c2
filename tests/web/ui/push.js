// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a closed page says, how it opens without its server, and how it gets another version.
 * Debian's Chromium has no push service: the browser's subscription is ours, and what our push
 * service has opened is given to the service worker as the browser would. All between is real. */
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { leaveVoicemail } from "./lib/life.js";
import { PushService } from "./lib/push.js";
import { BUILD, Server } from "./lib/programs.js";
import { assert, MICROPHONE_HERTZ, PEOPLE, scenario, until } from "./lib/scenario.js";

const [, [, JONAS], [, MEI]] = PEOPLE;
const PERMISSIONS = ["microphone", "notifications"];

/** A browser whose subscription is @subscription. */
async function giveSubscription(user, subscription) {
  await user.context.addInitScript((json) => {
    const made = { toJSON: () => json, unsubscribe: async () => true };
    PushManager.prototype.subscribe = async () => made;
    PushManager.prototype.getSubscription = async () => made;
  }, subscription.json);
}

/** The service worker of the page, which has taken it over. */
async function workerOf(user) {
  await until(() => user.page.evaluate(() => navigator.serviceWorker.controller !== null), "a service worker");
  return user.context.serviceWorkers().find((worker) => worker.url().endsWith("/sw.js"));
}

/** As the browser gives it what a push service has brought. */
async function deliver(worker, { sealed }) {
  await worker.evaluate(async (bytes) => {
    const done = [];
    const event = new PushEvent("push", { data: new Uint8Array(bytes) });
    event.waitUntil = (work) => done.push(work);
    self.dispatchEvent(event);
    await Promise.all(done);
  }, [...sealed]);
}

/** While nobody shows one: Chromium would forget it. */
async function shownBy(worker) {
  return worker.evaluate(() => navigator.locks.request("punchline.shown", async () =>
    (await self.registration.getNotifications()).map(({ title, body, tag, actions, data }) =>
      ({ title, body, tag, actions: actions.map(({ action }) => action), data }))));
}

/** On a notification like @data says, or on one of its buttons. */
async function click(worker, { data }, action = "") {
  await worker.evaluate(async ({ data, action }) => {
    const [notification] = await navigator.locks.request("punchline.shown", async () => {
      await self.registration.showNotification("who", { tag: "clicked", data });
      return self.registration.getNotifications({ tag: "clicked" });
    });
    const done = [];
    const event = new NotificationEvent("notificationclick", { notification, action });
    event.waitUntil = (work) => done.push(work);
    self.dispatchEvent(event);
    await Promise.all(done);
  }, { data, action });
}

/** The setting, until the box knows of it. */
async function toggle(user, on) {
  const box = user.page.getByLabel("Notifications");
  await until(async () => await box.isEnabled() && await box.isChecked() !== on, "it can be changed");
  await box.click();
  await until(async () => await box.isEnabled() && await box.isChecked() === on, `it is ${on}`);
}

/** Another browser of the box's owner, who wants notifications. */
async function subscribe(stage, service, box) {
  const subscription = await service.subscribe();
  const user = await stage.user({ server: box.server, permissions: PERMISSIONS });
  await giveSubscription(user, subscription);
  await user.pair(box);
  await user.go("/settings");
  await user.see(/also while this page is closed/);
  await user.see("Simnet"); // the box is there: it learns of each change before the switch can be used again
  await toggle(user, false);
  await toggle(user, true);
  return { subscription, user };
}

/** A server with a push service, a box there, and a browser. */
async function open(stage, name, ...options) {
  const service = await PushService.start(stage.folder);
  const server = await Server.start(...service.options);
  const box = await stage.box({ server, name, options: ["--log", "pl-pusher:debug", ...options] });
  return { service, box, ...await subscribe(stage, service, box) };
}

/** Its closed page is told of a call; then the browser opens it, and has nothing of it before. */
async function openRinging(stage, name) {
  const home = await open(stage, name), { box, subscription, user } = home;
  const worker = await workerOf(user);
  await user.page.goto("about:blank");
  await box.modem.do("call", { number: MEI });
  const [ring] = await subscription.received(1);
  await deliver(worker, ring);
  const [shown] = await shownBy(worker);
  await user.go("/phone");
  return { ...home, worker, shown };
}

scenario("a closed page is woken for a call and a text", async (stage) => {
  const { service, box, subscription, user } = await open(stage, "mountain");
  const worker = await workerOf(user);
  await user.page.goto("about:blank");
  await box.modem.do("call", { number: MEI });
  const [ring] = await subscription.received(1);
  assert.deepEqual([ring.urgency, ring.ttl, ring.topic.length], ["high", "45", 24]);
  await deliver(worker, ring);
  const [shown] = await shownBy(worker);
  assert.equal(shown.title, MEI);
  assert.equal(shown.body, "Incoming call for mountain");
  assert.deepEqual(shown.actions, ["answer", "decline"]);

  await box.modem.do("hangup");
  const [, end] = await subscription.received(2);
  assert.equal(end.topic, ring.topic);
  await deliver(worker, end);
  const [missed, ...others] = await shownBy(worker);
  assert.deepEqual([missed.title, missed.body, missed.actions, others], [MEI, "Missed call", [], []]);

  await box.modem.do("text", { number: JONAS, text: "Nach der Arbeit? 🙂" });
  const [, , text] = await subscription.received(3);
  await deliver(worker, text);
  const said = (await shownBy(worker)).find(({ tag }) => tag.startsWith("text"));
  assert.deepEqual([said.title, said.body], [JONAS, "Nach der Arbeit? 🙂"]);
  assert.equal(new Set(subscription.messages.map(({ sealed }) => sealed.length)).size, 1);
  assert.deepEqual(service.faults, []);

  service.stop();
});

scenario("a closed page is woken for a voicemail", async (stage) => {
  const { service, box, subscription, user } = await open(stage, "forest", "--ring-seconds", "1");
  const worker = await workerOf(user);
  await user.page.goto("about:blank");
  await leaveVoicemail(box, MEI);
  let told;
  for (let n = 1; !told; n++) {
    await deliver(worker, (await subscription.received(n)).at(-1));
    told = (await shownBy(worker)).find(({ tag }) => tag.startsWith("voicemail"));
  }
  assert.deepEqual([told.title, told.body], [MEI, "New voicemail"]);
  service.stop();
});

scenario("a subscription that is gone is forgotten", async (stage) => {
  const { service, box, subscription, user } = await open(stage, "lake");
  const other = await subscribe(stage, service, box);
  await user.page.goto("about:blank");
  subscription.status = 410;
  await box.modem.do("call", { number: MEI });
  await until(() => box.log.includes("gone"), "the box knows");
  await box.modem.do("hangup");
  await other.subscription.received(2);
  const { length } = subscription.messages;
  await box.modem.do("text", { number: JONAS, text: "one more" });
  await other.subscription.received(3);
  assert.equal(subscription.messages.length, length);
  service.stop();
});

scenario("nothing is shown to whoever looks at the page, and a click leads there", async (stage) => {
  const { service, box, subscription, user } = await open(stage, "valley");
  const worker = await workerOf(user);
  await user.go("/phone");
  await box.modem.do("call", { number: MEI });
  await user.see("Incoming call");
  const [ring] = await subscription.received(1);
  await deliver(worker, ring);
  assert.deepEqual(await shownBy(worker), []);

  await user.page.evaluate(() => { globalThis.sameLife = true; });
  await click(worker, { data: { hash: "messages/1" } });
  await user.page.waitForURL(/#\/messages\/1$/);
  assert.equal(await user.page.evaluate(() => globalThis.sameLife), true, "without loading it anew");
  assert.deepEqual(await shownBy(worker), []);
  service.stop();
});

scenario("a call is answered from its notification", async (stage) => {
  const { service, box, subscription, user, worker, shown } = await openRinging(stage, "harbour");
  await click(worker, shown, "answer");
  await user.see(user.button("Hang up"));
  await box.modem.hears(MICROPHONE_HERTZ);
  const [, end] = await subscription.received(2);
  await user.page.goto("about:blank");
  await deliver(worker, end);
  assert.deepEqual(await shownBy(worker), []);
  service.stop();
});

scenario("a call is declined from its notification", async (stage) => {
  const { service, box, user, worker, shown } = await openRinging(stage, "meadow");
  await click(worker, shown, "decline");
  await box.modem.event("call", { number: MEI, state: "ended" });
  await user.gone("Incoming call");
  service.stop();
});

scenario("a notification leads to the box that it is of", async (stage) => {
  const { service, box, subscription, user } = await open(stage, "town");
  const cabin = await stage.box({ server: box.server, name: "cabin" });
  await user.pair(cabin);
  await user.go("/settings");
  await toggle(user, false);
  await toggle(user, true);
  await user.page.getByRole("listitem").filter({ hasText: "town" }).getByRole("button").click();
  await user.see(user.page.getByRole("heading", { name: "town" }));
  const worker = await workerOf(user);
  await user.page.goto("about:blank");
  await box.modem.do("text", { number: JONAS, text: "to town" });
  await cabin.modem.do("text", { number: JONAS, text: "to the cabin" });
  for (const message of await subscription.received(2)) await deliver(worker, message);
  const shown = await shownBy(worker);
  assert.deepEqual(shown.map(({ body }) => body).sort(), ["to the cabin", "to town"]);
  for (const [other, body] of [[cabin, "to the cabin"], [box, "to town"]]) {
    await user.go("/phone");
    await click(worker, shown.find((one) => one.body === body));
    await user.see(user.page.locator(".bubble").filter({ hasText: body }));
    await user.fill("Message", `back ${body}`);
    await user.page.getByLabel("Message", { exact: true }).press("Enter");
    assert.deepEqual((await other.modem.outbox(1)).map(({ text }) => text), [`back ${body}`]);
  }
  service.stop();
}, { seconds: 90 });

scenario("the page opens without its server", async (stage) => {
  const server = await Server.start();
  const box = await stage.box({ server, name: "island" });
  const user = await stage.user({ server, box });
  await box.modem.do("text", { number: JONAS, text: "kept here" });
  await user.go("/messages");
  await user.see("kept here");
  const worker = await workerOf(user);
  await until(() => worker.evaluate(async () => (await caches.keys()).length === 1), "all files are kept");
  user.allow(/./);
  await server.stop();
  await user.page.reload();
  await user.see("kept here");
  await user.see(/Not connected/);
});

/** The page as the build has made it, in versions. */
class Versions {
  version = 1;

  static async start() {
    const self = new Versions();
    const root = join(BUILD, "data/web.out");
    const type = { ".js": "text/javascript", ".html": "text/html", ".css": "text/css", ".json": "application/json",
                   ".svg": "image/svg+xml", ".png": "image/png", ".webmanifest": "application/manifest+json" };
    self.server = createServer(async ({ url }, response) => {
      const path = url === "/" ? "/index.html" : url;
      const text = await readFile(join(root, path)).catch(() => null);
      if (!text) return response.writeHead(404).end();
      response.writeHead(200, { "Content-Type": type[extname(path)], "Cache-Control": "no-cache" });
      if (path === "/index.html") return response.end(`${text}<meta name="version" content="${self.version}">`);
      return response.end(path === "/sw.js" ? `${text}// ${self.version}\n`.replace(/"(\w{12})"/, `"$1-${self.version}"`) : text);
    });
    await new Promise((resolve) => self.server.listen(0, "127.0.0.1", resolve));
    self.url = `http://127.0.0.1:${self.server.address().port}`;
    return self;
  }
}

scenario("another version begins when a page is opened alone", async (stage) => {
  const server = await Versions.start();
  const user = await stage.user({ server });
  const versionOf = ({ page }) => page.evaluate(() => document.querySelector("meta[name=version]").content);
  const isWaiting = () => user.page.evaluate(async () => !!(await navigator.serviceWorker.getRegistration()).waiting);
  await workerOf(user);
  server.version = 2;
  await user.page.reload();
  assert.equal(await versionOf(user), "1", "what is kept");
  await until(isWaiting, "the other is there");
  const other = await user.tab();
  await user.page.reload();
  await user.see(user.page.getByRole("heading"));
  assert.deepEqual([await versionOf(user), await versionOf(other)], ["1", "1"], "not while another is open");
  await other.page.close();
  await user.page.reload();
  await until(async () => await versionOf(user).catch(() => "") === "2", "the new one");
  assert.equal(await isWaiting(), false);
  server.server.close();
});
