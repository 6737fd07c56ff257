"""Writes the trained reader as ONNX, int8: `python qa/reader/export.py --out FOLDER [--fp32 FILE]`.

FOLDER is what `train.py` wrote to. The steps are those of `index/encoder/build.py`: export, fuse
the BERT blocks, quantise; --fp32 keeps the export as it is before it is quantised.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.optimizer import optimize_model
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parent))
from train import Reader, weights

INPUTS, OUTPUTS = ["input_ids", "attention_mask", "token_type_ids"], ["place", "said"]
MODEL = Path(__file__).parent / "model.onnx"


def write(model: nn.Module, fp32: Path | None) -> None:
    example = torch.ones(2, 8, dtype=torch.int64)
    axes = {name: {0: "batch", 1: "sequence"} for name in [*INPUTS, "place"]} | {
        "said": {0: "batch"}
    }
    with tempfile.TemporaryDirectory() as folder:
        exported, fused = f"{folder}/exported.onnx", f"{folder}/fused.onnx"
        torch.onnx.export(
            model,
            (example, example, torch.zeros_like(example)),
            exported,
            input_names=INPUTS,
            output_names=OUTPUTS,
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
        if fp32:
            shutil.copyfile(exported, fp32)
        optimize_model(
            exported, model_type="bert", num_heads=12, hidden_size=384, opt_level=0
        ).save_model_to_file(fused)
        quantize_dynamic(
            fused,
            MODEL,
            weight_type=QuantType.QInt8,
            per_channel=True,
            extra_options={"DefaultTensorType": 1},
        )  # 1 is FLOAT, for fused nodes


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
    model = Reader(weights())
    model.load_state_dict(torch.load(arguments.out / "state.pt", weights_only=True)["model"])
    model.bert.set_attn_implementation("eager")
    model.bert.config.return_dict = False
    write(Exported(model).eval(), arguments.fp32)
    data = MODEL.read_bytes()
    print(f"{MODEL.name}: {len(data):,} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()
