"""Trains the reader: `python qa/reader/train.py --data FOLDER --out FOLDER`, resumed if cut off.

FOLDER of data is as `rows.py` reads it. The weights that it starts from are those of the sentence
encoder, see `index/encoder/build.py`; the vectors of words stay as they are. Questions and passages
are read together; three heads say where the answer is, whether there is one, and whether a claim
follows. Needed, beside what `index/encoder/build.py` needs: nothing. A GPU is used if there is one.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "index" / "encoder"))
from build import find_weights
from row import Row
from rows import rows

TOKENIZER = Path(__file__).parents[2] / "index" / "encoder" / "tokenizer.json"
WINDOW = 320  # word pieces of question and passage
BATCH = 4_096  # word pieces of a step
# Of each half: how many steps at most, of an order drawn by lot, and how far each goes at most.
STEPS = (1_750, 2_200)
RATES = (1.5e-4, 1e-4)
WARM_UP = 0.06
SEED = 7
KEEP_EVERY = 250  # steps
# The file with questions that people asked to have no answer.
REAL = "squad2_train_10articles"


class Reader(nn.Module):
    """The encoder and its heads: logits of a start and an end at each word piece, the first of
    which stands for "nowhere"; of an answer; of a claim that follows."""

    def __init__(self, weights: Path) -> None:
        super().__init__()
        # Without dropout, whose random numbers take a third of the time: each row is read once.
        self.bert = BertModel.from_pretrained(
            weights,
            add_pooling_layer=False,
            local_files_only=True,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
        self.place, self.said = nn.Linear(384, 2), nn.Linear(384, 2)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor
    ) -> tuple[Tensor, Tensor]:
        states = self.bert(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        )[0]
        return self.place(states), self.said(states[:, 0])


class Read:
    """Rows as the model reads them: word pieces, and where the answer starts and ends in them."""

    def __init__(self, found: Sequence[Row]) -> None:
        words = Tokenizer.from_file(str(TOKENIZER))
        words.enable_truncation(WINDOW, strategy="only_second")
        self.rows = found
        self.encoded = words.encode_batch([(row.asked[:300], row.passage) for row in found])
        self.places = [_place(r, e) for r, e in zip(found, self.encoded, strict=True)]

    def batch(self, which: Sequence[int], device: str) -> dict[str, Tensor]:
        longest = max(len(self.encoded[i].ids) for i in which)

        def padded(name: str) -> Tensor:
            lists = [getattr(self.encoded[i], name) for i in which]
            return torch.tensor(
                [each + [0] * (longest - len(each)) for each in lists], device=device
            )

        rows = [self.rows[i] for i in which]
        places = torch.tensor([self.places[i] for i in which], device=device)
        return {
            "input_ids": padded("ids"),
            "attention_mask": padded("attention_mask"),
            "token_type_ids": padded("type_ids"),
            "starts": places[:, 0],
            "ends": places[:, 1],
            "labels": torch.tensor([float(row.label) for row in rows], device=device),
            "tasks": torch.tensor(
                [("span", "sentence", "entailment").index(row.task) for row in rows], device=device
            ),
        }

    def batches(self, seed: int) -> list[list[int]]:
        """Rows of about the same length together, in an order that the seed draws."""
        chance = random.Random(seed)
        length = [len(each.ids) * chance.uniform(0.9, 1.1) for each in self.encoded]
        order = sorted(range(len(self.rows)), key=length.__getitem__)
        found: list[list[int]] = [[]]
        for each in order:
            longest = max([len(self.encoded[i].ids) for i in [*found[-1], each]])
            if longest * (len(found[-1]) + 1) > BATCH:
                found.append([])
            found[-1].append(each)
        chance.shuffle(found)
        return found


def _place(row: Row, encoded: object) -> tuple[int, int]:
    """The first and last word piece of the answer; 0, 0 where there is none."""
    if row.start is None or row.end is None:
        return 0, 0
    own = [
        place
        for place, ((start, end), kind) in enumerate(
            zip(encoded.offsets, encoded.sequence_ids, strict=True)
        )
        if kind == 1 and start < row.end and end > row.start
    ]
    return (own[0], own[-1]) if own else (0, 0)


def loss_of(model: Reader, batch: dict[str, Tensor]) -> Tensor:
    """Of each task the mean over its rows, weighted by how many there are."""
    inputs = {n: batch[n] for n in ("input_ids", "attention_mask", "token_type_ids")}
    place, said = model(**inputs)
    place, said = place.float(), said.float()
    span, entails = batch["tasks"] == 0, batch["tasks"] == 2
    own = torch.where(entails, said[:, 1], said[:, 0])
    total = functional.binary_cross_entropy_with_logits(own, batch["labels"], reduction="sum")
    if span.any():
        # Neither the question's pieces nor the padding can be the place.
        closed = batch["token_type_ids"] == 0
        closed[:, 0] = False
        place = place.masked_fill(closed[:, :, None], -1e4)
        for which, truth in ((0, "starts"), (1, "ends")):
            total = total + functional.cross_entropy(
                place[span, :, which], batch[truth][span], reduction="sum"
            )
    return total / len(batch["labels"])


def train(data: Path, out: Path, until: float) -> None:
    """Until it is done, or so many seconds have passed: what is kept then goes on another time."""
    ends = time.monotonic() + until
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = Reader(find_weights()).to(device)
    model.bert.embeddings.word_embeddings.weight.requires_grad = False
    if shutil.which("g++"):  # a sixth faster
        model.bert.encoder.compile(dynamic=True)
    file = out / "state.pt"
    state = torch.load(file, weights_only=True) if file.exists() else {"half": 0, "step": 0}
    if "model" in state:
        model.load_state_dict(state["model"])
    for half in range(state["half"], len(STEPS)):
        if time.monotonic() >= ends:
            break
        _half(model, data, out, half, state if half == state["half"] else {"step": 0}, ends)


def _half(
    model: Reader, data: Path, out: Path, half: int, state: dict[str, Any], ends: float
) -> None:
    """Learns from the rows of a half, from where the state says that it was cut off."""
    began, device = time.monotonic(), model.place.weight.device.type
    torch.manual_seed(SEED + half)
    kept, held = rows(data, SEED, half)
    read, tried = Read(kept), Read(tests(held))
    learned = [each for each in model.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=RATES[half], weight_decay=0.01, fused=True)
    plan = read.batches(SEED + half)[: STEPS[half]]
    warm = max(1, int(WARM_UP * len(plan)))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda n: min((n + 1) / warm, (len(plan) - n) / (len(plan) - warm))
    )
    step = state["step"]
    if step:
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
    print(
        f"{len(kept):,} rows, {len(held):,} held back, {len(plan):,} steps on {device}", flush=True
    )
    model.train()
    lately = 0.0
    while step < len(plan) and time.monotonic() < ends:
        with torch.autocast(device, dtype=torch.bfloat16):
            loss = loss_of(model, read.batch(plan[step], device))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        schedule.step()
        step += 1
        lately = 0.98 * lately + 0.02 * loss.item() if lately else loss.item()
        if step % KEEP_EVERY and step < len(plan):
            continue
        told = {"half": half, "step": step, "loss": lately}
        told["seconds"] = round(time.monotonic() - began)
        if step % (2 * KEEP_EVERY) == 0 or step == len(plan):
            told |= figures(model, tried, device)
        line = json.dumps({name: round(value, 4) for name, value in told.items()})
        print(line, flush=True)
        with (out / "curve.jsonl").open("a") as curve:
            curve.write(line + "\n")
        _keep(out / "state.pt", model, optimizer, schedule, half, step)


def _keep(
    file: Path,
    model: Reader,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LambdaLR,
    half: int,
    step: int,
) -> None:
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "schedule": schedule.state_dict(),
        "half": half,
        "step": step,
    }
    torch.save(state, file.with_suffix(".new"))
    file.with_suffix(".new").replace(file)


def tests(held: Sequence[Row]) -> list[Row]:
    """What the learning curve is drawn by: the article with questions that have no answer, and some
    of two other files."""
    short = [row for row in held if len(row.passage) < 1500]
    others = [r for r in short if r.of in ("squad_flan_eval_subset", "squadshifts_new_wiki")]
    return [row for row in short if row.of == REAL] + others[::4]


@torch.inference_mode()
def figures(model: Reader, tried: Read, device: str) -> dict[str, float]:
    """Of answerable rows the share whose place is right, and how well, in the one article, those
    with an answer are told from those without (AUC), by the heads."""
    model.eval()
    right, of, chances = 0, 0, list[tuple[float, int]]()
    order = sorted(range(len(tried.rows)), key=lambda i: len(tried.encoded[i].ids))
    for first in range(0, len(order), 24):
        which = order[first : first + 24]
        batch = tried.batch(which, device)
        with torch.autocast(device, dtype=torch.bfloat16):
            place, said = model(
                batch["input_ids"], batch["attention_mask"], batch["token_type_ids"]
            )
        place = place.float().masked_fill((batch["token_type_ids"] == 0)[:, :, None], -1e4)
        starts, ends = place[:, :, 0].argmax(1), place[:, :, 1].argmax(1)
        for n, i in enumerate(which):
            row = tried.rows[i]
            if row.label:
                of += 1
                s, e = tried.places[i]
                right += int(starts[n] <= e and ends[n] >= s)
            if row.of == REAL:
                chances.append((said[n, 0].item(), row.label))
    model.train()
    yes = [c for c, label in chances if label]
    no = [c for c, label in chances if not label]
    above = sum((a > b) + 0.5 * (a == b) for a in yes for b in no)
    return {"overlap": right / max(1, of), "auc": above / max(1, len(yes) * len(no))}


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the reader.")
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="then stop, and go on")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    train(arguments.data, arguments.out, arguments.seconds)


if __name__ == "__main__":
    main()
