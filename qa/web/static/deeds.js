// What can be done with an answer or a whole conversation: copy, link, save, say what one thinks of it.
import { note } from "./done.js";
import { by, tell, told, turns } from "./page.js";

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Browsers give the clipboard to pages over HTTPS only; this is older.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

export async function copied(turn) {
  const { words } = told();
  tell(turn, (await copy(turn.dataset.markdown)) ? words.copied : words.notCopied);
}

export async function linked(turn) {
  const { words } = told(), address = `${location.origin}${location.pathname}#${turn.dataset.link}`;
  tell(turn, turn.dataset.link && (await copy(address)) ? words.linked : words.notCopied);
}

// Each answer numbers its footnotes from 1; together they go on. (In what documents say, brackets are escaped.)
function whole() {
  let before = 0;
  return turns().map(({ dataset: { markdown } }) => {
    const text = markdown.replace(/\[\^(\d+)\]/g, (_, n) => `[^${Number(n) + before}]`);
    before += (markdown.match(/^\[\^\d+\]:/gm) || []).length;
    return text;
  }).join("\n");
}

export function save() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([whole()], { type: "text/markdown" }));
  link.download = told().words.file;
  link.click();
  URL.revokeObjectURL(link.href);
}

export async function opine(turn, opinion) {
  const { words } = told(), before = turns().slice(0, Math.max(turns().indexOf(turn), 0)).slice(-20);
  const history = before.map(({ dataset: { question, said } }) => ({ question, answer: said.slice(0, 9000) }));
  const body = JSON.stringify({ ...JSON.parse(turn.dataset.opinion), ...opinion, history });
  let kept = false;
  try {
    const headers = { "Content-Type": "application/json" };
    kept = (await fetch("/api/v1/feedback", { method: "POST", headers, body })).ok;
  } catch { /* told below */ }
  tell(turn, kept ? words.thanks : words.notKept);
  return kept;
}

export async function helpful(turn, button) {
  if (!(await opine(turn, { verdict: "up" }))) return;
  button.setAttribute("aria-pressed", "true");
  note(turn);
}

// The form that asks what was wrong: there, or not.
export function form(turn) {
  const there = turn.querySelector(".fn-opinion"), button = turn.querySelector('[data-do="down"]');
  button.setAttribute("aria-expanded", String(!there));
  if (there) {
    const had = there.contains(document.activeElement);
    there.remove();
    if (had) button.focus();
  } else {
    turn.querySelector(".fn-tools").append(by("fn-opinion").content.cloneNode(true));
    turn.querySelector(".fn-opinion input").focus();
  }
  note(turn);
}

document.addEventListener("submit", async (event) => {
  if (!event.target.matches(".fn-opinion")) return;
  event.preventDefault();
  const said = new FormData(event.target), turn = event.target.closest(".fn-turn");
  const opinion = { verdict: "down", answer: said.get("answer") || "", reason: said.get("reason") || null };
  if ((await opine(turn, opinion)) && turn.contains(event.target)) form(turn);
});
