// SPDX-License-Identifier: LGPL-2.1-or-later
/** How many short messages a text takes, as the box counts them (sms-plan.c). */

/** 3GPP TS 23.038 section 6.2.1; what its extension table has takes two septets. */
const ALPHABET = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
                 + "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENSION = "\f^{}\\[~]|€";
/** Septets, or UTF-16 units, of a text that is alone, and of a part (TS 23.040: 9.2.3.24.1). */
const GSM7 = { single: 160, part: 153 }, UCS2 = { single: 70, part: 67 };

/** Nothing is split inside of a character. @param {number[]} sizes @param {number} max */
function fill(sizes, max) {
  let parts = 1, used = 0;
  for (const size of sizes) {
    if (used + size > max) {
      parts++;
      used = 0;
    }
    used += size;
  }
  return { parts, left: max - used };
}

/** @param {string} text @returns {{ parts: number, left: number }} `left`: units of the last part */
export function countParts(text) {
  const all = [...text];
  const isGsm7 = all.every((c) => ALPHABET.includes(c) || EXTENSION.includes(c));
  const { single, part } = isGsm7 ? GSM7 : UCS2;
  const sizes = all.map((c) => isGsm7 ? 1 + Number(EXTENSION.includes(c)) : c.length);
  const alone = fill(sizes, single);
  return alone.parts > 1 ? fill(sizes, part) : alone;
}
