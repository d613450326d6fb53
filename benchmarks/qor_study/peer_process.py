"""The peer compiler, alkaid, in a process of its own: ``python -m benchmarks.qor_study.peer_process JOB.json``.

A job is ``{"model", "events", "stages", "folder"}``; ``events`` holds an array for each input. Into the folder go a
project of Verilog for each form, with and without ternary adders, cut into so many pipeline stages, ``inputs.npy``, the
events in the peer's order of elements, ``outputs.npy``, its interpreter's answers to them, and ``peer.json``: CPU
seconds, or the words in which it refuses the model. alkaid (LGPL-3.0) has no types, and is reached
by ``importlib``; nothing of it is copied.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

FORMS = {"nt": False, "stock": True}
"""forms of its Verilog, and whether it fuses adders into ternary ones"""
ANSWER, INPUTS, OUTPUTS = "peer.json", "inputs.npy", "outputs.npy"
_MATRIX_DEPTH = 5
"""adders one behind the other beyond the least possible, as its command line sets by default"""

_MOST_WORDS = 120


def main(job: str) -> None:
    task = json.loads(Path(job).read_text(encoding="utf-8"))
    folder = Path(task["folder"])
    keras: Any = import_module("keras")
    import_module("hgq")
    codegen: Any = import_module("alkaid.codegen")
    try:
        begin = time.process_time()
        model = keras.models.load_model(task["model"], compile=False)
        logic, helped = _logic(keras, model)
        traced = time.process_time() - begin
        forms = {name: _form(codegen, logic, folder / name, task["stages"], fuse) for name, fuse in FORMS.items()}
        for form in forms.values():
            form["cpu_s"] += traced
        given = np.load(task["events"])
        arrays = [given[tensor.name] for tensor in model.inputs]
        events = np.concatenate([values.reshape(len(values), -1) for values in arrays], axis=1)
        np.save(folder / INPUTS, events)
        np.save(folder / OUTPUTS, logic.predict(events, n_threads=1))
        answer: Mapping[str, Any] = {"forms": forms, "helped": helped}
    except Exception as error:  # whatever it is, the model is refused
        words = " ".join(str(error).replace(task["model"], Path(task["model"]).name).split())
        answer = {"refused": f"{type(error).__name__}: {words}"[:_MOST_WORDS]}
    (folder / ANSWER).write_text(json.dumps(answer), encoding="utf-8")


def _logic(keras: Any, model: Any) -> tuple[Any, bool]:
    """The peer's circuit of a model, and whether it needed help: it loses the axis of events at a ``Reshape``, and then
    refuses an indexing; a target shape that names that axis keeps it."""
    converter: Any = import_module("alkaid.converter")
    tracing: Any = import_module("alkaid.trace")

    def traced() -> Any:
        hardware = tracing.HWConfig(1, 1, -1)
        return tracing.trace(*converter.trace_model(model, hardware, {"hard_dc": _MATRIX_DEPTH}, False))

    try:
        return traced(), False
    except IndexError:
        for layer in model.layers:
            if isinstance(layer, keras.layers.Reshape):
                layer.target_shape = (1, *layer.target_shape)
        return traced(), True


def _form(codegen: Any, logic: Any, folder: Path, stages: int, fuse: bool) -> dict[str, Any]:
    begin = time.process_time()
    made = codegen.RTLModel(logic, folder, "model", n_stages=stages, ternary_fuse=fuse, print_latency=False)
    made.write()
    spent = time.process_time() - begin
    (entering,), (leaving,) = made.fsm.inp_signals, made.fsm.out_signals
    return {
        "cpu_s": spent,
        "adder_bits": float(made._comb.cost),
        "stages": list(made.fsm.logic),
        "inputs": _padded(entering),
        "outputs": _padded(leaving),
    }


def _padded(signal: Any) -> dict[str, int]:
    """One format for all elements of a port: how many there are, sign, integer and fractional bits."""
    signed, integers, fractional = (int(n) for n in np.max(signal.precisions, axis=0))
    return {"elements": signal.size, "signed": signed, "integers": integers, "fractional": fractional}


if __name__ == "__main__":
    main(sys.argv[1])
