"""Keras and HGQ2, imported on first use."""

from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.errors import TrainingError
from trigforge.frameworks import imported


@cache
def keras() -> ModuleType:
    """Keras, after HGQ2 has registered its layers; on TensorFlow unless the environment chose another backend."""
    return _imported("keras")


@cache
def hgq_utils() -> ModuleType:
    """``hgq.utils``: the calibration of ranges."""
    return _imported("hgq.utils")


def _imported(name: str) -> ModuleType:
    try:
        return imported(name)
    except ModuleNotFoundError as error:
        raise TrainingError(f"training needs the package {error.name!r}; pip install 'trigforge[hgq]'") from None


def outputs(model: Any, features: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """The model's outputs (n, *output shape)."""
    return np.asarray(model.predict(features, batch_size=4096, verbose=0), np.float64)
