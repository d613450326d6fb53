"""HGQ2 0.2 / Keras 3 models to graphs, bit for bit what the model computes at inference."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trigforge.building import UNTYPED, ModelTypes, identifier
from trigforge.errors import UnsupportedModelError
from trigforge.frontends.hgq.layers import HANDLERS
from trigforge.frontends.keras.files import open_model
from trigforge.frontends.keras.framework import keras
from trigforge.frontends.keras.walk import lower_model
from trigforge.frontends.reading import Reading
from trigforge.graph import HostUnits

__all__ = ["HANDLERS", "read"]


def read(
    model_or_path: Any,
    *,
    name: str | None = None,
    version: int = 1,
    units: Mapping[str, HostUnits] | None = None,
    types: ModelTypes = UNTYPED,
) -> Reading:
    """The graph of a Keras model, or of a ``.keras`` or ``.h5`` file, beside the model.

    The graph's outputs equal the model's for every event wherever the model itself is exact: Keras computes in
    float32, so while each accumulator fits 24 bits, and in float64 up to 53 bits. Weights are those of the model's
    own precision. ``name`` defaults to the file's or model's own. ``units`` are those of host values, by input name;
    rounding and overflow are those of the model's first quantizers. ``types`` quantize what it leaves in floating
    point.

    Raises ``ModelFileError`` for a file that cannot be opened or is not safe to open, ``UnsupportedModelError`` with
    every layer that cannot be represented exactly, ``ToolMissingError`` without Keras or HGQ2.
    """
    if isinstance(model_or_path, str | Path):
        path = Path(model_or_path)
        own = identifier(path.stem) if name is None else name
        return lower_model(open_model(path), HANDLERS, own, version, units, types)
    if not isinstance(model_or_path, keras().Model):
        raise UnsupportedModelError(
            f"an object of type {type(model_or_path).__name__} is no Keras model; give a model or the path of one"
        )
    own = str(model_or_path.name) if name is None else name
    return lower_model(model_or_path, HANDLERS, own, version, units, types)
