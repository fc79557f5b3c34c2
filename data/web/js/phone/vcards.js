// SPDX-License-Identifier: LGPL-2.1-or-later
/** A phone's address book in pieces that the box takes. The box reads the cards; here they lose
 * what it does not look at: pictures, and all that need not leave this browser. */
import { encodeUtf8 } from "../base/bytes.js";

/** What src/proto/vcard.c reads. */
const WANTED = /^([\w-]+\.)?(FN|N|ORG|NICKNAME|TEL)[;:]/i;
/** Bytes of one piece, as it stands in JSON. */
const MAX_PIECE = 48 * 1024;

/** Phones write UTF-8, with or without a mark, some UTF-16, older ones Latin-1.
 * @param {ArrayBuffer} bytes */
export function decodeText(bytes) {
  const [first, second] = new Uint8Array(bytes);
  if (first + second === 0xff + 0xfe)
    return new TextDecoder(first === 0xff ? "utf-16le" : "utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** Each piece has whole cards. Lines are folded by a blank (RFC 6350 section 3.2), or end with "="
 * where they are quoted-printable (version 2.1). @param {string} text */
export function cutVcards(text) {
  /** @type {string[]} */
  const pieces = [];
  let card = "", size = MAX_PIECE, depth = 0; // an AGENT is a card in the card
  let wanted = false, quoted = false, soft = false;
  for (let line of text.split(/\r\n?|\n/)) {
    let edge;
    if (!soft && !/^[ \t]/.test(line)) {
      edge = line.match(/^(BEGIN|END):VCARD\s*$/i)?.[1].toUpperCase();
      if (edge === "BEGIN") depth++;
      wanted = depth === 1 && (edge ?? line.match(WANTED)) !== null;
      const [head] = line.split(":", 1);
      quoted = /QUOTED-PRINTABLE/i.test(head);
      // It is UTF-8 by now, but for what "=FC" stands for.
      if (!quoted) line = head.replace(/;CHARSET=[^;]*/i, "") + line.slice(head.length);
    }
    soft = quoted && line.endsWith("=");
    if (wanted) card += `${line}\n`;
    if (edge !== "END" || !depth || --depth) continue;
    const more = encodeUtf8(JSON.stringify(card)).length;
    if (more <= MAX_PIECE) { // else it is nobody's name and numbers
      if (size + more > MAX_PIECE) {
        pieces.push("");
        size = 0;
      }
      pieces[pieces.length - 1] += card;
      size += more;
    }
    card = "";
  }
  return pieces;
}
