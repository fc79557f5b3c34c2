// SPDX-License-Identifier: LGPL-2.1-or-later
/** One conversation. */
import { parseNumber } from "../proto/number.js";
import { countParts } from "../proto/sms-length.js";
import { startCall } from "./calling.js";
import { formatDay, formatNumber, formatTime, t, tn } from "./i18n.js";
import { html, useEffect, useLayoutEffect, useModel, useRef, useState } from "./lib.js";
import { ask, attempt, Banner, Button, Dialog, Screen, Search } from "./parts.js";
import { href, replace } from "./route.js";
import { Hits, nameFor, State, Words } from "./text-parts.js";

/** @typedef {import("../phone/box-model.js").BoxModel} BoxModel */
/** @typedef {import("../phone/texts.js").Text} Text */

/** Pixels from the end within which one is at it, and from the beginning where more is loaded. */
const NEAR_END = 60, NEAR_BEGINNING = 400;
/** The counter appears with the second part, or so few characters before it. */
const NEAR_LIMIT = 20;
/** As the box takes them. */
const MAX_PARTS = 40;
/** Texts of this time belong together, in milliseconds. */
const TOGETHER = 3 * 60 * 1000;

/** Enter is for sending where there are keys for all else. */
const hasKeyboard = () => matchMedia("(pointer: fine)").matches;

/** @param {{ box: BoxModel, number: string }} props */
function Compose({ box: { texts }, number }) {
  const [text, setText] = useState("");
  const area = useRef(/** @type {any} */ (null));
  useEffect(() => {
    texts.loadDraft(number).then((draft) => setText((now) => now || draft));
    if (hasKeyboard()) area.current.focus();
  }, []);
  useLayoutEffect(() => { // as tall as what is in it
    const { style } = area.current;
    style.height = "auto";
    style.height = `${area.current.scrollHeight + 2}px`;
  }, [text]);
  const write = (/** @type {string} */ now) => {
    setText(now);
    texts.saveDraft(number, now);
  };
  const { parts, left } = countParts(text), isLong = parts > MAX_PARTS;
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    area.current.focus();
    if (!text.trim() || isLong) return;
    setText("");
    // It is a draft until it is kept; there may be another by then.
    texts.send(number, text).then(() => texts.saveDraft(number, area.current?.value ?? ""),
                                  () => setText(text));
  };
  return html`<form class="compose" onSubmit=${send}>
    <textarea ref=${area} rows="1" value=${text} placeholder=${t("Message")} aria-label=${t("Message")}
      onInput=${() => write(area.current.value)} onKeyDown=${(/** @type {KeyboardEvent} */ event) =>
        event.key === "Enter" && !event.shiftKey && !event.isComposing && hasKeyboard() && send(event)} />
    ${(parts > 1 || left <= NEAR_LIMIT) && html`<span class="count small">
      ${isLong ? t("Too long") : `${left} · ${tn("{n} text", "{n} texts", parts)}`}</span>`}
    <${Button} kind="primary" type="submit" icon="send" label=${t("Send")}
      disabled=${!text.trim() || isLong} /></form>`;
}

/** @param {{ box: BoxModel, text: Text, before?: Text, isLast: boolean, isHit: boolean,
 *   onMore: () => void }} props */
function Bubble({ box, text, before, isLast, isHit, onMore }) {
  const { direction, state, missing = 0 } = text, isOut = direction === "out";
  const follows = before?.direction === direction
                  && Date.parse(text.time) - Date.parse(before.time) < TOGETHER;
  const onTap = (/** @type {any} */ { target }) => // who has a pointer has the button
    !target.closest("a, button") && !hasKeyboard() && onMore();
  return html`<li class="text ${direction} ${follows && "follows"} ${isHit && "hit"}" data-id=${text.id}
      onClick=${onTap}>
    <p class="bubble"><span class="hidden-text">${isOut ? t("You") : nameFor(box, text)}: </span>
      <${Words} text=${text.text} />${missing > 0 && html`<i>${
        tn("{n} part is still missing", "{n} parts are still missing", missing)}</i>`}</p>
    <${Button} icon="more" label=${t("More")} onClick=${onMore} />
    <p class="about ${(isLast || isOut && !["sent", "delivered"].includes(state)) && "whole"}">${formatTime(text.time)}
      ${isOut && html`<${State} box=${box} text=${text} />`} ${text.reason}
      ${state === "failed" && html`<${Button} onClick=${() => attempt(box.texts.retry(text))}
        disabled=${!box.may("sms") || text.seq > 0 && box.state !== "ready"}>${t("Try again")}<//>`}</p></li>`;
}

/** What can be done with one text. @param {{ box: BoxModel, text: Text, onClose: () => void }} props */
function Details({ box, text, onClose }) {
  const remove = async () => {
    onClose();
    if (await ask({ title: t("Delete this text?"), action: t("Delete"),
                    text: t("It is deleted on the box, for all devices.") }))
      attempt(box.texts.delete(text));
  };
  const copy = () => {
    onClose();
    attempt(navigator.clipboard.writeText(text.text), t("Copied"));
  };
  return html`<${Dialog} title=${t("Message")} onClose=${onClose} actions=${html`
    ${box.may("sms") && html`<${Button} kind="danger" onClick=${remove}>${t("Delete")}<//>`}
    <${Button} onClick=${copy}>${t("Copy")}<//><${Button} onClick=${onClose}>${t("Close")}<//>`}>
    <p class="quote">${text.text}</p><//>`;
}

/** Where it is seen. @param {Element} scroll @param {Element} node */
function topIn(scroll, node) {
  return node.getBoundingClientRect().top - scroll.getBoundingClientRect().top;
}

/** Keeps what is looked at where it is, whatever comes above or below it; at the end it follows.
 * @param {import("../../vendor/preact.js").Ref<any>} list @param {() => void} onBeginning */
function useSteadyScroll(list, onBeginning) {
  const at = useRef(/** @type {{ end: boolean, node?: any, offset: number }} */ (
    { end: true, offset: 0 })).current;
  const place = () => {
    const scroll = list.current?.closest(".scroll");
    if (!scroll) return;
    if (at.end) scroll.scrollTop = scroll.scrollHeight;
    else if (at.node?.isConnected) scroll.scrollTop += topIn(scroll, at.node) - at.offset;
    if (scroll.scrollTop < NEAR_BEGINNING) onBeginning();
  };
  useLayoutEffect(place);
  useEffect(() => {
    const scroll = list.current.closest(".scroll");
    scroll.onscroll = () => {
      const { scrollTop } = scroll;
      at.end = scroll.scrollHeight - scrollTop - scroll.clientHeight < NEAR_END;
      at.node = [...list.current?.querySelectorAll(".bubble") ?? []].find( // what is above it may vary
        (node) => topIn(scroll, node) + node.offsetHeight > 0);
      at.offset = at.node && topIn(scroll, at.node);
      if (scrollTop < NEAR_BEGINNING) onBeginning();
    };
    const sizes = new ResizeObserver(place);
    sizes.observe(scroll);
    return () => {
      sizes.disconnect();
      scroll.onscroll = null;
    };
  }, []);
  return at;
}

/** @param {{ box: BoxModel, number: string, id?: string }} props */
function List({ box, number, id }) {
  const { texts } = box, all = texts.of(number);
  const list = useRef(/** @type {any} */ (null)), loading = useRef(false);
  const [more, setMore] = useState(/** @type {Text | null} */ (null));
  const at = useSteadyScroll(list, async () => {
    if (loading.current || !texts.hasOlder(number)) return;
    loading.current = true;
    await texts.loadOlder(number).catch(() => {});
    loading.current = false;
  });
  useEffect(() => { // where a search led to
    if (id) texts.loadTo(number, id).catch(() => {}).then(() => {
      at.end = false;
      list.current?.querySelector(".hit")?.scrollIntoView({ block: "center" });
    });
  }, [id, box.state]);
  const lastOut = all.filter(({ direction }) => direction === "out").at(-1), sent = useRef(lastOut?.id);
  if (lastOut?.id !== sent.current && lastOut?.state === "waiting") at.end = true;
  sent.current = lastOut?.id;
  let day = "";
  return html`<ul class="texts" ref=${list}>${all.flatMap((text, i) => {
    const before = day;
    day = formatDay(text.time);
    return [day !== before && html`<li class="day" key=${day}>${day}</li>`,
            html`<${Bubble} key=${text.id} box=${box} text=${text} isHit=${text.id === id}
              before=${day === before ? all[i - 1] : undefined} isLast=${text === lastOut}
              onMore=${() => setMore(text)} />`];
  })}</ul>${more && html`<${Details} box=${box} text=${more} onClose=${() => setMore(null)} />`}`;
}

/** What can be done with all of it.
 * @param {{ box: BoxModel, number: string, onSearch: () => void }} props */
function Menu({ box, number, onSearch }) {
  const menu = useRef(/** @type {any} */ (null));
  const isAway = box.state !== "ready" || !box.may("sms");
  const remove = async () => {
    if (await ask({ title: t("Delete this conversation?"), action: t("Delete"),
                    text: t("It is deleted on the box, for all devices.") })
        && await attempt(box.texts.deleteThread(number).then(() => true)))
      replace("messages");
  };
  const block = async () => {
    if (await ask({ title: t("Block this number"), action: t("Block"), text: t(
      "Their calls are rejected and ring nowhere. Their texts are kept, but nobody is told.") }))
      attempt(box.block(number), t("Blocked"));
  };
  return html`<${Button} icon="more" label=${t("More")} popovertarget="menu" />
    <div id="menu" popover="auto" ref=${menu} onClick=${() => menu.current.hidePopover()}>
      <${Button} icon="search" onClick=${onSearch}>${t("Search")}<//>
      <${Button} icon="block" onClick=${block} disabled=${isAway}>${t("Block this number")}<//>
      <${Button} icon="trash" kind="danger" onClick=${remove} disabled=${isAway}>${t("Delete")}<//></div>`;
}

/** @param {{ box: BoxModel, number: string, id?: string }} props */
export function Thread({ box, number, id }) {
  const { texts } = box;
  useModel(texts, box, box.contacts);
  const [typed, setTyped] = useState(/** @type {string | null} */ (null));
  useEffect(() => {
    const mark = () => document.hidden || texts.markRead(number);
    mark();
    document.addEventListener("visibilitychange", mark);
    return () => document.removeEventListener("visibilitychange", mark);
  });
  const name = nameFor(box, texts.thread(number) ?? { number }), shown = formatNumber(number);
  const wanted = typed?.trim(), canAnswer = parseNumber(number);
  return html`<${Screen} class="thread" title=${name} sub=${name !== shown && shown} back=${href("messages")}
    actions=${html`${canAnswer && box.may("call") && html`<${Button} icon="phone" label=${t("Call {name}", { name })}
        onClick=${() => startCall(box, number)} />`}
      <${Menu} box=${box} number=${number} onSearch=${() => setTyped(typed === null ? "" : null)} />`}
    foot=${!box.may("sms") ? null : canAnswer ? html`<${Compose} box=${box} number=${number} />`
      : html`<${Banner}>${t("This sender cannot be answered.")}<//>`}>
    ${typed !== null && html`<${Search} value=${typed} onInput=${setTyped} autofocus />`}
    ${wanted ? html`<${Hits} box=${box} wanted=${wanted} number=${number} onOpen=${() => setTyped(null)} />`
      : html`<${List} box=${box} number=${number} id=${id} />`}<//>`;
}
