"""The native engine by every compiler and level of optimization that is promised, and what becomes of a wrong one."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.emulator.test_native_fuzz import QUICK
from tests.small_graph import SMALL
from trigforge.emulator import random_stimuli, run
from trigforge.emulator.native import to_native
from trigforge.errors import BitMismatch
from trigforge.fixed import FixedArray, FixedType, FixedTypes, Overflow, Rounding
from trigforge.flow.engines import EngineChoice, choose
from trigforge.graph import Body, Dense, FixedPointGraph, GraphInput, Map, Node, Requantize
from trigforge.graph.simulation import Proof
from trigforge.toolchain.native import FLAGS, compile_kernel, compile_kernels

COMPILERS = [
    pytest.param(name, marks=pytest.mark.skipif(shutil.which(name) is None, reason=f"needs {name}"))
    for name in ("g++", "clang++")
]
WITHOUT_FLAG = tuple(flag for flag in FLAGS if flag != "-fno-delete-null-pointer-checks")


def heads(narrow: int) -> FixedPointGraph:
    """Heads of one output each: a wide one, whose row is stored first and listed last, and narrow ones.

    g++ 12 at -O1 and -O2 took its only stage for a function that writes nothing, and deleted its call.
    """
    inputs = GraphInput("x", (3,), FixedTypes.uniform(FixedType(7, 2, True)))
    nodes = [Node("wide", Dense(FixedArray.of(np.array([[61], [305], [427]]), -3)), ("x",))]
    for k in range(1, narrow + 1):
        short = Requantize(FixedTypes.uniform(FixedType(7, 3 + k, True)), Rounding.TRN, Overflow.WRAP)
        nodes += [Node(f"d{k}", Dense(FixedArray.of(np.array([[k], [1], [2]]), -3)), ("x",))]
        nodes += [Node(f"head{k}", short, (f"d{k}",))]
    outputs = (*(f"head{k}" for k in range(1, narrow + 1)), "wide")
    return FixedPointGraph(f"heads{narrow}", 1, (inputs,), tuple(nodes), outputs)


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("level", ["-O0", "-O1", "-O2", "-O3"])
@pytest.mark.parametrize("flags", [FLAGS, WITHOUT_FLAG], ids=["flags", "form_alone"])
def test_no_stage_is_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiler: str, level: str, flags: tuple[str, ...]
) -> None:
    monkeypatch.setenv("TRIGFORGE_GXX", compiler)
    graph = heads(3)
    optimized = tuple(level if flag == "-O1" else flag for flag in flags)
    (native,) = compile_kernels([to_native(graph)], tmp_path, flags=optimized)
    assert native.notice is None, native.notice
    stimuli = random_stimuli(graph, 3000, seed=2)
    expected, found = run(graph, stimuli).outputs, native.run(stimuli).outputs
    assert all(np.array_equal(found[name], expected[name]) for name in expected)


def test_loops_in_loops_point_to_their_own_tensors(tmp_path: Path) -> None:
    """A ``Map`` that is all of the body of a ``Map`` twice over once started from a pointer that was never set."""
    body = Body(("v",), (Node("y", Dense(FixedArray.of([[3], [5]], -1)), ("v",)),), ("y",))
    for _ in range(3):
        body = Body(("v",), (Node("y", Map.along(0, body), ("v",)),), ("y",))
    inputs = GraphInput("v", (2, 3, 4, 2), FixedTypes.uniform(FixedType(6, 2, True)))
    graph = FixedPointGraph("loops", 1, (inputs,), body.nodes, ("y",))
    stimuli = random_stimuli(graph, 300, seed=3)
    assert all(
        line.split(" = ")[0].split("*")[-1] not in line.split(" = ")[1].split(" + ")
        for line in to_native(graph).source.splitlines()
        if line.startswith("    char *")
    )
    (native,) = compile_kernels([to_native(graph)], tmp_path, flags=QUICK)
    assert np.array_equal(native.run(stimuli).outputs["y"], run(graph, stimuli).outputs["y"])


def test_a_stage_that_does_nothing_is_noticed(tmp_path: Path) -> None:
    """Its outputs are what the workspace held before."""
    kernel = to_native(heads(3))
    broken = replace(kernel, source=kernel.source.replace("    stage0(ws);\n", ""))
    assert broken.source != kernel.source
    with pytest.raises(BitMismatch) as caught:
        compile_kernels([broken], tmp_path, flags=QUICK)
    assert " made a wrong kernel of 'heads3': event 1, output 'head1'[0]: 0x0, expected -0x" in str(caught.value)
    assert str(caught.value).endswith("; set TRIGFORGE_GXX to another compiler, or use the reference emulator")
    assert not list(tmp_path.rglob("*.so"))


@pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++")
def test_the_next_compiler_is_taken_where_the_first_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first is a stand-in that deletes a stage of what it compiles, as g++ 12 did."""
    first = tmp_path / "first"
    first.write_text("#!/bin/sh\ntest ! -f kernel0.cpp || sed -i '/^    stage0(ws);$/d' kernel0.cpp\nexec g++ \"$@\"\n")
    first.chmod(0o755)
    monkeypatch.setenv("TRIGFORGE_GXX", str(first))
    graph = heads(3)
    (native,) = compile_kernels([to_native(graph)], tmp_path / "kept", flags=QUICK)
    assert native.compiler == ["g++"]
    assert native.notice is not None
    assert native.notice.startswith("native engine by the compiler (g++ ")
    assert f"since the compiler ({first} " in native.notice and " made a wrong kernel of 'heads3': " in native.notice
    assert list((tmp_path / "kept").rglob("*.so")) == [native.library]
    stimuli = random_stimuli(graph, 100)
    expected, found = run(graph, stimuli).outputs, native.run(stimuli).outputs
    assert all(np.array_equal(found[name], expected[name]) for name in expected)
    monkeypatch.setenv("TRIGFORGE_CACHE", str(tmp_path / "cache"))
    assert choose(graph, EngineChoice.NATIVE).notice == native.notice


def test_a_compiler_that_fails_behind_a_wrong_one_is_named_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = to_native(heads(3))
    broken = replace(kernel, source=kernel.source.replace("    stage0(ws);\n", ""))
    (tmp_path / "failing").write_text("#!/bin/sh\ntest $1 = --version && echo failing 1.0\n")
    (tmp_path / "failing").chmod(0o755)
    monkeypatch.setattr("trigforge.toolchain.native.compilers", lambda: [["g++"], [str(tmp_path / "failing")]])
    with pytest.raises(
        BitMismatch, match=rf"^the compiler \(g\+\+ .*; the compiler \({tmp_path}/failing 1.0\) failed; set"
    ):
        compile_kernels([broken], tmp_path, flags=QUICK)


def test_a_kernel_that_refuses_good_events_is_noticed(tmp_path: Path) -> None:
    kernel = to_native(SMALL)
    source = kernel.source.replace("in0_hi[] = {\n  30,", "in0_hi[] = {\n  5,")
    assert source != kernel.source
    with pytest.raises(BitMismatch) as caught:
        compile_kernels([replace(kernel, source=source)], tmp_path, flags=QUICK)
    assert ": event 0, or one soon after it, is refused without a reason; " in str(caught.value)
    assert not list(tmp_path.rglob("*.so"))


def test_a_kept_library_proves_itself_again(tmp_path: Path) -> None:
    kernel = to_native(SMALL)
    library = compile_kernel(kernel, tmp_path).library
    other = {name: values + 1 for name, values in kernel.proof.outputs.items()}
    with pytest.raises(BitMismatch):
        compile_kernel(replace(kernel, proof=Proof(kernel.proof.inputs, other)), tmp_path)
    assert not library.exists()


def test_a_wrong_kernel_leaves_the_choice_to_the_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIGFORGE_CACHE", str(tmp_path))
    made = to_native(SMALL)
    wrong = replace(made, proof=Proof(made.proof.inputs, {"y": made.proof.outputs["y"] + 1}))
    monkeypatch.setattr("trigforge.flow.engines.to_native", lambda graph: wrong)
    engine = choose(SMALL, EngineChoice.AUTO)
    assert engine.name == "reference"
    assert engine.notice is not None and engine.notice.startswith("reference engine, slow: the compiler (")
    with pytest.raises(BitMismatch):
        choose(SMALL, EngineChoice.NATIVE)
