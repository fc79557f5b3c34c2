// SPDX-License-Identifier: LGPL-2.1-or-later
/** A box is paired: by its link or QR, or by the code that it showed. */
import { asError } from "../base/error.js";
import { pair } from "../phone/pairing.js";
import { t } from "./i18n.js";
import { html, useEffect, usePhone, useState } from "./lib.js";
import { Banner, Button, explain, Field, toast } from "./parts.js";
import { replace, takePairingCode } from "./route.js";

/** What this browser is called in the box's list of devices. */
function guessName() {
  const { userAgent } = navigator;
  const find = (/** @type {RegExp} */ pattern) => pattern.exec(userAgent)?.[0];
  const browser = { Edg: "Edge", OPR: "Opera", CriOS: "Chrome", FxiOS: "Firefox" }[
    find(/Edg|OPR|CriOS|FxiOS/) ?? ""] ?? find(/Firefox|Chrome|Safari/) ?? "Browser";
  const system = find(/Android|iPhone|iPad|Windows|Mac|CrOS|Linux/);
  return system ? `${browser}-${system}` : browser;
}

/** The server of this page, as its index.html says; "" where it has to be asked for. */
function findServer() {
  const meta = /** @type {HTMLMetaElement | null} */ (document.querySelector("meta[name=signaling]"));
  const named = meta?.content ?? "";
  return named === "." ? location.origin : named;
}

/** What went wrong, and what to do. @param {unknown} failure */
function describe(failure) {
  switch (asError(failure, "unsupported").code) {
    case "bad-code": return t("A code looks like 417-walnut-harbor-ember.");
    case "wrong-code": return t("This code is wrong and now used up: make a new one on the box.");
    case "burned":
    case "no-code": return t("Nobody waits with this code. Is it used, or too old? Make a new one on the box.");
    case "unreachable": return t("No way to the server or the box. Are you online?");
    case "unsupported": return t("This browser is too old for Punchline: take a new one.");
    case "refused": return t("The server refuses. Try again in a minute.");
    case "no-peer": return t("The box does not answer. Is it online? Then make a new code on it.");
    default: return explain(failure);
  }
}

/** @param {{ box: any }} props */
export function Pair({ box }) {
  const phone = usePhone();
  const [linked, setLinked] = useState(takePairingCode);
  const [code, setCode] = useState(linked);
  const [name, setName] = useState(guessName);
  const [server, setServer] = useState(findServer);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");
  const asks = !findServer();
  // A link may be opened where this screen is already.
  useEffect(() => {
    const more = takePairingCode();
    if (more) setLinked(more), setCode(more);
  });

  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    setFailure("");
    try {
      const made = await pair({ signalingUrl: server, code, name });
      phone.add(made);
      toast(t("Paired with {box}", { box: made.name }));
      replace("phone");
    } catch (error) {
      setFailure(describe(error));
      setLinked(""); // there may be another code
      setBusy(false);
    }
  };

  return html`<div class="scroll"><div class="page pair">
    <header><img class="logo" src="icon.svg" alt="" />
      <h1 tabindex="-1">${linked ? t("Connect this browser") : t("Your phone number, in this browser")}</h1>
      <p class="muted">${linked
        ? t("It may then call, text and hear voicemail with the SIM card in your box. The keys for that never leave this browser.")
        : t("Calls, texts and voicemail of the SIM card in your box, from anywhere.")}</p></header>
    <form class="stack" onSubmit=${submit}>
      ${!linked && html`<${Field} label=${t("Code of the box")} value=${code} onInput=${setCode}
        placeholder="417-walnut-harbor-ember" autocomplete="off" autocapitalize="none" required />`}
      <${Field} label=${t("Name of this browser")} value=${name} onInput=${setName} required />
      ${asks && html`<${Field} label=${t("Signaling server")} type="url" value=${server}
        onInput=${setServer} placeholder="https://phone.example.org" required />`}
      ${failure && html`<${Banner} kind="error" icon="alert">${failure}<//>`}
      <${Button} kind="primary" type="submit" busy=${busy}>
        ${busy ? t("Looking for the box …") : t("Connect")}<//>
      ${box && html`<${Button} href="#/settings">${t("Cancel")}<//>`}
    </form>
    ${!linked && html`<section class="howto stack"><h2>${t("How to get a code")}</h2>
      <ol><li>${t("On the machine with the SIM card:")} <code>punchline-boxd pair</code></li>
      <li>${t("Open its link, scan its QR code, or type its code.")}</li></ol></section>`}
    </div></div>`;
}
