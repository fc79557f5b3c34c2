// SPDX-License-Identifier: LGPL-2.1-or-later
/** Phone numbers as people and networks write them, compared as the box does it
 * (src/proto/dial-rules.c; tests/data/numbers.json holds both to the same). */

/** The last digits, which a number has with and without its country; area codes differ less often
 * than these. */
export const TAIL = 7;
/** ITU-T E.164: country codes of two digits; those with 1 and 7 have one, all others three. */
const TWO_DIGITS = /^(2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;

/** A number without what is only there for the eye, a leading "00" as "+"; "" where it is none.
 * Besides what the box takes, the link `tel:` and the blanks and dashes of web pages.
 * @param {string} text */
export function parseNumber(text) {
  let number = text.trim().replace(/^tel:/i, "").replace(/[\s\u2010-\u2015]/g, "-");
  if (number.startsWith("00") && number.length > 4) number = `+${number.slice(2)}`;
  // "+49 (0)30 ...": the zero is for those at home
  if (/^[-./()[\]]*\+/.test(number)) number = number.replaceAll("(0)", "");
  number = number.replace(/[-./()[\]]/g, "");
  return /^(?=.{1,32}$)\+?[\d*#]+$/.test(number) ? number : "";
}

/** @param {string} country @param {string} number */
function withCountry(country, number) {
  if (!country || /[+*#]/.test(number)) return number;
  // North America's trunk prefix is its country code.
  if (country === "1" && number.startsWith("1")) return `+${number}`;
  return `+${country}${number.replace(/^0/, "")}`;
}

/** @param {string} a @param {string} b */
function haveSameEnd(a, b) {
  const [long, short] = [a, b].map((number) => number.replace(/^[+0]+/, ""))
    .sort((x, y) => y.length - x.length);
  return short.length < TAIL ? long === short : long.endsWith(short);
}

/** Whether the two are likely the same line, written with and without its country. What is no
 * number ("Vodafone") is the same only where it is equal.
 * @param {string} a @param {string} b both as parseNumber() gives them
 * @param {string} [country] "49": where numbers without one are at home; "": unknown, then the
 *   last digits decide */
export function isSameNumber(a, b, country = "") {
  if (/[^\d+*#]/.test(a + b)) return a === b;
  if (withCountry(country, a) === withCountry(country, b)) return true;
  const foreign = [a, b].filter((number) => number.startsWith("+"));
  if (foreign.length === 2) return false;
  // One is written with a country, and that another than ours.
  if (country && foreign.length && !foreign[0].startsWith(`+${country}`)) return false;
  return haveSameEnd(a, b);
}

/** The country of an international number: "49" of "+49..."; "": not told.
 * @param {string} number */
export function guessCountry(number) {
  const digits = number.match(/^\+(\d{7,})$/)?.[1];
  if (!digits) return "";
  return digits.slice(0, /^[17]/.test(digits) ? 1 : TWO_DIGITS.test(digits) ? 2 : 3);
}
