// SPDX-License-Identifier: LGPL-2.1-or-later
/** What a box keeps, as files of the owner's own. */
import { makeZip } from "../base/zip.js";
import { eachPage } from "./pages.js";

/**
 * @typedef {object} Watch
 * @property {AbortSignal} signal
 * @property {(count: number) => void} told how many have come
 *
 * @typedef {import("./box-model.js").BoxModel} BoxModel
 * @typedef {Record<string, any>} Entry
 */

/** @param {AsyncGenerator<Entry[], void>} pages @param {Watch} watch */
async function collect(pages, { signal, told }) {
  /** @type {Entry[]} */
  const all = [];
  for await (const page of pages) {
    signal.throwIfAborted();
    all.push(...page);
    told(page.length);
  }
  return all;
}

/** Oldest first. One that changes while they come has come before, with another `seq`.
 * @param {BoxModel} box @param {Watch} watch */
async function collectTexts({ link }, watch) {
  const all = await collect(eachPage((params) => link.callSms("sms.list", params), "texts",
                                     ({ seq }) => ({ after_seq: seq })), watch);
  const last = new Map(all.map((text) => [text.id ?? text.number + text.time + text.text, text]));
  return [...last.values()];
}

/** @param {BoxModel} box @param {string} list @param {string} key
 * @param {(last: Entry) => Record<string, unknown>} next @param {Watch} watch */
function collectAll({ link }, list, key, next, watch) {
  return collect(eachPage((params) => link.callControl(list, params), key, next), watch);
}

/** Texts, calls, contacts. @param {BoxModel} box @param {Watch} watch */
export async function exportJson(box, watch) {
  const texts = await collectTexts(box, watch);
  const calls = await collectAll(box, "calls.list", "calls",
                                 ({ seq }) => ({ before_seq: seq }), watch);
  const contacts = await collectAll(box, "contacts.list", "contacts",
                                    ({ number }) => ({ after: number }), watch);
  const all = { box: box.box.name, exported: new Date().toISOString(), texts, calls, contacts };
  return new Blob([JSON.stringify(all, null, 1)], { type: "application/json" });
}

/** What others wrote is to stay text in a spreadsheet, whatever it begins with. RFC 4180.
 * @param {unknown} value */
function quote(value) {
  return `"${String(value ?? "").replace(/^(?=[=@\t\r]|[+-](?![\d ]+$))/, "'").replaceAll('"', '""')}"`;
}

/** @param {BoxModel} box @param {Watch} watch */
export async function exportCsv(box, watch) {
  const columns = ["time", "direction", "number", "name", "text", "state"];
  const texts = await collectTexts(box, watch);
  const rows = [columns, ...texts.map((text) => columns.map((column) => text[column]))];
  // Spreadsheets take it for UTF-8 by the mark.
  return new Blob(["\ufeff", ...rows.map((row) => `${row.map(quote).join()}\r\n`)],
                  { type: "text/csv" });
}

/** @param {{ time: string, number?: string }} mail */
export function nameVoicemail({ time, number }) {
  return `${[time.slice(0, 19).replace(/[T:]/g, "-"), number?.replace(/[^\d+]/g, "")]
    .filter(Boolean).join(" ")}.ogg`;
}

/** @param {BoxModel} box @param {Watch} watch */
export async function exportVoicemail(box, watch) {
  const mails = await collectAll(box, "voicemail.list", "voicemails",
                                 ({ id }) => ({ before: id }), { ...watch, told() {} });
  const files = [];
  for (const mail of mails) {
    watch.signal.throwIfAborted();
    files.push({ name: nameVoicemail(/** @type {any} */ (mail)), time: new Date(mail.time),
                 data: await box.link.fetchVoicemail(mail.id) });
    watch.told(1);
  }
  return makeZip(files);
}
