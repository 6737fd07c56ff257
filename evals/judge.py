"""Judges of claims and answers, and how often each agrees with people.

A judge says whether passages support a claim. `evals.support.supports` is one that needs no model;
here are a language model's, through LlamaIndex's evaluators. No verdict is worth more than the
agreement printed with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import prompts
from evals.errors import BrokenGold
from evals.statistics import wilson
from qa import models

if TYPE_CHECKING:
    from llama_index.core.llms import LLM
    from llama_index.core.prompts import PromptTemplate

# Whether the passages support the claim.
Judge = Callable[[str, Sequence[str]], bool]
FAITHFUL, CORRECT = "judge_faithful", "judge_correct"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A claim of which people say whether its passages support it; `where` is file and line."""

    id: str
    claim: str
    passages: tuple[str, ...]
    supported: bool
    where: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a judge's verdicts compare with people's: of the claims that people call supported, how
    many it does too; of the others, how many it doesn't either. Both kinds must be there.
    """

    supported: int
    said_supported: int
    unsupported: int
    said_unsupported: int

    @property
    def n(self) -> int:
        return self.supported + self.unsupported

    @property
    def true_positive(self) -> float:
        return self.said_supported / self.supported

    @property
    def true_negative(self) -> float:
        return self.said_unsupported / self.unsupported

    @property
    def true_positive_interval(self) -> tuple[float, float, float]:
        """The rate and its 95% interval (Wilson)."""
        return (self.true_positive, *wilson(self.true_positive, self.supported))

    @property
    def true_negative_interval(self) -> tuple[float, float, float]:
        """The rate and its 95% interval (Wilson)."""
        return (self.true_negative, *wilson(self.true_negative, self.unsupported))

    @property
    def balanced_accuracy(self) -> float:
        """The mean of both rates: 0.5 for a judge that always says the same, or tosses a coin."""
        return (self.true_positive + self.true_negative) / 2

    @property
    def interval(self) -> tuple[float, float]:
        """A 95% interval of the balanced accuracy, from those of the two rates (Newcombe 1998)."""
        positive, low, high = self.true_positive_interval
        negative, lower, higher = self.true_negative_interval
        below = ((positive - low) ** 2 + (negative - lower) ** 2) ** 0.5 / 2
        above = ((high - positive) ** 2 + (higher - negative) ** 2) ** 0.5 / 2
        return self.balanced_accuracy - below, self.balanced_accuracy + above

    @property
    def kappa(self) -> float:
        """Agreement beyond chance, 1 at most and 0 for chance alone (Cohen 1960)."""
        yes = (self.said_supported + self.unsupported - self.said_unsupported) / self.n
        people = self.supported / self.n
        chance = yes * people + (1 - yes) * (1 - people)
        observed = (self.said_supported + self.said_unsupported) / self.n
        return (observed - chance) / (1 - chance)

    def as_json(self) -> dict[str, Any]:
        """All figures, each rate with its 95% interval."""
        return {
            "n": self.n,
            "balanced_accuracy": [self.balanced_accuracy, *self.interval],
            "true_positive": list(self.true_positive_interval),
            "true_negative": list(self.true_negative_interval),
            "kappa": self.kappa,
        }


@dataclass(frozen=True, slots=True)
class Judged:
    """Who gave a verdict, and how often they agree with people; None where nobody measured it."""

    name: str
    agreement: Agreement | None = None

    def __str__(self) -> str:
        if self.agreement is None:
            return f"{self.name}: how often it agrees with people is not measured"
        low, high = self.agreement.interval
        return (
            f"{self.name}: balanced accuracy {self.agreement.balanced_accuracy:.2f} "
            f"({low:.2f}–{high:.2f}) on {self.agreement.n:,} labelled claims"
        )


def agreement(judge: Judge, rows: Sequence[Labelled]) -> Agreement:
    """How often the judge agrees with people; BrokenGold if they say the same of all rows."""
    supported = sum(row.supported for row in rows)
    if supported in (0, len(rows)):
        raise BrokenGold(
            f"{rows[0].where if rows else 'labelled claims'}: of {len(rows)} claims all have one "
            "label; take some that are supported and some that aren't"
        )
    verdicts = [(row.supported, judge(row.claim, row.passages)) for row in rows]
    return Agreement(
        supported=supported,
        said_supported=sum(people and said for people, said in verdicts),
        unsupported=len(rows) - supported,
        said_unsupported=sum(not people and not said for people, said in verdicts),
    )


def faithful(llm: LLM, name: str, url: str = "") -> Judge:
    """A language model as a judge of whether passages support a claim.

    An answer without "yes" counts as no. Passages longer than the model's window are judged part by
    part, in LlamaIndex's words. What the model raises becomes NoModel, which names it by `name`.
    """
    from llama_index.core.evaluation import FaithfulnessEvaluator

    template = _template(FAITHFUL, claim="query_str", passages="context_str")
    evaluator = FaithfulnessEvaluator(llm=llm, eval_template=template)

    def judge(claim: str, passages: Sequence[str]) -> bool:
        result = models.call(
            name, url, lambda: evaluator.evaluate(response=claim, contexts=list(passages))
        )
        return bool(result.passing)

    return judge


def correct(llm: LLM, name: str, url: str = "") -> Callable[[str, str, Sequence[str]], bool]:
    """A language model as a judge of whether an answer to a question says what a gold one does.

    Called with question, answer and gold answers. An answer without "yes" counts as no.
    """
    from llama_index.core.evaluation import CorrectnessEvaluator

    template = _template(
        CORRECT, question="query", answer="generated_answer", answers="reference_answer"
    )
    evaluator = CorrectnessEvaluator(llm=llm, eval_template=template, parser_function=_score)

    def judge(question: str, answer: str, gold: Sequence[str]) -> bool:
        reference = "\n".join(" ".join(each.split()) for each in gold)
        result = models.call(
            name,
            url,
            lambda: evaluator.evaluate(query=question, response=answer, reference=reference),
        )
        return bool(result.passing)

    return judge


def prompt_name(name: str) -> str:
    """NAME@HASH, which changes with the prompt's words."""
    return f"{name}@{prompts.load(name).hash}"


def _template(name: str, **variables: str) -> PromptTemplate:
    """The prompt with our variables called as LlamaIndex's evaluator does."""
    from llama_index.core.prompts import PromptTemplate

    theirs = {ours: f"{{{their}}}" for ours, their in variables.items()}
    return PromptTemplate(prompts.load(name).ask(**theirs))


def _score(said: str) -> tuple[float, str]:
    """A verdict in the evaluator's marks, 1 to 5, of which 4 pass."""
    return (5.0 if "yes" in said.lower() else 1.0), said


def read_labelled(path: Path, limit: int | None = None) -> list[Labelled]:
    """The labelled claims of a `.jsonl` file; with a limit, a sample that is always the same.

    Raises BrokenGold with a line for each thing to mend, with its place in the file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it isn't UTF-8"
        raise BrokenGold(f"{path}: can't be read ({why}); name a .jsonl of claims") from None
    found: dict[str, Labelled] = {}
    faults: list[str] = []
    # Not splitlines, which also splits at characters that JSON leaves unescaped.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            where = f"{path}:{number}"
            row = _labelled(line, where)
            if isinstance(row, str):
                faults.append(f"{where}: {row}")
            elif row.id in found:
                faults.append(f"{where}: id {row.id!r} is also in {found[row.id].where}")
            else:
                found[row.id] = row
    if faults:
        raise BrokenGold("\n".join(faults))
    if not found:
        raise BrokenGold(f"{path}: holds no labelled claim; add one")
    rows = list(found.values())
    if limit is None or limit >= len(rows):
        return rows
    return _sample(rows, limit)


def _sample(rows: Sequence[Labelled], limit: int) -> list[Labelled]:
    """So many rows, chosen by hashes of their ids, with labels in the shares they have in all."""
    places: list[tuple[float, str, Labelled]] = []
    for label in (True, False):
        some = [row for row in rows if row.supported is label]
        some.sort(key=lambda row: sha256(row.id.encode()).digest())
        places += [((rank + 0.5) / len(some), row.id, row) for rank, row in enumerate(some)]
    return [row for _, _, row in sorted(places, key=lambda place: place[:2])[:limit]]


def _labelled(line: str, where: str) -> Labelled | str:
    """The claim in a line, or what to mend there."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"isn't JSON ({error}); mend the line"
    if not isinstance(entry, dict):
        return "isn't a labelled claim; give id, claim, passages and supported"
    for name in ("id", "claim"):
        if not isinstance(entry.get(name), str) or not entry[name].strip():
            return f"{name} takes a text; add it"
    passages = entry.get("passages")
    if not isinstance(passages, list) or not all(isinstance(each, str) for each in passages):
        return "passages takes a list of texts; add it"
    if not isinstance(entry.get("supported"), bool):
        return "supported takes true or false; add it"
    return Labelled(entry["id"], entry["claim"], tuple(passages), entry["supported"], where)
