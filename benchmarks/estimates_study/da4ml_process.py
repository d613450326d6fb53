"""The compiler of the published designs, da4ml, in a process: ``python -m benchmarks.estimates_study.da4ml_process J``.

A job is ``{"model", "adders", "folder"}``. Into the folder go its Verilog, cut so that at most so many adders follow
each other in a stage, and ``da4ml.json``: its count of adder bits and the modules of the stages. The options are those
of the authors' scripts (calad0i/JEDI-linear, hgq-ae, da4ml-ae). da4ml (LGPL-3.0) has no types, and is reached by
``importlib``; nothing of it is copied.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

ANSWER = "da4ml.json"


def main(job: str) -> None:
    task = json.loads(Path(job).read_text(encoding="utf-8"))
    folder = Path(task["folder"])
    keras: Any = import_module("keras")
    import_module("hgq")
    tracing: Any = import_module("da4ml.trace")
    _wrap_inputs()
    model = keras.models.load_model(task["model"], compile=False)
    hardware = tracing.HWConfig(1, -1, -1)
    converter: Any = import_module("da4ml.converter")
    logic = tracing.comb_trace(*converter.trace_model(model, hwconf=hardware, solver_options={"hard_dc": 2}))
    codegen: Any = import_module("da4ml.codegen")
    made = codegen.RTLModel(logic, "model", folder, latency_cutoff=task["adders"])
    made.write()
    stages = [f"model_stage{number}" for number in range(len(made._pipe.solutions))]
    facts = {"adder_bits": float(logic.cost), "stages": stages}
    (folder / ANSWER).write_text(json.dumps(facts), encoding="utf-8")


def _wrap_inputs() -> None:
    """Inputs that saturate, as ours do, are cut off and wrapped: it refuses others."""
    variable: Any = import_module("da4ml.trace.fixed_variable").FixedVariableInput
    quantize = variable.quantize

    def wrapped(self: Any, k: int, i: int, f: int, overflow_mode: str = "WRAP", round_mode: str = "TRN") -> Any:
        return quantize(self, k, i, f, "WRAP", round_mode if overflow_mode == "WRAP" else "TRN")

    variable.quantize = wrapped


if __name__ == "__main__":
    main(sys.argv[1])
