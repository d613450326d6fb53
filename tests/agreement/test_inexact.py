"""Graphs that were read with a stated error: what they compute, every simulator computes to the bit."""

from __future__ import annotations

from dataclasses import replace

import trigforge
from tests.agreement.fuzz import Tally, run_graphs
from tests.frontends.qonnx.test_inexact import MODELS


def test_every_simulator_agrees_on_approximations() -> None:
    tally = Tally()
    graphs = {
        n: replace(trigforge.read(make(1).model(14), allow_inexact=True), name=f"net{n}")
        for n, (make, _) in enumerate(MODELS.values())
    }
    run_graphs(graphs, tally)
    assert (tally.wrong, tally.refused) == ({}, {})
