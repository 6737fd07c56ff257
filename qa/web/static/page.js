// What the chat's scripts share: what is on the page, and what is told to who doesn't see it.
export const by = (id) => document.getElementById(id);
export const wide = () => matchMedia("(min-width: 900px)").matches;
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// Every word of ours comes from the server, with what the settings allow: see render.composer.
export const told = () => JSON.parse(by("fn-ask").dataset.page);

// Turns whose answer is complete, and the links that hold them.
export const turns = () => [...document.querySelectorAll("#fn-log .fn-turn[data-question]")];
export const links = () => turns().map((turn) => turn.dataset.link).filter(Boolean);

export const say = (text) => { by("fn-live").textContent = text; };

export function tell(turn, text) {
  let line = turn.querySelector(".fn-told");
  if (!line) {
    line = document.createElement("span");
    line.className = "fn-told";
    turn.querySelector(".fn-tools > p").append(line);
  }
  line.textContent = text;
  say(text);
}

// The question's box grows with what is written.
export function grow() {
  const box = by("fn-box");
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight + 2, 180)}px`;
}
