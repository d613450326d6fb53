"""Keras and HGQ2, imported on first use."""

import importlib
import logging
import os
import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from types import ModuleType

from trigforge.errors import TrainingError


@cache
def keras() -> ModuleType:
    """Keras, after HGQ2 has registered its layers; on TensorFlow unless the environment chose another backend."""
    return _imported("keras")


@cache
def hgq_utils() -> ModuleType:
    """``hgq.utils``: the calibration of ranges."""
    return _imported("hgq.utils")


def _imported(name: str) -> ModuleType:
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    try:
        with _silent_start(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module("hgq.layers")
            return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise TrainingError(f"training needs the package {error.name!r}; pip install 'trigforge[hgq]'") from None


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
