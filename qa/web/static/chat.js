// The chat's own behaviour: sends what people ask, shows sources beside answers, keeps the conversation.
// Gradio carries the orders (window.fnSend, window.fnStop) and puts the server's HTML into the page.
(() => {
  const wide = () => matchMedia("(min-width: 900px)").matches;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const by = (id) => document.getElementById(id);
  const KEPT = "footnote-conversation", RETURN = "footnote-return", LINK = "a1.", REST = 300;
  let words = {}, keeps = false, linked = false;
  let pending = null, queued = null, quiet = -Infinity, opener = null, watch = 0, looks = 0, lost = false;

  // What is on the page ------------------------------------------------------------------------
  const turns = () => [...document.querySelectorAll("#fn-log .fn-turn[data-question]")];
  const links = () => turns().map((turn) => turn.dataset.link).filter(Boolean);
  // A mark for each citation: side by side and in a sentence the same may stand twice.
  const marksOf = (turn) => [...new Map([...turn.querySelectorAll("a.fn-mark")].reverse().map((each) => [each.href, each])).values()].reverse();
  const say = (text) => { by("fn-live").textContent = text; };

  function tell(turn, text) {
    let told = turn.querySelector(".fn-told");
    if (!told) {
      told = document.createElement("span");
      told.className = "fn-told";
      turn.querySelector(".fn-tools > p").append(told);
    }
    told.textContent = text;
    say(text);
  }

  // Asking -------------------------------------------------------------------------------------
  function send(order) {
    pending = queued = order;
    deliver();
    if (order.question) {
      by("fn-send").hidden = true;
      by("fn-stop").hidden = false;
      say(words.searching);
    }
    clearTimeout(watch);
    watch = setTimeout(look, 3000);
  }

  // Waits while what to ask next is still to come, which would take the place of this answer, and a moment
  // longer: Gradio closes its stream then, and what is sent meanwhile may never be heard of.
  function deliver() {
    if (!queued || by("fn-now").querySelector("[data-more]")) return;
    const rest = quiet + REST - performance.now();
    if (rest > 0) return void setTimeout(deliver, rest);
    const order = queued;
    queued = null;
    looks = 0;
    // What stands there now isn't the answer to this.
    by("fn-now").querySelectorAll(".fn-turn, .fn-error").forEach((each) => { each.dataset.old = ""; });
    window.fnSend({ shown: turns().length, ...order });
  }

  function ask(question, keep) {
    if (!question.trim() || pending) return;
    const scope = { place: by("fn-place").value.trim(), since: by("fn-since").value, until: by("fn-until").value };
    by("fn-lost").hidden = true;
    send({ question, ...scope, ...(keep === undefined ? {} : { keep }) });
  }

  function settled() {
    pending = null;
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
      comeBack();
      return;
    } else if (!queued && ++looks % 3 === 0 && !by("fn-now").querySelector(":is(.fn-turn, .fn-error):not([data-old])")) {
      // For nine seconds no sign, though the server is there: its stream was closed just then. Sent again, it opens.
      window.fnSend({ shown: turns().length, ...pending });
    }
    watch = setTimeout(look, lost ? 1000 : 3000);
  }

  // The server has forgotten the conversation: load the page anew, and open it from its links.
  function comeBack() {
    sessionStorage.setItem(RETURN, JSON.stringify({ links: links(), order: pending }));
    location.reload();
  }

  // What the server says -----------------------------------------------------------------------
  function changed() {
    if (!by("fn-now").querySelector("[data-more], [data-growing]")) quiet = performance.now();
    if (queued) return deliver();
    const now = by("fn-now"), error = now.querySelector(".fn-error:not([data-old])");
    const turn = now.querySelector(".fn-turn:not([data-old])");
    document.body.classList.toggle("fn-talking", Boolean(document.querySelector("#fn-log .fn-turn, #fn-now .fn-error")));
    if (now.querySelector("[data-forgotten]") && pending) return comeBack();
    if (error && pending) {
      settled();
      const box = by("fn-box");
      if (!box.value) { box.value = error.dataset.question || ""; grow(); }
      return;
    }
    if (turn && !pending && turn === turns().at(-1)) into(turn);
    const ended = turn ? !("growing" in turn.dataset) : by("fn-past").querySelector(".fn-turn");
    if (pending && ended && (turn || !pending.question)) answered(turn);
    document.querySelectorAll("#fn-whole button").forEach((each) => { each.hidden = !turns().length; });
  }

  const into = (turn) => turn.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });

  function answered(turn) {
    const asked = Boolean(pending.question), last = turn || turns().at(-1);
    settled();
    keep();
    if (!last) return;
    into(asked ? last : turns()[0]);
    if (asked) say(`${last.querySelector(".fn-declined") ? words.declined : words.answered} ${last.dataset.said}`);
    const first = marksOf(last)[0];
    if (first && wide()) open(first);
  }

  // Keeping ------------------------------------------------------------------------------------
  function keep() {
    if (keeps && !linked) localStorage.setItem(KEPT, JSON.stringify(links()));
  }

  function restore() {
    const back = JSON.parse(sessionStorage.getItem(RETURN) || "null");
    sessionStorage.removeItem(RETURN);
    const hash = location.hash.slice(1);
    linked = hash.startsWith(LINK);
    if (back) send({ ...(back.order || {}), links: back.links, keep: 0 });
    else if (linked) send({ links: [hash], keep: 0 });
    else if (keeps) {
      let kept = [];
      try { kept = JSON.parse(localStorage.getItem(KEPT) || "[]"); } catch { localStorage.removeItem(KEPT); }
      if (kept.length) send({ links: kept, keep: 0 });
    }
  }

  // Sources ------------------------------------------------------------------------------------
  function show(link) {
    const frame = document.querySelector('iframe[name="fn-source"]');
    document.querySelectorAll("[aria-current]").forEach((each) => each.removeAttribute("aria-current"));
    link.setAttribute("aria-current", "true");
    by("fn-source-empty").hidden = true;
    frame.hidden = false;
    const turn = link.closest(".fn-turn"), marks = turn ? marksOf(turn) : [], at = marks.findIndex((each) => each.href === link.href);
    by("fn-walk").hidden = false;
    by("fn-walk").classList.toggle("fn-alone", at < 0 || marks.length < 2);
    by("fn-where").textContent = at < 0 ? "" : `${at + 1} ${words.of} ${marks.length}`;
    return frame;
  }

  function open(link) {
    show(link).src = link.href;
  }

  function walk(by_) {
    const now = document.querySelector("a.fn-mark[aria-current]");
    if (!now) return;
    const marks = marksOf(now.closest(".fn-turn"));
    const at = marks.findIndex((each) => each.href === now.href);
    const next = marks[(at + by_ + marks.length) % marks.length];
    open(next);
    opener = next;
    if (wide()) next.scrollIntoView({ block: "nearest" });
  }

  function cover() {
    document.body.classList.add("fn-reading");
    by("fn-close").focus();
  }

  function uncover() {
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

  // What buttons do ----------------------------------------------------------------------------
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }

  // Each answer numbers its footnotes from 1; together they go on. (In what documents say, brackets are escaped.)
  function whole() {
    let before = 0;
    return turns().map((turn) => {
      const text = turn.dataset.markdown.replace(/\[\^(\d+)\]/g, (_, n) => `[^${Number(n) + before}]`);
      before += (turn.dataset.markdown.match(/^\[\^\d+\]:/gm) || []).length;
      return text;
    }).join("\n");
  }

  function save() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([whole()], { type: "text/markdown" }));
    link.download = words.file;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  async function opine(turn, opinion) {
    const at = turns().indexOf(turn);
    const history = turns().slice(0, Math.max(at, 0)).map((each) => ({
      question: each.dataset.question, answer: each.dataset.said.slice(0, 9000),
    }));
    const body = JSON.stringify({ ...JSON.parse(turn.dataset.opinion), ...opinion, history: history.slice(-20) });
    let kept = false;
    try {
      const headers = { "Content-Type": "application/json" };
      kept = (await fetch("/api/v1/feedback", { method: "POST", headers, body })).ok;
    } catch { /* told below */ }
    tell(turn, kept ? words.thanks : words.notKept);
    return kept;
  }

  function form(turn, button) {
    const there = turn.querySelector(".fn-opinion");
    if (there) return there.remove(), button.setAttribute("aria-expanded", "false");
    turn.querySelector(".fn-tools").append(by("fn-opinion").content.cloneNode(true));
    button.setAttribute("aria-expanded", "true");
    turn.querySelector(".fn-opinion input").focus();
  }

  const DO = {
    offer: (button) => ask(button.textContent),
    again: (_, turn) => ask(turn.dataset.question, Number(turn.dataset.turn)),
    edit: (_, turn) => {
      by("fn-box").value = turn.dataset.question;
      by("fn-box").dataset.keep = turn.dataset.turn;
      grow();
      by("fn-box").focus();
    },
    copy: async (_, turn) => tell(turn, (await copy(turn.dataset.markdown)) ? words.copied : words.notCopied),
    link: async (_, turn) => {
      const address = `${location.origin}${location.pathname}#${turn.dataset.link}`;
      tell(turn, turn.dataset.link && (await copy(address)) ? words.linked : words.notCopied);
    },
    up: async (button, turn) => {
      if (await opine(turn, { verdict: "up" })) button.setAttribute("aria-pressed", "true");
    },
    down: (button, turn) => form(turn, button),
    cancel: (_, turn) => form(turn, turn.querySelector('[data-do="down"]')),
    close: uncover,
    previous: () => walk(-1),
    following: () => walk(1),
    widen: () => { ["fn-place", "fn-since", "fn-until"].forEach((id) => { by(id).value = ""; }); scoped(); },
    save,
    new: () => { localStorage.removeItem(KEPT); history.replaceState(null, "", location.pathname); location.reload(); },
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[target="fn-source"]');
    if (link) {
      show(link);
      opener = link;
      if (!wide()) cover();
      return;
    }
    const button = event.target.closest?.("[data-do]");
    if (button) DO[button.dataset.do]?.(button, button.closest(".fn-turn"));
  });

  document.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.target.id === "fn-ask") asked();
    else if (event.target.matches(".fn-opinion")) judged(event.target);
  });

  function asked() {
    const box = by("fn-box"), question = box.value;
    if (!question.trim() || pending) return;
    const keep = box.dataset.keep;
    delete box.dataset.keep;
    box.value = "";
    grow();
    ask(question, keep === undefined ? undefined : Number(keep));
  }

  async function judged(form) {
    const said = new FormData(form), turn = form.closest(".fn-turn");
    const opinion = { verdict: "down", answer: said.get("answer") || "", reason: said.get("reason") || null };
    if (await opine(turn, opinion)) {
      form.remove();
      turn.querySelector('[data-do="down"]').setAttribute("aria-expanded", "false");
    }
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { unpreview(); uncover(); }
    if (event.target.id === "fn-box" && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      asked();
    }
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

  // The box grows with what is written; what a question is narrowed to is said where it is closed.
  function grow() {
    const box = by("fn-box");
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight + 2, 180)}px`;
  }

  function scoped() {
    const [place, since, until] = ["fn-place", "fn-since", "fn-until"].map((id) => by(id).value.trim());
    by("fn-scoped").textContent = [place, since && `≥ ${since}`, until && `≤ ${until}`].filter(Boolean).join(", ") || words.everything;
  }

  function start() {
    const form = by("fn-ask");
    if (!form || !window.fnSend || !window.fnStop || !by("fn-now")) return setTimeout(start, 20);
    const told = JSON.parse(form.dataset.page);
    ({ words, keeps } = told);
    document.body.classList.toggle("fn-no-opinions", !told.opinions);
    by("fn-box").addEventListener("input", grow);
    by("fn-stop").addEventListener("click", () => {
      queued = null;
      if (pending) window.fnStop({ question: pending.question });
      by("fn-box").focus();
    });
    by("fn-scope").addEventListener("input", scoped);
    by("fn-log").setAttribute("role", "region");
    by("fn-log").setAttribute("aria-label", "Conversation");
    const watcher = new MutationObserver(changed);
    for (const id of ["fn-past", "fn-now"]) watcher.observe(by(id), { childList: true, subtree: true });
    if (wide()) by("fn-box").focus();
    form.classList.add("fn-ready");
    restore();
  }
  start();
})();
