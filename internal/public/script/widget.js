// Kyodaku widget: shows a form in your page as a popup, a banner or in its place.
//
// <script async src="https://YOUR-KYODAKU/widget.js" data-form="SLUG"></script>
//
// data-mode    popup (default), banner, or inline (right behind this script)
// data-lang    ja or en; the page's language if not given
// data-delay   seconds until it appears (default 15)
// data-scroll  or as soon as that much of the page was read, in percent
// data-exit    or as soon as the mouse leaves towards the address bar
// data-every   days until it appears again after being closed (default 30)
// data-open    a CSS selector: clicking such an element opens it at once
//
// It speaks to your Kyodaku alone, sets no cookie, and never moves the focus
// unless the visitor asked for the form.
(() => {
  "use strict";
  const script = document.currentScript;
  const set = script?.dataset;
  if (!set?.form) return;
  const base = new URL(script.src).origin;
  const mode = set.mode || "popup";
  const lang = set.lang || (document.documentElement.lang || navigator.language || "ja").slice(0, 2);
  const words = lang === "en"
    ? { close: "Close", open: "Subscribe", label: "Subscription form", failed: "The form cannot be loaded. Please try again later." }
    : { close: "閉じる", open: "登録フォームを開く", label: "登録フォーム", failed: "フォームを読み込めませんでした。時間をおいてもう一度お試しください。" };
  const url = `${base}/f/${encodeURIComponent(set.form)}`;

  // What this browser remembers, and only here: when the form was last closed or sent.
  const key = `kyodaku:${set.form}`;
  const memory = {
    get() { try { return JSON.parse(localStorage.getItem(key)) || {}; } catch { return {}; } },
    put(what) { try { localStorage.setItem(key, JSON.stringify({ ...this.get(), [what]: Date.now() })); } catch { /* private mode */ } },
  };
  const number = (text, other) => (Number.isFinite(parseFloat(text)) ? parseFloat(text) : other);
  const due = () => {
    const { sent, closed } = memory.get();
    return !sent && !(closed && Date.now() - closed < number(set.every, 30) * 864e5);
  };

  const css = `
:host { all: initial; color-scheme: light dark; }
* { box-sizing: border-box; }
[hidden], .nobody { display: none !important; }
.box { position: fixed; z-index: 2147483000; inset: auto 1rem 1rem auto; inline-size: min(26rem, calc(100vw - 2rem)); max-block-size: min(40rem, calc(100vh - 2rem)); overflow: auto;
  padding: 1.25rem; border: 1px solid light-dark(#dde0d9, #2e3833); border-radius: 8px; background: light-dark(#fff, #1a211d); color: light-dark(#1d2522, #e4e9e6);
  font: 16px/1.7 "Hiragino Sans", "Noto Sans JP", "Yu Gothic UI", Meiryo, system-ui, sans-serif; box-shadow: 0 8px 32px #0003; overflow-wrap: anywhere; animation: rise .25s ease-out; }
.box.banner { inset: auto 0 0 0; inline-size: 100%; border-radius: 0; border-width: 1px 0 0; }
.box.banner > div { max-inline-size: 40rem; margin-inline: auto; }
.box.inline { position: static; inline-size: auto; max-block-size: none; box-shadow: none; animation: none; }
@keyframes rise { from { opacity: 0; transform: translateY(1rem); } }
@media (prefers-reduced-motion: reduce) { .box { animation: none; } }
h1, h2 { font-size: 1.2rem; line-height: 1.4; margin: 0 3rem .5rem 0; }
p, dl, ul { margin: 0 0 .75rem; } ul { padding-inline-start: 1.2em; } dd { margin: 0 0 .25rem; }
dt, .help, .often, .lead { font-size: .875rem; color: light-dark(#55615c, #a3b0a9); } .topic p, .help { margin: 0; }
a { color: inherit; }
fieldset { border: 0; padding: 0; margin: 0; min-inline-size: 0; } legend { font-weight: 600; padding: 0; }
.field { margin-block-end: 1rem; } .field > label { display: block; font-weight: 600; } .required { font-size: .75rem; font-weight: 400; }
input:not([type=checkbox]), select, textarea { inline-size: 100%; min-block-size: 2.75rem; padding: .4rem .6rem; font: inherit; color: inherit; background: transparent; border: 1px solid light-dark(#8b9690, #6d7b74); border-radius: 5px; }
[type=checkbox] { inline-size: 1.4rem; block-size: 1.4rem; margin: .15rem 0 0; accent-color: #1a5a40; }
.topic, .field-check { display: grid; grid-template-columns: auto 1fr; column-gap: .75rem; margin-block: .75rem; } .topic > div { grid-column: 2; }
.wording { font-size: .875rem; padding: .5rem .75rem; border-inline-start: 3px solid light-dark(#b9d1c3, #35553f); margin-block-end: .75rem; }
.notice { padding: .5rem .75rem; border: 1px solid; border-radius: 5px; margin-block-end: .75rem; }
.wrong { color: light-dark(#a1261d, #f4a69e); font-weight: 600; }
.button { min-block-size: 2.75rem; padding: .4rem 1.25rem; font: inherit; font-weight: 600; cursor: pointer; border-radius: 5px; border: 1.5px solid light-dark(#1a5a40, #8ccdab); background: transparent; color: inherit; margin: 0 .5rem .5rem 0; }
.button-main { background: light-dark(#1a5a40, #8ccdab); color: light-dark(#fff, #0e2018); }
.close { position: absolute; inset-block-start: .5rem; inset-inline-end: .5rem; inline-size: 2.75rem; block-size: 2.75rem; border: 0; background: transparent; color: inherit; font: 1.5rem/1 system-ui; cursor: pointer; border-radius: 5px; }
:focus-visible { outline: 3px solid light-dark(#1a5a40, #8ccdab); outline-offset: 2px; }
[tabindex="-1"]:focus-visible { outline: none; }`;

  // Finds the proof of work; without a secure page the server waits instead.
  async function solve(challenge, bits) {
    if (!globalThis.crypto?.subtle) return "";
    const text = new TextEncoder();
    for (let i = 0; ; i++) {
      let zeros = 0;
      for (const byte of new Uint8Array(await crypto.subtle.digest("SHA-256", text.encode(`${challenge}:${i}`)))) {
        zeros += Math.clz32(byte) - 24;
        if (byte !== 0) break;
      }
      if (zeros >= bits) return String(i);
    }
  }

  let host, box, body, opener, loading;

  function build() {
    host = document.createElement("div");
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet(); // works under a page's strict style-src
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
    box = document.createElement("section");
    box.className = `box ${mode}`;
    box.lang = lang;
    box.setAttribute("aria-label", words.label);
    body = document.createElement("div");
    if (mode !== "inline") {
      box.setAttribute("role", "dialog"); // beside the page, which stays usable
      const close = document.createElement("button");
      close.className = "close";
      close.type = "button";
      close.textContent = "×";
      close.setAttribute("aria-label", words.close);
      close.addEventListener("click", hide);
      box.append(close);
    }
    box.append(body);
    root.append(box);
    root.addEventListener("submit", send);
    if (mode === "inline") script.after(host);
    else document.body.append(host);
  }

  function show(html) {
    body.innerHTML = html; // from our own server, and escaped there
  }

  async function load() {
    const answer = await fetch(`${url}/embed?lang=${encodeURIComponent(lang)}`, { credentials: "omit" });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.text();
  }

  async function open(asked) {
    if (host?.isConnected) { if (asked) focusInside(); return; }
    loading ??= load();
    let html;
    try { html = await loading; } catch { loading = undefined; if (!asked) return; html = `<p role="alert">${words.failed}</p>`; }
    if (host?.isConnected) return;
    build();
    if (mode === "banner" && !asked) bannerFirst(html);
    else show(html);
    if (asked) focusInside();
  }

  // A banner says what it is about and leaves the page in sight; the form comes when asked for.
  function bannerFirst(html) {
    const title = new DOMParser().parseFromString(html, "text/html").querySelector("h2")?.textContent || words.label;
    const line = document.createElement("h2");
    line.textContent = title;
    const button = document.createElement("button");
    button.className = "button button-main";
    button.type = "button";
    button.textContent = words.open;
    button.addEventListener("click", () => { show(html); focusInside(); });
    body.replaceChildren(line, button);
  }

  function focusInside() {
    const first = body.querySelector("input:not([type=hidden]):not([tabindex='-1']), button");
    first?.focus();
  }

  function hide() {
    const inside = document.activeElement === host;
    host.remove();
    loading = undefined; // the form's token was used up, or is old by the next time
    memory.put("closed");
    if (inside) opener?.focus();
  }

  async function send(event) {
    event.preventDefault();
    const form = event.target, button = event.submitter;
    const data = new URLSearchParams(new FormData(form, button));
    data.set("view", "part");
    data.set("referrer", document.referrer);
    if (button) button.disabled = true;
    try {
      data.set("proof", await solve(data.get("render") || "", Number(form.dataset.bits) || 0));
      const answer = await fetch(form.action, { method: "POST", body: data, credentials: "omit", referrerPolicy: "no-referrer-when-downgrade" });
      if (!answer.ok) throw new Error(String(answer.status));
      show(await answer.text());
      if (!body.querySelector("form")) memory.put("sent");
      body.querySelector("[data-focus]")?.focus(); // the visitor acted: lead on to the answer
    } catch {
      form.submit(); // the plain way, in this window
    }
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && mode !== "inline" && host?.isConnected) hide();
  });
  if (set.open) {
    document.addEventListener("click", (event) => {
      const target = event.target instanceof Element && event.target.closest(set.open);
      if (!target) return;
      event.preventDefault();
      opener = target;
      open(true);
    });
  }

  if (mode === "inline") { open(false); return; }
  if (!due()) return;

  const wait = new AbortController();
  const appear = () => { wait.abort(); if (due()) open(false); };
  const timer = setTimeout(appear, number(set.delay, 15) * 1000);
  wait.signal.addEventListener("abort", () => clearTimeout(timer));
  if (set.scroll) {
    addEventListener("scroll", () => {
      const whole = document.documentElement.scrollHeight - innerHeight;
      if (whole > 0 && (scrollY / whole) * 100 >= number(set.scroll, 50)) appear();
    }, { passive: true, signal: wait.signal });
  }
  if ("exit" in set) {
    document.documentElement.addEventListener("mouseleave", (event) => { if (event.clientY <= 0) appear(); }, { signal: wait.signal });
  }
})();
