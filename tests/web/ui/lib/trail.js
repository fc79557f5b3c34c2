// SPDX-License-Identifier: LGPL-2.1-or-later
/** What passed between the page and the server, and how its connections went: for a report. */

const MAX_STEPS = 150;

/** Runs in the page before its scripts. @param {number} max of steps that are kept */
export function keepTrail(max) {
  const steps = [];
  globalThis.pageTrail = steps;
  const say = (...words) => {
    steps.push(`${Math.round(performance.now())} ${words.join(" ")}`);
    if (steps.length > max) steps.shift();
  };
  const brief = (data) => typeof data === "string" ? data.slice(0, 120) : "(bytes)";
  globalThis.WebSocket = class extends WebSocket {
    constructor(...options) {
      super(...options);
      say("socket new");
      this.addEventListener("open", () => say("socket open"));
      this.addEventListener("close", ({ code }) => say("socket closed", code));
      this.addEventListener("message", ({ data }) => say("<", brief(data)));
    }

    send(data) {
      say(">", brief(data));
      super.send(data);
    }
  };
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...options) {
      super(...options);
      say("connection new");
      for (const what of ["signalingState", "iceGatheringState", "iceConnectionState", "connectionState"])
        this.addEventListener(what.toLowerCase() + "change", () => say(what, this[what]));
      this.addEventListener("icecandidate", ({ candidate }) => say("ours:", candidate?.candidate));
    }

    addIceCandidate(candidate) {
      say("theirs:", candidate?.candidate);
      return super.addIceCandidate(candidate);
    }
  };
}

/** @param {import("playwright-core").BrowserContext} context */
export function watchTrail(context) {
  return context.addInitScript(keepTrail, MAX_STEPS);
}

/** @param {import("playwright-core").Page} page @returns {Promise<string[]>} */
export function readTrail(page) {
  return page.evaluate(() => globalThis.pageTrail).catch(() => []);
}
