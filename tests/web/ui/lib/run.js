// SPDX-License-Identifier: LGPL-2.1-or-later
/** Runs the scenarios of the files in the folder above, or of some; started by in-browser. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Child, Server } from "./programs.js";
import { scenarios, Stage } from "./scenario.js";
import { openBrowser, PICTURES } from "./user.js";

const WATCHDOG_MS = 15 * 60 * 1000;
const LOG_LINES = 20;

function say(lines, mark = "# ") {
  for (const line of lines) console.log(mark + line);
}

/** @param {string} [path] of one file @param {string} [part] of a scenario's name */
async function load(path, part = "") {
  const here = new URL("../", import.meta.url), files = [];
  const names = path ? [basename(path)]
                     : readdirSync(here).filter((name) => name.endsWith(".js")).sort();
  for (const name of names) {
    await import(new URL(name, here).href);
    files.push({ name, cases: scenarios.splice(0).filter((each) => each.name.includes(part)) });
  }
  return files;
}

/** @returns {Promise<Error | null>} */
async function perform({ run, seconds }, stage) {
  let timer;
  const late = new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${seconds} s`)), seconds * 1000);
  });
  try {
    await Promise.race([run(stage), late]);
    await stage.clear();
    return null;
  } catch (error) {
    return error;
  } finally {
    clearTimeout(timer);
  }
}

async function blame(error, stage, name) {
  say(String(error.stack).split("\n"));
  say(await stage.report(name), "# | ");
  for (const child of Child.running) say(child.log.split("\n").slice(-LOG_LINES), `# ${child.name} | `);
  await stage.clear().catch(() => {});
}

async function runFile({ name, cases }, stage, count) {
  const short = name.replace(/\.js$/, "");
  for (const each of cases) {
    const begin = Date.now(), error = await perform(each, stage);
    console.log(`${error ? "not ok" : "ok"} ${++count.done} - ${short}: ${each.name}`);
    say([`${((Date.now() - begin) / 1000).toFixed(1)} s`]);
    if (!error) continue;
    count.failed++;
    await blame(error, stage, `failed-${short}-${count.done}`);
  }
  await Promise.all([...Child.running].map((child) => child.stop("SIGKILL")));
}

async function main(path, part) {
  const files = await load(path, part);
  const count = { done: 0, failed: 0 };
  const folder = mkdtempSync(join(tmpdir(), "punchline-ui-"));
  console.log(`1..${files.reduce((sum, { cases }) => sum + cases.length, 0)}`);
  try {
    const browser = await openBrowser(folder);
    // A server counts what comes from one address: no file fills another's measure.
    for (const file of files)
      await runFile(file, new Stage(browser, await Server.start(), join(folder, file.name)), count);
    await browser.close();
  } finally {
    for (const child of Child.running) child.process.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
  return count.failed;
}

setTimeout(() => {
  console.log("Bail out! the watchdog");
  for (const child of Child.running) child.process.kill("SIGKILL");
  process.exit(1);
}, WATCHDOG_MS).unref();
process.exit(await main(...process.argv.slice(2)) ? 1 : 0);
