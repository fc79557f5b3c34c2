// SPDX-License-Identifier: LGPL-2.1-or-later
/** Codes (PROTOCOL.md, "Codes"): what two people share, and the room that follows from it. */
import { concat, encodeUtf8, toBase32, toHex } from "../base/bytes.js";
import { PunchlineError } from "../base/error.js";
import { MAX_CODE, MIN_IDENTIFIER } from "../base/limits.js";
import { argon2idAsync, blake2b } from "../../vendor/noble.js";
import { words } from "./words.js";

const N_WORDS = 3;
const NAMEPLATE = /^[1-9][0-9]{0,8}$/;
const ROOM_SALT = encodeUtf8("punchline.room.1");
const ROOM_BYTES = 16;
const ROOM_COST = { t: 2, m: 19 * 1024, p: 1, dkLen: ROOM_BYTES };
const PAIRED_ROOM = encodeUtf8("punchline.paired.room");
const PAIRED_PASSWORD = encodeUtf8("punchline.paired.password");
const PASSWORD_BYTES = 32;
/** Farther than this no suggestion helps. */
const MAX_DISTANCE = 3;

const known = new Set(words);

/** @typedef {{ text: string, room: string }} Code */

/** @param {string} what */
function refuse(what) {
  return new PunchlineError("bad-code", `code: ${what}`);
}

/** ASCII only: other letters have lower cases that are ASCII. @param {string} text */
function lower(text) {
  return text.replace(/[A-Z]/g, (c) => c.toLowerCase());
}

/** Levenshtein's distance. @param {string} a @param {string} b */
function distance(a, b) {
  const row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    let diagonal = row[0];
    row[0] = i;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j];
      const change = diagonal + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(change, 1 + Math.min(above, row[j - 1]));
      diagonal = above;
    }
  }
  return row[b.length];
}

/** @param {string} text */
function nearestWord(text) {
  let nearest = null, best = MAX_DISTANCE;
  for (const word of words) {
    const d = distance(text, word);
    if (d < best) {
      best = d;
      nearest = word;
    }
  }
  return nearest;
}

/** Whether somebody meant a made code. What has its form is never an identifier: a word typed
 * wrong must not lead silently into another room.
 * @param {string} text @param {string[]} parts */
function looksMade(text, parts) {
  const numbered = /^[0-9]+$/.test(parts[0] ?? "");
  const rest = parts.slice(numbered ? 1 : 0);
  if (/[ \t]/.test(text)) return true;
  if (!rest.every((part) => /^[a-z]+$/.test(part))) return false;
  return (parts.length > 1 && rest.every((part) => known.has(part)))
         || (numbered && rest.length === N_WORDS);
}

/** @param {string[]} parts */
function checkMade(parts) {
  const n = parts.length - 1;
  if (!NAMEPLATE.test(parts[0] ?? ""))
    throw refuse("it begins with a number of up to 9 digits, as in 417-walnut-harbor-ember");
  if (n !== N_WORDS)
    throw refuse(`${N_WORDS} words follow the number, here ${n === 1 ? "is" : "are"} ${n}`);
  for (const word of parts.slice(1)) {
    if (known.has(word)) continue;
    const nearest = nearestWord(word);
    throw refuse(`'${word}' is not in the list of words` +
                 (nearest ? `, did you mean '${nearest}'?` : ""));
  }
}

/** @param {string} text */
function checkIdentifier(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text))
    throw refuse("a chosen one has only letters a to z, digits, '-' and '_'");
  const n = text.replace(/[_-]/g, "").length;
  if (n < MIN_IDENTIFIER)
    throw refuse(`a chosen one has at least ${MIN_IDENTIFIER} letters and digits, here are ${n}; ` +
                 "or leave it out and one is made");
}

/** What somebody typed. Takes about a second for a chosen identifier, and does not block.
 * Rejects with `bad-code`, and a sentence that says what is wrong.
 * @param {string} typed @returns {Promise<Code>} */
export async function parseCode(typed) {
  const text = typed.replace(/^[ \t\n\f\r]+|[ \t\n\f\r]+$/g, "");
  if (text === "") throw refuse("it is empty");
  if (encodeUtf8(text).length > MAX_CODE) throw refuse(`longer than ${MAX_CODE} characters`);
  const parts = lower(text).split(/[- \t]+/).filter((part) => part !== "");
  if (looksMade(text, parts)) {
    checkMade(parts);
    return { text: parts.join("-"), room: parts[0] };
  }
  checkIdentifier(text);
  const hash = await argon2idAsync(encodeUtf8(text), ROOM_SALT, ROOM_COST);
  return { text, room: "x" + toBase32(hash) };
}

/** Of the X25519 secret of two identities (PROTOCOL.md, "Paired meetings").
 * @param {Uint8Array} secret @returns {Code} */
export function pairedCode(secret) {
  const room = blake2b(concat(PAIRED_ROOM, secret), { dkLen: ROOM_BYTES });
  const password = blake2b(concat(PAIRED_PASSWORD, secret), { dkLen: PASSWORD_BYTES });
  return { text: toHex(password), room: "x" + toBase32(room) };
}
