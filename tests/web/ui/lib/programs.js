// SPDX-License-Identifier: LGPL-2.1-or-later
/** The programs under test as children: the signaling server, a box, the simulated modem. */
import { execFile, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const TOP = fileURLToPath(new URL("../../../../", import.meta.url));
export const BUILD = process.env.PL_TOP_BUILDDIR ?? process.cwd();
/** Of the namespace; pl_namespace.py. */
export const ADDRESS = "10.77.0.1";
/** What is there is not waited for. */
export const ANSWER_MS = 30000;
const PYTHON = "/usr/bin/python3";
const SOUND = join(TOP, "tests/lib/pl_sound.py");

/** Until `look` gives something. For what does not tell by itself. */
export async function until(look, what = String(look)) {
  const end = Date.now() + ANSWER_MS;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function writeTone(file, hertz, seconds = 1) {
  execFileSync(PYTHON, [SOUND, "write", file, String(hertz), String(seconds)]);
}

/** Whether there is at least half a second of it. */
function hearsTone(file, hertz) {
  try {
    execFileSync(PYTHON, [SOUND, "hears", file, String(hertz), "0.5"]);
    return true;
  } catch {
    return false;
  }
}

/** Killed at the end, whatever happens; what it says is kept for a report. */
export class Child {
  static running = new Set();
  log = "";
  #lines;

  constructor(command, args, moreStdio = []) {
    this.name = command.slice(command.lastIndexOf("/") + 1);
    this.process = spawn(command, args, { stdio: ["ignore", "pipe", "pipe", ...moreStdio] });
    this.process.stderr.on("data", (data) => this.log += data);
    this.#lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
    this.ended = new Promise((resolve) => this.process.on("close", (status) => {
      Child.running.delete(this);
      resolve(status);
    }));
    Child.running.add(this);
  }

  /** The next of its stdout. */
  async line() {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.name} has ended: ${this.log}`);
    return value;
  }

  /** Its exit status. */
  async stop(signal = "SIGTERM") {
    this.process.kill(signal);
    return this.ended;
  }
}

/** punchline-signald with the page; `url` is where both are. It believes each browser that it comes
 * from an address of its own: more come here than from anybody's, and are counted. */
export class Server extends Child {
  static async start(...options) {
    const self = new Server(["--trusted-proxy", "127.0.0.1", ...options]);
    let ready = "";
    for await (const data of self.process.stdio[3]) ready += data;
    if (!ready) throw new Error(self.log);
    self.url = ready.trim().split(/\s/).pop().replace(/\/$/, "");
    return self;
  }

  constructor(options) {
    const listen = options.includes("--listen") ? [] : ["--listen", "127.0.0.1:0"];
    super(join(BUILD, "punchline-signald"), ["--ready-fd", "3", ...listen, ...options], ["pipe"]);
    this.options = options;
  }

  /** Another one in its place, which is over, at the same address. */
  again() {
    return Server.start(...this.options, "--listen", new URL(this.url).host);
  }
}

/** tests/simmodem and the cellular network behind it; actions and events stand in its README. */
export class Modem extends Child {
  events = [];
  #answers = [];
  #news = [];
  #socket;

  static async start(folder, vendor = "generic") {
    const at = join(folder, "modem-at"), pcm = join(folder, "modem-pcm");
    const control = join(folder, "modem-control");
    const self = new Modem(join(TOP, "tests/simmodem/simmodem"), [
      "--vendor", vendor, "--at-link", at, "--pcm-link", pcm, "--control", control]);
    await self.line();
    Object.assign(self, { at, pcm, folder });
    self.#connect(control);
    await self.do("subscribe");
    return self;
  }

  #connect(control) {
    this.#socket = createConnection(control);
    createInterface({ input: this.#socket }).on("line", (line) => {
      const message = JSON.parse(line);
      if (!message.event) return this.#answers.shift()(message);
      this.events.push(message);
      for (const tell of this.#news.splice(0)) tell();
    });
  }

  /** One command to the network side: `modem.do("call", { number })`. */
  async do(action, members = {}) {
    const answered = new Promise((resolve) => this.#answers.push(resolve));
    this.#socket.write(`${JSON.stringify({ do: action, ...members })}\n`);
    const answer = await answered;
    if (!answer.ok) throw new Error(`${action}: ${answer.error}`);
    return answer;
  }

  /** The first event of this kind with these members, from index `after` on. */
  async event(kind, members = {}, after = 0) {
    const wanted = Object.entries({ event: kind, ...members });
    const end = Date.now() + ANSWER_MS;
    for (;;) {
      const found = this.events.slice(after).find(
        (event) => wanted.every(([name, value]) => event[name] === value));
      if (found) return found;
      await Promise.race([new Promise((resolve) => this.#news.push(resolve)),
                          new Promise((resolve) => setTimeout(resolve, 1000))]);
      if (Date.now() > end)
        throw new Error(`no ${JSON.stringify(wanted)} in ${JSON.stringify(this.events.slice(after))}`);
    }
  }

  /** The texts that the network took, when they are this many. */
  async outbox(count) {
    return until(async () => {
      const { texts } = await this.do("outbox");
      return texts.length >= count && texts;
    }, `${count} texts in the network`);
  }

  /** The far end of the call says a tone from now on. */
  async speak(hertz) {
    const file = join(this.folder, `tone-${hertz}.wav`);
    writeTone(file, hertz);
    await this.do("play", { file, loop: true });
  }

  /** Whether the far end hears this tone now. */
  async #listen(hertz) {
    const file = join(this.folder, "heard.wav");
    await this.do("record", { file });
    const { blocks } = await this.do("sound");
    await until(async () => (await this.do("sound")).blocks > blocks + 60, "sound at the modem");
    await this.do("record");
    return hearsTone(file, hertz);
  }

  /** Until the far end hears this tone. */
  hears(hertz) {
    return until(() => this.#listen(hertz), `${hertz} Hz at the modem`);
  }

  /** Until it does not any more. */
  misses(hertz) {
    return until(async () => !await this.#listen(hertz), `no ${hertz} Hz at the modem`);
  }
}

/** `punchline` on somebody's computer. */
class Device {
  constructor(home) {
    this.env = { ...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home };
  }

  /** Its stdout. */
  async run(...args) {
    const { stdout } = await promisify(execFile)(
      join(BUILD, "punchline"), [...args, "--local-address", ADDRESS], { env: this.env, timeout: ANSWER_MS });
    return stdout;
  }
}

/** punchline-boxd on a simulated modem of its own. */
export class Box extends Child {
  /** @param {{name?: string, vendor?: string, options?: string[]}} [config] */
  static async start(folder, server, { name = "home", vendor, options = [] } = {}) {
    mkdirSync(folder, { recursive: true });
    const modem = await Modem.start(folder, vendor);
    return Box.#run({ folder, server, modem, args: [
      "--signaling", server.url, "--state-dir", join(folder, "box"), "--name", name,
      "--modem", `at:${modem.at}`, "--pcm", modem.pcm, "--local-address", ADDRESS, ...options] });
  }

  static async #run(parts) {
    const self = new Box(join(BUILD, "punchline-boxd"), parts.args);
    Object.assign(self, parts);
    await until(() => existsSync(join(self.folder, "box/boxd.sock")), "the box's door");
    return self;
  }

  /** Another one in its place, which is over. */
  again(...moreOptions) {
    const { folder, server, modem, args } = this;
    return Box.#run({ folder, server, modem, args: [...args, ...moreOptions] });
  }

  /** A door for one more client: its code stands in `code`; a child, to wait for or to stop. */
  async openDoor(...options) {
    const door = new Child(join(BUILD, "punchline-boxd"),
                           ["pair", "--state-dir", join(this.folder, "box"), ...options]);
    door.code = (await door.line()).replace(/^.*#pair=/, "");
    return door;
  }

  /** Whom it lets in. */
  async clients() {
    const lines = (await readFile(join(this.folder, "box/authorized_clients"), "utf8")).split("\n");
    return lines.filter((line) => line && !line.startsWith("#")).map((line) => {
      const [name, rights] = line.split(" ");
      return { name, rights };
    });
  }

  /** A client that is a command line, paired. */
  async device(name) {
    const home = join(this.folder, name), door = await this.openDoor();
    mkdirSync(home, { recursive: true });
    const device = new Device(home);
    await device.run("pair", door.code, "--signaling", this.server.url, "--name", name);
    return device;
  }
}
