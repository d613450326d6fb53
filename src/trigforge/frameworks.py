"""Training frameworks are heavy, and greet: they are imported on first use, silently."""

import importlib
import logging
import os
import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from types import ModuleType

from trigforge.errors import ToolMissingError


def imported(name: str) -> ModuleType:
    """The module ``name`` of Keras or HGQ2, after HGQ2 has registered its layers.

    The backend is TensorFlow unless the environment chose another. Raises ``ModuleNotFoundError`` where a package is
    not installed.
    """
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    with quiet(), _silent_start():
        importlib.import_module("hgq.layers")
        return importlib.import_module(name)


@contextmanager
def needing(what: str, *extras: str, more: str = "") -> Generator[None]:
    """``ToolMissingError`` for a package that is imported inside and not installed; it is needed for ``what``, and each
    of ``extras`` of the package brings it; ``more`` follows the line for pip."""
    try:
        yield
    except ModuleNotFoundError as error:
        lines = " or ".join(f"pip install 'trigforge[{extra}]'" for extra in extras)
        raise ToolMissingError(
            f"{what} needs the package {error.name!r}, which is not installed: {lines}{more}"
        ) from None


@contextmanager
def quiet() -> Generator[None]:
    """Silence warnings that frameworks cause in each other (deprecated NumPy and Keras calls)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _silent_start() -> Generator[None]:
    """TensorFlow greets on the file descriptor of stderr before it reads its own log level."""
    if "tensorflow" in sys.modules:
        yield
        return
    sys.stderr.flush()
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)
