"""Gold files: what is read, and one line with its place for each thing that is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import evals.gold
from evals.errors import BrokenGold
from evals.gold import read, read_all

GOLD = Path(evals.gold.__file__).parent / "gold"
WELL = '- {id: a, question: "Who?", evidence: [{source: s.txt, quote: "It was I."}]}\n'


def faults(path: Path, text: str) -> list[str]:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BrokenGold) as fault:
        read(path)
    return str(fault.value).splitlines()


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 0, "holds no question"),
        ("# only a comment\n", 0, "holds no question"),
        ("id: a\n", 1, "isn't a list"),
        ("- [1\n", 2, "isn't YAML"),
        (WELL + "- {id: b, question: [\n", 3, "isn't YAML"),
        (WELL + "- just text\n", 2, "isn't a question"),
        (WELL + "- {question: x, answerable: false}\n", 2, "id is missing"),
        (WELL + "- {id: b, answerable: false}\n", 2, "question is missing"),
        (WELL + "- {id: b, question: x}\n", 2, "evidence is missing"),
        (
            WELL + "- {id: b, question: x, answerable: false, anser: y}\n",
            2,
            "unknown field 'anser'",
        ),
        (WELL + "- {id: b, question: x, answerable: maybe}\n", 2, "takes true or false"),
        (WELL + "- {id: b, question: x, answerable: false, tags: [1]}\n", 2, "list of texts"),
        (WELL + "- {id: b, question: x, evidence: [{source: s}]}\n", 2, "source and quote"),
        (WELL + "- {id: b, question: x, answerable: false, expect: silence}\n", 2, "expect takes"),
        (WELL + "- {id: 2024-01-01, question: x, answerable: false}\n", 2, "takes a text"),
        (WELL + "- {id: b, id: c, question: x, answerable: false}\n", 2, "id is there twice"),
        (WELL + WELL, 2, "also in line 1"),
        ("- &a [*a]\n", 1, "isn't"),
        ("- !!timestamp x\n", 1, "isn't"),
        (WELL + "- {id: b, question: x, answerable: false, x_when: 2024-02-30}\n", 2, "isn't YAML"),
        (
            WELL + "- {id: b, question: x, evidence: [{source: s, source: t, quote: q}]}\n",
            2,
            "twice",
        ),
        (WELL + f"- {{id: b, question: {'x' * 2001}, answerable: false}}\n", 2, "at most 2,000"),
        (WELL + '- {id: b, question: "...", answerable: false}\n', 2, "the question is empty"),
        (
            WELL + "- {id: b, question: x, answers: [The], evidence: [{source: s, quote: q}]}\n",
            2,
            "only articles",
        ),
        (WELL + "- {id: b, question: x, answerable: false, expect: conflict}\n", 2, "goes with"),
    ],
)
def test_what_is_wrong_is_one_line_with_its_place(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    path = tmp_path / "gold.yaml"
    (fault,) = faults(path, text)
    assert fault.startswith(f"{path}:{line}: " if line else f"{path}: ")
    assert said in fault


def test_every_broken_question_has_a_line_of_its_own(tmp_path: Path) -> None:
    lines = ['{"id": "a", "question": "x"}', "", '{"id": 1, "question": "", "answerable": false}']
    found = faults(tmp_path / "gold.jsonl", "\n".join(lines))
    assert [each.split(":")[1] for each in found] == ["1", "3", "3"]


def test_a_line_that_is_no_json_is_named(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path / "gold.jsonl", "[" * 100_000)
    assert "gold.jsonl:1: isn't JSON" in fault
    (fault,) = faults(tmp_path / "gold.jsonl", '{"id": "a", "id": "b"}')
    assert "twice" in fault
    (fault,) = faults(tmp_path / "gold.jsonl", '{"id": "a",\n')
    assert "gold.jsonl:1: isn't JSON" in fault


def test_bytes_that_are_no_text_and_files_that_are_not_there_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "gold.yaml").write_bytes(b"\xff\xfe\x00")
    for name in ("gold.yaml", "none.yaml"):
        with pytest.raises(BrokenGold) as fault:
            read(tmp_path / name)
        assert len(str(fault.value).splitlines()) == 1


def test_an_id_in_two_files_is_named_with_both(tmp_path: Path) -> None:
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text(WELL)
    other.write_text(WELL)
    with pytest.raises(BrokenGold, match=r"other\.yaml:1: id 'a' is also in .*one\.yaml:1"):
        read_all([one, other])


def test_fields_of_ones_own_are_let_be(tmp_path: Path) -> None:
    path = tmp_path / "gold.yaml"
    path.write_text('- {id: a, question: "x", answerable: false, x_note: {any: thing}}\n')
    assert read(path)[0].id == "a"


def test_ten_thousand_questions_are_read(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    evidence = [{"source": "s.txt", "quote": "It was\u2028I."}]
    rows = (
        {"id": str(number), "question": "Who?", "evidence": evidence, "answers": ["I"]}
        for number in range(10_000)
    )
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    questions = read(path)
    assert len(questions) == 10_000
    assert questions[9_999].where == f"{path}:10000"


@pytest.mark.parametrize("name", ["seed.yaml", "newsroom/gold.yaml"])
def test_our_own_gold_is_well_formed_and_varied(name: str) -> None:
    questions = read(GOLD / name)
    assert len(questions) >= (250 if "newsroom" in name else 60)
    assert any(each.history for each in questions)
    kinds = {"fact", "number", "list", "paraphrase", "who-says-what", "false-premise"}
    kinds |= {"near-miss", "off-topic", "follow-up", "date"}
    assert kinds <= {tag for each in questions for tag in each.tags}
