// The chat's own behaviour: marks open the source pane, new answers come into view, Escape goes back.
// Links work without it (each names the pane's frame as its target); this shows and hides the pane.
(() => {
  const wide = () => matchMedia("(min-width: 900px)").matches;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let opener = null;

  function show(link) {
    const frame = document.querySelector('iframe[name="fn-source"]');
    document.querySelectorAll("[aria-current]").forEach((each) => each.removeAttribute("aria-current"));
    link.setAttribute("aria-current", "true");
    document.getElementById("fn-source-empty").hidden = true;
    frame.hidden = false;
    return frame;
  }

  function back() {
    if (!document.body.classList.contains("fn-reading")) return;
    document.body.classList.remove("fn-reading");
    document.getElementById("fn-close").hidden = true;
    if (opener) opener.focus();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[target="fn-source"]');
    if (link) {
      show(link);
      opener = link;
      if (!wide()) {
        document.body.classList.add("fn-reading");
        const close = document.getElementById("fn-close");
        close.hidden = false;
        close.focus();
      }
    } else if (event.target.closest("#fn-close")) {
      back();
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") back();
  });

  // A new answer: in view, announced, and on a wide screen with its first source open beside it.
  function answered(log) {
    const turn = log.querySelector(".fn-turn:last-of-type");
    if (!turn || turn.querySelector(".fn-status")) return;
    turn.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
    const link = turn.querySelector("a.fn-mark");
    if (link && wide()) show(link).src = link.href;
  }

  function start() {
    const log = document.getElementById("fn-log");
    const box = document.querySelector("#fn-ask textarea");
    if (!log || !box) return setTimeout(start, 30);
    log.setAttribute("role", "log");
    log.setAttribute("aria-live", "polite");
    log.setAttribute("aria-label", "Conversation");
    // Gradio's label has the button in it, so its name would be "Your question Ask".
    box.setAttribute("aria-label", "Your question");
    if (wide()) box.focus();
    new MutationObserver(() => answered(log)).observe(log, { childList: true, subtree: true });
  }
  start();
})();
