"""Random design files, and graphs through C simulation and Verilog."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tests.agreement.fuzz import Tally, rtl_design, run_csim, run_rtl
from tests.hunt.dice import Dice
from tests.hunt.judging import Outcome, Verdict
from tests.hunt.recipes import Recipe
from trigforge.design import DesignPoint, load_design
from trigforge.graph import FixedPointGraph

_PARTS = ("xcvu13p-flga2577-2-e", "xcvu9p-flga2104-2l-e", "xczu9eg-ffvb1156-2-e", "xcu55c-fsvh2892-2l-e")
_STRATEGIES = ("LATENCY", "RESOURCE", "DISTRIBUTED_ARITHMETIC")


def random_design(recipe: Recipe) -> str:
    """The text of a design file for a model; layers with exceptions are some of those that multiply."""
    dice = Dice(np.random.default_rng([recipe.seed, 1]))
    lines: list[str] = []
    if dice.chance(0.8):
        lines += [
            "[target]",
            f'part = "{dice.one(*_PARTS)}"',
            f"clock_period_ns = {dice.one(1.5, 2.5, 3.2, 5.0, 10.0)}",
        ]
    if dice.chance(0.8):
        lines += ["[hls]", f'backend = "{dice.one("VITIS", "VIVADO")}"', *_choice(dice)]
    if dice.chance(0.8):
        lines += ["[rtl]", f'multipliers = "{dice.one("LUT", "DSP")}"']
        lines += [f"stage_delay_ns = {dice.one(0.5, 1.0, 3.0, 8.0)}"] if dice.chance(0.5) else []
    for step in recipe.steps:
        if step.call in ("hgq.QDense", "hgq.QEinsumDense", "hgq.QConv1D", "hgq.QConv2D") and dice.chance(0.5):
            lines += [f"[layers.{step.name}]", *_choice(dice)]
    return "\n".join(lines) + "\n"


def _choice(dice: Dice) -> list[str]:
    strategy = dice.one(*_STRATEGIES)
    factor = 1 if strategy == "DISTRIBUTED_ARITHMETIC" else dice.one(1, 1, 2, 3, 4, 16)
    return [f'strategy = "{strategy}"', f"reuse_factor = {factor}"]


def routed(recipe: Recipe, graph: FixedPointGraph) -> Verdict:
    """The graph through C simulation and Verilator, built by the recipe's random design file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "design.toml"
        path.write_text(random_design(recipe), encoding="utf-8")
        design = load_design(path).point
    tally = Tally()
    run_csim([graph], tally, design)
    run_rtl([(recipe.seed, graph)], tally, lambda *_: design)
    if tally.wrong:
        return Verdict(Outcome.WRONG, "; ".join(f"{name}: {said}" for name, said in tally.wrong.items()))
    refused = "; ".join(tally.refused.values())
    return Verdict(Outcome.REFUSED if len(tally.refused) == 2 else Outcome.EQUAL, refused)


def simulated(graphs: Sequence[FixedPointGraph]) -> list[Verdict]:
    """Graphs of different names through C simulation, all in one compilation."""
    tally = Tally()
    run_csim(graphs, tally, DesignPoint())
    return _verdicts(graphs, tally)


def built(graphs: Sequence[FixedPointGraph]) -> list[Verdict]:
    """Graphs of different names through Verilator, at clock periods and with multipliers that change."""
    tally = Tally()
    run_rtl([*enumerate(graphs)], tally, rtl_design)
    return _verdicts(graphs, tally)


def _verdicts(graphs: Sequence[FixedPointGraph], tally: Tally) -> list[Verdict]:
    """The verdict on each graph; what a tally says bears the name of a graph in front."""

    def of(name: str) -> Verdict:
        for outcome, said in ((Outcome.WRONG, tally.wrong), (Outcome.REFUSED, tally.refused)):
            found = [text for key, text in said.items() if key.partition(",")[0].partition(" ")[0] == name]
            if found:
                return Verdict(outcome, "; ".join(found))
        return Verdict(Outcome.EQUAL)

    return [of(graph.name) for graph in graphs]
