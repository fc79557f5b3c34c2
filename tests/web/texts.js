// SPDX-License-Identifier: LGPL-2.1-or-later
/* Cases for vectors.js: numbers and the sizes of texts. */
import { isSameNumber, parseNumber } from "/js/proto/number.js";
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
function testNumbers() {
  for (const [typed, number] of [
    ["+49 (170) 123-45 67", "+491701234567"], ["tel:+491701", "+491701"],
    ["0170/12 34", "01701234"], ["*100#", "*100#"], ["Bank", ""], ["", ""], ["+", ""], ["1+2", ""],
  ])
    same(parseNumber(typed), number, typed);
  for (const [a, b, is] of [
    ["+491701234567", "01701234567", true], ["1234567", "1234567", true], ["Bank", "Bank", true],
    ["+491701234567", "+11701234567", false], ["Bank", "bank", false], ["+49171", "171", false],
    ["", "01701234567", false],
  ])
    same(isSameNumber(a, b), is, `${a} and ${b}`);
}

export const cases = { testParts, testAlphabet, testNumbers };
