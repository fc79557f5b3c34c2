// SPDX-License-Identifier: LGPL-2.1-or-later
/** The sending side of punchline.stream.1 (PROTOCOL.md section 3). */
import { PunchlineError } from "../base/error.js";

const FIRST_CREDIT = 1024 * 1024;
const MAX_PIECE = 64 * 1024;
/** What waits in the browser: read no further than that, and again below a quarter of it. */
const MAX_BUFFERED = 1024 * 1024;

/**
 * Sends all of @blob over a channel that we opened for it. Resolves when the remote has delivered
 * all of it; rejects with `closed` and the remote's sentence where it broke the stream off, with
 * `lost` where the channel closed, with `invalid` where either end is not up to it.
 * @param {RTCDataChannel} channel @param {Blob} blob
 * @param {(sent: number) => void} [told] how many bytes have gone
 * @returns {Promise<void>}
 */
export function sendStream(channel, blob, told = () => {}) {
  let credit = FIRST_CREDIT, sent = 0;
  let busy = false, ended = false, delivered = false, theyEnded = false;
  channel.bufferedAmountLowThreshold = MAX_BUFFERED / 4;
  return new Promise((resolve, reject) => {
    /** @param {PunchlineError} [error] */
    const finish = (error) => {
      channel.onopen = channel.onmessage = channel.onclose = channel.onbufferedamountlow = null;
      channel.close();
      if (error) reject(error);
      else resolve();
    };
    /** @param {string} why */
    const breakOff = (why) => {
      if (channel.readyState === "open") channel.send(`reset ${why}`);
      finish(new PunchlineError("invalid", why));
    };
    const maySend = () => channel.readyState === "open" && sent < Math.min(credit, blob.size)
      && channel.bufferedAmount < MAX_BUFFERED;
    const pump = async () => {
      if (busy) return;
      busy = true;
      try {
        while (maySend()) {
          const piece = blob.slice(sent, Math.min(sent + MAX_PIECE, credit));
          const bytes = await piece.arrayBuffer();
          if (channel.readyState !== "open") return;
          channel.send(bytes);
          told(sent += bytes.byteLength);
        }
        busy = false;
      } catch {
        return breakOff("it could not be read"); // a file that has changed meanwhile
      }
      if (ended || sent < blob.size || channel.readyState !== "open") return;
      ended = true;
      channel.send("");
    };
    /** @param {string} text */
    const take = (text) => {
      const given = Number(text.match(/^credit (\d{1,16})$/)?.[1] ?? 0);
      if (text.startsWith("reset ")) {
        return finish(new PunchlineError("closed", text.slice("reset ".length)));
      } else if (given >= credit) {
        credit = given;
        pump();
      } else if (text === "" && !theyEnded) {
        theyEnded = true;
        // The box may have closed behind its last word.
        if (channel.readyState === "open") channel.send("done");
      } else if (text === "done" && ended && !delivered) {
        delivered = true;
      } else {
        return breakOff("this makes no sense in a stream");
      }
      if (delivered && theyEnded) finish();
    };
    channel.onmessage = ({ data }) => {
      if (typeof data === "string") take(data);
      else if (data.byteLength ?? data.size) breakOff("nothing was asked for");
    };
    channel.onclose = () => finish(new PunchlineError("lost", "the stream broke off"));
    channel.onopen = channel.onbufferedamountlow = pump;
    pump();
  });
}
