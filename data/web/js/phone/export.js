// SPDX-License-Identifier: LGPL-2.1-or-later
/** What a box keeps, as files of the owner's own. */
import { readAll } from "./pages.js";

/** @typedef {import("./box-model.js").BoxModel} BoxModel */
/** @typedef {(count: number) => void} Told how many have come; it ends with what this throws */

/** Oldest first. One that changes while they come has come before, with another `seq`.
 * @param {BoxModel} box @param {Told} told */
async function readTexts({ link }, told) {
  const all = await readAll(link, "sms.list", "texts", ({ seq }) => ({ after_seq: seq }), told);
  return [...new Map(all.map((text) => [text.id ?? text.number + text.time + text.text, text])).values()];
}

/** Texts, calls, contacts. @param {BoxModel} box @param {Told} told */
export async function exportJson(box, told) {
  const texts = await readTexts(box, told);
  const calls = await readAll(box.link, "calls.list", "calls", ({ seq }) => ({ before_seq: seq }), told);
  const contacts = await readAll(box.link, "contacts.list", "contacts",
                                 ({ number }) => ({ after: number }), told);
  return new Blob([JSON.stringify({ texts, calls, contacts }, null, 1)]);
}

/** RFC 4180; what others wrote is to stay text in a spreadsheet, whatever it begins with.
 * @param {unknown} value */
const quote = (value) => `"${String(value ?? "").replace(/^(?=[=@\t\r]|[+-](?!\d+$))/, "'")
  .replaceAll('"', '""')}"`;

/** @param {BoxModel} box @param {Told} told */
export async function exportCsv(box, told) {
  const columns = ["time", "direction", "number", "name", "text", "state"];
  const rows = (await readTexts(box, told)).map((text) => columns.map((column) => text[column]));
  // Spreadsheets take it for UTF-8 by the mark.
  return new Blob(["\ufeff", ...[columns, ...rows].map((row) => `${row.map(quote).join()}\r\n`)]);
}

/** The name of its file. @param {import("./voicemails.js").Voicemail} mail */
export function nameVoicemail({ time, number = "" }) {
  return `${time.slice(0, 19).replace(/[T:]/g, "-")} ${number}.ogg`;
}
