"""``view_as_asic``: a model's Verilog in standard cells, proven equal to the emulator, and what it takes there."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from trigforge.asic import (
    NODES_NM,
    AsicView,
    CellCount,
    Energy,
    Library,
    LibraryFacts,
    Netlist,
    NetlistSimulation,
    StageView,
    Timing,
    analyse,
    energies,
    extrapolated,
    read_library,
    read_netlist,
    register_overhead_ns,
    to_json,
)
from trigforge.design import DesignPoint
from trigforge.emulator import random_stimuli, run
from trigforge.errors import LibraryError
from trigforge.files import save_output
from trigforge.flow.observer import Observer, Silent
from trigforge.flow.route_result import generated, output_directory, write_out
from trigforge.flow.verification import agreement
from trigforge.graph import FixedPointGraph, HostEvents, Route, encode_events, first_events, verify
from trigforge.project import RtlProject
from trigforge.rtl import to_project
from trigforge.toolchain import standard_cells
from trigforge.toolchain.standard_cells import CellsRequest
from trigforge.toolchain.verilator_wrapper import check_widths

EVENTS = 1000
"""Events over which toggles are counted."""
PROJECT = "rtl"
_USUAL_FANOUT = 3
"""inputs that a register drives where its delay is set aside for abc; the final timing has those of the netlist"""
_LEAST_DELAY_PS = 100


@dataclass(frozen=True)
class AsicOptions:
    """The Liberty file (that of ``standard_cells.find`` by default), the node of its process in nm where the library is
    not known by name, and the capacitance that wires add to a net for each input on it.

    Raises ``LibraryError`` for a capacitance or node that cannot be.
    """

    library: Path | None = None
    node_nm: int | None = None
    wire_fF: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.wire_fF < float("inf"):
            raise LibraryError(f"a wire load of {self.wire_fF:g} fF; give one from 0 on")
        if self.node_nm is not None:
            extrapolated(0.0, 0.0, 0.0, self.node_nm, 1.0)


def view_as_asic(
    graph: FixedPointGraph,
    design: DesignPoint | None = None,
    events: HostEvents | None = None,
    out: Path | None = None,
    observer: Observer | None = None,
    options: AsicOptions | None = None,
) -> AsicView:
    """A graph's core in standard cells; its Verilog and ``asic.json`` are left under ``out``.

    ``out`` is ``build/<name>/asic`` by default. Toggles are those of the first events of ``events``, one after the
    other without gaps, without them of random stimuli over the whole range of the input types.

    Raises ``DesignError`` as ``to_project``, ``ToolMissingError`` without Yosys or a library, ``LibraryError`` for a
    library that lacks what is needed, and ``BitMismatch`` where the netlist and the emulator disagree.
    """
    design, observer, options = design or DesignPoint(), observer or Silent(), options or AsicOptions()
    folder = out or Path("build") / graph.name / "asic"
    verify(graph, Route.RTL)
    path = standard_cells.find(options.library)
    library = read_library(path)
    library.check_mappable()
    node_nm = options.node_nm or NODES_NM.get(library.name)
    given = random_stimuli(graph, EVENTS) if events is None else encode_events(graph, events)
    inputs = first_events(graph, given, EVENTS)
    period = float(design.target.clock_period_ns)
    asked = _request(library, period, options.wire_fF)
    with output_directory(folder, observer):
        with observer.step("Write the RTL project"):
            written = write_out(generated(lambda: to_project(graph, design)), folder / PROJECT)
        project = written.project
        check_widths(project)
        title = f"Map to {library.name} (yosys, abc)"
        with observer.step(title, standard_cells.pieces_of(project), "pieces") as step:
            mapped = standard_cells.map_to_cells(written, asked, step.advance)
        with observer.step("Read the netlist"):
            netlist = read_netlist(mapped, library)
        expected = run(graph, inputs).outputs
        with observer.step("Simulate the netlist", max(map(len, inputs.values())), "events") as step:
            found = NetlistSimulation(netlist, project).run(inputs, progress=step.advance)
        judged = agreement(found.simulator, expected, found.outputs, inputs, lambda _: "")
        if judged.mismatch is not None:
            raise judged.mismatch
        with observer.step("Timing and energy"):
            load = netlist.load_fF(_register_load_fF(library), options.wire_fF)
            timing = analyse(netlist, library, load)
            taken = energies(netlist, library, found.activity, load, timing.slews, period)
        view = AsicView(
            model=graph.name,
            version=graph.version,
            digest=graph.digest,
            redundancy=design.rtl.redundancy,
            latency_cycles=project.latency_cycles,
            interval_cycles=project.initiation_interval,
            clock_period_ns=period,
            library=_facts(library, node_nm),
            cells=_cells(netlist),
            stages=_stages(project, netlist, timing, taken),
            critical_path_ns=timing.critical_path_ns,
            setup_ns=timing.setup_ns,
            path=timing.steps,
            events=found.activity.events,
            nets=netlist.driven,
            toggles=int(found.activity.toggles.sum()),
            wire_fF=options.wire_fF,
            extrapolated=None,
        )
        if node_nm is not None:
            energy = view.energy.dynamic_pJ
            scaled = extrapolated(view.area_mm2, view.critical_path_ns, energy, node_nm, library.voltage_V)
            view = replace(view, extrapolated=scaled)
        save_output(folder / "asic.json", to_json(view))
    return view


def _register_load_fF(library: Library) -> float:
    """The data pin of the usual flip-flop."""
    register = library.flip_flop.register
    assert register is not None
    return max(library.flip_flop.inputs[pin].capacitance_fF for pin in register.setup)


def _request(library: Library, period_ns: float, wire_fF: float) -> CellsRequest:
    """The words for abc: inputs come from a buffer, which drives about as a flip-flop does, outputs go to a flip-flop,
    and logic has the clock period but for what the flip-flops at both ends take."""
    load = _register_load_fF(library)
    constraints = f"set_driving_cell {library.buffer.name}\nset_load {load + wire_fF:g} [all_outputs]\n"
    usual = _USUAL_FANOUT * (library.nand2.inputs[min(library.nand2.inputs)].capacitance_fF + wire_fF)
    left_ps = int(1000 * (period_ns - register_overhead_ns(library, usual)))
    return CellsRequest(library.path, tuple(library.left_out), constraints, max(_LEAST_DELAY_PS, left_ps))


def _facts(library: Library, node_nm: int | None) -> LibraryFacts:
    return LibraryFacts(
        name=library.name,
        sha256=hashlib.sha256(library.path.read_bytes()).hexdigest(),
        voltage_V=library.voltage_V,
        temperature_C=library.temperature_C,
        nand2=library.nand2.name,
        nand2_area_um2=library.nand2.area_um2,
        node_nm=node_nm,
    )


def _cells(netlist: Netlist) -> tuple[CellCount, ...]:
    counts: dict[str, int] = {}
    for group in netlist.groups:
        counts[group.cell.name] = counts.get(group.cell.name, 0) + group.count
    areas = {group.cell.name: group.cell.area_um2 for group in netlist.groups}
    return tuple(CellCount(name, counts[name], counts[name] * areas[name]) for name in sorted(counts))


def _stages(project: RtlProject, netlist: Netlist, timing: Timing, taken: tuple[Energy, ...]) -> tuple[StageView, ...]:
    """The stages in the order of the project, then what is around them where there are cells."""
    cells, flip_flops, areas = (np.zeros(len(netlist.stages)) for _ in range(3))
    for group in netlist.groups:
        np.add.at(cells, group.stage, 1)
        np.add.at(areas, group.stage, group.cell.area_um2)
        if group.cell.register is not None:
            np.add.at(flip_flops, group.stage, 1)
    own = {stage.module: (stage.region, stage.stage, stage.copies) for stage in project.stages}
    order = [module for module in (*own, project.core) if module in netlist.stages]
    found: list[StageView] = []
    for module in order:
        number = netlist.stages.index(module)
        region, stage, copies = own.get(module, ("", 0, 1))
        counted = int(cells[number]), int(flip_flops[number]), float(areas[number])
        found.append(StageView(module, region, stage, copies, *counted, float(timing.stage_ns[number]), taken[number]))
    return tuple(found)
