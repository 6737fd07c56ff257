// The chat's own behaviour: sends what people ask, shows what comes, keeps the conversation.
// Gradio carries the orders (window.fnSend, window.fnStop) and puts the server's HTML into the page.
import * as deeds from "./deeds.js";
import { redo } from "./done.js";
import * as kept from "./kept.js";
import { by, calm, grow, say, told, turns, wide } from "./page.js";
import { marksOf, open, remark, uncover, walk } from "./sources.js";

const LINK = "#a1.", SCOPE = { place: "fn-place", since: "fn-since", until: "fn-until" };
// Characters of a question that are sent; the server says what is too long for it, from 2,000 on.
const ASKED = 10_000;
let words = {}, keeps = false, linked = false;
// Milliseconds after what came last: Gradio closes its stream then, and what is sent meanwhile may be lost.
const REST = 300;
let pending = null, sent = false, quiet = -REST, watch = 0, looks = 0, lost = false;
// Links that couldn't be opened for now, what the status said last, and what an edit put aside.
let owed, status = "", draft = "";

// Asking -----------------------------------------------------------------------------------------
function send(order) {
  pending = order;
  sent = lost = false;
  if (order.question) {
    const inBox = document.activeElement === by("fn-box");
    by("fn-send").hidden = true;
    by("fn-stop").hidden = false;
    // What was pressed may be gone.
    if (!inBox) by("fn-stop").focus({ preventScroll: true });
    status = "";
    say(words.searching);
    by("fn-next").querySelectorAll("[data-after]").forEach((each) => { each.hidden = true; });
    // Should the page be loaded anew before the answer is there (Gradio does when its server comes back).
    kept.later(order);
  }
  setTimeout(deliver, Math.max(0, quiet + REST - performance.now()), order);
  clearTimeout(watch);
  watch = setTimeout(look, 3000);
}

function give(order) {
  const { question = "" } = order;
  window.fnSend({ shown: turns().length, ...order, question: question.slice(0, ASKED) });
}

function deliver(order) {
  if (pending !== order) return;
  sent = true;
  looks = 0;
  // What stands there now isn't the answer to this.
  by("fn-now").querySelectorAll(".fn-turn, .fn-error").forEach((each) => { each.dataset.old = ""; });
  give(order);
}

const isSilent = () => !by("fn-now").querySelector(":is(.fn-turn, .fn-error):not([data-old])");

function ask(question, keep) {
  if (!question.trim() || pending) return;
  const scope = Object.fromEntries(Object.entries(SCOPE).map(([name, id]) => [name, by(id).value.trim().slice(0, ASKED)]));
  by("fn-lost").hidden = true;
  send({ question, ...scope, keep, links: owed });
}

function asked() {
  const box = by("fn-box"), question = box.value, keep = box.dataset.keep;
  if (!question.trim() || pending) return;
  replaces(null);
  box.value = "";
  kept.forget(kept.DRAFT);
  grow();
  ask(question, keep === undefined ? undefined : Number(keep));
}

function settled() {
  const before = document.activeElement, waited = Boolean(pending.question);
  pending = null;
  kept.forget(kept.RETURN);
  clearTimeout(watch);
  by("fn-stop").hidden = true;
  by("fn-send").hidden = false;
  // On a phone the box would bring its keyboard.
  if (waited && (before === by("fn-stop") || before === document.body)) by(wide() ? "fn-box" : "fn-send").focus({ preventScroll: true });
  offered();
}

// The question goes back into its box, to replace what it was to replace.
function failed({ question, keep, links }) {
  owed = turns().length ? undefined : links;
  settled();
  const box = by("fn-box");
  if (!question || box.value) return;
  box.value = question;
  if (keep !== undefined && keep < turns().length) replaces(keep);
  grow();
}

function lose(line) {
  by("fn-lost").textContent = line;
  by("fn-lost").hidden = false;
}

function stop() {
  if (pending && (!sent || lost)) {
    failed(pending);
    lose(words.stopped);
  } else if (pending) window.fnStop({ question: (pending.question || "").slice(0, ASKED) });
  by("fn-box").focus();
}

// While an answer is waited for: is the server still there? If it went, ask again when it is back.
async function look() {
  let there = false;
  try {
    there = (await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(4000) })).ok;
  } catch { /* it isn't there */ }
  if (!pending) return;
  if (!there) {
    lost = true;
    lose(words.lost);
  } else if (lost) {
    return location.reload();
  } else if (sent && isSilent() && ++looks === 3) {
    // No sign for nine seconds, though the server is there: it was sent as the stream was being closed.
    give(pending);
  } else if (looks > 6) {
    // Nor after that: Gradio listens to a stream that is no more. A page loaded anew does, or nothing helps.
    if (!kept.read(kept.RELOADED) && kept.write(kept.RELOADED, "once")) return location.reload();
    failed(pending);
    owed = undefined;
    lose(words.unanswered);
    return;
  }
  watch = setTimeout(look, lost ? 1000 : 3000);
}

// What the server says ---------------------------------------------------------------------------
function changed() {
  const now = by("fn-now"), error = now.querySelector(".fn-error:not([data-old])");
  const turn = now.querySelector(".fn-turn:not([data-old])");
  document.body.classList.toggle("fn-talking", Boolean(document.querySelector("#fn-log .fn-turn, #fn-now .fn-error")));
  document.querySelectorAll("#fn-whole button").forEach((each) => { each.hidden = !turns().length; });
  if (!now.querySelector("[data-growing]")) quiet = performance.now();
  remark();
  redo();
  if (!pending || !sent) return;
  // The server has forgotten the conversation: load the page anew, and open it from its links.
  if (now.querySelector("[data-forgotten]")) return location.reload();
  const said = turn?.querySelector(".fn-status")?.textContent || "";
  if (said && said !== status) say(said);
  status = said || status;
  if (error) {
    kept.forget(kept.RELOADED);
    failed(pending);
    say("");
    error.scrollIntoView({ block: "center", behavior: calm() ? "auto" : "smooth" });
    // What can't be opened now, nor ever.
    if (!("unopened" in error.dataset)) return;
    owed = undefined;
    if (!linked) kept.forget(kept.CONVERSATION);
    return;
  }
  const ended = turn ? !("growing" in turn.dataset) : !pending.question && by("fn-past").querySelector(".fn-turn");
  if (ended) answered(turn);
}

const into = (turn) => turn.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });

function answered(turn) {
  const asked = Boolean(pending.question), last = turn || turns().at(-1);
  kept.forget(kept.RELOADED);
  owed = undefined;
  settled();
  if (draft && !by("fn-box").value) unedit();
  if (keeps && !linked) kept.write(kept.CONVERSATION, JSON.stringify(kept.links()));
  if (!last) return;
  into(asked ? last : turns()[0]);
  if (asked) window.fnNext();
  if (asked) say(`${last.querySelector(".fn-declined") ? words.declined : words.answered} ${last.dataset.said}`);
  else say(`${words.opened} ${turns().length}`);
  const first = marksOf(last)[0];
  if (first && wide()) open(first);
}

// Questions to go on with come after the answer; those after another one are late.
function offered() {
  const after = by("fn-next").querySelector("[data-after]"), last = turns().at(-1);
  if (after) after.hidden = Boolean(pending) || !last || after.dataset.after !== last.dataset.turn;
}

function ledOn() {
  quiet = performance.now();
  offered();
}

// What was on the page before: an answer that was waited for, a link's, or what the browser kept.
function restore() {
  by("fn-box").value = kept.read(kept.DRAFT) || "";
  grow();
  const back = kept.returned();
  linked = location.hash.startsWith(LINK);
  if (!keeps) kept.forget(kept.CONVERSATION);
  const links = keeps ? kept.conversation() : [];
  if (back) send(back);
  else if (linked && location.hash.length > kept.LONGEST) lose(words.unfitLink);
  else if (linked) send({ links: [location.hash.slice(1)] });
  else if (links.length) send({ links });
}

// What buttons do --------------------------------------------------------------------------------
function edit(turn) {
  const box = by("fn-box");
  if (box.dataset.keep === undefined) draft = box.value;
  box.value = turn.dataset.question;
  replaces(turn.dataset.turn);
  grow();
  box.focus();
  say(words.replaces);
}

// From which turn on the question in the box replaces what was said; null if none.
function replaces(keep) {
  if (keep === null) delete by("fn-box").dataset.keep;
  else by("fn-box").dataset.keep = keep;
  by("fn-replaces").hidden = keep === null;
}

// What was in the box before comes back.
function unedit() {
  replaces(null);
  by("fn-box").value = draft;
  draft = "";
  drafted();
}

function drafted() {
  kept.write(kept.DRAFT, by("fn-box").value);
  grow();
}

function anew() {
  for (const each of [kept.CONVERSATION, kept.RETURN, kept.DRAFT]) kept.forget(each);
  history.replaceState(null, "", location.pathname);
  location.reload();
}

function widen() {
  Object.values(SCOPE).forEach((id) => { by(id).value = ""; });
  scoped();
}

// What a question is narrowed to is said where that is closed.
function scoped() {
  const [place, since, until] = Object.values(SCOPE).map((id) => by(id).value.trim());
  by("fn-scoped").textContent = [place, since && `≥ ${since}`, until && `≤ ${until}`].filter(Boolean).join(", ") || words.everything;
}

const DO = {
  offer: (_, button) => ask(button.textContent),
  again: (turn) => ask(turn.dataset.question, Number(turn.dataset.turn)),
  edit,
  unedit: () => { unedit(); by("fn-box").focus(); },
  copy: deeds.copied,
  link: deeds.linked,
  up: deeds.helpful,
  down: deeds.form,
  cancel: deeds.form,
  close: uncover,
  previous: () => walk(-1),
  following: () => walk(1),
  widen,
  save: deeds.save,
  new: anew,
};

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-do]");
  if (button) DO[button.dataset.do]?.(button.closest(".fn-turn"), button);
});

document.addEventListener("submit", (event) => {
  if (event.target.id !== "fn-ask") return;
  event.preventDefault();
  asked();
});

document.addEventListener("keydown", (event) => {
  if (event.target.id !== "fn-box" || event.isComposing) return;
  if (event.key === "Escape" && event.target.dataset.keep !== undefined) unedit();
  if (event.key !== "Enter" || event.shiftKey) return;
  event.preventDefault();
  asked();
});

function start() {
  const form = by("fn-ask");
  if (!form || !window.fnSend || !window.fnStop || !window.fnNext || !by("fn-now")) return setTimeout(start, 20);
  ({ words, keeps } = told());
  document.body.classList.toggle("fn-no-opinions", !told().opinions);
  by("fn-box").addEventListener("input", () => {
    if (!by("fn-box").value && by("fn-box").dataset.keep !== undefined) unedit();
    drafted();
  });
  by("fn-stop").addEventListener("click", stop);
  // A link that is put into this very tab.
  addEventListener("hashchange", () => {
    if (!location.hash.startsWith(LINK)) return;
    kept.forget(kept.RETURN);
    location.reload();
  });
  by("fn-scope").addEventListener("input", scoped);
  by("fn-log").setAttribute("role", "region");
  by("fn-log").setAttribute("aria-label", words.conversation);
  const watcher = new MutationObserver(changed);
  for (const id of ["fn-past", "fn-now"]) watcher.observe(by(id), { childList: true, subtree: true, attributeFilter: ["data-at"] });
  new MutationObserver(ledOn).observe(by("fn-next"), { childList: true, subtree: true });
  if (wide()) by("fn-box").focus();
  form.classList.add("fn-ready");
  restore();
}
start();
