"""Keras and HGQ2 behind a few typed functions, imported on first use."""

import importlib
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.building import Refusal
from trigforge.foreign_files import reason
from trigforge.frameworks import imported, needing, quiet

Floats = npt.NDArray[np.float64]
QUANTIZED = ("hgq", "trigforge")
"""packages of layers that hold quantizers"""


@cache
def keras() -> ModuleType:
    """Keras, after HGQ2 and ``trigforge.layers`` have registered their layers.

    The backend is TensorFlow unless the environment chose another.
    Raises ``ToolMissingError`` where one of the packages is not installed.
    """
    with needing("reading an HGQ2 model", "hgq", more=" (graph files are read without it)"):
        found = imported("keras")
        with quiet():
            importlib.import_module("trigforge.layers")  # so that files which hold them can be opened
        return found


def to_numpy(tensor: Any) -> Floats:
    """Any tensor or variable of the backend as float64, exactly."""
    with quiet():
        return np.asarray(keras().ops.convert_to_numpy(tensor), dtype=np.float64)


def to_tensor(values: npt.ArrayLike, dtype: str) -> Any:
    """A tensor of the backend."""
    return keras().ops.convert_to_tensor(np.asarray(values, dtype=dtype))


@contextmanager
def evaluating(what: str, remedy: str) -> Generator[None]:
    """``Refusal`` of ``what`` for every exception of the framework, which computes it inside."""
    try:
        with quiet():
            yield
    except Exception as error:
        raise Refusal(f"{what} cannot be evaluated ({type(error).__name__}: {reason(error)})", remedy) from None


def origin(thing: object) -> tuple[str, str]:
    """The top-level package and the name of a class, a function, or the class of an object."""
    named = thing if isinstance(thing, type) or hasattr(thing, "__qualname__") else type(thing)
    module: str = getattr(named, "__module__", None) or ""
    return module.partition(".")[0], str(getattr(named, "__name__", named))


def function_name(function: object) -> str:
    """The name of one of Keras's own activations; otherwise package and name."""
    if function is None:
        return "linear"
    package, name = origin(function)
    return name if package == "keras" else f"{package}.{name}"
