"""Opens an ONNX model; the sole importer of onnxruntime, which tells its maker nothing from here.

From 1.29 on onnxruntime sends what it runs on to its maker, and keeps a file for that in the user's
cache, unless the environment says otherwise before it is imported.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

_SILENT = "ORT_DISABLE_TELEMETRY"


def session(model: Path, threads: int = 1) -> Any:
    """An inference session on the CPU; each run has so many threads, 0 for one a processor.

    Texts are best shared out among threads that each run one: threads that share a text wait for
    each other at every step, which costs half the speed as soon as anything else runs.
    """
    os.environ[_SILENT] = "1"
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    # Where a processor has no VNNI, sums of int8 products would overflow, and what a model says
    # depend on the machine; a sixth slower there.
    options.add_session_config_entry("session.x64quantprecision", "1")
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
