"""Campaigns on small graphs: every register is found, and triplication mends all flips but glitches of voters."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.agreement.test_folding import attention_block
from tests.agreement.test_words import built, reloaded_weights
from tests.rtl.graphs import STORED
from tests.rtl.test_redundancy import FAST, FOLDED, plain, serial
from trigforge.building import Builder, dense
from trigforge.design import DesignPoint, Redundancy
from trigforge.emulator import random_stimuli
from trigforge.errors import CampaignError
from trigforge.faults import Campaign, Counts, Kind, counted, drawn, from_json, places_of, read_shares, to_json
from trigforge.faults.plot import save_plot
from trigforge.faults.table import render
from trigforge.flow.injecting import Asked, check_mended, inject_faults
from trigforge.graph import FixedPointGraph
from trigforge.passes import optimize
from trigforge.project import Shell, write
from trigforge.rtl import to_project
from trigforge.toolchain import verilator

FLIPS = 400
DESIGNS = {
    "pipeline": lambda: (STORED, FAST),
    "folded": lambda: (attention_block(3), FOLDED),
    "serial": lambda: serial()[0],
    "weights": lambda: (optimize(built(reloaded_weights)), FAST),
}
KINDS = {
    "pipeline": {Kind.DATA, Kind.CONTROL},
    "folded": {Kind.DATA, Kind.CONTROL, Kind.ACCUMULATORS},
    "serial": {Kind.DATA, Kind.CONTROL},
    "weights": {Kind.DATA, Kind.CONTROL, Kind.WEIGHTS},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faults")


def campaign(name: str, folder: Path, redundancy: Redundancy, **asked: object) -> Campaign:
    graph, design = DESIGNS[name]()
    point = design if redundancy is Redundancy.TRIPLICATED else plain(design)
    out = folder / f"{name}_{redundancy}"
    return inject_faults(graph, point, out=out, asked=Asked(**{"flips": FLIPS, **asked}))


@pytest.mark.parametrize("name", DESIGNS)
def test_triplication_mends_every_flip_but_glitches_of_voters(name: str, folder: Path) -> None:
    once, thrice = (campaign(name, folder, redundancy) for redundancy in Redundancy)
    assert once.counts.flips == thrice.counts.flips == FLIPS
    assert once.kinds.keys() == KINDS[name] and thrice.kinds.keys() == {*KINDS[name], Kind.VOTERS}
    assert once.counts.wrong > 0 and once.counts.corrected == 0
    assert once.single_points == ()
    assert thrice.unexpected == 0
    check_mended(thrice)
    for kind, (bits, counts) in thrice.kinds.items():
        if kind is Kind.VOTERS:
            assert counts.corrected == 0 and counts.wrong > 0
            continue
        assert (counts.corrected, counts.wrong, counts.latent) == (counts.flips, 0, 0)
        assert bits == 3 * once.kinds[kind][0]
    assert {point.kind for point in thrice.single_points} == {Kind.VOTERS}
    assert sum(point.wrong for point in thrice.single_points) == thrice.counts.wrong


SHELLS = {
    Shell.TMUX: (lambda: serial()[0], {Kind.DATA, Kind.CONTROL}),
    Shell.SEQUENCER: (lambda: (small(), FAST), {Kind.DATA, Kind.CONTROL, Kind.WEIGHTS}),
    Shell.RELOADABLE: (lambda: (small(), FAST), {*Kind} - {Kind.ACCUMULATORS, Kind.VOTERS}),
}


def small() -> FixedPointGraph:
    """Two sums of two products with weights that are loaded at run time."""
    build = Builder("small")
    x, w = build.input("x", (2,), "ap_fixed<3,1>"), build.register("w", (2, 2), "ap_fixed<3,1>")
    return optimize(build.graph([dense(x, w)]))


@pytest.mark.parametrize("shell", SHELLS)
def test_triplication_mends_every_flip_in_a_shell(shell: Shell, tmp_path: Path) -> None:
    made, kinds = SHELLS[shell]
    graph, design = made()
    thrice = inject_faults(graph, design, out=tmp_path / "thrice", asked=Asked(FLIPS, shell=shell))
    assert thrice.shell is shell and thrice.kinds.keys() == {*kinds, Kind.VOTERS}
    for kind, (_, counts) in thrice.kinds.items():
        assert kind is Kind.VOTERS or counts.corrected == counts.flips
    assert thrice.kinds[Kind.VOTERS][1].wrong > 0


def test_without_triplication_flips_come_out_while_images_are_loaded(tmp_path: Path) -> None:
    """Those of the bank that is written come out behind the next image, those of its checks as images not taken."""
    asked = Asked(FLIPS, shell=Shell.RELOADABLE, shares={kind: Fraction(1, 2) for kind in (Kind.IMAGE, Kind.LOADING)})
    once = inject_faults(small(), plain(FAST), out=tmp_path, asked=asked)
    assert all(once.kinds[kind][1].wrong > 0 for kind in asked.shares)


def test_a_shell_that_the_model_has_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CampaignError, match="'stored' has no weights that are reloaded at run time"):
        inject_faults(STORED, FAST, out=tmp_path / "none", asked=Asked(10, shell=Shell.RELOADABLE))
    assert not (tmp_path / "none").exists()


def test_every_register_of_the_project_can_be_flipped(tmp_path: Path) -> None:
    """As many bits as the project counts: behind stages, waiting, and of the valid pipeline."""
    graph, design = DESIGNS["pipeline"]()
    for point in (plain(design), design):
        project = to_project(graph, point)
        targets = verilator.compile_rtl_upsets(write(project, tmp_path / point.rtl.redundancy)).targets()
        bits = sum(target.bits for target in targets if not target.is_voter)
        registers = project.probe_bits + project.delay_bits + project.latency_cycles
        assert bits == project.register_copies * registers
        voters = sum(target.bits for target in targets if target.is_voter)
        assert voters == (0 if project.register_copies == 1 else registers)
        places = places_of(graph, project, targets)
        assert {place.cycle for place in places if place.kind is Kind.DATA} >= {*range(1, project.latency_cycles + 1)}
        layers = {place.layer for place in places if place.kind is Kind.DATA}
        assert layers <= {probe.tensor for probe in project.probes}


def test_the_places_of_a_folded_design(tmp_path: Path) -> None:
    """Counters are control, accumulators bear the name of their sum, and what waits belongs to what it waits for."""
    graph, design = DESIGNS["folded"]()
    project = to_project(graph, design)
    places = places_of(graph, project, verilator.compile_rtl_upsets(write(project, tmp_path)).targets())
    for place in places:
        if "slots" in place.name.split(".")[-4:][0] or ".start__" in place.name:
            assert place.kind in (Kind.CONTROL, Kind.VOTERS), place
        if place.kind is Kind.DATA:
            assert place.layer, place
    accumulators = {place.layer for place in places if place.kind is Kind.ACCUMULATORS}
    assert accumulators <= {node.name for node in graph.nodes} and accumulators


def test_stated_proportions_are_kept(folder: Path) -> None:
    shares = read_shares("data=0.5,control=0.125,voters=0.375")
    found = campaign("pipeline", folder, Redundancy.TRIPLICATED, shares=shares)
    flips = {kind: counts.flips for kind, (_, counts) in found.kinds.items()}
    assert flips == {Kind.DATA: 200, Kind.CONTROL: 50, Kind.VOTERS: 150}
    assert found.shares == {"data": 0.5, "control": 0.125, "voters": 0.375}


def test_the_same_seed_gives_the_same_campaign(folder: Path) -> None:
    first, again = (campaign("pipeline", folder, Redundancy.NONE, seed=7) for _ in range(2))
    assert first == again
    assert campaign("pipeline", folder, Redundancy.NONE, seed=8) != first


def test_a_campaign_reads_back_equal(folder: Path) -> None:
    for redundancy in Redundancy:
        found = campaign("pipeline", folder, redundancy)
        assert from_json(to_json(found)) == found
        assert from_json((folder / f"pipeline_{redundancy}" / "faults.json").read_text()) == found
        save_plot(found, folder / "faults.svg")
        render(found)


def test_a_share_of_what_the_design_has_not_is_refused(folder: Path) -> None:
    told = "share of 'weights': this design has no such registers; it has data, control"
    with pytest.raises(CampaignError, match=told):
        campaign("pipeline", folder, Redundancy.NONE, shares=read_shares("data=0.5,weights=0.5"))
    with pytest.raises(CampaignError, match="share of 'voters'"):
        campaign("pipeline", folder, Redundancy.NONE, shares=read_shares("voters=1"))


def test_a_design_without_a_register_is_refused(folder: Path) -> None:
    wires = FixedPointGraph("wires", 1, STORED.inputs, (), (STORED.inputs[0].name,))
    with pytest.raises(CampaignError, match="no register that could be flipped"):
        inject_faults(wires, DesignPoint(), out=folder / "wires", asked=Asked(10))


def test_a_flip_that_triplication_lets_through_is_an_error(folder: Path) -> None:
    found = campaign("pipeline", folder, Redundancy.TRIPLICATED)
    place = next(place for place in found.places if place.kind is Kind.DATA)
    broken = replace(found, places=(replace(place, counts=Counts(wrong=2, latent=1)),))
    with pytest.raises(CampaignError, match="3 flips of triplicated registers"):
        check_mended(broken)


def test_intervals_are_those_of_the_counts() -> None:
    counts = Counts(masked=90, wrong=10)
    share = counts.share("wrong")
    assert share.value == 0.1 and share.low < 0.1 < share.high
    assert np.isclose(1 - Counts(corrected=100).share("corrected").low, 1 - 0.15865 ** (1 / 100), atol=1e-4)
    assert (Counts().share("wrong").low, Counts().share("wrong").high) == (0, 1)


BROKEN = {
    "cells/tf_register.v": (".y(q));", ".y());\n      assign q = a;"),
    "cells/tf_hold.v": (
        "tf_register #(.W(W), .TRIPLICATED(TRIPLICATED)) kept (.clk(clk), .d(load ? d : q), .q(q));",
        "wire [W-1:0] a, b, c;\n"
        "  tf_register_copy #(.W(W)) copy_a (.clk(clk), .d(load ? d : a), .q(a));\n"
        "  tf_register_copy #(.W(W)) copy_b (.clk(clk), .d(load ? d : b), .q(b));\n"
        "  tf_register_copy #(.W(W)) copy_c (.clk(clk), .d(load ? d : c), .q(c));\n"
        "  tf_vote #(.W(W)) voter (.a(a), .b(b), .c(c), .y(q));",
    ),
}
"""cells that look triplicated and are not: q is one copy; or every copy keeps its own value, and none is mended"""


@pytest.mark.parametrize("cell", BROKEN)
def test_a_cell_that_is_not_protected_is_found(cell: str, tmp_path: Path) -> None:
    graph, design = DESIGNS["pipeline" if cell == "cells/tf_register.v" else "folded"]()
    project = to_project(graph, design)
    before, after = BROKEN[cell]
    assert before in project.files[cell]
    broken = replace(project, files={**project.files, cell: project.files[cell].replace(before, after)})
    simulation = verilator.compile_rtl_upsets(write(broken, tmp_path))
    places = places_of(graph, broken, simulation.targets())
    flips = drawn(places, 3000, {Kind.DATA: Fraction(1)}, project.initiation_interval, seed=2)
    counts, _ = counted(places, flips, simulation.inject(flips, random_stimuli(graph, 200)))
    found = Counts.total(place.counts for place in counts)
    if cell == "cells/tf_register.v":
        assert found.wrong > 300 and found.corrected > 1500  # two copies of three are never read
    else:
        assert found.wrong == 0 and found.flips > found.corrected
