"""Activations as functions of one number, from which tables are filled."""

from typing import Any

import numpy as np

from trigforge.building import Floats, Function, Refusal
from trigforge.frontends.keras.framework import evaluating, function_name, to_numpy, to_tensor


def function_of_one_number(function: Any, dtype: str) -> Function:
    """``function`` on float64 arrays, computed in ``dtype``; ``Refusal`` for one that mixes elements or cannot run.

    It is tried: a function of one number gives the same for a column as for a row, and for each half as for the whole,
    as a softmax does not.
    """
    name = function_name(function)

    def evaluated(domain: Floats) -> Floats:
        with evaluating(f"its activation {name!r}", "use a function of one number"):
            return to_numpy(function(to_tensor(domain, dtype)))

    if _mixes(evaluated):
        raise Refusal(
            f"its activation {name!r} is no function of one number: it mixes the elements of an axis",
            "use hgq.layers.QSoftmax, or end the model at its logits",
        )
    return evaluated


def _mixes(function: Function) -> bool:
    domain = np.linspace(0.25, 2.0, 8)
    whole, column = function(domain), function(domain[:, None])
    halves = np.concatenate([function(domain[:4]), function(domain[4:])])
    if whole.shape != domain.shape or column.shape != (8, 1):
        return True
    return not all(np.allclose(whole, other, 1e-4, 1e-6, equal_nan=True) for other in (column[:, 0], halves))
