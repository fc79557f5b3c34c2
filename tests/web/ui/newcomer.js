// SPDX-License-Identifier: LGPL-2.1-or-later
/* What `tools/quickstart` prints is a phone: whoever opens the address calls, writes and hears a
 * voicemail. The programs are those of the build that is tested. */
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { BUILD, TOP } from "./lib/programs.js";
import { assert, MICROPHONE_HERTZ, scenario, until } from "./lib/scenario.js";

const SOMEBODY = "+1 (202) 555-0123";

/** It and all that it starts are a process group, as at a terminal. */
function startQuickstart() {
  const quickstart = spawn(join(TOP, "tools/quickstart"),
    { env: { ...process.env, PL_QUICKSTART_BUILD: BUILD }, stdio: ["ignore", "pipe", "inherit"], detached: true });
  const ended = new Promise((resolve) => quickstart.on("close", resolve));
  const stop = () => {
    process.kill(-quickstart.pid, "SIGINT");
    return ended;
  };
  return { lines: createInterface({ input: quickstart.stdout }), stop };
}

/** @returns {Promise<URL>} */
async function findLink(lines) {
  const said = [];
  for await (const line of lines) {
    said.push(line);
    if (line.includes("#pair=")) return new URL(line.trim());
  }
  throw new Error(`quickstart has ended:\n${said.join("\n")}`);
}

scenario("the address that quickstart prints is a phone", async (stage) => {
  rmSync(join(BUILD, "quickstart"), { recursive: true, force: true });
  const quickstart = startQuickstart();
  try {
    const link = await findLink(quickstart.lines);
    const user = await stage.user({ server: { url: link.origin }, hash: link.hash.slice(1) });
    await user.click("Connect");
    await user.see("Paired with");
    await user.go("/messages");
    await user.page.getByText("Write back").first().click();
    await user.fill("Message", "I'm new here");
    await user.page.keyboard.press("Enter");
    await user.see("Delivered");
    await user.see("You wrote: I'm new here");

    await user.go("/voicemail");
    await user.page.locator(".row a").first().click();
    await user.click("Play");
    const plays = () => user.page.evaluate(() => document.querySelector("audio")?.currentTime > 1);
    await until(plays, "the voicemail plays");

    await user.go("/phone");
    await user.page.getByLabel("Phone number").fill(SOMEBODY);
    await user.click("Call");
    await user.see("In a call");
    await user.hears(MICROPHONE_HERTZ); // it says back what it hears
    await user.click("Hang up");
    await user.see("Call ended");
  } finally {
    assert.equal(await quickstart.stop(), 130);
  }
}, { seconds: 180 });
