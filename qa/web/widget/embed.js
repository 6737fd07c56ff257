// The page in a portal's frame: its token comes from the page around it, in messages, if that is of a listed origin.
(() => {
"use strict";
const portals = JSON.parse(document.querySelector("meta[name=footnote-portals]").content);
const chat = document.querySelector("footnote-chat"), PATIENCE = 10000;
let given = null, waiting = [];

// To each origin by name: a page of any other around this one hears nothing.
function say(type) {
	if (parent !== window) for (const origin of portals) parent.postMessage({ type }, origin);
}

addEventListener("message", ({ source, origin, data }) => {
	if (source !== parent || parent === window || !portals.includes(origin)) return;
	if (!data || data.type !== "footnote-token" || typeof data.token !== "string") return;
	given = { token: data.token, expires_in: data.expires_in };
	if (!waiting.length) return;
	waiting.forEach((take) => take(given));
	waiting = [];
	given = null;
});

chat.getToken = () => {
	const has = given;
	given = null; // asked again, it has ended, or was refused
	if (has) return has;
	return new Promise((take, fail) => {
		waiting.push(take);
		setTimeout(fail, PATIENCE);
		say("footnote-token-wanted");
	});
};
say("footnote-ready");
})();
