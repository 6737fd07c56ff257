// For `footnote-eval bench page`: when the page can be used, and how long its answers take.
(() => {
  const changes = (found) => new Promise((done, failed) => {
    setTimeout(() => failed(new Error(`in two minutes the page came no further than: ${
      document.getElementById("fn-now")?.textContent.slice(0, 80)}`)), 120000);
    const look = () => {
      const value = found();
      if (!value) return;
      watcher.disconnect();
      done(value);
    };
    const watcher = new MutationObserver(look);
    watcher.observe(document, { subtree: true, childList: true, attributes: true });
    look();
  });
  const box = () => document.querySelector("#fn-ask.fn-ready #fn-box:not(:disabled, :read-only)");
  const settled = () => document.querySelector("#fn-send:not([hidden])");
  const answer = () => settled() && document.querySelector("#fn-now .fn-turn[data-question]:not([data-old])");

  changes(box).then(() => { window.fnUsable = performance.now(); });

  // Asks one after the other, a second after the one before is answered.
  window.fnBench = async (questions) => {
    const turns = [];
    for (const question of questions) {
      await changes(settled);
      await new Promise((rested) => setTimeout(rested, turns.length ? 1000 : 500));
      box().value = question;
      const began = performance.now();
      box().dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
      const turn = await changes(answer);
      turns.push({ question: turn.dataset.question, said: turn.dataset.said, ms: performance.now() - began });
    }
    return turns;
  };
})();
