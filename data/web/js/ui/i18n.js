// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * What people read, in their language. The English text is the key into lang/LANGUAGE.json; only
 * literals are given to t() and tn(), so that a test can find them.
 */
import { Observable } from "../base/observable.js";
import { guessCountry } from "../proto/number.js";

const CHOICE = "punchline.language"; // in localStorage; "" is the browser's
const SUPPORTED = ["en", "de"];
const MINUTE = 60, HOUR = 60 * MINUTE;
const DAY_MS = 24 * HOUR * 1000, DAYS_WITH_NAMES = 6;

/** Changes with the language. */
export const language = new Observable();

/** @type {Record<string, string>} */
let texts = {};
let current = "en";

export function getLanguageChoice() {
  return localStorage.getItem(CHOICE) ?? "";
}

/** @param {string} choice `de`, `en`, or "" for what the browser wants */
export async function chooseLanguage(choice) {
  localStorage.setItem(CHOICE, choice);
  await loadLanguage();
}

export async function loadLanguage() {
  const wanted = [getLanguageChoice(), ...navigator.languages]
    .map((tag) => tag.slice(0, 2)).find((tag) => SUPPORTED.includes(tag)) ?? "en";
  texts = wanted === "en" ? {}
        : await (await fetch(new URL(`../../lang/${wanted}.json`, import.meta.url))).json();
  current = document.documentElement.lang = wanted;
  language.changed();
}

/** @typedef {Record<string, string | number>} Values of the {names} in a text */

/** @param {string} english @param {Values} [values] */
export function t(english, values = {}) {
  return (texts[english] ?? english).replace(/\{(\w+)\}/g, (all, name) => String(values[name] ?? all));
}

/** {n} is @n. @param {string} one @param {string} many @param {number} n @param {Values} [values] */
export function tn(one, many, n, values) {
  return t(n === 1 ? one : many, { n, ...values });
}

/** @param {Date | string | number} date */
const toDate = (date) => date instanceof Date ? date : new Date(date);

/** @param {Date | string | number} date @param {Intl.DateTimeFormatOptions} options */
function format(date, options) {
  return new Intl.DateTimeFormat(current === navigator.language.slice(0, 2) ? navigator.language
                                                                            : current, options)
    .format(toDate(date));
}

/** 14:03. @param {Date | string | number} date */
export function formatTime(date) {
  return format(date, { hour: "numeric", minute: "2-digit" });
}

/** Today, Yesterday, Monday, 3 March. @param {Date | string | number} date */
export function formatDay(date) {
  const now = new Date(), day = toDate(date);
  const midnight = (/** @type {Date} */ d) => new Date(d).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(now) - midnight(day)) / DAY_MS);
  if (days === 0) return t("Today");
  if (days === 1) return t("Yesterday");
  if (days > 0 && days <= DAYS_WITH_NAMES) return format(day, { weekday: "long" });
  if (day.getFullYear() === now.getFullYear()) return format(day, { day: "numeric", month: "long" });
  return format(day, { day: "numeric", month: "short", year: "numeric" });
}

/** For lists: the time today, else the day. @param {Date | string | number} date */
export function formatWhen(date) {
  const day = formatDay(date);
  return day === t("Today") ? formatTime(date) : day;
}

/** 0:07, 12:00, 1:02:03. @param {number} seconds */
export function formatDuration(seconds) {
  const two = (/** @type {number} */ n) => String(Math.floor(n)).padStart(2, "0");
  const minutes = Math.floor(seconds % HOUR / MINUTE);
  return (seconds >= HOUR ? `${Math.floor(seconds / HOUR)}:${two(minutes)}` : String(minutes))
         + ":" + two(seconds % MINUTE);
}

/** A phone number for the eye: +49 170 123 4567. National ones stay, nobody knows their parts.
 * @param {string} number */
export function formatNumber(number) {
  if (!/^\+\d{7,15}$/.test(number)) return number;
  const digits = number.slice(1);
  const n = guessCountry(number).length;
  const rest = digits.slice(n).replace(/^(\d{3})(\d{2,}?)(\d{4})?$/, "$1 $2 $3").trim();
  return `+${digits.slice(0, n)} ${rest}`;
}
