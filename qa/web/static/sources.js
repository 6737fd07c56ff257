// The documents beside the conversation: a mark opens its source, shows its quote, leads to the next.
import { by, say, told, wide } from "./page.js";

// The link whose source is open: by its turn and address, as its element may be another by now.
let opened = null;
const placed = (link) => ({ turn: link.closest(".fn-turn")?.dataset.turn, href: link.href });

function found() {
  if (!opened) return undefined;
  const among = opened.turn === undefined ? by("fn-header") : document.querySelector(`.fn-turn[data-turn="${opened.turn}"]`);
  return [...(among?.querySelectorAll('a[target="fn-source"]') || [])].find((each) => each.href === opened.href);
}

// A mark for each citation: side by side and in a sentence the same may stand twice.
export function marksOf(turn) {
  const last = [...turn.querySelectorAll("a.fn-mark")].reverse();
  return [...new Map(last.map((each) => [each.href, each])).values()].reverse();
}

function show(link) {
  const frame = document.querySelector('iframe[name="fn-source"]');
  document.querySelectorAll("[aria-current]").forEach((each) => each.removeAttribute("aria-current"));
  link.setAttribute("aria-current", "true");
  opened = placed(link);
  by("fn-source-empty").hidden = true;
  frame.hidden = false;
  numbered(link);
  return frame;
}

// Which of its turn's citations is open, and the way to the others if there are some.
function numbered(link) {
  const turn = link?.closest(".fn-turn"), marks = turn ? marksOf(turn) : [];
  const at = marks.findIndex((each) => each.href === link.href);
  by("fn-walk").hidden = false;
  by("fn-walk").classList.toggle("fn-alone", at < 0 || marks.length < 2);
  by("fn-where").textContent = at < 0 ? "" : `${at + 1} ${told().words.of} ${marks.length}`;
}

// After turns have been shown anew: the mark of the open source is marked again, unless it is gone.
export function remark() {
  if (described && described.getAttribute("aria-describedby") !== "fn-preview") unpreview();
  if (!opened) return;
  const link = found();
  if (!link) numbered(null);
  else if (!document.querySelector("#fn-log [aria-current], #fn-header [aria-current]")) {
    link.setAttribute("aria-current", "true");
    numbered(link);
  }
}

export function open(link) {
  show(link).src = link.href;
}

export function walk(step) {
  const now = found();
  if (!now?.closest(".fn-turn")) return;
  const marks = marksOf(now.closest(".fn-turn"));
  const at = marks.findIndex((each) => each.href === now.href);
  const next = marks[(at + step + marks.length) % marks.length];
  open(next);
  say(`${by("fn-where").textContent}: ${next.dataset.quote}`);
  if (wide()) next.scrollIntoView({ block: "nearest" });
}

// On a phone a source covers the conversation, which then can't be reached behind it.
const COVERED = ["fn-header", "fn-log", "fn-ask", "fn-replaces", "fn-under"];
const inert = (covered) => COVERED.forEach((id) => { by(id).inert = covered; });

function cover() {
  document.body.classList.add("fn-reading");
  inert(true);
  by("fn-close").focus();
}

export function uncover() {
  if (!document.body.classList.contains("fn-reading")) return;
  document.body.classList.remove("fn-reading");
  inert(false);
  found()?.focus();
}

matchMedia("(min-width: 900px)").addEventListener("change", uncover);

// The quote beside its mark, for who points at it or comes by keyboard.
let described = null;

function preview(mark) {
  unpreview();
  const box = by("fn-preview"), [quote, where] = box.querySelectorAll("p");
  quote.textContent = mark.dataset.quote;
  where.firstChild.textContent = mark.dataset.where;
  box.hidden = false;
  described = mark;
  mark.setAttribute("aria-describedby", "fn-preview");
  beside(mark);
}

// Without a gap between them, so that a pointer can go from one to the other.
function beside(mark) {
  const box = by("fn-preview"), at = mark.getBoundingClientRect(), size = box.getBoundingClientRect();
  const above = at.bottom + size.height + 4 > innerHeight && at.top > size.height;
  box.style.top = `${above ? at.top - size.height : at.bottom}px`;
  box.style.left = `${Math.max(8, Math.min(at.left, innerWidth - size.width - 8))}px`;
}

function unpreview() {
  by("fn-preview").hidden = true;
  described?.removeAttribute("aria-describedby");
  described = null;
}

// It goes with its mark, as long as that is to be seen.
document.addEventListener("scroll", (event) => {
  if (!described || event.target === by("fn-preview")) return;
  const { top, bottom } = described.getBoundingClientRect(), log = by("fn-log").getBoundingClientRect();
  if (bottom < Math.max(0, log.top) || top > Math.min(innerHeight, log.bottom)) unpreview();
  else beside(described);
}, true);

// Links work without this (each names the pane's frame as its target); it shows and hides the pane.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[target="fn-source"]');
  if (!link) return;
  show(link);
  unpreview();
  if (!wide()) cover();
});

function escape(event) {
  if (event.key !== "Escape" || !by("fn-preview")) return;
  unpreview();
  uncover();
}

document.addEventListener("keydown", escape);

// In the frame too, which tells nobody else of its keys.
document.addEventListener("load", (event) => {
  if (!event.target.matches?.('iframe[name="fn-source"]')) return;
  try { event.target.contentWindow.addEventListener("keydown", escape); } catch { /* of another host */ }
}, true);

for (const [coming, going] of [["pointerover", "pointerout"], ["focusin", "focusout"]]) {
  document.addEventListener(coming, (event) => {
    const mark = event.target.closest?.("a.fn-mark[data-quote]");
    if (mark) preview(mark);
  });
  document.addEventListener(going, (event) => {
    const to = event.relatedTarget;
    if (event.target.closest?.("a.fn-mark, #fn-preview") && !to?.closest?.("#fn-preview")) unpreview();
  });
}
