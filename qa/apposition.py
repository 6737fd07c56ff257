"""Who is who, what is what, and who said something of what: asked of a sentence that names it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa.clauses import Asking, clear
from qa.names import NO_NAMES, names
from qa.verbs import AUXILIARIES, PAST, PRESENT

_ROLE = (
    r"(?:engineer|mayor|director|chair(?:man|woman)?|head|chief|executive|minister|president"
    r"|captain|manager|owner|founder|coach|leader|spokes(?:man|woman|person)|judge|secretary|editor"
    r"|architect|author|doctor|teacher|striker|lawyer|professor|inspector|commissioner|governor"
    r"|singer|farmer|scientist|historian|composer|painter|chancellor|treasurer|principal|curator)"
)
_THING = (
    r"(?:company|group|firm|club|agency|party|organi[sz]ation|bridge|ship|ferry|river|island|town"
    r"|village|city|project|programme|program|museum|festival|award|charity|union|cooperative"
    r"|newspaper|magazine|university|school|hospital|church|castle|tunnel|dam|reservoir|lake|bank"
    r"|software|library|language|protocol|method|system|treaty|law|vaccine|drug|disease|species"
    r"|package|framework|tool|toolkit|format|engine|platform|standard|plugin|device|machine|telescope"
    r"|railway|airline|airport|building|cathedral|band|album|novel|film|mountain|volcano|nebula)"
)
_NAME = r"[A-Z][\w’'-]+(?:\s[A-Z][\w’'-]+){1,2}"
_IN_APPOSITION = re.compile(
    rf"^(?P<head>(?:The|An?)\s[^,]{{3,50}}|{_NAME}),\s(?P<said>[^,]{{3,70}}),\s(?P<rest>.+)$"
)
_ROLE_NAMED = re.compile(
    rf"^The\s(?P<role>(?:[\w’'-]+\s){{0,3}}?{_ROLE}(?:\sof\s[^,]{{3,40}})?),\s(?P<name>{_NAME}),"
)
_NAMED_ROLE = re.compile(
    r"^(?P<name>[A-Z][\w’'-]+\s[A-Z][\w’'-]+),\s"
    rf"(?:(?:the|an?)\s(?:[\w’'-]+\s){{0,4}}?{_ROLE}\b"
    r"|who\s(?:runs|leads|heads|founded|chairs|owns|designed|manages|wrote)\s)"
)
_IS = re.compile(
    r"^(?P<name>(?:The\s)?[A-Z][\w’'-]+(?:\s(?:of\s(?:the\s)?)?[A-Z][\w’'-]+){0,3})"
    r"(?:\s(?P<verb>is|was)|,)\s(?:an?|the)\s(?P<what>[^,.]{3,90})"
)
# Not before a name in a question, unlike "Mayor".
_OFFICE = re.compile(
    r"^(?:Chair|Head|Chief|Director|Mediator|Coach|Manager|Secretary|Owner)\s(?=\S+\s)"
)
_SAYS = re.compile(
    rf"^(?:(?:[A-Z]?[\w’'-]+\s){{0,3}}?{_ROLE}\s)?(?P<name>{_NAME}|[A-Z][\w’'-]+)\s"
    r"(?:said|warned|argued|claimed|added)\s(?:that\s)?(?P<about>the\s.+?)\s"
    rf"(?:{'|'.join(sorted(AUXILIARIES - {'do', 'does', 'did'}))})\s"
)


def who(sentence: str) -> Iterator[Asking]:
    """ "The city engineer, Hanna Voss, …" → "Who is the city engineer?"."""
    if match := _ROLE_NAMED.match(sentence):
        yield Asking(f"Who is the {match['role']}?", "who", match["name"])
    elif match := _NAMED_ROLE.match(sentence):
        yield Asking(f"Who is {match['name']}?", "who")


def what(sentence: str) -> Iterator[Asking]:
    """ "The Wagner Group, a private military company, …" → "What is the Wagner Group?"."""
    match = _IS.match(sentence)
    if not match or re.search(rf"\b{_ROLE}\b", match["what"]):
        return
    head = re.split(r"\s(?:that|which|with|of|in|for|on|from|by|at)\s", match["what"])[0]
    name = re.sub(r"^The\s", "the ", match["name"])
    first, _, more = name.partition(" ")
    # "Otherwise, the company …" has a comma too.
    is_name = more if not match["verb"] else first == "the" or first.lower() not in NO_NAMES
    is_thing = re.search(rf"\b{_THING}$", head) and not re.search(r"\d", name)
    if is_name and is_thing and not {*head.split()} & {*AUXILIARIES, *PAST, *PRESENT}:
        yield Asking(f"What {match['verb'] or 'is'} {name}?", "what")


def said(sentence: str, around: str) -> Iterator[Asking]:
    """ "Otto Grieg said the steel was sound" → "What did Otto Grieg say about the steel?"."""
    head = _IN_APPOSITION.match(sentence)
    if head and re.fullmatch(_NAME, head["said"]):
        sentence = f"{head['said']} {head['rest']}"
    elif head and re.fullmatch(_NAME, head["head"]):
        sentence = f"{head['head']} {head['rest']}"
    match = _SAYS.match(sentence)
    name = _in_full(_OFFICE.sub("", match["name"]), around) if match else None
    if match and name and clear(match["about"]) and len(match["about"].split()) <= 6:
        yield Asking(f"What did {name} say about {match['about']}?", "said")


def without_apposition(sentence: str) -> str:
    """ "The bridge, a steel structure, was …" without what is between the commas."""
    match = _IN_APPOSITION.match(sentence)
    if match and match["rest"].split()[0] in AUXILIARIES | PAST.keys():
        return f"{match['head']} {match['rest']}"
    return sentence


def _in_full(name: str, around: str) -> str | None:
    """The name with a first name, if there is one; None if it may be nobody's."""
    if " " not in name:
        longer = re.search(rf"\b[A-Z][a-z’'-]+\s{re.escape(name)}\b", around)
        if not longer:
            return None
        name = longer[0]
    found = next((each for each in names(f"as {name} said")), None)
    return name if found and found.of == "person" and found.text == name else None
