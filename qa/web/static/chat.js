// The chat's own behaviour: sends what people ask, shows what comes, keeps the conversation.
// Gradio carries the orders (window.fnSend, window.fnStop) and puts the server's HTML into the page.
import * as deeds from "./deeds.js";
import { by, calm, grow, links, say, told, turns, wide } from "./page.js";
import { marksOf, open, uncover, walk } from "./sources.js";

const KEPT = "footnote-conversation", RETURN = "footnote-return", DRAFT = "footnote-draft", LINK = "a1.";
const SCOPE = { place: "fn-place", since: "fn-since", until: "fn-until" };
let words = {}, keeps = false, linked = false;
// Milliseconds after what came last: Gradio closes its stream then, and what is sent meanwhile may be lost.
const REST = 300;
let pending = null, sent = false, quiet = -REST, watch = 0, looks = 0, lost = false;

// Asking -----------------------------------------------------------------------------------------
function send(order) {
  pending = order;
  sent = false;
  if (order.question) {
    by("fn-send").hidden = true;
    by("fn-stop").hidden = false;
    say(words.searching);
    by("fn-next").querySelectorAll("[data-after]").forEach((each) => { each.hidden = true; });
    // Should the page be loaded anew before the answer is there (Gradio does when its server comes back).
    sessionStorage.setItem(RETURN, JSON.stringify({ links: order.links || links(), order }));
  }
  setTimeout(deliver, Math.max(0, quiet + REST - performance.now()), order);
  clearTimeout(watch);
  watch = setTimeout(look, 3000);
}

function deliver(order) {
  if (pending !== order) return;
  sent = true;
  looks = 0;
  // What stands there now isn't the answer to this.
  by("fn-now").querySelectorAll(".fn-turn, .fn-error").forEach((each) => { each.dataset.old = ""; });
  window.fnSend({ shown: turns().length, ...order });
}

const isSilent = () => !by("fn-now").querySelector(":is(.fn-turn, .fn-error):not([data-old])");

function ask(question, keep) {
  if (!question.trim() || pending) return;
  const scope = Object.fromEntries(Object.entries(SCOPE).map(([name, id]) => [name, by(id).value.trim()]));
  by("fn-lost").hidden = true;
  send({ question, ...scope, ...(keep === undefined ? {} : { keep }) });
}

function asked() {
  const box = by("fn-box"), question = box.value, keep = box.dataset.keep;
  if (!question.trim() || pending) return;
  delete box.dataset.keep;
  box.value = "";
  sessionStorage.removeItem(DRAFT);
  grow();
  ask(question, keep === undefined ? undefined : Number(keep));
}

function settled() {
  pending = null;
  sessionStorage.removeItem(RETURN);
  clearTimeout(watch);
  by("fn-stop").hidden = true;
  by("fn-send").hidden = false;
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
    by("fn-lost").textContent = words.lost;
    by("fn-lost").hidden = false;
  } else if (lost) {
    location.reload();
    return;
  } else if (sent && isSilent() && ++looks === 3) {
    // No sign for nine seconds, though the server is there: it was sent as the stream was being closed.
    window.fnSend({ shown: turns().length, ...pending });
  } else if (looks > 6) {
    // Nor after that: Gradio listens to a stream that is no more.
    location.reload();
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
  if (!pending || !sent) return;
  // The server has forgotten the conversation: load the page anew, and open it from its links.
  if (now.querySelector("[data-forgotten]")) return location.reload();
  if (error) {
    // What the browser kept can't be opened any more.
    if (pending.links && !linked) localStorage.removeItem(KEPT);
    settled();
    const box = by("fn-box");
    if (!box.value) { box.value = error.dataset.question || ""; grow(); }
    return;
  }
  const ended = turn ? !("growing" in turn.dataset) : !pending.question && by("fn-past").querySelector(".fn-turn");
  if (ended) answered(turn);
}

const into = (turn) => turn.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });

function answered(turn) {
  const asked = Boolean(pending.question), last = turn || turns().at(-1);
  settled();
  if (keeps && !linked) localStorage.setItem(KEPT, JSON.stringify(links()));
  if (!last) return;
  into(asked ? last : turns()[0]);
  if (asked) window.fnNext();
  if (asked) say(`${last.querySelector(".fn-declined") ? words.declined : words.answered} ${last.dataset.said}`);
  const first = marksOf(last)[0];
  if (first && wide()) open(first);
}

// Questions to go on with come after the answer; those after another one are late.
function ledOn() {
  quiet = performance.now();
  const after = by("fn-next").querySelector("[data-after]"), last = turns().at(-1);
  if (after) after.hidden = Boolean(pending) || !last || after.dataset.after !== last.dataset.turn;
}

// What was on the page before: an answer that was waited for, a link's, or what the browser kept.
function restore() {
  by("fn-box").value = sessionStorage.getItem(DRAFT) || "";
  const back = JSON.parse(sessionStorage.getItem(RETURN) || "null"), hash = location.hash.slice(1);
  sessionStorage.removeItem(RETURN);
  linked = hash.startsWith(LINK);
  let kept = [];
  try { kept = JSON.parse((keeps && localStorage.getItem(KEPT)) || "[]"); } catch { localStorage.removeItem(KEPT); }
  if (back) send({ ...back.order, links: back.links, keep: 0 });
  else if (linked) send({ links: [hash], keep: 0 });
  else if (kept.length) send({ links: kept, keep: 0 });
}

// What buttons do --------------------------------------------------------------------------------
function edit(turn) {
  const box = by("fn-box");
  box.value = turn.dataset.question;
  box.dataset.keep = turn.dataset.turn;
  grow();
  box.focus();
}

function anew() {
  localStorage.removeItem(KEPT);
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
  copy: deeds.copied,
  link: deeds.linked,
  up: async (turn, button) => {
    if (await deeds.opine(turn, { verdict: "up" })) button.setAttribute("aria-pressed", "true");
  },
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
  if (event.target.id !== "fn-box" || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  asked();
});

function start() {
  const form = by("fn-ask");
  if (!form || !window.fnSend || !window.fnStop || !window.fnNext || !by("fn-now")) return setTimeout(start, 20);
  ({ words, keeps } = told());
  document.body.classList.toggle("fn-no-opinions", !told().opinions);
  by("fn-box").addEventListener("input", () => {
    sessionStorage.setItem(DRAFT, by("fn-box").value);
    grow();
  });
  by("fn-stop").addEventListener("click", () => {
    if (pending) window.fnStop({ question: pending.question });
    by("fn-box").focus();
  });
  by("fn-scope").addEventListener("input", scoped);
  by("fn-log").setAttribute("role", "region");
  by("fn-log").setAttribute("aria-label", words.conversation);
  const watcher = new MutationObserver(changed);
  for (const id of ["fn-past", "fn-now"]) watcher.observe(by(id), { childList: true, subtree: true });
  new MutationObserver(ledOn).observe(by("fn-next"), { childList: true, subtree: true });
  if (wide()) by("fn-box").focus();
  form.classList.add("fn-ready");
  restore();
}
start();
