"""A small RTL project written by hand, and what it must compute."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from trigforge.graph.simulation import Mantissas
from trigforge.project import Probe, RtlPort, RtlProject, Shell

_FOLDER = Path(__file__).parent
_PROBE_PORT = "    output reg  [6:0]  z,\n    output wire [16:0] probe\n"


def toy_project(name: str = "toy", edit: Callable[[str], str] = str) -> RtlProject:
    """The project; ``name`` takes the place of ``toy`` everywhere, ``edit`` changes every file."""
    files = {path.name: path.read_text() for path in sorted(_FOLDER.glob("*.v"))}
    probed = (
        files["toy.v"].replace("module toy ", "module toy_probed ").replace("    output reg  [6:0]  z\n", _PROBE_PORT)
    )
    files["toy_probed.v"] = probed.replace("// PROBE", "    assign probe = {shifted[19:10], whole};")
    path = (("core", 0),)
    probes = (
        Probe(path, stage=1, gate=0, value="whole", tensor="z", offset=0, width=7, signed=False, cycle=2),
        Probe(path, stage=1, gate=1, value="shifted_1", tensor="y.out", offset=7, width=10, signed=True, cycle=2),
    )
    return RtlProject(
        name=name,
        files={path.replace("toy", name): edit(text).replace("toy", name) for path, text in files.items()},
        library=frozenset(),
        namespace=name,
        core=name,
        inputs=(
            RtlPort("a", "layer.a", (9,), 8, True),
            RtlPort("b", "b", (2, 2), 5, False),
            RtlPort("g", "g", (), 6, True, register=True),
        ),
        outputs=(RtlPort("y", "y.out", (3, 3), 10, True), RtlPort("z", "z", (), 7, False)),
        latency_cycles=3,
        sources=(f"{name}.v",),
        shells=((Shell.VALID, (f"{name}_valid.v",)), (Shell.AXIS, (f"{name}_axis.v",))),
        stages=(),
        adder_bits=0.0,
        probed=(f"{name}_probed.v",),
        probe_bits=17,
        probes=probes,
    )


def toy_events(count: int, seed: int = 0) -> dict[str, Mantissas]:
    """Random events over the whole range of every port; one value for the register."""
    random = np.random.default_rng(seed)
    return {
        "layer.a": random.integers(-128, 128, (count, 9)),
        "b": random.integers(0, 32, (count, 2, 2)),
        "g": random.integers(-32, 32, 1),
    }


def toy_answer(inputs: dict[str, Mantissas]) -> dict[str, Mantissas]:
    """What the core must give."""
    a, b = inputs["layer.a"], inputs["b"].reshape(-1, 4)
    y = a + b[:, np.arange(9) % 4] + inputs["g"].reshape(-1, 1)
    return {"y.out": y.reshape(-1, 3, 3), "z": b.sum(axis=1)}
