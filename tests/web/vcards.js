// SPDX-License-Identifier: LGPL-2.1-or-later
/* Cases for test-web-vectors.py: address books cut into pieces. What the box makes of a piece is
 * tests/unit/test-vcard.c's. */
import { encodeUtf8 } from "/js/base/bytes.js";
import { cutVcards, decodeText } from "/js/phone/vcards.js";
import { same } from "./check.js";

const card = (lines) => `BEGIN:VCARD\r\n${lines}END:VCARD\r\n`;
const cut = (text) => cutVcards(text).join("|").replaceAll("\n", " ");

async function testCardsLosePictures() {
  const picture = "/9j/4AAQSkZJRg\r\n TEL:666\r\n\tTEL:667\r\n/9j/8AAQ\r\n\r\n";
  for (const name of ["PHOTO", "item1.LOGO", "SOUND", "key"])
    same(cut(card(`FN:Ann\r\n${name};ENCODING=BASE64;JPEG:${picture}TEL;CELL:1\r\n`)),
         "BEGIN:VCARD FN:Ann TEL;CELL:1 END:VCARD ", name);
  same(cut(card("FN;ENCODING=QUOTED-PRINTABLE:A=\r\nTEL:=\r\n x=\r\nb\r\nitem2.tel:2\r\n"
                + "NOTE;ENCODING=QUOTED-PRINTABLE:secret=\r\nTEL:3\r\nADR:x\r\n y=\r\nTEL:4\r\n")),
       "BEGIN:VCARD FN;ENCODING=QUOTED-PRINTABLE:A= TEL:=  x= b item2.tel:2 TEL:4 END:VCARD ");
  same(cut("begin:vcard\rN:a\rTEL:1\r 2\rend:vcard"), "begin:vcard N:a TEL:1  2 end:vcard ");
  same(cut(card(`FN:a\r\nAGENT:\r\n${card("FN:b\r\nTEL:2\r\n")}TEL:1\r\n`)),
       "BEGIN:VCARD FN:a TEL:1 END:VCARD ");
  for (const none of ["", "END:VCARD\n", "BEGIN:VCARD\nFN:a\nTEL:1\n", "FN:a\nTEL:1"])
    same(cut(none), "");
}

async function testCardsArePieces() {
  const one = (i) => card(`FN:Nr. ${i} "ü"\r\nTEL:${i}\r\n`);
  const all = Array.from({ length: 5000 }, (_, i) => one(i));
  all.splice(100, 0, card(`FN:${"x".repeat(50000)}\r\nTEL:1\r\n`));
  const pieces = cutVcards(all.join(""));
  for (const piece of pieces) {
    same(piece.startsWith("BEGIN:VCARD\n") && piece.endsWith("END:VCARD\n"), true);
    same(encodeUtf8(JSON.stringify(piece)).length <= 48 * 1024 + 2, true, "length");
  }
  same(pieces.join("").match(/FN:Nr/g).length, 5000);
  same(pieces.length < 12, true, `${pieces.length} pieces`);
}

async function testCardsAreText() {
  const bytes = (...list) => Uint8Array.of(...list).buffer;
  same(decodeText(bytes(0xc3, 0xbc)), "ü");
  same(decodeText(bytes(0xef, 0xbb, 0xbf, 0x41)), "A");
  same(decodeText(bytes(0x4d, 0xfc)), "Mü");
  same(decodeText(bytes(0xff, 0xfe, 0xfc, 0)), "ü");
  same(decodeText(bytes(0xfe, 0xff, 0, 0xfc)), "ü");
  same(decodeText(bytes()), "");
  // It is UTF-8 when it goes to the box, but for octets that are written as such.
  same(cut(card("FN;CHARSET=ISO-8859-1:Mü\r\n")), "BEGIN:VCARD FN:Mü END:VCARD ");
  const quoted = "FN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FC";
  same(cut(card(`${quoted}\r\n`)), `BEGIN:VCARD ${quoted} END:VCARD `);
}

export const cases = { testCardsLosePictures, testCardsArePieces, testCardsAreText };
