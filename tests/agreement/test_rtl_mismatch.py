"""A design with a deliberately broken cell is caught, and the first wrong stage is named."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from trigforge.design import DesignPoint, RtlDesign
from trigforge.errors import BitMismatch
from trigforge.fixed import FixedArray, FixedTypes, Overflow, Rounding
from trigforge.flow import rtl_route
from trigforge.flow.observer import Silent
from trigforge.flow.route_result import BuildOptions
from trigforge.flow.weight_sets import Stimuli
from trigforge.graph import Body, Dense, FixedPointGraph, GraphInput, Map, Node, Relu, Requantize, Sum
from trigforge.rtl import generate, to_project
from trigforge.rtl.shells import library_files

BODY = Body(
    ("p",),
    (
        Node("phi", Dense(FixedArray.of([[1, 3], [2, -5]], -1)), ("p",)),
        Node("relu", Relu(), ("phi",)),
        Node("short", Requantize(FixedTypes.from_kif(0, 4, 0), Rounding.RND, Overflow.SAT), ("relu",)),
    ),
    ("short",),
)
GRAPH = FixedPointGraph(
    "broken",
    1,
    (GraphInput("x", (2, 2), FixedTypes.from_kif(1, 3, 0)),),
    (
        Node("jets", Map.along(0, BODY), ("x",)),
        Node("pooled", Sum((0,)), ("jets",)),
        Node("score", Dense(FixedArray.of([[17], [-9]]), FixedArray.of([100])), ("pooled",)),
    ),
    ("score",),
)
DESIGN = DesignPoint(rtl=RtlDesign(stage_delay_ns=0.6))


HEX = r"-?0x[0-9a-f]+, expected -?0x[0-9a-f]+"


def broken_library(width: int) -> dict[str, str]:
    """The cells, with every adder of so many bits wrong in one of them."""
    files = library_files()
    sound = files["cells/tf_add.v"]
    broken = sound.replace("assign y", "assign sound").replace(
        "  generate\n", f"  wire [WY-1:0] sound;\n  assign y = WY == {width} ? sound ^ 2 : sound;\n\n  generate\n"
    )
    assert broken.count("sound") > 4
    return {**files, "cells/tf_add.v": broken}


def test_the_first_wrong_stage_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "library_files", lambda: broken_library(6))
    grid = np.array(np.meshgrid(*[[-7, -2, 1, 6]] * 4), dtype=np.int64).reshape(4, -1).T
    inputs = {"x": np.ascontiguousarray(grid).reshape(-1, 2, 2)}
    expected = Stimuli.of(GRAPH, inputs)
    options = BuildOptions(synthesize=False)
    result = rtl_route.build_rtl(GRAPH, DESIGN, expected, (), tmp_path / "rtl", Silent(), options)
    (whole, *disturbed) = result.agreements
    assert isinstance(whole.mismatch, BitMismatch) and whole.verification.mismatches > 50
    assert all(entry.mismatch is not None for entry in disturbed)
    message = re.fullmatch(
        rf"RTL disagrees with the reference emulator in (\d+) of 256 outputs; event (\d+), output 'score'\[0\]: "
        rf"{HEX}; first wrong stage: stage 1 of region jets\[0\]/short\[0\], register short_t1 of tensor 'short': "
        rf"{HEX}",
        str(whole.mismatch),
    )
    assert message and int(message[1]) == whole.verification.mismatches
    score = expected.outputs["score"][int(message[2]), 0]
    assert f"expected {int(score):#x}; first wrong stage" in str(whole.mismatch)


def test_a_fault_of_a_single_register_is_found_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One stuck bit in one copy of the last stage, written out in full."""
    sound = to_project(GRAPH, DESIGN)
    path = "core/broken_v1_score_stage3.v"
    stuck = sound.files[path].replace("score_0_q <= score_0;", "score_0_q <= score_0 | 10'd128;")
    assert stuck != sound.files[path]
    project = replace(sound, files={**sound.files, path: stuck})
    monkeypatch.setattr(rtl_route, "to_project", lambda *_: project)
    inputs = {"x": np.zeros((3, 2, 2), np.int64)}
    expected = Stimuli.of(GRAPH, inputs)
    options = BuildOptions(synthesize=False)
    result = rtl_route.build_rtl(GRAPH, DESIGN, expected, (), tmp_path / "rtl", Silent(), options)
    assert str(result.agreements[0].mismatch) == (
        "RTL disagrees with the reference emulator in 3 of 3 outputs; event 0, output 'score'[0]: 0xe4, expected 0x64; "
        "first wrong stage: stage 3 of region score[0], register score_0 of tensor 'score': 0xe4, expected 0x64"
    )
