"""The logic of a design is what the project of the same design holds, before its text is written."""

import numpy as np
import pytest

from tests.small_graph import SMALL
from trigforge.building import Builder, Quantization, dense, each, quantize, relu, table
from trigforge.design import DesignPoint, RtlDesign
from trigforge.fixed import FixedArray
from trigforge.rtl import logic_of, to_project
from trigforge.rtl.cost import BLOCK_ROM


def test_the_logic_is_that_of_the_project() -> None:
    build = Builder("sets")
    x = build.input("x", (4, 2), "ap_fixed<5,3>")
    weight = FixedArray.of([[1, 5], [3, -7]])
    y = each(x, lambda one: quantize(relu(dense(one, weight)), Quantization.of("ap_ufixed<4,4>")))
    for graph in (SMALL, build.graph([y])):
        design = DesignPoint(rtl=RtlDesign(stage_delay_ns=1.0))
        found, project = logic_of(graph, design), to_project(graph, design)
        assert found.adder_bits == project.adder_bits
        assert found.latency_cycles == project.latency_cycles
        assert [stage.copies for stage in found.stages] == [stage.copies for stage in project.stages]
        for stage, module in zip(found.stages, project.stages, strict=True):
            assert sum(stage.cost.values()) == sum(bits for _, bits in module.cost)
            assert {tensor for tensor, _ in stage.cost} == {tensor for tensor, _ in module.cost}


@pytest.mark.parametrize(("bits", "out", "kind"), [(10, 8, "Rom"), (12, 3, BLOCK_ROM)])
def test_tables_of_more_than_half_a_block_ram_are_told_apart(bits: int, out: int, kind: str) -> None:
    build = Builder("looked_up")
    x = build.input("x", (1,), f"ap_fixed<{bits},3>")
    y = table(x, np.tanh, Quantization.of(f"ap_fixed<{out},1>"))
    (stage,) = logic_of(build.graph([y]), DesignPoint()).stages
    assert {gate for (_, gate), cost in stage.cost.items() if cost} == {kind}
