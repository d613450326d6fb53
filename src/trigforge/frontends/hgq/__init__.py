"""HGQ2 0.2 / Keras 3 models to graphs, bit for bit what the model computes at inference."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trigforge.errors import UnsupportedModelError
from trigforge.frontends.hgq.files import open_model
from trigforge.frontends.hgq.framework import keras
from trigforge.frontends.hgq.lowering import identifier
from trigforge.frontends.hgq.walk import lower_model
from trigforge.graph import FixedPointGraph, InputEncoding


def read(
    model_or_path: Any,
    *,
    name: str | None = None,
    version: int = 1,
    encodings: Mapping[str, InputEncoding] | None = None,
) -> FixedPointGraph:
    """The graph of a Keras model, or of a ``.keras`` or ``.h5`` file.

    The graph's outputs equal the model's for every event wherever the model itself is exact: Keras computes in
    float32, so while each accumulator fits 24 bits, and in float64 up to 53 bits. Weights are those of the model's
    own precision. ``name`` defaults to the file's or model's own. Of ``encodings`` (by input name), scale and NaN
    policy are taken; rounding and overflow are those of the model's first quantizers.

    Raises ``ModelFileError`` for a file that cannot be opened or is not safe to open, ``UnsupportedModelError`` with
    every layer that cannot be represented exactly, ``ToolMissingError`` without Keras or HGQ2.
    """
    if isinstance(model_or_path, str | Path):
        path = Path(model_or_path)
        return lower_model(open_model(path), identifier(path.stem) if name is None else name, version, encodings)
    if not isinstance(model_or_path, keras().Model):
        raise UnsupportedModelError(
            f"an object of type {type(model_or_path).__name__} is no Keras model; give a model or the path of one"
        )
    return lower_model(model_or_path, str(model_or_path.name) if name is None else name, version, encodings)
