"""Forms of English verbs that plain statements are made with, so that they turn into questions."""

from __future__ import annotations

# Verbs that form the past with -ed: only common ones, of which it is hardly anything else.
_REGULAR = (
    "accept accuse acquire add adopt agree allow announce appoint approve arrest arrive ask "
    "attack attend award ban borrow cancel cause claim close collapse collect complete "
    "confirm contain cover create cross damage decide declare defeat deliver demand deny "
    "describe destroy detain discover dismiss donate double earn elect employ end enter "
    "establish evacuate expand expel export extend fail finance fine finish fire flee form "
    "found gain grant halt hire host import impose improve include increase inherit injure "
    "inspect install introduce invade invent invest issue join kill land last launch lift "
    "list lower manufacture marry measure merge move name need obtain occupy offer open order "
    "organise organize own paint pass photograph plan plant play pledge postpone present "
    "produce promise propose publish purchase raise reach rebuild recall receive record "
    "recover recruit redesign reduce refuse register reject release remove renovate repair "
    "repeal replace report rescue resign restore retire return reveal sail save score serve "
    "settle sign sink start state stop store suffer supply support suspend terminate test "
    "threaten tour train transfer transport treat trigger update use vaccinate visit vote "
    "want warn weigh welcome withdraw work"
)
# Both past forms where they differ.
_IRREGULAR = (
    "become became become|begin began begun|break broke broken|bring brought|build built"
    "|buy bought|catch caught|choose chose chosen|come came come|cost cost|cut cut"
    "|draw drew drawn|drive drove driven|eat ate eaten|fall fell fallen|find found"
    "|fly flew flown|get got|give gave given|go went gone|grow grew grown|have had|hold held"
    "|keep kept|lay laid|lead led|leave left|lend lent|lose lost|make made|meet met|pay paid"
    "|put put|rise rose risen|run ran run|see saw seen|sell sold|send sent|set set"
    "|sink sank sunk|speak spoke spoken|spend spent|stand stood|steal stole stolen"
    "|take took taken|teach taught|tell told|think thought|win won"
    "|withdraw withdrew withdrawn|write wrote written"
)


def _past(base: str) -> str:
    if base.endswith("e"):
        return f"{base}d"
    if base.endswith("y") and base[-2] not in "aeiou":
        return f"{base[:-1]}ied"
    return f"{base}{base[-1] if base in _DOUBLED else ''}ed"


_DOUBLED = frozenset(("ban", "stop", "plan", "transfer", "expel", "cancel"))
_ROWS = [row.split() for row in _IRREGULAR.split("|")]
# Past form → base, of those that are no base themselves: "cost" could be either.
PAST = {
    past: base
    for base, past in [(b, _past(b)) for b in _REGULAR.split() if b not in ("flee", "sink")]
    + [(row[0], row[1]) for row in _ROWS]
    if past != base or base == "cost"
}
PARTICIPLES = frozenset([*PAST, *(row[-1] for row in _ROWS)])
BASES = frozenset([*_REGULAR.split(), *(row[0] for row in _ROWS)])
# Third person → base.
PRESENT = {
    (f"{base[:-1]}ies" if base.endswith("y") and base[-2] not in "aeiou"
     else f"{base}{'es' if base.endswith(('s', 'x', 'ch', 'sh', 'o')) else 's'}"): base
    for base in BASES - {"have", "state", "report", "play", "work", "end", "plan", "record", "test"}
}  # fmt: skip
_AUXILIARIES = "is are was were has have had will would can could may might must should does do did"
AUXILIARIES = frozenset(_AUXILIARIES.split())
