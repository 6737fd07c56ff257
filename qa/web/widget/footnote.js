// <footnote-chat>: asks a Footnote server from any page, and shows the exact words it answers with.
// It keeps nothing in the browser. What the server says is put in as text, never as HTML.
(() => {
"use strict";
if (customElements.get("footnote-chat")) return;

// All that it says; a page may replace some: element.words = { ask: "Fragen", … }.
const WORDS = {
	lang: "en", title: "Ask the documents", placeholder: "Ask the documents…", question: "Your question",
	ask: "Ask", stop: "Stop", close: "Close", fresh: "New conversation", conversation: "Conversation",
	welcome: "Each sentence of an answer shows you the words it rests on; if the documents don’t say, so does the answer.",
	asked: "You asked: ", searching: "Searching…", stopped: "Stopped. Nothing was answered.", again: "Try again",
	answered: "Answer:", declined: "No answer:", according: "According to", and: " and ", model: "the language model",
	differ: "The documents differ", supported: "supported", partly: "partly supported", unsupported: "not supported",
	page: "page {page}", cites: "Citation {number}: open {title}, {source}{page}, at these words",
	searched: "Passages searched: {count}.",
	nearest: "The nearest passages", open: "Open", passage: "Open {title} at this passage",
	source: "Source", back: "Back to the answer",
	changed: "It has changed since it was cited, so the words can’t be marked.",
	previous: "Previous page", next: "Next page", earlier: "Earlier text", later: "Later text", cited: "Cited words",
	copy: "Copy with footnotes", copied: "Copied, with footnotes", notCopied: "Your browser didn’t allow it",
	up: "Helpful", down: "Not helpful", thanks: "Thank you, that is kept", noFeedback: "No feedback is kept here", wrong: "What was wrong?",
	reasons: { "wrong": "It is wrong", "incomplete": "Something is missing", "not what I asked": "It isn’t what I asked", "should have answered": "The documents do answer this", "other": "Something else" },
	signIn: "Sign in to the portal again, then try again.", noPortal: "The portal can’t say who you are just now.",
	unreachable: "The server that answers can’t be reached.", lost: "The connection was lost before the answer was whole.",
	busy: "The server has too much to do.", wait: "Try again in {seconds} seconds.", refused: "The server refused this ({status}).",
};
// What the server takes: turns before, characters of each, bytes of all. Tokens are renewed so many seconds early.
const TURNS = 20, SAID = 8000, BYTES = 180000, AHEAD = 30;
const SIGNS = { supported: "✓", partly: "◐", unsupported: "✗" };
const SCRIPT = document.currentScript?.src;

const CSS = `
:host { all:initial; display:block; color-scheme:light dark;
	font:400 var(--footnote-font-size, medium)/1.5 var(--footnote-font, system-ui, sans-serif);
	--paper:var(--footnote-background, light-dark(#fffdf9, #1e1c1a)); --ink:var(--footnote-text, light-dark(#1d1b18, #ece7df));
	--quiet:var(--footnote-muted, light-dark(#635d54, #aaa397)); --line:var(--footnote-border, light-dark(#e0d9cd, #3b3731));
	--accent:var(--footnote-accent, light-dark(#1f4e79, #9cc4ea)); --on-accent:var(--footnote-on-accent, light-dark(#fff, #10202f));
	--mark:var(--footnote-mark, light-dark(#ffe9a3, #6b5200)); --bad:var(--footnote-error, light-dark(#9b1c1c, #ffb0a8));
	--good:light-dark(#2c5e34, #a6d8ae); --edge:light-dark(#8d857a, #857d72); --round:var(--footnote-radius, .7rem);
	--most:var(--footnote-height, min(44em, 100vh)); --serif:var(--footnote-serif, Charter, Georgia, serif) }
:host([hidden]), [hidden] { display:none !important }
:host([theme=light]) { color-scheme:light }
:host([theme=dark]) { color-scheme:dark }
* { box-sizing:border-box; margin:0; padding:0; font:inherit; color:inherit }
ol, ul { list-style:none }
button { border:0; background:none; cursor:pointer; text-align:start }
:focus-visible { outline:3px solid var(--accent); outline-offset:2px }
.unseen { position:absolute; width:1px; height:1px; overflow:hidden; clip-path:inset(50%) }
.root { color:var(--ink); text-align:start; overflow-wrap:anywhere }
.panel { position:relative; container-type:inline-size; display:flex; flex-direction:column; min-height:var(--footnote-min-height, 15em); max-height:var(--most); background:var(--paper); border:1px solid var(--line); border-radius:var(--round); overflow:hidden }
.reading { height:var(--most) }
.head { display:flex; align-items:center; gap:.3em; padding:.6em .6em .6em 1em; border-bottom:1px solid var(--line) }
h2 { flex:1; min-width:0; font:600 1.1em/1.35 var(--serif) }
.quiet { padding:.35em .6em; color:var(--quiet) }
.quiet, .told, .verdict { font:.82em/1.5 system-ui, sans-serif }
.quiet:hover, .link { text-decoration:underline }
[aria-pressed=true], .quiet[aria-expanded=true] { color:var(--accent); font-weight:600 }
.cross { font-size:1.2em }
.panes { flex:1; min-height:0; display:flex }
.talk, .source { flex:1; min-width:0; display:flex; flex-direction:column }
.log, .text { flex:1; min-height:0; overflow:hidden auto; padding:1em; position:relative; outline-offset:-3px }
.turn + .turn { margin-top:1.4em; padding-top:1.2em; border-top:1px solid var(--line) }
h3, .differ > p, legend { font-weight:600 }
.differ > p, .file { font-size:.88em }
.answer { overflow-x:clip }
.answer > *, .why { margin-top:.7em }
.draft, .welcome, .frame, .status, .file, .about p { color:var(--quiet) }
.answer li, .frame, .about p, .why { font-size:.92em }
cite { color:var(--ink); font-style:italic }
.file bdi + bdi { display:inline-block }
blockquote, .draft, .welcome { font:1.06em/1.6 var(--serif) }
.answer > blockquote { margin-top:.35em; padding-inline-start:.85em; border-inline-start:3px solid var(--mark) }
.said, .draft, .nearest p, .text { unicode-bidi:plaintext }
strong { font-weight:650; text-decoration:underline .2em var(--mark); }
.mark { display:inline-grid; place-items:center; min-width:1.9em; min-height:1.9em; margin-inline:.35em .15em; border-radius:.45em; background:var(--mark); font:600 .8rem/1 system-ui, sans-serif; vertical-align:.12em }
.mark:hover, .mark[aria-current] { background:var(--accent); color:var(--on-accent) }
.verdict { color:var(--good) }
.partly, .unsupported, .error { color:var(--bad) }
.differ ul { display:grid; grid-template-columns:repeat(auto-fit, minmax(min(12em, 100%), 1fr)); gap:.6em; margin-top:.45em }
.differ li { padding:.6em .8em; border:1px solid var(--line); border-radius:.5em }
.differ strong { font:650 1.25em/1.3 var(--serif); text-decoration:none }
.differ li > span { display:block }
summary, .link { color:var(--accent); cursor:pointer; font-size:.88em; padding:.2em 0 }
.nearest li { padding:.6em 0; border-top:1px solid var(--line) }
.nearest p { max-height:8em; overflow:hidden; white-space:pre-wrap; font-family:var(--serif) }
.tools, .turns { display:flex; flex-wrap:wrap; gap:0 1em }
.tools { gap:0; margin:.5em 0 0 -.6em }
.told { color:var(--good); padding:.35em .6em }
.no-feedback .opinion { display:none }
.why { border:0 }
.why button { margin:.4em .4em 0 0 }
.solid, .plain { padding:.5em 1em; border:1px solid var(--edge); border-radius:calc(var(--round) * .7) }
.solid { border-color:transparent; background:var(--accent); color:var(--on-accent); font-weight:600 }
.stop { background:var(--ink); color:var(--paper) }
.ask { display:flex; align-items:flex-end; gap:.5em; margin:.5em .8em .8em; padding:.4em; border:1px solid var(--edge); border-radius:var(--round) }
.ask:focus-within { outline:2px solid var(--accent); outline-offset:-2px }
textarea { flex:1; min-width:0; max-height:9em; padding:.5em .6em; border:0; outline:0 !important; background:none; resize:none; field-sizing:content }
::placeholder { color:var(--quiet); opacity:1 }
.source { border-inline-start:1px solid var(--line) }
.about, .notice { padding:.5em 1em; border-bottom:1px solid var(--line) }
.text { white-space:pre-wrap; font:1em/1.65 var(--serif) }
mark, .notice { background:var(--mark) }
@container (max-width:44em) { .reading .talk { display:none } .source { border:0 } }
.launch, .bubble .panel { position:fixed; z-index:1000; inset:auto auto 1em; inset-inline-end:1em; max-width:calc(100vw - 2em); box-shadow:0 .3em 1.2em #0004 }
.launch { padding:.75em 1.2em; border-radius:2em; background:var(--accent); color:var(--on-accent); font-weight:600 }
.bubble .panel { bottom:5em; width:26em; height:min(38em, calc(100vh - 6.5em)); max-height:none }
@media (max-width:30em), (max-height:30em) { .bubble .panel { inset:0; width:auto; max-width:none; height:auto; border:0; border-radius:0 } .open .launch { visibility:hidden } }
@media (forced-colors:active) { .mark, mark, .launch { border:1px solid } }
`;
let sheet;

// An element, "tag.class"; functions among `given` listen, the rest are attributes. Texts stay texts.
function make(what, given, ...children) {
	const [tag, kind] = what.split("."), node = document.createElement(tag);
	if (kind) node.className = kind;
	for (const [name, value] of Object.entries(given || {})) {
		if (typeof value === "function") node.addEventListener(name, value);
		else if (value !== false) node.setAttribute(name, value === true ? "" : value);
	}
	node.append(...children.filter(Boolean));
	return node;
}
const button = (kind, said, click, given) => make(`button.${kind}`, { type: "button", click, ...given }, said);
// Documents' words are of an unknown language, and may run the other way.
const THEIRS = { dir: "auto", lang: "" };
const bdi = (said) => make("bdi", { lang: "" }, said);
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
// Code points, as the server counts them.
const cut = (text, start, end) => Array.from(text).slice(start, end).join("");
const numbered = (citations) => new Map(citations.map((each) => [each.number, each]));
// A line of plain text, without what would turn its direction.
const plain = (text) => text.trim().replace(/\s+/g, " ").replace(/[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");

const span = (start, end = start) => `start=${start}&end=${end}`;
const trouble = (status, message) => Object.assign(new Error(message), { status });

async function* events(response) {
	const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
	for (let left = "";;) {
		const { done, value } = await reader.read();
		if (done) return;
		const parts = (left + value).split(/\r?\n\r?\n/);
		left = parts.pop();
		for (const part of parts) {
			const [, name, data] = /^event: (.*)\r?\ndata: (.*)$/.exec(part) || [];
			if (data) yield [name, JSON.parse(data)];
		}
	}
}

// A token, and when (in ms) to ask for another; clocks may differ, so its life is what counts.
function kept(given) {
	const value = typeof given === "string" ? given.trim() : given?.token;
	if (!/^[\w.~+/=-]+$/.test(value || "")) return null;
	let life = given.expires_in ?? Infinity;
	if (life === Infinity) try {
		const said = JSON.parse(atob(value.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));
		if (said.exp) life = said.exp - (said.iat ?? Date.now() / 1000);
	} catch { /* not a JWT: renewed when it is refused */ }
	return { value, until: Date.now() + (life - Math.min(AHEAD, life / 2)) * 1000 };
}

class FootnoteChat extends HTMLElement {
	static observedAttributes = ["title", "placeholder", "mode", "server", "token-url"];
	#w = WORDS; #token; #renewing; #past = []; #running; #looking; #opener; #at = {};

	constructor() {
		super();
		if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(CSS);
		this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
	}
	get words() { return this.#w; }
	set words(given) {
		this.#w = { ...WORDS, ...given };
		this.#build();
	}
	connectedCallback() {
		const { words } = this;
		if (delete this.words && words !== WORDS) this.words = words; // set before this element was known
		else if (!this.#at.root) this.#build();
	}
	disconnectedCallback() {
		this.#running?.abort();
		this.#looking?.abort();
	}
	attributeChangedCallback() {
		this.#token = null;
		if (this.#at.root) this.#build();
	}

	// What is always there; what was said stays.
	#build() {
		const w = this.#w, at = this.#at, title = this.getAttribute("title") || w.title;
		const bubble = this.getAttribute("mode") === "bubble";
		const turns = [...(at.log?.querySelectorAll(".turn") || [])];
		at.welcome = make("p.welcome", 0, w.welcome);
		at.log = make("div.log", { tabindex: "0", role: "region", "aria-label": w.conversation }, ...(turns.length ? turns : [at.welcome]));
		at.box = make("textarea", {
			rows: "1", dir: "auto", "aria-label": w.question, placeholder: this.getAttribute("placeholder") || w.placeholder,
			keydown: (event) => {
				if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
				event.preventDefault();
				this.#submit();
			},
		});
		at.send = button("solid", w.ask, () => this.#running ? this.#running.abort() : this.#submit());
		at.fresh = button("quiet", w.fresh, () => this.#clear(), { hidden: !turns.length });
		at.source = make("section.source", { hidden: true, "aria-label": w.source });
		at.status = make("p.unseen", { role: "status" });
		at.panel = make("div.panel", { id: "panel", hidden: bubble, role: bubble ? "dialog" : "region", "aria-label": title },
			make("div.head", 0, make("h2", 0, bdi(title)), at.fresh, bubble ? button("quiet cross", "×", () => this.toggle(false), { "aria-label": w.close }) : null),
			make("div.panes", 0, make("div.talk", 0, at.log, make("div.ask", 0, at.box, at.send)), at.source), at.status);
		at.launch = bubble ? button("launch", bdi(title), () => this.toggle(), { "aria-expanded": "false", "aria-controls": "panel" }) : null;
		// An empty title, or the host's is a tooltip over everything.
		at.root = make(bubble ? "div.root bubble" : "div.root", { title: "", lang: w.lang, keydown: (event) => this.#key(event) }, at.launch, at.panel);
		this.shadowRoot.replaceChildren(at.root);
	}

	// The bubble's dialog.
	toggle(open = this.#at.panel.hidden) {
		const { launch, panel, root, box } = this.#at;
		if (!launch) return;
		panel.hidden = !open;
		root.classList.toggle("open", open);
		launch.setAttribute("aria-expanded", open);
		(open ? box : launch).focus();
	}
	#key(event) {
		const at = this.#at, form = event.target.closest(".why");
		if (event.key !== "Escape" || event.isComposing) return;
		if (form) form.shut();
		else if (!at.source.hidden) this.#leave();
		else if (at.launch && !at.panel.hidden) this.toggle(false);
		else return;
		event.stopPropagation();
		event.preventDefault();
	}
	#tell(text) {
		this.#at.status.textContent = text;
	}
	#fire(name, detail) {
		this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
	}
	#clear() {
		const at = this.#at;
		this.#running?.abort();
		this.#leave();
		this.#past = [];
		at.log.replaceChildren(at.welcome);
		at.fresh.hidden = true;
		at.box.focus();
	}

	// ---- Who asks, and asking.

	async #bearer(refused) {
		if (!this.getToken && !this.hasAttribute("token-url")) return "";
		const has = this.#token;
		if (has && has.value !== refused && Date.now() < has.until) return has.value;
		this.#renewing ||= this.#renew().finally(() => { this.#renewing = null; });
		return (await this.#renewing).value;
	}
	async #renew() {
		const w = this.#w, signIn = trouble(401, w.signIn);
		let given;
		if (this.getToken) {
			try { given = await this.getToken(); } catch { throw signIn; }
		} else {
			let response;
			try {
				response = await fetch(this.getAttribute("token-url"), { method: "POST", credentials: "same-origin", redirect: "manual" });
				given = await response.text();
			} catch { throw trouble(0, w.noPortal); }
			// A redirect, of status 0 here, leads to signing in.
			if (!response.ok) throw response.status < 404 ? signIn : trouble(response.status, w.noPortal);
			try { given = JSON.parse(given); } catch { /* plain text */ }
		}
		this.#token = kept(given);
		if (!this.#token) throw signIn;
		return this.#token;
	}
	async #fetch(path, options, signal) {
		const server = new URL(this.getAttribute("server") || new URL("..", SCRIPT), document.baseURI).href.replace(/\/$/, "");
		const stopped = new Promise((_, fail) => signal?.addEventListener("abort", fail));
		for (let refused = "";;) {
			const token = await Promise.race([this.#bearer(refused), stopped]), headers = { ...options.headers };
			if (token) headers.Authorization = `Bearer ${token}`;
			let response;
			try {
				response = await fetch(server + path, { ...options, headers, signal, credentials: "same-origin", cache: "no-store", redirect: "error", referrerPolicy: "no-referrer" });
			} catch (error) { throw signal?.aborted ? error : trouble(0, this.#w.unreachable); }
			if (response.ok) return response;
			if (response.status !== 401 || !token || refused) throw await this.#trouble(response);
			refused = token;
		}
	}
	async #trouble(response) {
		const w = this.#w, { status } = response, seconds = Number(response.headers.get("Retry-After"));
		if (status === 401) return trouble(status, w.signIn);
		let said = status === 429 || status === 503 ? w.busy : fill(w.refused, { status });
		try { said = plain((await response.json()).error); } catch { /* not ours */ }
		return trouble(status, seconds ? `${said.replace(/\.?$/, ".")} ${fill(w.wait, { seconds })}` : said);
	}
	#post(path, body, signal) {
		const headers = { "Content-Type": "application/json", Accept: "text/event-stream" };
		return this.#fetch(path, { method: "POST", body: JSON.stringify(body), headers }, signal);
	}
	#submit() {
		const { box } = this.#at, question = box.value.trim();
		if (!question || this.#running) return;
		box.value = "";
		this.#ask(question);
	}
	async #ask(question, place) {
		if (this.#running) return;
		const w = this.#w, at = this.#at, history = this.#past.slice(-TURNS);
		while (new TextEncoder().encode(JSON.stringify(history)).length > BYTES) history.shift();
		const body = make("div.answer", 0, make("p.status", 0, w.searching));
		const turn = make("article.turn", 0, make("h3", THEIRS, make("bdi.unseen", { lang: w.lang }, w.asked), question), body);
		const stop = this.#running = new AbortController();
		at.welcome.remove();
		place ? place.replaceWith(turn) : at.log.append(turn);
		at.fresh.hidden = false;
		this.#busy(true);
		at.log.scrollTop = turn.offsetTop - 12;
		this.#tell(w.searching);
		try {
			const response = await this.#post("/api/v1/ask", { question, history }, stop.signal);
			let answer, before;
			for await (const [name, data] of events(response)) {
				if (name === "error") throw trouble(503, plain(data.error));
				if (name === "answer") answer = data;
				else before = this.#grow(body, data, before);
			}
			if (!answer) throw trouble(0, w.lost);
			this.#finish(turn, body, question, answer, history);
		} catch (error) {
			this.#fail(turn, body, question, stop.signal.aborted ? null : error);
		}
		if (this.#running !== stop) return;
		this.#running = null;
		this.#busy(false);
	}
	#busy(is) {
		this.#at.send.textContent = this.#w[is ? "stop" : "ask"];
		this.#at.send.classList.toggle("stop", is);
	}
	#grow(body, { status, claims, citations, draft }, before) {
		const now = JSON.stringify(claims);
		body.querySelectorAll(".status, .draft").forEach((each) => each.remove());
		if (now !== before) body.replaceChildren(...this.#claims(claims, citations));
		if (draft) body.append(make("p.draft", THEIRS, draft));
		else if (!claims.length) body.append(make("p.status", 0, status));
		return now;
	}
	#finish(turn, body, question, answer, history) {
		const w = this.#w, { abstained } = answer, marks = () => [...body.querySelectorAll(".mark")];
		const held = marks().indexOf(this.shadowRoot.activeElement);
		body.replaceChildren(...this.#final(answer));
		marks()[held]?.focus();
		turn.append(...this.#tools(question, answer, history));
		const text = answer.claims.map((each) => each.text).join(" ") || abstained?.text || answer.notices.join(" ");
		this.#past.push({ question: cut(question, 0, SAID), answer: cut(text, 0, SAID) });
		this.#tell([abstained ? w.declined : w.answered, ...this.#lines(answer)[0]].join(" "));
		this.#fire("footnote-answer", { question, answer });
	}
	#fail(turn, body, question, error) {
		const w = this.#w, { status = 0 } = error || {};
		const said = !error ? w.stopped : "status" in error ? error.message : w.lost;
		body.replaceChildren(make(error ? "p.error" : "p", 0, said));
		// What can't be asked can only be changed.
		if (status === 413 || status === 422) {
			this.#at.box.value ||= question;
			turn.replaceChildren(body);
			this.#at.log.scrollTop = turn.offsetTop;
		} else body.append(button("plain", w.again, () => {
			this.#ask(question, turn);
			this.#at.box.focus();
		}));
		this.#tell(said);
		if (error) this.#fire("footnote-error", { question, status, message: said });
	}

	// ---- An answer: sentences under the documents that say them.

	#final({ abstained, claims, citations, conflicts, notices, passages, receipt }) {
		const w = this.#w, by = numbered(citations), count = receipt.searched;
		// A conflict stands side by side instead of in the one line that tells of it.
		const told = (line) => conflicts.some((each) => each.values.every(({ text }) => line.includes(text)));
		const parts = notices.filter((line) => !told(line)).map((line) => make("p", { dir: "auto" }, line));
		if (abstained) parts.push(make("p", { dir: "auto" }, abstained.text));
		if (abstained && count) parts.push(make("p.status", 0, fill(w.searched, { count: count.toLocaleString(w.lang) })));
		for (const { values } of conflicts) {
			const sides = values.map(({ text, citation }) => make("li", 0, make("strong", 0, bdi(text)), this.#mark(by.get(citation)), make("span", 0, ...this.#document(by.get(citation)))));
			parts.push(make("div.differ", 0, make("p", 0, w.differ), make("ul", 0, ...sides)));
		}
		parts.push(...this.#claims(claims, citations));
		if (abstained && !claims.length && passages.length) parts.push(this.#nearest(passages.slice(0, 3)));
		return parts;
	}
	#claims(claims, citations) {
		const w = this.#w, by = numbered(citations), groups = [];
		for (const claim of claims) {
			const cited = claim.citations.map((number) => by.get(number)), key = cited.map((each) => each.document).sort().join();
			if (groups.at(-1)?.key !== key) groups.push({ key, sources: new Map(), said: [] });
			const { sources, said } = groups.at(-1);
			cited.forEach((each) => sources.set(each.document, each));
			said.push(...this.#claim(claim, cited), " ");
		}
		return groups.flatMap(({ sources, said }) => {
			const names = [...sources.values()].flatMap((each, place) => [place ? w.and : " ", ...this.#document(each)]);
			return [make("p.frame", 0, w.according, ...(names.length ? names : [` ${w.model}`])), make("blockquote", { dir: "auto" }, ...said)];
		});
	}
	// dir="auto" doesn't look into <bdi>: sentences are spans, isolated by CSS.
	#claim({ text, marks, verdict, reason }, cited) {
		const w = this.#w, said = make(verdict === "unsupported" ? "s.said" : "span.said", { lang: "" });
		let at = 0;
		for (const [start, end] of marks) {
			said.append(cut(text, at, start), make("strong", 0, cut(text, start, end)));
			at = end;
		}
		said.append(cut(text, at));
		const parts = [said, ...cited.map((each) => this.#mark(each))];
		if (cited.some((each) => each.quote === text)) return parts;
		return [...parts, " ", make(`bdi.verdict ${verdict}`, 0, `${SIGNS[verdict]} ${w[verdict]}`, reason && `: ${reason}`)];
	}
	#document({ title, source, date }) {
		return [make("cite", 0, bdi(title)), " ", make("span.file", 0, "(", bdi(source), date && ", ", date && bdi(date), ")")];
	}
	#mark(citation) {
		const w = this.#w, page = citation.page ? `, ${fill(w.page, citation)}` : "";
		return button("mark", `${citation.number}`, (event) => this.#read(citation, event.currentTarget), { "aria-label": fill(w.cites, { ...citation, page }) });
	}
	#nearest(passages) {
		const w = this.#w;
		return make("details.nearest", 0, make("summary", 0, `${w.nearest} (${passages.length})`), make("ol", 0, ...passages.map((each) => make("li", 0,
			...this.#document(each), " ", button("link", w.open, (event) => this.#read(each, event.currentTarget), { "aria-label": fill(w.passage, each) }), make("p", THEIRS, each.text)))));
	}

	// ---- What can be done with an answer.

	#tools(question, answer, history) {
		const w = this.#w, told = make("span.told", 0);
		const tell = (text) => this.#tell(told.textContent = text);
		const opinion = async (verdict, reason) => {
			const cited = answer.citations.map(({ source, quote }) => ({ source, quote })), { index, model } = answer.receipt;
			try {
				await this.#post("/api/v1/feedback", { question, verdict, reason, cited, history, index, model });
				for (const [each, is] of [[up, "up"], [down, "down"]]) each.setAttribute("aria-pressed", verdict === is);
				tell(w.thanks);
			} catch ({ status, message }) {
				if (status === 404) {
					this.#at.log.classList.add("no-feedback");
					copy.focus();
				}
				tell(status === 404 ? w.noFeedback : message);
			}
		};
		const copy = button("quiet", w.copy, async () => {
			try {
				await navigator.clipboard.writeText(`${this.#lines(answer).map((each) => each.join("\n")).join("\n\n")}\n`);
				tell(w.copied);
			} catch { tell(w.notCopied); }
		});
		const up = button("quiet opinion", w.up, () => opinion("up"), { "aria-pressed": "false" });
		const down = button("quiet opinion", w.down, () => show(form.hidden), { "aria-pressed": "false", "aria-expanded": "false" });
		const reasons = Object.entries(w.reasons).map(([reason, said]) => button("plain", said, () => {
			form.shut();
			opinion("down", reason);
		}));
		const form = make("fieldset.why opinion", { hidden: true }, make("legend", 0, w.wrong), ...reasons);
		const show = (open) => {
			form.hidden = !open;
			down.setAttribute("aria-expanded", open);
			(open ? reasons[0] : down).focus();
		};
		form.shut = () => show(false);
		return [make("div.tools", 0, copy, up, down, told), form];
	}
	// As plain text: sentences with who says them, and footnotes.
	#lines({ notices, abstained, claims, citations }) {
		const w = this.#w, by = numbered(citations), dated = (each) => `“${plain(each.title)}”${each.date ? `, ${each.date}` : ""}`;
		const said = claims.map(({ text, citations: numbers, verdict, reason }) => {
			const cited = numbers.map((number) => by.get(number)), isQuote = cited.some((each) => each.quote === text);
			const doubt = verdict === "supported" ? "" : ` (${w[verdict]}${reason ? `: ${plain(reason)}` : ""})`;
			return `${w.according} ${[...new Set(cited.map(dated))].join(w.and) || w.model}: ${isQuote ? `“${plain(text)}”` : plain(text)} ${numbers.map((each) => `[${each}]`).join("")}${doubt}`;
		});
		const notes = citations.map((each) => `[${each.number}] ${dated(each)}: “${plain(each.quote)}” (${plain(each.source)}${each.page ? `, ${fill(w.page, each)}` : ""})`);
		return [[...notices, abstained?.text].filter(Boolean).map(plain).concat(said), notes];
	}

	// ---- A document, opened at the words.

	#leave() {
		const { source, panel, log } = this.#at, opener = this.#opener;
		this.#looking?.abort();
		if (source.hidden) return;
		source.hidden = true;
		panel.classList.remove("reading");
		opener.removeAttribute("aria-current");
		(opener.isConnected ? opener : log).focus();
	}
	async #read(cited, opener, query = span(cited.start, cited.end)) {
		const w = this.#w, { source, panel } = this.#at;
		this.#opener?.removeAttribute("aria-current");
		(this.#opener = opener).setAttribute("aria-current", "true");
		this.#looking?.abort();
		const { signal } = this.#looking = new AbortController();
		const back = button("link back", `← ${w.back}`, () => this.#leave());
		if (source.hidden) {
			source.replaceChildren(make("div.about", 0, back));
			source.hidden = false;
			panel.classList.add("reading");
			back.focus();
		}
		try {
			const response = await this.#fetch(`/api/v1/source/${encodeURIComponent(cited.document)}?${query}&sha256=${cited.sha256}`, {}, signal);
			this.#show(cited, await response.json(), opener, query, back);
		} catch (error) {
			if (signal.aborted) return;
			source.replaceChildren(make("div.about", 0, back, make("p.error", { role: "alert" }, "status" in error ? error.message : w.lost)));
			back.focus();
		}
	}
	#show(cited, part, opener, query, back) {
		const w = this.#w, words = span(cited.start, cited.end), moved = query !== words;
		const first = Math.max(0, cited.start - part.start), last = part.changed ? 0 : cited.end - part.start;
		const mark = first < last && first < part.end - part.start ? make("mark", 0, cut(part.text, first, last)) : null;
		const text = make("div.text", { tabindex: "0", role: "region", "aria-label": part.title, ...THEIRS }, mark ? cut(part.text, 0, first) : part.text, mark, mark && cut(part.text, last));
		const go = (is, said, to) => is && button("link", said, () => this.#read(cited, opener, to));
		const turns = make("div.turns", 0,
			go(part.before, w.previous, `${words}&page=${part.before}`), go(part.after, w.next, `${words}&page=${part.after}`),
			go(!part.page && part.start, w.earlier, span(Math.max(0, part.start - 12000))), go(!part.page && part.end < part.characters, w.later, span(part.end)),
			go(moved && !mark && !part.changed, w.cited, words));
		const where = [part.source, part.date, part.page && fill(w.page, part)].filter(Boolean);
		this.#at.source.replaceChildren(
			make("div.about", 0, back, make("h3", THEIRS, part.title), make("p", 0, ...where.flatMap((each, place) => [place ? " · " : "", bdi(each)])), turns),
			part.changed ? make("p.notice", 0, w.changed) : "", text);
		(moved ? text : back).focus();
		// Not scrollIntoView, which would move the page around this too.
		text.scrollTop = mark && mark.offsetTop > text.clientHeight / 2 ? mark.offsetTop - text.clientHeight / 4 : 0;
		this.#tell(part.changed ? w.changed : where.join(", "));
	}
}

customElements.define("footnote-chat", FootnoteChat);
})();
