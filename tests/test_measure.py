"""The numbers are right: against trec_eval, SQuAD 2.0's definitions, ALCE's, and scipy."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evals import measure, spans
from evals.spans import Place
from evals.statistics import holm, p_worse, quantile, smallest_loss, wilson


def at(start: int, end: int, document: str = "d") -> Place:
    return Place(document, start, end)


# recall@k: at least half of a quote's characters in the first k passages together.


def test_a_quote_across_two_passages_counts_when_both_are_found() -> None:
    evidence = [[at(80, 120)]]
    passages = [at(0, 90), at(300, 400), at(110, 200)]
    assert spans.recall(evidence, passages, 1) == 0
    assert spans.recall(evidence, passages, 2) == 0
    assert spans.recall(evidence, passages, 3) == 1


def test_a_quote_twice_in_a_document_counts_wherever_it_is_found() -> None:
    evidence = [[at(10, 20), at(510, 520)]]
    assert spans.recall(evidence, [at(500, 600)], 1) == 1
    # Halves of two different occurrences are no half of one.
    assert spans.recall(evidence, [at(10, 14), at(516, 520)], 2) == 0


def test_half_covered_counts_and_less_does_not() -> None:
    assert spans.recall([[at(0, 10)]], [at(0, 5)], 1) == 1
    assert spans.recall([[at(0, 10)]], [at(0, 4)], 1) == 0
    assert spans.recall([[at(0, 10)], [at(20, 30)]], [at(0, 12)], 1) == 0.5


def test_the_same_place_of_another_document_does_not_count() -> None:
    assert spans.recall([[at(0, 10)]], [at(0, 10, "other")], 1) == 0


def test_overlapping_passages_are_counted_once() -> None:
    assert spans.covered(at(0, 100), [at(0, 30), at(20, 40), at(10, 25)]) == 40
    # What is cited twice is no more evidence, but more citing.
    assert spans.overlap([[at(0, 10)]], [at(0, 10), at(5, 10), at(90, 100)]) == (0.4, 1.0)
    assert spans.overlap([[at(0, 10)]], []) == (0.0, 0.0)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), max_size=8))
def test_covered_is_the_size_of_the_union(parts: list[tuple[int, int]]) -> None:
    place = at(10, 40)
    held = {c for start, length in parts for c in range(start, start + length)} & set(range(10, 40))
    assert spans.covered(place, [at(start, start + n) for start, n in parts]) == len(held)


# Rankings.


def test_rankings_are_those_of_trec_eval() -> None:
    # Worked by hand from the definitions: gains 1/log2(rank + 1), over those of the best order.
    found = measure.ranking([False, True, False, True], 3)
    gains = 1 / math.log2(3) + 1 / math.log2(5)
    best = 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert found["mrr@10"] == pytest.approx(0.5)
    assert found["ndcg@10"] == pytest.approx(gains / best, abs=1e-4)
    assert measure.ranking([False] * 10, 2) == {"mrr@10": 0.0, "ndcg@10": 0.0}
    assert measure.ranking([True], 1) == {"mrr@10": 1.0, "ndcg@10": 1.0}


def test_a_passage_is_relevant_for_evidence_that_none_before_it_held() -> None:
    evidence = [[at(0, 10)], [at(50, 60)]]
    passages = [at(0, 20), at(5, 30), at(0, 100)]
    assert spans.relevance(evidence, passages) == [True, False, True]
    # So finding more never scores less.
    assert measure.ranking([True, False], 1) == measure.ranking([True], 1)


def test_what_ranks_eleventh_counts_for_nothing() -> None:
    assert measure.ranking([False] * 10 + [True], 1)["mrr@10"] == 0


# SQuAD 2.0.


@pytest.mark.parametrize(
    ("gold", "said", "f1", "exact"),
    [
        (["Denver Broncos"], "The Denver Broncos!", 1, 1),
        (["Denver Broncos"], "Broncos", 2 / 3, 0),
        (["24–10", "24-10"], "24-10.", 1, 1),
        (["in the 10th and 11th centuries"], "10th and 11th centuries", 8 / 9, 0),
        (["a"], "an apple", 0, 0),
        (["France"], "", 0, 0),
        ([], "", 1, 1),
        ([], "France", 0, 0),
        (["cat", "the black cat"], "black cat", 1, 1),
        # Articles are no words to SQuAD: "b b" against "b".
        (["b b a a"], "b a a a", 2 / 3, 0),
    ],
)
def test_f1_and_exact_match_are_squads(gold: list[str], said: str, f1: float, exact: float) -> None:
    assert measure.f1(gold, said) == pytest.approx(f1)
    assert measure.exact_match(gold, said) == exact


def test_an_answer_stands_as_whole_words() -> None:
    assert measure.answer_recall(["5 million"], ["About 5 million rounds, it said."]) == 1
    assert measure.answer_recall(["5 million"], ["About 15 million rounds."]) == 0
    assert measure.answer_recall(["one", "two"], ["Two!"]) == 1
    assert measure.answer_recall(["15 million"], ["He paid 1.5 million."]) == 0
    assert measure.answer_recall(["1819"], ["On June 18-19."]) == 0
    assert measure.answer_recall(["June 18-19"], ["It was June 18–19, he said."]) == 1
    assert measure.answer_recall(["4,200"], ["Some 4200 people."]) == 1
    assert measure.answer_recall(["one two"], ["It was one.", "Two came."]) == 0
    assert measure.answer_recall(["东京"], ["首都是东京。"]) == 1
    assert measure.answer_recall(["the"], ["the"]) == 0


# ALCE: worked from its definition.


def supports(claim: str, quotes: object) -> bool:
    """A claim is the letters it needs; a quote the letters it has."""
    return set(claim) <= set("".join(quotes))  # type: ignore[call-overload]


def test_citation_recall_is_the_share_of_claims_their_quotes_support_together() -> None:
    claims = [("ab", ["a", "b"]), ("c", ["x"]), ("d", []), ("e", ["e"])]
    assert measure.citation_recall(claims, supports) == 0.5


def test_citation_precision_is_the_share_of_citations_that_are_needed() -> None:
    # Both needed; the second says nothing; either alone would do, so both count; unsupported.
    assert measure.citation_precision([("ab", ["a", "b"])], supports) == 1
    assert measure.citation_precision([("a", ["a", "x"])], supports) == 0.5
    assert measure.citation_precision([("a", ["a", "a"])], supports) == 1
    assert measure.citation_precision([("a", ["x", "y"])], supports) == 0
    assert measure.citation_precision([("ab", ["a", "b", "x"])], supports) == pytest.approx(2 / 3)
    assert measure.citation_precision([("a", [])], supports) == 0


# Statistics.


@pytest.mark.parametrize(("good", "n"), [(0, 1), (1, 1), (7, 20), (250, 250), (3, 400)])
def test_intervals_are_scipys(good: int, n: int) -> None:
    theirs = stats.binomtest(good, n).proportion_ci(method="wilson")
    assert wilson(good / n, n) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_a_paired_test_of_shares_is_mcnemars_exact() -> None:
    # 9 lost, 2 won: the chance of 9 or more of 11 coins.
    changes = [-1.0] * 9 + [1.0] * 2 + [0.0] * 100
    theirs = stats.binomtest(9, 11, 0.5, alternative="greater").pvalue
    assert p_worse(changes) == pytest.approx(theirs)
    assert p_worse([0.0] * 50) == 1
    assert p_worse([1.0] * 20) == 1


def test_a_paired_test_of_other_values_agrees_with_wilcoxons_where_signs_are_clear() -> None:
    changes = [-0.1 * each for each in range(1, 9)]
    assert p_worse(changes) == pytest.approx(1 / 2**8)
    assert p_worse(changes) == pytest.approx(stats.wilcoxon(changes, alternative="less").pvalue)
    assert p_worse([0.3, -0.2, 0.5, -0.1, 0.4]) > 0.5


def test_holms_correction_is_as_published() -> None:
    # Holm 1979: sorted p times m, m - 1, …, never falling, at most 1.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_smallest_loss_is_one_that_the_test_would_see() -> None:
    for n, tests in ((250, 10), (30, 1), (8, 2)):
        share = smallest_loss(n, tests)
        assert share is not None
        lost = round(share * n)
        assert p_worse([-1.0] * lost + [0.0] * (n - lost)) * tests < 0.05
        assert p_worse([-1.0] * (lost - 1) + [0.0] * (n - lost + 1)) * tests >= 0.05
    assert smallest_loss(4, 1) is None


def test_a_quantile_lies_within_its_interval() -> None:
    values = [each / 100 for each in range(200)]
    middle, low, high = quantile(values, 0.5)
    assert middle == pytest.approx(0.995)
    assert low < middle < high
    assert quantile([3.0], 0.95) == (3.0, 3.0, 3.0)
