// What the chat's scripts share: what is on the page, and what is told to who doesn't see it.
export const by = (id) => document.getElementById(id);
export const wide = () => matchMedia("(min-width: 900px)").matches;
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// Every word of ours comes from the server, with what the settings allow: see render.composer.
export const told = () => JSON.parse(by("fn-ask").dataset.page);

// Turns whose answer is complete.
export const turns = () => [...document.querySelectorAll("#fn-log .fn-turn[data-question]")];

// Emptied first: what is already there wouldn't be spoken.
let saying = 0;
export function say(text) {
  by("fn-live").textContent = "";
  clearTimeout(saying);
  saying = setTimeout(() => { by("fn-live").textContent = text; }, 20);
}

export function tell(turn, text) {
  say(text);
  let line = turn.querySelector(".fn-told");
  if (!turn.querySelector(".fn-tools")) return;
  if (!line) {
    line = document.createElement("span");
    line.className = "fn-told";
    turn.querySelector(".fn-tools > p").append(line);
  }
  line.textContent = text;
}

// The question's box grows with what is written.
export function grow() {
  const box = by("fn-box");
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight + 2, 180)}px`;
}
