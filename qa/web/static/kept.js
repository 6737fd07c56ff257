// What the browser keeps: the conversation as links, and what a loaded-anew page goes on with.
// It may refuse (no storage for this site, no room): then nothing is kept, and the chat goes on.
import { turns } from "./page.js";

export const CONVERSATION = "footnote-conversation", RETURN = "footnote-return", DRAFT = "footnote-draft", RELOADED = "footnote-reloaded";
// Characters of a link, and of all that are sent together: the server takes 256 KB.
export const LONGEST = 100_000;
const TOGETHER = 200_000;

const place = (name) => (name === CONVERSATION ? localStorage : sessionStorage);

export function read(name) {
  try { return place(name).getItem(name); } catch { return null; }
}

export function write(name, text) {
  try { place(name).setItem(name, text); return true; } catch { return false; }
}

export function forget(name) {
  try { place(name).removeItem(name); } catch { /* nothing is kept */ }
}

const texts = (list) => (Array.isArray(list) ? list.filter((each) => typeof each === "string" && each) : []);

// The newest of them, as many as may be sent.
export function recent(links) {
  let room = TOGETHER;
  return links.reduceRight((some, link) => {
    room -= link.length;
    return room < 0 ? some : [link, ...some];
  }, []);
}

export const links = () => recent(turns().map((turn) => turn.dataset.link).filter(Boolean));

export function conversation() {
  let kept = null;
  try { kept = JSON.parse(read(CONVERSATION)); } catch { /* not ours */ }
  return recent(texts(kept));
}

// An order to give again on a page that has been loaded anew: its turns are told by their links.
export function later(order) {
  if (order.links) return write(RETURN, JSON.stringify(order));
  const all = turns().map((turn) => turn.dataset.link), some = links();
  const dropped = all.filter(Boolean).length - some.length;
  const keep = order.keep === undefined ? undefined : Math.max(0, all.slice(0, order.keep).filter(Boolean).length - dropped);
  return write(RETURN, JSON.stringify({ ...order, links: some, keep }));
}

export function returned() {
  let order = null;
  try { order = JSON.parse(read(RETURN)); } catch { /* not ours */ }
  forget(RETURN);
  if (typeof order?.question !== "string" || !order.question) return null;
  const some = recent(texts(order.links));
  return { ...order, links: some.length ? some : undefined };
}
