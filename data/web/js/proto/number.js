// SPDX-License-Identifier: LGPL-2.1-or-later
/** Phone numbers as people and networks write them. */

/** Digits from the end that are enough; area codes differ less often (dial-rules.c). */
const MIN_SAME = 7;

/** A number without what is only there for the eye; "" where it is none.
 * @param {string} text */
export function parseNumber(text) {
  const number = text.replace(/^\s*tel:/i, "").replace(/[\s()./\u2010-\u2015-]/g, "");
  return /^\+?[0-9*#]{1,20}$/.test(number) ? number : "";
}

/** Whether the two are one number, written with and without its country.
 * @param {string} a @param {string} b */
export function isSameNumber(a, b) {
  if (a === b) return true;
  if (![a, b].every((number) => /^\+?[0-9]+$/.test(number))
      || (a.startsWith("+") && b.startsWith("+")))
    return false;
  const [long, short] = [a, b].map((number) => number.replace(/^[+0]+/, ""))
    .sort((x, y) => y.length - x.length);
  return short.length >= MIN_SAME && long.endsWith(short);
}
