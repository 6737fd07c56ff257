// Filters over the questions in the page, and links that open the question they lead to.
(() => {
  const form = document.getElementById("filters");
  const shown = document.getElementById("shown");
  const questions = [...document.querySelectorAll(".q")];
  const words = new Map();
  let waiting = 0;

  // Read once, and only when somebody searches: a page may hold ten thousand questions.
  function wordsOf(question) {
    if (!words.has(question)) words.set(question, question.textContent.toLowerCase());
    return words.get(question);
  }

  function apply() {
    const { text, ...choices } = Object.fromEntries(new FormData(form));
    const sought = text.trim().toLowerCase();
    const chosen = Object.entries(choices).filter(([, value]) => value);
    let count = 0;
    for (const question of questions) {
      const keep = chosen.every(([name, value]) => question.dataset[name].split(" ").includes(value))
        && (!sought || wordsOf(question).includes(sought));
      question.hidden = !keep;
      count += keep;
    }
    const all = questions.length.toLocaleString("en");
    const some = count.toLocaleString("en");
    shown.textContent = count === questions.length ? `All ${all} questions` : `${some} of ${all} questions`;
  }

  function open() {
    const target = /^#q\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
    if (!target) return;
    const question = target.closest(".q");
    if (question.hidden) {
      form.reset();
      apply();
    }
    question.open = true;
    question.scrollIntoView({ block: "start" });
    question.querySelector("summary").focus({ preventScroll: true });
  }

  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 120);
  });
  // A form's fields are set back after this event.
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", open);
  form.hidden = false;
  apply();
  open();
})();
