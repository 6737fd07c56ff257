"""The names in a text, and which of them are people's and places', by rules of English."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.values import Value

NO_NAMES = frozenset(
    word
    for line in (
        "the a an it he she they we in on at by for from to of and but or as if when while after",
        "before since this that these those there his her their its our one two most many some all",
        "both each according however although because during i you no not so such then thus with",
        "without what which who where under over until between",
        "within up next last about around some",
    )
    for word in line.split()
)
_NAME = re.compile(
    r"[A-ZÀ-ÖØ-Þ][\w'’.-]*(?:\s(?:(?:of|the|de|von|van|der|du|la|al|and|for)\s){0,2}"
    r"[A-ZÀ-ÖØ-Þ0-9][\w'’.-]*)*"
)
# The date's words, and what isn't a person's or a place's in a name.
_DATED = re.compile(
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May"
    r"|June|July|August|September|October|November|December|Christmas|Easter)s?(?:\s\d+)?"
)
_TITLE = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Sir|Lord|Lady|Judge|Justice|Captain|Colonel|General|Professor|President|King"
    r"|Queen|Prince|Princess|Pope|Bishop|Senator|Governor|Minister|Inspector|Councillor|Mayor|Father"
    r"|Chancellor|Premier|Saint|director|minister|chief|mayor|spokes(?:man|woman|person)|coach|owner"
    r"|manager|president|chair(?:man|woman|person)?|leader|teacher|architect|founder|author|actor"
    r"|actress|singer|doctor|officer|secretary|striker|captain|head|executive|prosecutor|master"
    r"|journalist|by|widow|wife|husband|son|daughter|brother|sister|father|mother|novelist|painter"
    r"|sculptor|engineer|scientist|lawyer|farmer|governor|composer|producer|editor)\.?\s$"
)
_TITLES = re.compile(
    r"^(?:(?:Mr|Mrs|Ms|Dr|Sir|Lord|Lady|Judge|Justice|Captain|Colonel|General|Professor|President"
    r"|King|Queen|Prince|Princess|Pope|Bishop|Senator|Governor|Minister|Inspector|Councillor|Mayor"
    r"|Father|Chancellor|Premier|Striker|Saint)\.?\s)+"
)
_NOT_PERSON = re.compile(
    r"\b(?:Street|Road|Lane|Avenue|Square|Bridge|River|Bay|Pass|Hill|Mount|Mountains?|Lake|Island|Isle"
    r"|Isles|Forest|Park|Valley|Coast|Cape|Port|Sea|Ocean|Harbou?r|Airport|Station|Hospital|School"
    r"|University|College|Museum|Church|Palace|Castle|Hotel|Hall|Arena|Stadium|County|City|Town"
    r"|Village|District|Province|State|States|Republic|Kingdom|Union|North|South|East|West|Northern"
    r"|Southern|Eastern|Western|Company|Corporation|Bank|Group|Club|Council|Court|Party|Ministry"
    r"|Office|Institute|Foundation|Association|Agency|Press|Post|Times|Herald|Courier|Foods|Telecom"
    r"|League|Cup|Series|War|Army|Navy|Police|Government|Parliament|Congress|Senate|Board|Committee"
    r"|Airlines?|Lines|Studios?|Records|Energy|Motors|Systems|Services|Rovers|United|Award|Prize)\b"
)
_PLACE_HEAD = re.compile(
    r"\b(?:Street|Road|Lane|Avenue|Square|Bridge|River|Bay|Pass|Hill|Mount|Mountains?|Lake|Island|Isle"
    r"|Isles|Forest|Park|Valley|Coast|Cape|Port|Sea|Ocean|Harbou?r|Airport|Station|Hospital|School"
    r"|University|College|Museum|Church|Palace|Castle|Hotel|Hall|Arena|Stadium|County|City|Town"
    r"|Village|District|Province|States?|Republic|Kingdom|Wharf|Quay|Market|Glacier|glacier)$"
)
_IN = re.compile(
    r"\b(?:in|at|near|outside|off|around|from|to|into|through|of|across|over|towards?|between|via|on)"
    r"\s(?:the\s|a\s|an\s|nearby\s|northern\s|southern\s|eastern\s|western\s|central\s)?$",
    re.IGNORECASE,
)
_TO_SOMEBODY = re.compile(r"\b(?:to|of|between)\s$", re.IGNORECASE)
_AFTER_PERSON = re.compile(
    r"^(?:,\s\d\d(?:,|\b)|,?\s(?:said|says|told|who|whose|added|wrote|aged)\b)"
)


def names(text: str) -> Iterator[Value]:
    """The names of a text: `of` is "person", "place" or "name" where nothing tells."""
    for match in _NAME.finditer(text):
        start, name = match.start(), match[0].rstrip(" .,'’-")
        while (first := name.partition(" ")[0].lower()) in NO_NAMES or (
            " " in name and _DATED.fullmatch(name.partition(" ")[0])
        ):
            # A capital at the start of a sentence makes no name of "The" or "In".
            rest = name[len(first) :].lstrip()
            start, name = start + len(name) - len(rest), rest
        name = re.sub(r"['’]s$", "", name)
        if name[:1].isupper() and not _DATED.fullmatch(name):
            end = start + len(name)
            yield Value(start, end, name, _what(name, text[:start], text[end : end + 12]))


def same(one: str, other: str) -> bool:
    """Whether two names may be of the same: they share a word, or one abbreviates the other."""
    one, other = (_TITLES.sub("", each) or each for each in (one, other))
    mine, theirs = (set(re.findall(r"\w{2,}", each.lower())) - NO_NAMES for each in (one, other))
    initials = {"".join(word[0] for word in each.split()).lower() for each in (one, other)}
    return bool(mine & theirs) or bool(initials & {one.lower(), other.lower()})


def _what(name: str, before: str, after: str) -> str:
    words = name.split()
    if before[-4:].lower() == "the " and len(words) > 1 and not _PLACE_HEAD.search(name):
        return "name"
    if _PLACE_HEAD.search(name):
        return "place"
    if _NOT_PERSON.search(name):
        return "place" if _IN.search(before[-20:]) else "name"
    if _TITLE.search(before[-20:]) or _TITLE.match(f"{words[0]} ") or _AFTER_PERSON.match(after):
        return "person"
    if _IN.search(before[-20:]):
        # "To Ann Lee" and "to Port Sarrin" look the same.
        return "name" if len(words) > 1 and _TO_SOMEBODY.search(before[-6:]) else "place"
    return "person" if 2 <= len(words) <= 4 else "name"
