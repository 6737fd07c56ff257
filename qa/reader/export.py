"""Writes the trained reader as ONNX, int8: `python qa/reader/export.py --out FOLDER [--fp32 FILE]`.

FOLDER is what `train.py` wrote to. The steps are those of `index/encoder/build.py`: export, fuse
the BERT blocks, quantise; --fp32 keeps the export as it is before it is quantised.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "index" / "encoder"))
from build import EACH_PIECE, find_weights, write_model
from train import Reader

OUTPUTS = {"place": EACH_PIECE, "said": {0: "batch"}}
MODEL = Path(__file__).parent / "model.onnx"


class Exported(nn.Module):
    """The reader with attention spelt out, which is what the fusion knows."""

    def __init__(self, model: Reader) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: Tensor, mask: Tensor, kinds: Tensor) -> tuple[Tensor, Tensor]:
        place, said = self.model(ids, mask, kinds)
        return place, said


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the reader as ONNX.")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--fp32", type=Path, metavar="FILE", help="keep the fp32 export here")
    arguments = parser.parse_args()
    model = Reader(find_weights())
    model.load_state_dict(torch.load(arguments.out / "state.pt", weights_only=True)["model"])
    model.bert.set_attn_implementation("eager")
    model.bert.config.return_dict = False
    write_model(Exported(model).eval(), MODEL.parent, OUTPUTS, arguments.fp32)
    data = MODEL.read_bytes()
    print(f"{MODEL.name}: {len(data):,} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()
