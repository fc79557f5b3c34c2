// SPDX-License-Identifier: LGPL-2.1-or-later
/** One conversation. */
import { parseNumber } from "../proto/number.js";
import { countParts } from "../proto/sms-length.js";
import { formatDay, formatNumber, formatTime, t, tn } from "./i18n.js";
import { html, useEffect, useLayoutEffect, useModel, useRef, useState } from "./lib.js";
import { ask, attempt, Banner, Button, Dialog, Screen } from "./parts.js";
import { href, replace } from "./route.js";
import { Hits, nameFor, SearchField, State, Words } from "./text-parts.js";

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

/** @param {{ box: BoxModel, number: string }} props */
function Compose({ box, number }) {
  const { texts } = box;
  const [text, setText] = useState("");
  const area = useRef(/** @type {any} */ (null));
  useEffect(() => {
    texts.loadDraft(number).then((draft) => setText((now) => now || draft));
    if (matchMedia("(pointer: fine)").matches) area.current.focus();
  }, []);
  useLayoutEffect(() => { // as tall as what is in it
    area.current.style.height = "auto";
    area.current.style.height = `${area.current.scrollHeight}px`;
  }, [text]);
  const write = (/** @type {string} */ now) => {
    setText(now);
    texts.saveDraft(number, now);
  };
  const { parts, left } = countParts(text);
  const isReady = text.trim() !== "" && parts <= MAX_PARTS;
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    area.current.focus();
    if (!isReady) return;
    write("");
    texts.send(number, text).catch(() => write(text)); // this browser keeps nothing
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing
        && matchMedia("(pointer: fine)").matches)
      send(event);
  };
  return html`<form class="compose" onSubmit=${send}>
    <textarea ref=${area} rows="1" value=${text} placeholder=${t("Message")} aria-label=${t("Message")}
      onInput=${(/** @type {any} */ { target }) => write(target.value)} onKeyDown=${onKeyDown} />
    ${(parts > 1 || left <= NEAR_LIMIT) && html`<span class="count small ${parts > MAX_PARTS ? "over" : ""}">
      ${parts > MAX_PARTS ? t("Too long") : parts > 1 ? t("{parts} texts, {left} left", { parts, left })
        : t("{left} left", { left })}</span>`}
    <${Button} kind="primary" type="submit" icon="send" label=${t("Send")} disabled=${!isReady} /></form>`;
}

/** @param {{ box: BoxModel, text: Text, after?: Text, isLast: boolean, isHit: boolean,
 *   onMore: () => void }} props */
function Bubble({ box, text, after, isLast, isHit, onMore }) {
  const { direction, state, missing = 0, reason } = text, isOut = direction === "out";
  const follows = after?.direction === direction
                  && Date.parse(text.time) - Date.parse(after.time) < TOGETHER;
  const onTap = (/** @type {any} */ { target }) => // a pointer has the button
    !target.closest("a, button") && matchMedia("(hover: none)").matches && onMore();
  return html`<li class="text ${direction} ${follows ? "follows" : ""} ${isHit ? "hit" : ""}"
      data-id=${text.id} onClick=${onTap}>
    <span class="hidden-text">${isOut ? t("You") : nameFor(box, text)}: </span>
    <p class="bubble"><${Words} text=${text.text} />
      ${missing > 0 && html`<span class="gap">${tn("A part of this text has not arrived yet.",
        "{n} parts of this text have not arrived yet.", missing)}</span>`}</p>
    <${Button} icon="more" label=${t("More about this text")} onClick=${onMore} />
    <p class="about ${isLast || !["sent", "delivered"].includes(state) ? "whole" : ""}">
      <time dateTime=${text.time}>${formatTime(text.time)}</time>
      ${isOut && html`<${State} box=${box} text=${text} />`}
      ${state === "failed" && html`<span>${reason}</span>${box.may("sms")
        && html`<${Button} onClick=${() => attempt(box.texts.retry(text))}
          disabled=${text.seq > 0 && box.state !== "ready"}>${t("Try again")}<//>`}`}</p></li>`;
}

/** @param {{ box: BoxModel, text: Text, onClose: () => void }} props */
function Details({ box, text, onClose }) {
  const remove = async () => {
    onClose();
    if (await ask({ title: t("Delete this text?"), action: t("Delete"),
                    text: t("It is deleted on the box, for all your devices.") }))
      await attempt(box.texts.delete(text));
  };
  const copy = () => {
    onClose();
    attempt(navigator.clipboard.writeText(text.text), t("Copied"));
  };
  return html`<${Dialog} title=${t("Text")} onClose=${onClose} class="details"
      actions=${html`<${Button} icon="copy" onClick=${copy}>${t("Copy")}<//>
        ${box.may("sms") && (!text.seq || box.state === "ready") && html`<${Button} icon="trash"
          kind="danger" onClick=${remove}>${t("Delete")}<//>`}
        <${Button} onClick=${onClose}>${t("Close")}<//>`}>
    <p class="quote">${text.text}</p><p class="muted">${formatDay(text.time)}, ${formatTime(text.time)}
      ${text.direction === "out" && html` · <${State} box=${box} text=${text} />`}</p><//>`;
}

/** Keeps what is looked at where it is, whatever comes above or below it; at the end it follows.
 * @param {import("../../vendor/preact.js").Ref<any>} list @param {() => void} onBeginning */
function useSteadyScroll(list, onBeginning) {
  const at = useRef(/** @type {{ end: boolean, node: any, offset: number }} */ (
    { end: true, node: null, offset: 0 })).current;
  const place = () => {
    const scroll = list.current?.closest(".scroll");
    if (!scroll) return;
    if (at.end) scroll.scrollTop = scroll.scrollHeight;
    else if (at.node?.isConnected) scroll.scrollTop = at.node.offsetTop - at.offset;
    if (scroll.scrollTop < NEAR_BEGINNING) onBeginning();
  };
  useLayoutEffect(place);
  useEffect(() => {
    const scroll = list.current.closest(".scroll");
    const note = () => {
      at.end = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END;
      at.node = [...list.current.children].find(
        (node) => node.offsetTop + node.offsetHeight > scroll.scrollTop);
      at.offset = at.node?.offsetTop - scroll.scrollTop;
      if (scroll.scrollTop < NEAR_BEGINNING) onBeginning();
    };
    const sizes = new ResizeObserver(place);
    sizes.observe(scroll);
    scroll.addEventListener("scroll", note, { passive: true });
    return () => {
      sizes.disconnect();
      scroll.removeEventListener("scroll", note);
    };
  }, []);
  return at;
}

/** @param {{ box: BoxModel, number: string, id?: string }} props */
function Conversation({ box, number, id }) {
  const { texts } = box;
  const list = useRef(/** @type {any} */ (null)), loading = useRef(false);
  const [more, setMore] = useState(/** @type {Text | null} */ (null));
  const all = texts.of(number);
  const at = useSteadyScroll(list, async () => {
    if (loading.current || !texts.hasOlder(number)) return;
    loading.current = true;
    await texts.loadOlder(number).catch(() => {});
    loading.current = false;
  });
  useEffect(() => void texts.open(number).catch(() => {}), [box.state]);
  useEffect(() => { // where a search led to
    const show = () => {
      const found = id && list.current?.querySelector(`[data-id="${CSS.escape(id)}"]`);
      if (!found) return;
      at.end = false;
      found.scrollIntoView({ block: "center" });
    };
    if (id) texts.loadTo(number, id).catch(() => {}).then(show);
  }, [id, box.state]);
  const lastOut = all.filter(({ direction }) => direction === "out").at(-1);
  const sent = useRef(lastOut?.id);
  if (lastOut?.id !== sent.current && lastOut?.state === "waiting") at.end = true;
  sent.current = lastOut?.id;
  let day = "";
  return html`<ol class="texts" ref=${list} aria-label=${t("Texts")}>${all.flatMap((text, i) => {
    const before = day;
    day = formatDay(text.time);
    return [day !== before && html`<li class="day" key=${day}>${day}</li>`,
            html`<${Bubble} key=${text.id} box=${box} text=${text} isHit=${text.id === id}
              after=${day === before ? all[i - 1] : undefined} isLast=${text === lastOut}
              onMore=${() => setMore(text)} />`];
  })}</ol>${more && html`<${Details} box=${box} text=${more} onClose=${() => setMore(null)} />`}`;
}

/** What can be done with all of it.
 * @param {{ box: BoxModel, number: string, onSearch: () => void }} props */
function Menu({ box, number, onSearch }) {
  const menu = useRef(/** @type {any} */ (null));
  const isAway = box.state !== "ready" || !box.may("sms");
  const remove = async () => {
    if (await ask({ title: t("Delete this conversation?"), action: t("Delete"),
                    text: t("All its texts are deleted on the box, for all your devices.") })
        && await attempt(box.texts.deleteThread(number).then(() => true)))
      replace("messages");
  };
  const block = async () => {
    if (await ask({ title: t("Block this number?"), action: t("Block"),
                    text: t("Its calls are rejected, and its texts arrive without a sound.") }))
      await attempt(box.blocked.add(number), t("{number} is blocked", { number: formatNumber(number) }));
  };
  return html`<${Button} icon="more" label=${t("More")} popovertarget="thread-menu" />
    <div id="thread-menu" class="menu" popover="auto" ref=${menu} onClick=${() => menu.current.hidePopover()}>
      <${Button} icon="search" onClick=${onSearch}>${t("Search")}<//>
      ${parseNumber(number) && html`<${Button} icon="block" onClick=${block} disabled=${isAway}>
        ${t("Block number")}<//>`}
      <${Button} icon="trash" kind="danger" onClick=${remove} disabled=${isAway}>
        ${t("Delete conversation")}<//></div>`;
}

/** @param {{ box: BoxModel, number: string, id?: string }} props */
export function Thread({ box, number, id }) {
  const { texts } = box;
  useModel(texts, box, box.contacts);
  const [wanted, setWanted] = useState(/** @type {string | null} */ (null));
  useEffect(() => {
    const mark = () => document.visibilityState === "visible" && texts.markRead(number);
    mark();
    document.addEventListener("visibilitychange", mark);
    return () => document.removeEventListener("visibilitychange", mark);
  });
  const name = nameFor(box, texts.thread(number) ?? { number }), shown = formatNumber(number);
  const canWrite = box.may("sms"), canAnswer = parseNumber(number) !== "";
  return html`<${Screen} class="thread" title=${name} sub=${name !== shown && shown} back=${href("messages")}
    actions=${html`${canAnswer && html`<${Button} icon="phone" label=${t("Call {name}", { name })}
        href=${href("phone", number)} />`}
      <${Menu} box=${box} number=${number} onSearch=${() => setWanted("")} />`}
    foot=${!canWrite ? null : canAnswer ? html`<${Compose} box=${box} number=${number} />`
      : html`<${Banner}>${t("This sender has no number: it cannot be answered.")}<//>`}>
    ${wanted !== null && html`<${SearchField} label=${t("Search this conversation")} value=${wanted}
      onInput=${setWanted} onClose=${() => setWanted(null)} />`}
    ${wanted?.trim() ? html`<${Hits} box=${box} wanted=${wanted.trim()} number=${number}
        onOpen=${() => setWanted(null)} />`
      : html`<${Conversation} box=${box} number=${number} id=${id} />`}<//>`;
}
