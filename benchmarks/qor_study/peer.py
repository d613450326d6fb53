"""The peer's Verilog: made in a process of its own, and read as projects of ours, to be mapped and simulated alike."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import BENCHMARKS
from benchmarks.qor_study.networks import Network
from benchmarks.qor_study.peer_process import ANSWER, FORMS, INPUTS, OUTPUTS
from benchmarks.qor_study.results import TERNARY
from trigforge.files import hand_written
from trigforge.graph import Mantissas
from trigforge.project import RtlPort, RtlProject, StageModule
from trigforge.toolchain.process import Command, run_tool

TERNARY_FILE = "ternary_adder.v"
_OURS = ("tf_sum_three.v", "tf_add_three.v")
_TIMEOUT_S = 1800.0
_WIDTHS = re.compile(r"input \[(\d+):0\] model_inp,\s*output \[(\d+):0\] model_out")


@dataclass(frozen=True)
class Form:
    """One form of the peer's Verilog.

    ``files`` are its texts by path. ``input_register_bits`` hold an event before the first stage, which ours has not.
    """

    name: str
    facts: Mapping[str, Any]
    files: Mapping[str, str]

    @property
    def stages(self) -> int:
        return len(self.facts["stages"])

    @property
    def input_register_bits(self) -> int:
        return int(_widths(self.files[f"{self.facts['stages'][0]}.v"])[0])

    @property
    def by_stage(self) -> RtlProject:
        """A project of which each stage is a module by itself, behind it the registers into which the peer puts it."""
        shared = tuple(path for path in self.files if path not in {f"{logic}.v" for logic in self.facts["stages"]})
        files = dict(self.files)
        modules: list[StageModule] = []
        for number, logic in enumerate(self.facts["stages"]):
            name = f"peer_stage_{number}"
            files[f"{name}.v"] = _stage(name, logic, *_widths(self.files[f"{logic}.v"]))
            sources = (*shared, f"{logic}.v", f"{name}.v")
            share = (("peer", self.facts["adder_bits"] / self.stages),)
            modules.append(StageModule(name, "peer", number, 1, number, sources, share))
        return self._project(files, "peer_stages", tuple(modules))

    @property
    def whole(self) -> RtlProject:
        """A project whose core is the peer's own top module with elements of one width."""
        return self._project(self.files, "model_wrapper", ())

    def _project(self, files: Mapping[str, str], core: str, stages: tuple[StageModule, ...]) -> RtlProject:
        return RtlProject(
            name=f"peer_{self.name}",
            files=files,
            library=frozenset(),
            namespace=f"peer_{self.name}",
            core=core,
            inputs=(self._port("model_inp", "inputs"),),
            outputs=(self._port("model_out", "outputs"),),
            latency_cycles=self.stages + 1,
            sources=tuple(files),
            shells=(),
            stages=stages,
            adder_bits=self.facts["adder_bits"],
        )

    def _port(self, name: str, which: str) -> RtlPort:
        facts = self.facts[which]
        width = facts["signed"] + facts["integers"] + facts["fractional"]
        return RtlPort(name, name, (facts["elements"],), width, bool(facts["signed"]))

    def entering(self, values: np.ndarray) -> Mantissas:
        """Numbers as integers of the input port, cut off and wrapped: inputs that are not read have no bits there."""
        port = self._port("model_inp", "inputs")
        scaled = np.floor(np.ldexp(values, self.facts["inputs"]["fractional"])).astype(np.int64)
        half = 1 << port.width - 1 if port.signed else 0
        return ((scaled + half) & (1 << port.width) - 1) - half

    def leaving(self, mantissas: Mantissas) -> np.ndarray:
        """The numbers that integers of the output port stand for."""
        return np.ldexp(mantissas.astype(np.float64), -self.facts["outputs"]["fractional"])


@dataclass(frozen=True)
class Peer:
    """The peer's forms of a network, the events in its order of elements, and its interpreter's answers.

    ``helped`` is set where the model was changed for it first.
    """

    forms: tuple[Form, ...]
    inputs: np.ndarray
    outputs: np.ndarray
    helped: bool


def made(network: Network, events: Mapping[str, np.ndarray], stages: int, folder: Path) -> Peer | str:
    """The peer's Verilog of a network, in so many pipeline stages, and its answers to events by the name of inputs.

    The words of the peer where it refuses the network.
    """
    folder.mkdir(parents=True, exist_ok=True)
    job, file = folder / "job.json", folder / "events.npz"
    np.savez(file, **dict(events))
    task = {"model": str(network.path.resolve()), "events": str(file.resolve())}
    task |= {"stages": stages, "folder": str(folder.resolve())}
    job.write_text(json.dumps(task), encoding="utf-8")
    python(f"{__package__}.peer_process", job)
    answer = json.loads((folder / ANSWER).read_text(encoding="utf-8"))
    if "refused" in answer:
        return str(answer["refused"])
    forms = [Form(name, answer["forms"][name], _files(folder / name)) for name in FORMS]
    stock = forms[-1]
    own = {TERNARY_FILE: Path(__file__).with_name(TERNARY_FILE).read_text(encoding="utf-8")}
    own |= {name: (hand_written("firmware/cells") / name).read_text(encoding="utf-8") for name in _OURS}
    forms.append(Form(TERNARY, stock.facts, {**stock.files, **own}))
    return Peer(tuple(forms), np.load(folder / INPUTS), np.load(folder / OUTPUTS), answer["helped"])


def python(module: str, job: Path, **environment: str) -> None:
    """Run a module of the workspace on a job, in a process of its own with the caller's environment and more."""
    paths = [str(BENCHMARKS.parent), os.environ.get("PYTHONPATH", "")]
    own = {"PYTHONPATH": os.pathsep.join(paths), **environment}
    run_tool(module, Command([sys.executable, "-m", module, job.resolve()], job.parent, own), timeout_s=_TIMEOUT_S)


def _files(folder: Path) -> dict[str, str]:
    """The Verilog of a project of the peer, its library included, by name."""
    paths = sorted((folder / "src").rglob("*.v"))
    return {path.name: path.read_text(encoding="utf-8") for path in paths}


def _widths(text: str) -> tuple[int, int]:
    found = _WIDTHS.search(text)
    assert found is not None, "a stage of the peer has other ports than known"
    return int(found[1]) + 1, int(found[2]) + 1


def _stage(name: str, logic: str, entering: int, leaving: int) -> str:
    return f"""module {name} (input wire clk, input wire [{entering - 1}:0] x, output reg [{leaving - 1}:0] y);
  wire [{leaving - 1}:0] next;
  {logic} logic_of_stage (.model_inp(x), .model_out(next));
  always @(posedge clk) y <= next;
endmodule
"""
