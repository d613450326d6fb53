"""The project of a core that takes an event every few clocks: `tests/firmware/slow.v` in the shells made for it."""

from pathlib import Path

import numpy as np

from tests.firmware.bench import INPUTS, OUTPUTS, Core
from trigforge.graph.simulation import Mantissas
from trigforge.project import Probe, RtlProject
from trigforge.rtl.shells import library_files, library_used, shell_files, wrapped_core

_HERE = Path(__file__).parents[2] / "firmware"


def slow_project(core: Core, told: Core | None = None) -> RtlProject:
    """The project; it tells the latency and the interval of ``told``, if that is another."""
    said = told or core
    shells = shell_files(wrapped_core(core.name, INPUTS, OUTPUTS, said.latency, said.interval, "a core for tests"), 0)
    written = {path: text for files in shells.values() for path, text in files.items()}
    own = {f"{name}.v": (_HERE / f"{name}.v").read_text() for name in ("tiny", "slow")}
    plain = {f"{core.name}.v": core.text()}
    probed = {f"{core.name}_probed.v": _probed(core)}
    sources = (*sorted(path for path in library_files() if path.startswith("cells/")), *own)
    where = (("core", 0),)
    return RtlProject(
        name=core.name,
        files={**library_files(), **own, **plain, **probed, **written},
        library=frozenset(library_files()),
        namespace=f"{core.name}_{said.interval}_{said.latency}",
        core=core.name,
        inputs=INPUTS,
        outputs=OUTPUTS,
        latency_cycles=said.latency,
        initiation_interval=said.interval,
        sources=(*sources, *plain),
        shells=tuple((shell, (*library_used(*files.values()), *files)) for shell, files in shells.items()),
        stages=(),
        adder_bits=0.0,
        probed=(*sources, *probed),
        probe_bits=75,
        probes=tuple(
            Probe(where, stage, 0, f"y_{n}", "y", 15 * n, 15, True, cycle)
            for n, stage, cycle in ((0, 1, 2), (4, 2, core.interval + 1))
        ),
    )


def _probed(core: Core) -> str:
    """Its registers of y are the port `probe`."""
    plain = core.text()
    wider = plain.replace(f"module {core.name} (", f"module {core.name}_probed (output wire [74:0] probe, ")
    return wider.replace("endmodule", "  assign probe = core.result[74:0];\nendmodule")


def slow_events(count: int) -> dict[str, Mantissas]:
    """Random events over the whole range of every port; one value for the register."""
    random = np.random.default_rng(count)
    return {
        "x": random.integers(-(2**13), 2**13, (count, 5)),
        "w": random.integers(-128, 128, 1),
        "flag": random.integers(0, 2, count),
    }


def slow_answer(inputs: dict[str, Mantissas]) -> dict[str, Mantissas]:
    """What the core must give."""
    x = inputs["x"]
    return {"y": x + inputs["w"].reshape(-1, 1), "ok": inputs["flag"] * (x[:, 0] >= x[:, 1])}
