// SPDX-License-Identifier: LGPL-2.1-or-later
/** The receiving side of punchline.stream.1 (PROTOCOL.md section 3). */
import { PunchlineError } from "../base/error.js";

const WINDOW = 1024 * 1024;
/** Credit is given in steps of a quarter of the window. */
const CREDIT_STEP = WINDOW / 4;

/**
 * All bytes of a stream that the remote opened for us to read. Rejects with `closed` where it
 * breaks off, with `limit` above @maxBytes.
 * @param {RTCDataChannel} channel @param {number} maxBytes @returns {Promise<Blob>}
 */
export function receiveStream(channel, maxBytes) {
  /** @type {ArrayBuffer[]} */
  const pieces = [];
  let received = 0, credit = WINDOW, ended = false;
  channel.binaryType = "arraybuffer";
  return new Promise((resolve, reject) => {
    /** @param {string} text */
    const say = (text) => channel.readyState === "open" && channel.send(text);
    /** @param {string} why */
    const breakOff = (why) => {
      reject(new PunchlineError("limit", why));
      channel.onmessage = null;
      say(`reset ${why}`);
      channel.close();
    };
    /** @param {ArrayBuffer} bytes */
    const take = (bytes) => {
      received += bytes.byteLength;
      if (ended || received > credit) return breakOff("more than was asked for");
      if (received > maxBytes) return breakOff("too long");
      pieces.push(bytes);
      if (received + WINDOW - credit < CREDIT_STEP) return;
      credit = received + WINDOW;
      say(`credit ${credit}`);
    };
    /** @param {string} text */
    const control = (text) => {
      if (text === "" && !ended) {
        ended = true;
        say("done");
        say(""); // our direction has nothing
      } else if (text === "done" && ended) {
        resolve(new Blob(pieces));
        channel.close();
      } else if (text.startsWith("reset ")) {
        reject(new PunchlineError("closed", text.slice("reset ".length)));
        channel.close();
      }
    };
    channel.onmessage = ({ data }) => typeof data === "string" ? control(data) : take(data);
    channel.onclose = () => reject(new PunchlineError("closed", "the stream broke off"));
  });
}
