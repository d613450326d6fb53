"""Gates with binary points: exact scales, and no gate outside of what the graph says."""

import numpy as np
import pytest

from trigforge.errors import ProjectError
from trigforge.fixed import Interval
from trigforge.rtl.circuit import Circuit
from trigforge.rtl.gates import Literal
from trigforge.rtl.signals import Ends, Signal, add, at_least, choose, constant, ends_of, larger, tensor


def interval(lo: int, hi: int, lsb: int) -> Interval:
    return Interval.of(np.array([lo]), np.array([hi]), np.array([lsb]))


def test_ends_at_another_scale_are_rounded_outwards() -> None:
    ends = Ends(-5, 7, -2)
    assert ends.at(-2) == (-5, 7)
    assert ends.at(-3) == (-10, 14)
    assert ends.at(-1) == (-3, 4)
    assert ends_of(Interval.of(np.array([1, 2]), np.array([3, 4]), np.array([0, -1]))) == [
        Ends(1, 3, 0),
        Ends(2, 4, -1),
    ]


def test_a_tensor_stands_at_the_scale_of_the_graph() -> None:
    circuit = Circuit()
    x = Signal(circuit.input(0, -8, 7), -1)
    (coarse,) = tensor(circuit, "t", interval(-16, 14, -2), lambda *_: x)
    assert coarse == Signal(circuit.shifted(x.gate, 1), -2)
    (narrow,) = tensor(circuit, "t", interval(0, 3, -1), lambda *_: x)
    assert (circuit.gates[narrow.gate].lo, circuit.gates[narrow.gate].hi) == (0, 3)
    (fixed,) = tensor(circuit, "t", interval(3, 3, 0), lambda *_: x)
    assert circuit.gates[fixed.gate].op == Literal(3)
    assert circuit.tensor == "t"


def test_a_tensor_that_contradicts_the_graph_is_refused() -> None:
    circuit = Circuit()
    x = Signal(circuit.input(0, -8, 7), -1)
    with pytest.raises(ProjectError) as error:
        tensor(circuit, "jet.pt", interval(20, 30, 0), lambda *_: x)
    assert str(error.value) == (
        "tensor 'jet.pt': element 0 is -8 to 7 in Verilog and 40 to 60 in the graph (units of 2^-1); "
        "this is a fault of trigforge, please report it"
    )


def test_operands_meet_at_the_finer_scale() -> None:
    circuit = Circuit()
    x, y, zero = Signal(circuit.input(0, -8, 7), 1), Signal(circuit.input(1, 0, 3), -2), constant(circuit, 0, -50)
    total = add(circuit, x, y)
    assert total.lsb == -2 and (circuit.gates[total.gate].lo, circuit.gates[total.gate].hi) == (-64, 59)
    assert add(circuit, x, zero) == x and add(circuit, zero, y) == y
    assert add(circuit, zero, zero) == constant(circuit, 0, 0)
    held = add(circuit, x, y, within=Ends(0, 5, 0))
    assert (circuit.gates[held.gate].lo, circuit.gates[held.gate].hi) == (0, 20)
    bit = at_least(circuit, x, y)
    assert (circuit.gates[bit].lo, circuit.gates[bit].hi) == (0, 1)
    chosen = choose(circuit, bit, x, y)
    assert chosen == larger(circuit, x, y) and chosen.lsb == -2
    assert larger(circuit, x, y, smaller=True) == choose(circuit, bit, y, x)
