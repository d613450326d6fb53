"""Places of the registers of a compiled design: their kind, the user's layer, and the cycle of the pipeline."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from trigforge.design import layers_of
from trigforge.faults.records import Kind
from trigforge.graph import FixedPointGraph
from trigforge.project import RtlProject, Shell, StageModule
from trigforge.rtl.names import identifier
from trigforge.toolchain.verilator_upset_wrapper import DUT, HELD
from trigforge.toolchain.verilator_upsets import UpsetTarget

_INSTANCE = re.compile(r"^\s*(\w+)(?: #\(.*\))? (\w+) \(", re.MULTILINE)
_MODULE = re.compile(r"^module (\w+)", re.MULTILINE)
_CONTROL_CELLS = ("tf_slots", "tf_valid_pipeline")
_SHELL_CELLS = {
    "tf_axis_flow": Kind.CONTROL,
    "tf_beats": Kind.CONTROL,
    "tf_sequencer": Kind.CONTROL,
    "tf_tmux_beats": Kind.CONTROL,
    "tf_tmux_deserializer": Kind.CONTROL,
    "tf_tmux_serializer": Kind.CONTROL,
    "tf_axi_lite": Kind.LOADING,
    "tf_quiet": Kind.LOADING,
    "tf_register_file": Kind.LOADING,
}
_SHELL_REGISTERS = {
    **dict.fromkeys(("word", "words", "rest", "waiting", "result"), Kind.DATA),
    "results": Kind.FIFO,
    "active": Kind.WEIGHTS,
    "next": Kind.IMAGE,
}
"""the instances of these names in the cells above that are of another kind, by the name before ``_register``"""


@dataclass(frozen=True)
class Place:
    """One variable that can be flipped: its ``name`` in the design, its bits, and where it belongs (as of
    ``PlaceCounts``). ``is_copy`` marks one of three copies."""

    name: str
    bits: int
    kind: Kind
    layer: str
    cycle: int | None
    is_copy: bool


def places_of(
    graph: FixedPointGraph, project: RtlProject, targets: Sequence[UpsetTarget], shell: Shell = Shell.VALID
) -> tuple[Place, ...]:
    """The place of each target of a simulation of the project in a shell, in their order."""
    known = _Known(graph, project, shell)
    return tuple(known.place(target) for target in targets)


class _Known:
    """The hierarchy of a project, by module and instance, and what its registers are called."""

    def __init__(self, graph: FixedPointGraph, project: RtlProject, shell: Shell) -> None:
        self._top = f"{project.core}_{shell}"
        self._modules = dict(_modules(project))
        self._stages = {stage.module: stage for stage in project.stages}
        self._layers = {
            node.name: node.layers[0] for nodes in layers_of(graph).values() for node in nodes if node.layers
        }
        self._tensors = {(probe.path[-1][0], probe.stage, probe.value): probe.tensor for probe in project.probes}
        named = [*(tensor.name for tensor in graph.inputs), *(probe.tensor for probe in project.probes)]
        named += [item for probe in project.probes for item, _ in probe.path]
        named += [tensor for stage in project.stages for tensor, _ in stage.cost]
        self._named = {identifier(tensor): tensor for tensor in dict.fromkeys(named)}

    def place(self, target: UpsetTarget) -> Place:
        """That of one target."""
        copies = [part for part in target.scope if part.startswith("copy_")]
        is_voter = target.is_voter
        if DUT not in target.scope:
            first = next(n for n, part in enumerate(target.scope) if part.endswith(HELD))
            kind = Kind.VOTERS if is_voter else Kind.WEIGHTS
            port = target.scope[first].removesuffix(HELD)
            return Place(".".join(target.scope[first:]), target.bits, kind, port, None, bool(copies))
        inside = target.scope[target.scope.index(DUT) + 1 :]
        named = is_voter or (copies and "[" not in target.name)
        name = ".".join(inside if named else (*inside, target.name))
        kind, tensor, cycle = self._found(inside, target.name)
        layer = self._layers.get(tensor, tensor)
        return Place(name, target.bits, Kind.VOTERS if is_voter else kind, layer, cycle, bool(copies) and not is_voter)

    def _found(self, inside: Sequence[str], variable: str) -> tuple[Kind, str, int | None]:
        """Kind, tensor and cycle of what stands at an instance of the shell."""
        module, rest = self._top, list(inside)
        while rest and rest[0] in self._modules.get(module, {}):
            below = self._modules[module][rest[0]]
            if below.startswith("tf_"):
                break
            module = below
            rest.pop(0)
        cell = self._modules[module].get(rest[0], "") if rest else ""
        title = rest[0] if rest else variable
        if cell in _SHELL_CELLS:
            known = (_SHELL_REGISTERS.get(part.removesuffix("_register")) for part in rest[1:])
            return next((kind for kind in known if kind), _SHELL_CELLS[cell]), "", None
        if cell in _CONTROL_CELLS:
            return Kind.CONTROL, "", None
        if module in self._stages:
            return self._in_stage(self._stages[module], cell, title)
        wire = title.partition("__")[0]
        return (Kind.CONTROL, "", None) if wire == "start" else (Kind.DATA, self._owner(wire), None)

    def _in_stage(self, stage: StageModule, cell: str, title: str) -> tuple[Kind, str, int | None]:
        value = title.removesuffix("_register").removesuffix("_q")
        known = self._tensors.get((stage.region, stage.stage, value))
        if known is not None:
            return Kind.DATA, known, stage.first_cycle + 1
        kind = Kind.ACCUMULATORS if cell == "tf_accumulate" else Kind.DATA
        return kind, stage.cost[0][0] if stage.cost else "", None

    def _owner(self, wire: str) -> str:
        """The tensor whose name a wire bears, with or without the number of an instance or an element behind."""
        while wire not in self._named and "_" in wire:
            wire = wire.rpartition("_")[0]
        return self._named.get(wire, "")


def _modules(project: RtlProject) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Every module, and the module of each of its instances."""
    for path in (path for _, files in project.shells for path in (*project.sources, *files)):
        text = project.files[path]
        for found in _MODULE.findall(text):
            yield found, {instance: module for module, instance in _INSTANCE.findall(text) if module != "module"}
