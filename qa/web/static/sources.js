// The documents beside the conversation: a mark opens its source, shows its quote, leads to the next.
import { by, told, wide } from "./page.js";

let opener = null;

// A mark for each citation: side by side and in a sentence the same may stand twice.
export function marksOf(turn) {
  const last = [...turn.querySelectorAll("a.fn-mark")].reverse();
  return [...new Map(last.map((each) => [each.href, each])).values()].reverse();
}

function show(link) {
  const frame = document.querySelector('iframe[name="fn-source"]');
  document.querySelectorAll("[aria-current]").forEach((each) => each.removeAttribute("aria-current"));
  link.setAttribute("aria-current", "true");
  by("fn-source-empty").hidden = true;
  frame.hidden = false;
  const turn = link.closest(".fn-turn"), marks = turn ? marksOf(turn) : [];
  const at = marks.findIndex((each) => each.href === link.href);
  by("fn-walk").hidden = false;
  by("fn-walk").classList.toggle("fn-alone", at < 0 || marks.length < 2);
  by("fn-where").textContent = at < 0 ? "" : `${at + 1} ${told().words.of} ${marks.length}`;
  return frame;
}

export function open(link) {
  show(link).src = link.href;
}

export function walk(step) {
  const now = document.querySelector("a.fn-mark[aria-current]");
  if (!now) return;
  const marks = marksOf(now.closest(".fn-turn"));
  const at = marks.findIndex((each) => each.href === now.href);
  opener = marks[(at + step + marks.length) % marks.length];
  open(opener);
  if (wide()) opener.scrollIntoView({ block: "nearest" });
}

// On a phone a source covers the conversation.
function cover() {
  document.body.classList.add("fn-reading");
  by("fn-close").focus();
}

export function uncover() {
  if (!document.body.classList.contains("fn-reading")) return;
  document.body.classList.remove("fn-reading");
  if (opener) opener.focus();
}

// The quote beside its mark, for who points at it or comes by keyboard.
function preview(mark) {
  const box = by("fn-preview"), [quote, where] = box.querySelectorAll("p");
  quote.textContent = mark.dataset.quote;
  where.firstChild.textContent = mark.dataset.where;
  box.hidden = false;
  const at = mark.getBoundingClientRect(), size = box.getBoundingClientRect();
  const above = at.bottom + size.height + 8 > innerHeight && at.top > size.height;
  box.style.top = `${above ? at.top - size.height - 4 : at.bottom + 4}px`;
  box.style.left = `${Math.max(8, Math.min(at.left, innerWidth - size.width - 8))}px`;
  mark.setAttribute("aria-describedby", "fn-preview");
}

const unpreview = () => { by("fn-preview").hidden = true; };

// Links work without this (each names the pane's frame as its target); it shows and hides the pane.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[target="fn-source"]');
  if (!link) return;
  show(link);
  unpreview();
  opener = link;
  if (!wide()) cover();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !by("fn-preview")) return;
  unpreview();
  uncover();
});

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
