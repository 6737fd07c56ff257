"""Measures search by language: python -m evals.languages [--encoder NAME] [--encoder-url URL]

All 120 reports in `gold/languages` are indexed together, and 24 questions asked of each language:
half with some of a report's words, half a paraphrase. A question counts as found among the first k
passages if they hold half of the characters of its evidence.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from evals.gold import Question, read
from index import Passage, Search, build
from index.encode import encoder

FOLDER = Path(__file__).parent / "gold" / "languages"
DOCUMENTS = FOLDER / "documents"
KINDS = ("words", "paraphrase")


def found(question: Question, language: str, passages: list[Passage]) -> bool:
    """Whether the passages hold half of the evidence."""
    (evidence,) = question.evidence
    source = f"{language}/{evidence.source}"
    text = (DOCUMENTS / source).read_bytes().decode()
    start = text.index(evidence.quote)
    own = range(start, start + len(evidence.quote))
    held = {
        place
        for each in passages
        if each.source == source
        for place in range(max(own.start, each.start), min(own.stop, each.end))
    }
    return len(held) * 2 >= len(own)


def main() -> None:
    parser = argparse.ArgumentParser(usage=(__doc__ or "").splitlines()[0].partition(": ")[2])
    parser.add_argument("--encoder", default="local")
    parser.add_argument("--encoder-url")
    arguments = parser.parse_args()
    reads = encoder(arguments.encoder, arguments.encoder_url)
    print("| language | n | words @1 | @5 | paraphrase @1 | @5 |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as home:
        build(Path(home), [DOCUMENTS], encoder=reads)
        search = Search(Path(home), view=False, encoder=reads)
        at = search.snapshot()
        for gold in sorted(FOLDER.glob("*.jsonl")):
            cells = []
            for kind in KINDS:
                asked = [each for each in read(gold) if kind in each.tags]
                passages = [search.find(each.question, 5, at) for each in asked]
                for first in (1, 5):
                    pairs = zip(asked, passages, strict=True)
                    right = sum(found(each, gold.stem, some[:first]) for each, some in pairs)
                    cells.append(f"{right} of {len(asked)}")
            print(f"| {gold.stem} | {2 * len(asked)} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
