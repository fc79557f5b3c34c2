// SPDX-License-Identifier: LGPL-2.1-or-later
import { Meeting } from "/js/peer/meeting.js";
import { parseCode } from "/js/proto/code.js";
import { Handshake } from "/js/proto/handshake.js";
import { fromHex } from "./check.js";
import { events, say, waitEvent } from "./events.js";

/* The opponent's end of a conversation; its messages go through the server in the test. */
let opponent = null;

async function start(signalingUrl, typed) {
  const code = await parseCode(typed);
  const meeting = new Meeting({ signalingUrl, code, name: "page", audio: true }, {
    state: (state) => say("state", { state }),
    peer: (peer, name) => {
      peer.openChannel("test", "");
      say("peer", { name });
    },
    failed: ({ code: reason, message }) => say("failed", { reason, message }),
  });
  meeting.start();
}

globalThis.page = {
  all: () => events,
  events,
  waitEvent,
  start,
  oppose: (password, room, ownId, remoteId) => {
    opponent = new Handshake({ password, room, ownId, remoteId, name: "them\u202e\n",
                               instance: fromHex("7e".repeat(16)) });
    return opponent.nextBody();
  },
  feed: (body) => {
    opponent.feed(body);
    return opponent.nextBody();
  },
  seal: (text) => opponent.seal(text),
};
