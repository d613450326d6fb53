"""Charges of a module over a power of two: in integers what Python's are, and what a table of them may say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests import model_tables
from trigforge.building import Builder, Normalised, Quantization, from_charges, quantize, read_normalised
from trigforge.emulator import random_stimuli, run
from trigforge.errors import ModelFileError
from trigforge.fixed import FixedArray, FixedType, FixedTypes, Overflow, Rounding
from trigforge.graph import FixedPointGraph, InputEncoding, Route, verify
from trigforge.passes import optimize

CHARGE = FixedTypes.uniform(FixedType.parse("ap_ufixed<9,9>"))
PLACES = (2, -1, 0, 4, 1, 2)


def network(kind: str = "ap_ufixed<6,2>", rounding: str = "TRN") -> FixedPointGraph:
    build = Builder("encoder", version=2)
    x = build.input("cells", (2, 3), kind, InputEncoding(rounding=Rounding[rounding], overflow=Overflow.SAT))
    return build.graph([quantize(x, Quantization.of("ap_ufixed<12,4>", "TRN", "WRAP"))])


def plainly(charges: np.ndarray, fraction: int, half: int) -> np.ndarray:
    """Shares at ``fraction`` bits, with half a last bit added before the cut or not, in Python's integers."""
    rows = []
    for row in charges.tolist():
        exponent = max(sum(row).bit_length() - 1, 0)
        shares = [((c << (fraction + 1)) + (half << exponent)) >> (exponent + 1) for c in row]
        rows.append([0 if p < 0 else shares[p] for p in PLACES])
    return np.array(rows).reshape(-1, 2, 3)


@pytest.mark.parametrize(("rounding", "half"), [("TRN", 0), ("RND", 1)])
def test_charges_are_normalised_and_placed(rounding: str, half: int) -> None:
    graph = from_charges(network(rounding=rounding), {"cells": Normalised(5, CHARGE, PLACES)})
    (taken,) = graph.inputs
    assert (graph.name, graph.version, taken.name, taken.shape) == ("encoder", 2, "cells", (5,))
    charges = random_stimuli(graph, 3000)["cells"]
    charges[100:105] = np.eye(5, dtype=np.int64) * 511
    charges[105:110] = np.eye(5, dtype=np.int64)
    expected = plainly(charges, 4, half)
    for form in (graph, optimize(graph)):
        verify(form, Route.RTL)
        found = run(form, {"cells": charges}).outputs[form.outputs[0]]
        assert np.array_equal(found << (form.tensors[form.outputs[0]].hull.lsb + 8), expected << 4)


def test_charges_in_their_own_order() -> None:
    build = Builder("encoder")
    x = build.input("cells", (3,), "ap_ufixed<8,1>", InputEncoding(rounding=Rounding.TRN, overflow=Overflow.WRAP))
    graph = from_charges(build.graph([x]), {"cells": Normalised(3, CHARGE)})
    found = run(graph, {"cells": np.array([[0, 0, 0], [1, 0, 0], [3, 3, 2], [511, 511, 511]])}).outputs
    assert found[graph.outputs[0]].tolist() == [[0] * 3, [128, 0, 0], [48, 48, 32], [63] * 3]


def test_refusals() -> None:
    with pytest.raises(
        ModelFileError, match=r"\[normalised.cells\]: the input 'cells' of 'encoder' has shape \[2, 3\]"
    ):
        from_charges(network(), {"cells": Normalised(5, CHARGE)})
    with pytest.raises(ModelFileError, match="the input 'charges' of 'encoder' does not exist; name an input of 6"):
        from_charges(network(), {"charges": Normalised(5, CHARGE, PLACES)})
    (taken,) = network().inputs
    scaled = replace(taken, encoding=replace(taken.encoding, scale=FixedArray.of(3)))
    with pytest.raises(ModelFileError, match="the input 'cells' are scaled or shifted; remove scale and offset"):
        from_charges(replace(network(), inputs=(scaled,)), {"cells": Normalised(5, CHARGE, PLACES)})


def spelt(text: str, folder: Path) -> dict[str, Normalised]:
    return model_tables.spelt(f"[normalised.x]\n{text}\n", folder, "normalised", read_normalised)


TYPE = 'type = "ap_ufixed<9,9>"'


def test_a_table_of_charges(tmp_path: Path) -> None:
    found = spelt(f"number = 5\n{TYPE}\nplaces = [[2, -1, 0], [4, 1, 2]]", tmp_path)
    assert found == {"x": Normalised(5, CHARGE, PLACES)}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (TYPE, "number is missing; a whole number belongs there"),
        (f"number = 1\n{TYPE}", "number = 1 should be a number of charges, 2 to 4096"),
        ("number = 5", 'type is missing; write that of a charge, as in "ap_ufixed<22,22>"'),
        ('number = 5\ntype = "ap_fixed<9,9>"', "type = 'ap_fixed<9,9>' should be one unsigned integer type"),
        ('number = 5\ntype = "ap_ufixed<9,8>"', "should be one unsigned integer type, that of every charge"),
        (f"number = 5\n{TYPE}\nplaces = [[1], [2, 3]]", "places = [[1], [2, 3]] should be numbers of charges, -1 for"),
        (f"number = 5\n{TYPE}\nplaces = 0.5", "places = 0.5 should be numbers of charges"),
        (f"number = 5\n{TYPE}\nplaces = [5]", "places reach from 5 to 5; charges are counted from 0 to 4"),
        (f"number = 5\n{TYPE}\nplaces = [-2]", "places reach from -2 to -2; charges are counted from 0 to 4"),
        (f"number = 5\n{TYPE}\nplace = [0]", "unknown key 'place'; nearest is 'places'"),
    ],
)
def test_faults_of_a_table(text: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError) as caught:
        spelt(text, tmp_path)
    assert fault in str(caught.value)
