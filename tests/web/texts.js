// SPDX-License-Identifier: LGPL-2.1-or-later
/* Cases for vectors.js: the sizes of texts. */
import { countParts } from "/js/proto/sms-length.js";
import { same } from "./check.js";

async function testParts() {
  for (const { before, what, n, parts, left } of await (await fetch("/data/sms-parts.json")).json()) {
    const counted = countParts(before + what.repeat(n));
    same(counted.parts, parts, `parts of ${n} ${what}`);
    same(counted.left, left, `left after ${n} ${what}`);
  }
  same(countParts("").left, 160);
}

/* What is in gsm7.c's tables: 127 characters and ten. */
function testAlphabet() {
  const sizes = [0, 0];
  for (let c = 1; c < 0x3000; c++) {
    const { left } = countParts(String.fromCharCode(c));
    if (left > 70) sizes[159 - left]++;
  }
  same(sizes.join(), "127,10");
}

/* As pl_dial_same_number() where the country is not known. */
export const cases = { testParts, testAlphabet };
