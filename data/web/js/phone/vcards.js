// SPDX-License-Identifier: LGPL-2.1-or-later
/** A phone's address book in pieces that the box takes. It reads the cards; here they lose what
 * it does not look at: pictures, and everything that is nobody's business. */
import { encodeUtf8 } from "../base/bytes.js";

/** What src/proto/vcard.c reads. */
const WANTED = /^(?:[\w-]+\.)?(BEGIN|END|FN|N|ORG|NICKNAME|TEL)[;:]/i;
const CHARSET = /;CHARSET=[^;:]*/i;
/** Of one piece, as it stands in JSON. */
const MAX_PIECE = 48 * 1024;

/** Phones write UTF-8, older ones Latin-1, and a few UTF-16. @param {BufferSource} bytes */
export function decodeText(bytes) {
  for (const charset of ["utf-8", "utf-16le", "utf-16be"]) {
    const text = new TextDecoder(charset).decode(bytes);
    if (!text.includes("\ufffd") && !text.includes("\0")) return text;
  }
  return new TextDecoder("windows-1252").decode(bytes);
}
