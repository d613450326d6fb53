"""``inject_faults``: a model's Verilog, single bit flips in its registers, and what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from trigforge.design import DesignPoint, Redundancy
from trigforge.emulator import random_stimuli
from trigforge.errors import CampaignError
from trigforge.export import image_of
from trigforge.faults import Campaign, Kind, Shares, counted, drawn, loading, places_of, to_json
from trigforge.files import save_output
from trigforge.flow.observer import Observer, Silent
from trigforge.flow.route_result import generated, output_directory, write_out
from trigforge.graph import (
    FixedPointGraph,
    HostEvents,
    Mantissas,
    Route,
    encode_events,
    first_events,
    verify,
)
from trigforge.project import Shell
from trigforge.rtl import to_project
from trigforge.toolchain import verilator
from trigforge.toolchain.verilator_upsets import Transfer

EVENTS = 1000
"""Events that pass while flips are made, over and over."""
PROJECT = "rtl"
MOST_FLIPS = 10_000_000
_CORNERS = 3
"""events of ``random_stimuli`` that are no random ones"""


@dataclass(frozen=True)
class Asked:
    """The number of flips, the seed of all that is random, the proportions of kinds of places, and the shell hit.

    Raises ``CampaignError`` for less than one flip and more than ``MOST_FLIPS``, and for a seed below 0.
    """

    flips: int = 10_000
    seed: int = 0
    shares: Shares = field(default_factory=dict[Kind, Fraction])
    shell: Shell = Shell.VALID

    def __post_init__(self) -> None:
        if self.flips < 1:
            raise CampaignError(f"flips = {self.flips}; a campaign makes at least 1")
        if self.flips > MOST_FLIPS:
            raise CampaignError(f"flips = {self.flips}; a campaign makes at most {MOST_FLIPS:,}, which take hours")
        if self.seed < 0:
            raise CampaignError(f"seed = {self.seed}; give one from 0 on")


def inject_faults(
    graph: FixedPointGraph,
    design: DesignPoint | None = None,
    events: HostEvents | None = None,
    out: Path | None = None,
    observer: Observer | None = None,
    asked: Asked | None = None,
) -> Campaign:
    """The campaign on a graph's core in a shell, whose Verilog and ``faults.json`` are left under ``out``.

    ``out`` is ``build/<name>/faults`` by default. The first events of ``events`` pass as close as the shell takes them,
    without them random stimuli over the whole range of the input types. In the shell ``reloadable`` images are loaded
    all the while: the registers of the first event, others, and damaged ones. Flips are so far apart that each is over
    before the next.

    Raises ``DesignError`` as ``to_project``, ``CampaignError`` for shares of places that the design does not have and
    for ``reloadable`` of a model without register inputs, ``ToolMissingError`` without Verilator or g++.
    """
    design, observer, asked = design or DesignPoint(), observer or Silent(), asked or Asked()
    folder = out or Path("build") / graph.name / "faults"
    verify(graph, Route.RTL)
    if asked.shell is Shell.RELOADABLE and not graph.registers:
        raise CampaignError(
            f"{graph.name!r} has no weights that are reloaded at run time, so it has no shell 'reloadable'; "
            "take another shell, or put layers into registers (docs/registers.md)"
        )
    given = _random(graph, EVENTS, 0) if events is None else encode_events(graph, events)
    inputs = first_events(graph, given, EVENTS)
    with output_directory(folder, observer):
        with observer.step("Write the RTL project"):
            written = write_out(generated(lambda: to_project(graph, design)), folder / PROJECT)
        with observer.step("Compile the fault injection"):
            simulation = verilator.compile_rtl_upsets(written, asked.shell)
            places = places_of(graph, written.project, simulation.targets(), asked.shell)
        if asked.shell is Shell.RELOADABLE:
            simulation = replace(
                simulation, transfers=_loaded(graph, inputs, simulation.dut.observing_cycles, asked.seed)
            )
        flips = drawn(places, asked.flips, asked.shares, simulation.round_cycles, asked.seed)
        with observer.step("Inject faults", asked.flips, "flips") as step:
            observed = simulation.inject(flips, inputs, asked.seed, step.advance)
        counts, points = counted(places, flips, observed)
        campaign = Campaign(
            model=graph.name,
            version=graph.version,
            digest=graph.digest,
            redundancy=design.rtl.redundancy,
            shell=asked.shell,
            latency_cycles=written.project.latency_cycles,
            interval_cycles=written.project.initiation_interval,
            spacing_cycles=simulation.observing_cycles,
            events=max(len(values) for values in inputs.values()),
            seed=asked.seed,
            shares={str(kind): float(share) for kind, share in asked.shares.items()},
            places=counts,
            single_points=() if design.rtl.redundancy is Redundancy.NONE else points,
        )
        save_output(folder / "faults.json", to_json(campaign))
    return campaign


def _random(graph: FixedPointGraph, events: int, seed: int) -> Mapping[str, Mantissas]:
    """Random stimuli without the corners that they begin with, as weights of 0 are no weights to be flipped."""
    return {name: values[_CORNERS:] for name, values in random_stimuli(graph, events + _CORNERS, seed).items()}


def _loaded(
    graph: FixedPointGraph, inputs: Mapping[str, Mantissas], waiting_cycles: int, seed: int
) -> tuple[Transfer, ...]:
    """Transfers that load the registers of the first event and others in turn."""
    names = [entry.name for entry in graph.registers]
    others = _random(graph, 1, seed + 1)
    images = tuple(image_of(graph, {name: found[name][:1] for name in names}) for found in (inputs, others))
    return loading(images, waiting_cycles)


def check_mended(campaign: Campaign) -> None:
    """``CampaignError`` where triplication did not mend what it should."""
    if campaign.unexpected:
        raise CampaignError(
            f"{campaign.unexpected} flips of triplicated registers came out wrong or stayed; "
            "this is a fault of trigforge, please report it with faults.json"
        )
