"""The formats beside HGQ2: for each a function from a seed to the verdict on one model and its framework."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tests.frontends.hgq_support import float64, in_float64
from tests.hunt.judging import Outcome, Verdict
from trigforge import frontends
from trigforge.building import LayerTypes, ModelTypes, Quantization, load_types
from trigforge.emulator import run
from trigforge.errors import UnsupportedModelError
from trigforge.fixed import exact
from trigforge.flow.framework_check import compare_with_framework
from trigforge.frontends import Reading
from trigforge.graph import FixedPointGraph
from trigforge.passes import optimize

_COMMITTED = Path(__file__).parents[1] / "frontends/qkeras/recorded"
RECORDED = Path(os.environ.get("TRIGFORGE_QKERAS_VECTORS") or _COMMITTED)
"""the folder of what other environments computed; see ``tests.frontends.qkeras.record``"""
SINGLE_BITS, DOUBLE_BITS = 22, 52
"""of sums with which float32 and float64 are exact, sums with a quantized number included"""
EVENTS = 1000


def equal(graph: FixedPointGraph, inputs: Mapping[str, Any], expected: list[Any]) -> Verdict:
    """The graph, before and after the passes, on host values of its inputs against the outputs of a framework."""
    optimized = optimize(graph)
    for form in (graph, optimized):
        found = run(form, {x.name: x.encode(inputs[x.name]) for x in form.inputs}).values(form)
        for name, values in zip(form.outputs, expected, strict=True):
            wrong = int((found[name].reshape(np.shape(values)) != values).sum())
            if wrong:
                return Verdict(
                    Outcome.WRONG, f"{wrong} of {np.size(values)} values of output {name!r} differ", optimized
                )
    return Verdict(Outcome.EQUAL, "", optimized)


def widest(graph: FixedPointGraph) -> int:
    """The most bits of a number of the graph."""
    ends = [end.values for x in graph.tensors.values() for end in (x.lo, x.hi)]
    return max(int(exact.bit_length(end).max(initial=0)) for end in ends)


def too_wide(graph: FixedPointGraph, bits: int) -> Verdict | None:
    """A verdict where the framework's sums may not be exact."""
    found = widest(graph)
    return (
        Verdict(Outcome.NO_MODEL, f"has sums of {found} bits, more than the framework holds") if found > bits else None
    )


def _compared(reading: Reading) -> Verdict:
    assert reading.model is not None
    graph = optimize(reading.graph)
    compare_with_framework(reading.graph, graph, reading.model)
    return Verdict(Outcome.EQUAL, "", graph)


def _onnx(seed: int, *, qcdq: bool) -> Verdict:
    """QONNX or QDQ against the reference implementations of onnx and qonnx, with 64 bits of mantissa."""
    from tests.frontends.qonnx.drawing import drawn

    return _compared(frontends.read_with_model(drawn(seed, qcdq=qcdq), name=f"m{seed}"))


def _brevitas(seed: int) -> Verdict:
    """Modules with the quantizers of Brevitas against torch in float64."""
    from tests.frontends.brevitas.drawing import drawn

    module, shape = drawn(seed)
    return _compared(frontends.read_with_model(module, shapes=[shape], name=f"m{seed}"))


def _archive(seed: int) -> Verdict:
    """Archives of ``torch.export``, with and without Brevitas, against the module that was saved, in float64."""
    import torch

    from tests.frontends.brevitas.drawing import drawn
    from tests.frontends.brevitas.plain_drawing import plain
    from trigforge.frontends.brevitas.running import Module, TorchModel

    module, shape = drawn(seed) if seed % 3 == 0 else plain(seed)
    events = torch.zeros(2 if seed % 4 == 3 else 1 + seed % 3, *shape)
    open_count = ({0: torch.export.Dim("events")},) if seed % 4 == 3 else None
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"m{seed}.pt2"
        try:
            torch.export.save(torch.export.export(module, (events,), dynamic_shapes=open_count), path)
        except Exception as error:
            return Verdict(Outcome.NO_MODEL, f"torch does not export it: {' '.join(str(error).split())[:200]}")
        reading = frontends.read_with_model(path)
    assert isinstance(reading.model, TorchModel)
    return _compared(replace(reading, model=replace(reading.model, model=Module(module))))


def recorded(family: str) -> list[int]:
    """The seeds of the models of a family that are recorded."""
    with zipfile.ZipFile(RECORDED / f"{family}.zip") as archive:
        return sorted(int(name.removesuffix(".npz")) for name in archive.namelist() if name.endswith(".npz"))


def extracted(family: str, seed: int, folder: Path) -> tuple[Path, list[Any]]:
    """The model file of a recorded model, in ``folder``, and what its framework computed."""
    with zipfile.ZipFile(RECORDED / f"{family}.zip") as archive:
        names = [name for name in archive.namelist() if name.partition(".")[0].partition("_")[0] == str(seed)]
        archive.extractall(folder, names)
    with np.load(io.BytesIO((folder / f"{seed}.npz").read_bytes())) as file:
        expected = [file[f"y{n}"].astype(np.float64) for n in range(len(file.files))]
    return next(folder / name for name in names if name.endswith((".h5", ".keras", ".json"))), expected


def _qkeras(seed: int) -> Verdict:
    """Files of QKeras against what QKeras computed, in float32 that was exact."""
    from tests.frontends.qkeras import drawn

    with TemporaryDirectory() as folder:
        path, expected = extracted("qkeras", seed, Path(folder))
        graph = frontends.read(path, name=f"m{seed}")
    events = {x.name: drawn.events(7919 * seed + n, x.shape).astype(np.float64) for n, x in enumerate(graph.inputs)}
    return too_wide(graph, SINGLE_BITS) or equal(graph, events, expected)


HGQ_INPUT = "ap_fixed<8,4>"
"""see ``tests.frontends.qkeras.hgq_architectures``, which only HGQ's environment can import"""


def _hgq(seed: int) -> Verdict:
    """Files of HGQ 1 against what HGQ computed, in float32 that was exact."""
    from tests.frontends.qkeras import drawn
    from tests.frontends.rounding import rounded

    with TemporaryDirectory() as folder:
        path, expected = extracted("hgq", seed, Path(folder))
        try:
            graph = frontends.read(path, name=f"m{seed}")
        except UnsupportedModelError as error:
            names = [
                name
                for name in ("x", "first", "second")
                if f"takes the input {name!r}, which is not quan" in str(error)
            ]
            if not names:
                raise
            types = ModelTypes(dict.fromkeys(names, Quantization.parse(HGQ_INPUT)))
            graph = frontends.read(path, name=f"m{seed}", types=types)
    events = {x.name: rounded(drawn.events(7919 * seed + n, x.shape), HGQ_INPUT) for n, x in enumerate(graph.inputs)}
    return too_wide(graph, SINGLE_BITS) or equal(graph, events, expected)


def _typed(kind: str, seed: int) -> Verdict:
    """A model in floating point with random types from a file, against its framework's formulas in float64."""
    from tests.frontends import plain_models, typed_formulas
    from tests.frontends.drawn_types import drawn_types

    model, shape = getattr(plain_models, f"{kind}_model")(seed)
    more = {"shapes": [shape]} if kind == "torch" else {}
    survey = frontends.survey(model, **more)
    events = plain_models.host_values(seed, shape, EVENTS)
    (name,) = survey.inputs
    spans = {place: (span.lo, span.hi) for place, span in survey.watch({name: events})[1].items()}
    spans |= {place: (values.min(), values.max()) for place, values in survey.weights.items()}
    drawn = drawn_types(np.random.default_rng([seed, 5]), survey.places, spans, qonnx=kind != "keras")
    reading = frontends.read_with_model(model, types=_saved_types(drawn), name=f"m{seed}", **more)
    graph, x = optimize(reading.graph), plain_models.host_values(seed + 1, shape, EVENTS)
    if kind == "keras":
        with float64():
            twin = in_float64(model)
        model = twin
    return too_wide(graph, DOUBLE_BITS) or equal(
        reading.graph, {name: x}, [getattr(typed_formulas, f"{kind}_outputs")(model, drawn, x)]
    )


def _keras_2(seed: int) -> Verdict:
    """Files of Keras 2 in floating point with random types, against what Keras 2 computed in float64."""
    from tests.frontends.drawn_types import Drawn
    from tests.frontends.qkeras import drawn

    with TemporaryDirectory() as folder:
        path, expected = extracted("plain", seed, Path(folder))
        types = Drawn(**json.loads((Path(folder) / f"{seed}.types").read_text(encoding="utf-8")))
        graph = frontends.read(path, name=f"m{seed}", types=_saved_types(types))
    events = {x.name: drawn.events(7919 * seed + n, x.shape).astype(np.float64) for n, x in enumerate(graph.inputs)}
    return too_wide(graph, DOUBLE_BITS) or equal(graph, events, expected)


def _saved_types(drawn: Any) -> ModelTypes:
    """The types, through their file."""
    own = ModelTypes(
        {name: Quantization.parse(spelt) for name, spelt in drawn.inputs.items()},
        {name: LayerTypes.of(parts) for name, parts in drawn.layers.items()},
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "m.types.toml"
        path.write_text(own.text(), encoding="utf-8")
        return load_types(path)


FORMATS: Mapping[str, Callable[[int], Verdict]] = {
    "qonnx": lambda seed: _onnx(seed, qcdq=False),
    "qdq": lambda seed: _onnx(seed, qcdq=True),
    "brevitas": _brevitas,
    "torch-archive": _archive,
    "qkeras": _qkeras,
    "hgq1": _hgq,
    "keras-types": lambda seed: _typed("keras", seed),
    "keras2-types": _keras_2,
    "onnx-types": lambda seed: _typed("onnx", seed),
    "torch-types": lambda seed: _typed("torch", seed),
}
FAMILIES = {"qkeras": "qkeras", "hgq1": "hgq", "keras2-types": "plain"}
"""formats of which only the recorded seeds exist"""
