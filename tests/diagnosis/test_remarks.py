"""Each kind of remark on the smallest graph that deserves it, and none on a sound one."""

import numpy as np
import pytest

from tests.small_graph import SMALL
from trigforge.building import Builder, Quantization, dense, quantize, relu, table
from trigforge.coverage import Observation
from trigforge.design import DesignPoint
from trigforge.diagnosis import (
    Prediction,
    RemarkKind,
    remarks_of,
    remarks_of_coverage,
    remarks_of_reuse,
    remarks_of_size,
)
from trigforge.diagnosis.prediction import model
from trigforge.emulator import watch
from trigforge.fixed import FixedArray
from trigforge.graph import FixedPointGraph
from trigforge.passes import optimize
from trigforge.project import Multiplications


def made(type_: str, *, weight: int = 3, then: str = "ap_fixed<8,6>") -> FixedPointGraph:
    """One input of a type, a dense layer, a Relu and a quantizer that saturates."""
    build = Builder("made")
    x = build.input("x", (2,), type_)
    y = quantize(relu(dense(x, FixedArray.of(np.full((2, 1), weight)))), Quantization.of(then, "RND", "SAT"))
    return optimize(build.graph([y]))


def kinds(graph: FixedPointGraph) -> list[RemarkKind]:
    return [remark.kind for remark in remarks_of(graph)]


def test_a_sound_graph_has_none() -> None:
    assert remarks_of(SMALL) == ()
    assert remarks_of(made("ap_fixed<8,3>")) == ()


@pytest.mark.parametrize(("type_", "told"), [("ap_fixed<15,6>", []), ("ap_fixed<16,6>", [RemarkKind.WIDE_OPERAND])])
def test_operands_of_16_bits(type_: str, told: list[RemarkKind]) -> None:
    assert kinds(made(type_)) == told


def test_sums_of_more_than_32_bits() -> None:
    assert kinds(made("ap_fixed<15,6>", weight=2**18 + 1)) == [RemarkKind.WIDE_ACCUMULATOR]


def test_a_type_that_can_only_saturate() -> None:
    """The sum is 12 at least, and the type ends at 1.5."""
    build = Builder("made")
    x = build.input("x", (2,), "ap_ufixed<3,3>")
    weight, bias = FixedArray.of([[1], [2]]), FixedArray.of([12])
    y = quantize(dense(x, weight, bias), Quantization.of("ap_ufixed<4,1>", "TRN", "SAT"))
    graph = build.graph([y])
    found = remarks_of(graph)
    assert [remark.kind for remark in found] == [RemarkKind.SATURATES, RemarkKind.CONSTANT]
    assert "1 of its 1 elements can only become the end of the type" in str(found[0])


@pytest.mark.parametrize(
    ("bits", "kind", "told"),
    [
        (11, "QActivation", []),
        (12, "QActivation", [RemarkKind.LARGE_TABLE]),
        (12, "QSoftmax", [RemarkKind.WIDE_SOFTMAX]),
    ],
)
def test_tables(bits: int, kind: str, told: list[RemarkKind]) -> None:
    build = Builder("made")
    x = build.input("x", (1,), f"ap_fixed<{bits},3>")
    with build.layer("act", kind):
        y = table(x, np.tanh, Quantization.of("ap_fixed<6,2>"))
    assert kinds(build.graph([y])) == told


def test_events_that_wrap_and_saturate() -> None:
    observation = Observation(SMALL, watch)
    observation.add({"x": np.full((100, 2), 1000.0)})
    found = remarks_of_coverage(observation.coverage())
    assert [(remark.kind, remark.where) for remark in found] == [(RemarkKind.SATURATES, "x")]


def test_reuse_factors_that_hls4ml_has_not() -> None:
    products = (
        Multiplications("fc.dense", ("fc",), "RESOURCE", 3, "RESOURCE", 2),
        Multiplications("fc.again", ("fc",), "RESOURCE", 3, "RESOURCE", 2),
        Multiplications("scores", (), "RESOURCE", 4, "RESOURCE", 4),
    )
    assert list(map(str, remarks_of_reuse(products))) == [
        "fc: HLS C++ builds RESOURCE with reuse_factor 2; asked was RESOURCE with 3; ask for what is built, or for "
        "another factor"
    ]


def test_sizes() -> None:
    def predicted(lut: int, minutes: float) -> Prediction:
        fitted = model()
        return Prediction(
            adder_bits=lut,
            latency_cycles=3,
            initiation_interval=1,
            lut=fitted.lut.figure(lut, "LUT", "test", None),
            minutes=fitted.cpu_s.figure(minutes, "min", "test", 1),
            memory_gib=fitted.memory_gib.figure(1.0, "GiB", "test", 1),
        )

    def told(lut: int, minutes: float = 1.0) -> list[RemarkKind]:
        return [remark.kind for remark in remarks_of_size(predicted(lut, minutes), DesignPoint(), lambda held: None)]

    assert told(400_000) == []
    assert told(500_000) == told(2_000_000) == [RemarkKind.TOO_LARGE]
    assert told(100, 31.0) == [RemarkKind.LONG_BUILD]
    (folded,) = remarks_of_size(predicted(500_000, 1.0), DesignPoint(), lambda held: (8, held / 2))
    assert folded.remedy.endswith("or share hardware, with initiation_interval = 8 below [rtl]: about 216,000 LUT")


def test_what_is_cut_off_to_0_does_not_saturate() -> None:
    """A rectifier of what is never positive, and a rounding of what is smaller than a step."""
    build = Builder("made")
    x = build.input("x", (2,), "ap_ufixed<3,3>")
    weight = FixedArray.of([[-512, 1], [-512, 1]], -9)
    y = quantize(dense(x, weight), Quantization.of("ap_ufixed<3,3>", "TRN", "SAT"))
    assert kinds(build.graph([y])) == [RemarkKind.CONSTANT]
