// What a reader did in a turn stays when the page shows its turns anew: parts that he opened, the
// form that he was filling in, what he said of it. (Gradio makes the page as the server's HTML is.)
import { turns } from "./page.js";

const done = new Map();
const name = ({ dataset: { turn, question, link, said } }) => JSON.stringify([turn, question, link || said]);

export function note(turn) {
  if (!turn?.dataset.question) return;
  done.set(name(turn), {
    open: [...turn.querySelectorAll("details")].map((each) => each.open),
    helpful: turn.querySelector('[data-do="up"]').getAttribute("aria-pressed"),
    form: turn.querySelector(".fn-opinion"),
  });
}

export function redo() {
  for (const turn of turns()) {
    const was = done.get(name(turn));
    if (!was) continue;
    turn.querySelectorAll("details").forEach((each, place) => {
      if (each.open !== was.open[place]) each.open = was.open[place];
    });
    const up = turn.querySelector('[data-do="up"]');
    if (up.getAttribute("aria-pressed") !== was.helpful) up.setAttribute("aria-pressed", was.helpful);
    if (!was.form || turn.contains(was.form)) continue;
    turn.querySelector(".fn-tools").append(was.form);
    turn.querySelector('[data-do="down"]').setAttribute("aria-expanded", "true");
  }
}

document.addEventListener("toggle", (event) => note(event.target.closest?.(".fn-turn")), true);
