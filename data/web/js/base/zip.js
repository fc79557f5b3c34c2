// SPDX-License-Identifier: LGPL-2.1-or-later
/** ZIP (PKWARE's APPNOTE.TXT) of files that are packed already: stored as they are. */
import { encodeUtf8 } from "./bytes.js";

const LOCAL = 0x04034b50, CENTRAL = 0x02014b50, END = 0x06054b50;
const VERSION = 20, UTF8 = 1 << 11;

/** The CRC of Ethernet. @param {Uint8Array} bytes */
export function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** Numbers of @sizes bytes, little endian. @param {number[]} sizes @param {number[]} values */
function pack(sizes, values) {
  const bytes = sizes.flatMap((size, i) =>
    Array.from({ length: size }, (_, n) => (values[i] >>> (8 * n)) & 0xff));
  return Uint8Array.from(bytes);
}

/** As in FAT, in local time. @param {Date} time */
function packTime(time) {
  const date = ((time.getFullYear() - 1980) << 9) | ((time.getMonth() + 1) << 5) | time.getDate();
  return [(time.getHours() << 11) | (time.getMinutes() << 5) | (time.getSeconds() >> 1), date];
}

/** @param {{ name: string, time: Date, data: Blob }[]} files @returns {Promise<Blob>} */
export async function makeZip(files) {
  /** @type {BlobPart[]} */ const parts = [];
  /** @type {BlobPart[]} */ const directory = [];
  let offset = 0, length = 0;
  for (const { name, time, data } of files) {
    const title = encodeUtf8(name), crc = crc32(new Uint8Array(await data.arrayBuffer()));
    const about = pack([2, 2, 2, 2, 2, 4, 4, 4, 2, 2],
                       [VERSION, UTF8, 0, ...packTime(time), crc, data.size, data.size,
                        title.length, 0]);
    parts.push(pack([4], [LOCAL]), about, title, data);
    directory.push(pack([4, 2], [CENTRAL, VERSION]), about,
                   pack([2, 2, 2, 4, 4], [0, 0, 0, 0, offset]), title);
    offset += 4 + about.length + title.length + data.size;
    length += 6 + about.length + 14 + title.length;
  }
  const count = files.length;
  return new Blob([...parts, ...directory,
                   pack([4, 2, 2, 2, 2, 4, 4, 2], [END, 0, 0, count, count, length, offset, 0])],
                  { type: "application/zip" });
}
