"""A C simulation with one wrong weight is caught, and the first tensor that differs is the layer of that weight."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from trigforge.design import DesignPoint
from trigforge.emulator import random_stimuli, run
from trigforge.errors import BitMismatch
from trigforge.fixed import FixedArray, FixedTypes, Overflow, Rounding
from trigforge.flow import builder, hls_route
from trigforge.flow.preparing import lower_for_hls, to_hls
from trigforge.flow.verification import compare
from trigforge.flow.weight_sets import Stimuli
from trigforge.graph import Dense, FixedPointGraph, GraphInput, Node, Relu, Requantize
from trigforge.hls import to_project
from trigforge.project import HlsProject, write
from trigforge.reports import load_report
from trigforge.toolchain import gxx

GRAPH = FixedPointGraph(
    "wrong",
    1,
    (GraphInput("x", (3,), FixedTypes.from_kif(1, 2, 3)),),
    (
        Node("first", Dense(FixedArray.of([[1, 2], [3, 5], [-7, 11]], -2)), ("x",)),
        Node("relu", Relu(), ("first",)),
        Node("short", Requantize(FixedTypes.from_kif(0, 5, 3), Rounding.RND, Overflow.SAT), ("relu",)),
        Node("second", Dense(FixedArray.of([[13, -17], [19, 23]], -1)), ("short",)),
    ),
    ("second",),
)


def tampered(project: HlsProject) -> HlsProject:
    """The project with the weight 23 of the second layer made 22."""
    ((path, text),) = [(p, t) for p, t in project.files.items() if re.search(r"\b13, -17, 19, 23\b", t)]
    return replace(project, files={**project.files, path: text.replace("13, -17, 19, 23", "13, -17, 19, 22")})


def test_the_first_tensor_that_differs_is_named(tmp_path: Path) -> None:
    csim = gxx.compile_csim(write(tampered(to_hls(GRAPH, DesignPoint())), tmp_path))
    inputs = random_stimuli(GRAPH, 500)
    agreement = compare(GRAPH, Stimuli.of(GRAPH, inputs), csim, lower_for_hls(GRAPH))
    short = run(GRAPH, inputs, trace=True).tensors["short"]
    assert agreement.verification.mismatches == int(np.count_nonzero(short[:, 1]))
    event = int(np.flatnonzero(short[:, 1])[0])
    found = r"-?0x[0-9a-f]+, expected -?0x[0-9a-f]+"
    assert re.fullmatch(
        rf"csim disagrees with the reference emulator in \d+ of 1000 outputs; event {event}, output 'second'\[1\]: "
        rf"{found}; first tensor that differs: 'second'\[1\]: {found}",
        str(agreement.mismatch),
    )


def test_build_reports_the_mismatch_and_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XILINX_HLS", raising=False)
    monkeypatch.setattr(hls_route, "to_project", lambda lowered, design: tampered(to_project(lowered, design)))
    with pytest.raises(BitMismatch, match="first tensor that differs: 'second'"):
        builder.build(GRAPH, out=tmp_path)
    report = load_report(tmp_path / "report.json")
    assert not report.verified and report.verification[0].mismatches > 0
