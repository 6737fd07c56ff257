"""An eval report as JUnit XML: a test case for each question, and one for the gate.

Single questions fail nothing; those that were lost are shown as failures where the gate failed.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from evals.gate import WHY, Flip, Verdict
from evals.report import Cited, Report, Scored
from evals.reports import wording


def render(report: Report, verdict: Verdict, before: Report | None = None) -> str:
    """Well-formed whatever the texts hold: what XML can't hold is left out."""
    lost = {}
    if verdict.comparison and not verdict.passed:
        lost = {flip.now.id: flip for flip in verdict.comparison.lost}
    failures = len(lost) + (not verdict.passed)
    root = Element("testsuites")
    suite = SubElement(
        root,
        "testsuite",
        name=_legal(report.set),
        tests=str(len(report.questions) + 1),
        failures=str(failures),
        errors="0",
    )
    properties = SubElement(suite, "properties")
    for name in ("index", "model", "judged_by"):
        SubElement(properties, "property", name=name, value=_legal(getattr(report, name)))
    _gate(suite, verdict)
    for each in report.questions:
        case = SubElement(suite, "testcase", classname=_legal(report.set), name=_legal(each.id))
        if flip := lost.get(each.id):
            failure = SubElement(case, "failure", message=wording.of_flip(flip))
            failure.text = _legal("\n".join(_of_lost(flip)))
        elif not each.good:
            SubElement(case, "system-out").text = _legal("\n".join(_of_bad(each)))
    indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(root, encoding="unicode")}\n'


def _legal(text: str) -> str:
    return wording.legal(text, "")


def _gate(suite: Element, verdict: Verdict) -> None:
    case = SubElement(suite, "testcase", classname="footnote-eval", name="gate")
    if not verdict.passed:
        failure = SubElement(case, "failure", message=_legal(verdict.reasons[0]))
        failure.text = _legal("\n".join(verdict.reasons))
    if verdict.notes:
        SubElement(case, "system-out").text = _legal("\n".join(verdict.notes))


def _of_lost(flip: Flip) -> Iterator[str]:
    yield f"question: {flip.now.question}"
    yield f"answer before: {flip.before.answer}"
    yield f"answer now: {flip.now.answer}"
    yield from (f"cited: {_place(each)}" for each in flip.now.citations)
    yield from (f"expected: {each}" for each in flip.now.answers)
    yield from (f"evidence: {_place(each)}" for each in flip.now.evidence)
    yield from (f"retrieved: {each}" for each in flip.now.sources)


def _of_bad(each: Scored) -> Iterator[str]:
    yield WHY[each.outcome]
    yield f"question: {each.question}"
    yield f"answer: {each.answer}"


def _place(each: Cited) -> str:
    return f"“{each.quote}” ({each.source}, characters {each.start}–{each.end})"
