// SPDX-License-Identifier: LGPL-2.1-or-later
/** What concerns calls whatever screen is shown: what rings and is heard, and where that leads. */
import { Observable } from "../base/observable.js";
import { audio, SILENT } from "../phone/audio.js";
import { isRinging } from "../phone/calls.js";
import { BUSY, KNOCK, RING, RINGBACK } from "../phone/tones.js";
import { formatNumber, t } from "./i18n.js";
import { html, useEffect, useLayoutEffect, useModel, usePhone, useRef, useState } from "./lib.js";
import { attempt, Avatar, Button, Dialog, explain, Icon, nameOf, toast } from "./parts.js";
import { getRegistration, isNotifying, withShown } from "./push.js";
import { go, href, replace, useRoute } from "./route.js";

/** Louder than this, the network makes its own ringing tone. */
const AUDIBLE = 0.003;
const LISTEN = 800;

/** @typedef {import("../phone/box-model.js").BoxModel} BoxModel */
/** @typedef {import("../phone/calls.js").Call} Call */

const notices = new Observable();
/** @type {{ title: string, text: string } | null} */ let notice = null;

/** Something that its user has to have read. @param {string} title @param {string} text */
export function tell(title, text) {
  notice = { title, text };
  notices.changed();
}

/** Why the box does not call. @param {any} error */
function explainCall(error) {
  switch (error.reason) {
    case "emergency":
      return t("Not from here: the box may be far from where you are. Use a phone that is with you.");
    case "bad-number": return t("That is not a phone number");
    case "rule": return t("The rules of the box do not allow it");
    default: return explain(error);
  }
}

/** @param {string} [reason] */
export function sayEnd(reason) {
  switch (reason) {
    case "busy": return t("Busy");
    case "no-answer": return t("No answer");
    case "refused": return t("The network refused the call");
    case "modem-lost": return t("The modem failed");
    case "client-lost": return t("The connection was lost");
    default: return t("Call ended");
  }
}

/** @param {BoxModel} box @param {string} number @param {boolean} [hide] our number */
export async function startCall(box, number, hide = false) {
  try {
    await box.calls.dial(number, hide);
  } catch (error) {
    tell(t("No call to {number}", { number: formatNumber(number) }), explainCall(error));
  }
}

/** Of the network, as *100#. @param {BoxModel} box @param {string} code */
export async function sendCode(box, code) {
  try {
    const { text } = await box.link.callControl("ussd.send", { code });
    tell(code, String(text));
  } catch (error) {
    tell(t("No answer to {code}", { code }), explainCall(error));
  }
}

/** What is done with a call; what fails is told.
 * @param {BoxModel} box @param {Parameters<import("../phone/calls.js").Calls["ask"]>[0]} what
 * @param {Call} call */
export function askCall(box, what, call) {
  return attempt(box.calls.ask(what, call));
}

/** Of all boxes: the call that we are in, and the first of those that ring.
 * @param {string[]} ignored those that ring here only where no other does */
function useCalls(ignored) {
  const { boxes } = usePhone();
  useModel(audio, notices, ...boxes, ...boxes.map(({ calls }) => calls));
  const pairs = boxes.flatMap((box) => box.calls.current.map((call) => ({ box, call })));
  const ours = pairs.filter(({ call }) => call.you);
  const ringing = pairs.filter(({ box, call }) => box.state === "ready" && box.may("call") && isRinging(call));
  return {
    boxes, pairs,
    mine: ours.find(({ call }) => call.state !== "held") ?? ours[0],
    first: ringing.find(({ call }) => !ignored.includes(call.call)) ?? ringing[0],
  };
}

/** Whether we have to make the ringing tone ourselves. @param {ReturnType<typeof useCalls>["mine"]} mine */
function useRingback(mine) {
  const [silent, setSilent] = useState(false);
  const alerting = mine?.call.state === "alerting" && mine.call.call;
  useEffect(() => {
    setSilent(false);
    if (!alerting || !mine) return;
    const timer = setInterval(async () => {
      const path = await mine.box.link.getPath();
      setSilent(!path || path.level < AUDIBLE);
    }, LISTEN);
    return () => clearInterval(timer);
  }, [alerting]);
  return alerting && silent;
}

/** Of all tabs of this browser one rings. @param {boolean} rings */
function useRinger(rings) {
  const [ours, setOurs] = useState(false);
  useEffect(() => {
    let over = false;
    /** @type {(value?: unknown) => void} */ let release = () => over = true;
    // One that its user has not touched yet could not be heard.
    if (rings) audio.ringer.unlock().then(() => navigator.locks.request(
      "punchline.ring", { ifAvailable: true }, (lock) => {
        if (over) return;
        setOurs(Boolean(lock));
        return lock && new Promise((resolve) => release = resolve);
      }), () => {});
    return () => {
      release();
      setOurs(false);
    };
  }, [rings]);
  return rings && ours;
}

/** @param {ReturnType<typeof useCalls>} calls @param {boolean} ignored */
function useTones({ boxes, mine, first }, ignored) {
  const ringback = useRingback(mine);
  const busy = boxes.some(({ calls }) => calls.ended?.reason === "busy");
  const rings = useRinger(Boolean(first && !ignored));
  useLayoutEffect(() => () => { // the last box is forgotten
    audio.follow(null);
    for (const tones of [audio.ringer, audio.earpiece]) tones.play(null);
  }, []);
  useLayoutEffect(() => {
    audio.follow(mine?.box.link ?? null);
    audio.ringer.play(rings && !mine && audio.choice.ringer !== SILENT ? RING : null);
    audio.earpiece.play(rings && mine ? KNOCK : ringback ? RINGBACK : busy ? BUSY : null);
  });
}

/** Keys of a headset, and what a locked screen shows.
 * @param {ReturnType<typeof useCalls>["mine"]} mine */
function useMediaSession(mine) {
  const title = mine && nameOf(mine.call);
  useEffect(() => {
    const session = navigator.mediaSession;
    if (!session) return;
    const handle = (/** @type {any} */ action, /** @type {() => void} */ handler) => {
      try {
        session.setActionHandler(action, mine ? handler : null);
      } catch {
        // not in this browser
      }
    };
    session.metadata = mine ? new MediaMetadata({ title, artist: mine.box.box.name }) : null;
    handle("hangup", () => mine && askCall(mine.box, "hangup", mine.call));
    handle("togglemicrophone", () => audio.mute(!audio.muted));
  }, [mine?.call.call, title]);
}

/** For who looks elsewhere; it goes when the ringing does.
 * @param {ReturnType<typeof useCalls>["first"]} first */
function useNotification(first) {
  const tag = first?.call.call;
  useEffect(() => {
    if (!first || !tag) return;
    let over = false;
    // One after the other: the same call may come back before what is shown of it has gone.
    const show = () => withShown(async () => {
      const registration = await getRegistration();
      if (over || !document.hidden || !isNotifying()) return;
      const options = {
        tag, body: t("Incoming call for {box}", { box: first.box.box.name }), icon: "icon.svg",
        requireInteraction: true, renotify: true, data: { hash: `call/${tag}` },
        actions: [{ action: "answer", title: t("Answer") }, { action: "decline", title: t("Decline") }],
      };
      await registration?.showNotification(nameOf(first.call), options);
    });
    show();
    document.addEventListener("visibilitychange", show);
    return () => {
      over = true;
      document.removeEventListener("visibilitychange", show);
      withShown(async () => {
        for (const shown of await (await getRegistration())?.getNotifications({ tag }) ?? []) shown.close();
      });
    };
  }, [tag]);
}

/** The call screen comes with a call of ours, wherever it was made; what a notification's button
 * stands for is done; and who was quicker is told. @param {ReturnType<typeof useCalls>} calls */
function useWays({ boxes, pairs, mine }) {
  const { screen, args: [id, wish] } = useRoute();
  const ours = mine?.call.call;
  useEffect(() => {
    if (ours) go("call", ours);
  }, [ours]);
  const wished = screen === "call" && wish ? pairs.find(({ call }) => call.call === id) : undefined;
  useEffect(() => {
    if (!wished) return;
    replace("call", id);
    if (isRinging(wished.call)) askCall(wished.box, wish === "answer" ? "answer" : "reject", wished.call);
  }, [wished?.call.call]);
  useEffect(() => {
    for (const { calls } of boxes) {
      if (!calls.ended || screen === "call") continue; // there it says so itself
      toast(`${nameOf(calls.ended)}: ${sayEnd(calls.ended.reason)}`);
      calls.dismiss();
    }
  });
  const rang = useRef(/** @type {Set<string>} */ (new Set()));
  useEffect(() => {
    for (const { call } of pairs)
      if (call.elsewhere && rang.current.has(call.call))
        toast(t("{name}: answered on {client}", { name: nameOf(call), client: call.client ?? "" }));
    rang.current = new Set(pairs.filter(({ call }) => isRinging(call)).map(({ call }) => call.call));
  });
}

/** @param {{ box: BoxModel, call: Call, onIgnore: () => void,
 *   mine: ReturnType<typeof useCalls>["mine"] }} props */
function Incoming({ box, call, mine, onIgnore }) {
  const name = nameOf(call);
  const answer = async () => {
    // One SIM card holds its other call by itself.
    if (mine && mine.box !== box && mine.call.state === "active") await askCall(mine.box, "hold", mine.call);
    askCall(box, "answer", call);
  };
  return html`<${Dialog} title=${t("Incoming call")} role="alertdialog" class="incoming" onClose=${onIgnore}
    actions=${html`
      <${Button} class="call-red" icon="hangup" onClick=${() => askCall(box, "reject", call)}>${t("Decline")}<//>
      <${Button} class="call-green" icon="phone" onClick=${answer}>${t("Answer")}<//>`}>
    <div class="who" tabindex="-1" autofocus><${Avatar} ...${call} /><strong>${name}</strong>
      ${call.number && call.name && html`<span>${formatNumber(call.number)}</span>`}
      <span class="muted">${mine ? t("Answering holds the call that you are in.")
        : t("for {box}", { box: box.box.name })}</span></div>
    <${Button} class="ignore" onClick=${onIgnore}>${t("Stop ringing here")}<//><//>`;
}

/** Drawn above every screen. */
export function Calling() {
  const [ignored, setIgnored] = useState(/** @type {string[]} */ ([]));
  const calls = useCalls(ignored);
  const { mine, first } = calls;
  const { screen } = useRoute();
  const id = first?.call.call ?? "", isIgnored = ignored.includes(id);
  useTones(calls, isIgnored);
  useMediaSession(mine);
  useNotification(first);
  useWays(calls);
  const dismiss = () => {
    notice = null;
    notices.changed();
  };
  return html`${first && !isIgnored && html`<${Incoming} key=${id} ...${first} mine=${mine}
      onIgnore=${() => setIgnored([...ignored, id])} />`}
    ${mine && screen !== "call" && html`<a class="pill" href=${href("call", mine.call.call)}>
      <${Icon} name="phone" />${t("Back to the call with {name}", { name: nameOf(mine.call) })}</a>`}
    ${!mine && first && isIgnored && html`<button type="button" class="pill" onClick=${() => setIgnored(ignored.filter((one) => one !== id))}>
      <${Icon} name="bell" />${t("{name} is calling", { name: nameOf(first.call) })}</button>`}
    ${notice && html`<${Dialog} title=${notice.title} role="alertdialog" onClose=${dismiss}
      actions=${html`<${Button} kind="primary" onClick=${dismiss}>${t("OK")}<//>`}>
      <p class="notice">${notice.text}</p><//>`}`;
}
