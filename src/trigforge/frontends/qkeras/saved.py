"""Weights in the files of Keras 2, by the names of layers, and layers as their configurations tell them."""

import io
import re
import zipfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np

from trigforge.building import Refusal
from trigforge.errors import ModelFileError
from trigforge.frontends.keras.saved import check_objects, hdf5, is_zipped
from trigforge.frontends.qkeras.formulas import Singles

_HARMLESS = ("batch_input_shape", "batch_shape", "dynamic", "dtype", "sparse", "ragged")
_DEFAULTS: Mapping[str, Any] = {"keepdims": False, "data_format": "channels_last", "groups": 1}
"""options that older files lack"""
_NUMBERED = ("_layer_checkpoint_dependencies", "layers")
_BATCH_NORM = "gamma beta moving_mean moving_variance"
_ORDER = {
    "BatchNormalization": _BATCH_NORM,
    "QBatchNormalization": _BATCH_NORM,
    **dict.fromkeys(("QDepthwiseConv2D", "DepthwiseConv2D", "QDepthwiseConv2DBatchnorm"), "depthwise_kernel bias"),
    **dict.fromkeys(
        ("QSeparableConv1D", "QSeparableConv2D", "SeparableConv1D", "SeparableConv2D"),
        "depthwise_kernel pointwise_kernel bias",
    ),
}
"""the weights of a layer in the order in which archives number them; kernel and bias for others"""

_DEEPEST_GROUP = 32
Path_ = tuple[str, ...]
"""names of layers, from the outermost model to the layer"""


@dataclass(frozen=True)
class SavedLayer:
    """A layer: its class without package, its options, and its weights by their short names."""

    class_name: str
    config: Mapping[str, Any]
    weights: Mapping[str, Singles] = field(default_factory=dict[str, Singles])

    @property
    def compute_dtype(self) -> str:
        """The precision in which the layer computes."""
        found = self.config.get("dtype", "float32")
        if isinstance(found, dict):
            found = cast(dict[str, Any], cast(dict[str, Any], found).get("config", {})).get("name", "unknown")
        return str(found)

    def get_config(self) -> dict[str, Any]:
        """The options that say what the layer computes."""
        return {key: value for key, value in self.config.items() if key not in _HARMLESS}

    def __getattr__(self, option: str) -> Any:
        try:
            return self.config[option]
        except KeyError:
            if option in _DEFAULTS:
                return _DEFAULTS[option]
            raise Refusal(f"lacks the option {option}", "save the model again") from None

    def weight(self, name: str) -> Singles:
        """One weight as float32; ``Refusal`` where the file lacks it."""
        if name not in self.weights:
            raise Refusal(f"has no weight {name!r} in the file", "save the model again, with its weights")
        return self.weights[name]


class SavedWeights:
    """The weights in an open file, ``source`` its HDF5 root."""

    def __init__(self, source: Any) -> None:
        self.root: Any = source.get("model_weights", source)
        self.numbered = next((name for name in _NUMBERED if name in self.root), None)

    def of(self, path: Path_, numbers: tuple[str, ...], layer: SavedLayer) -> dict[str, Singles]:
        """The weights of a layer; ``numbers`` are the names that archives give to the layers of ``path``."""
        if self.numbered is None:
            return self._named(path)
        group = self.root
        for name in numbers:
            group = group.get(self.numbered, {}).get(name, {})
        inner = next((group[part] for part in ("layer", "batchnorm") if part in group), None)
        names = _ORDER.get(layer.class_name, "kernel bias").split()
        if layer.class_name in ("BatchNormalization", "QBatchNormalization"):
            names = _normalizing(layer)
        found = _listed(group, names)
        if inner is not None:
            found |= _listed(inner, _normalizing(layer) if "batchnorm" in group else names)
        return found

    def _named(self, path: Path_) -> dict[str, Singles]:
        """Weights below the group of the outermost layer; for one in a nested model, those of its own name."""
        if path[0] not in self.root:
            return {}
        return {
            parts[-1].partition(":")[0]: _single(item)
            for parts, item in _data_sets(self.root[path[0]], ())
            if len(path) == 1 or path[-1] in parts[:-1]
        }


def _data_sets(group: Any, above: Path_) -> Iterator[tuple[Path_, Any]]:
    """The data sets below a group, with their names. Attributes list them too, but HDF5 crashes on damaged texts."""
    if len(above) > _DEEPEST_GROUP:
        raise ValueError(f"groups are nested more than {_DEEPEST_GROUP} deep")
    for name in group:
        item = group[name]
        path = (*above, str(name))
        if hasattr(item, "shape"):
            yield path, item
        else:
            yield from _data_sets(item, path)


def _single(item: Any) -> Singles:
    return np.asarray(item[()]).astype(np.float32)


def _listed(group: Any, names: list[str]) -> dict[str, Singles]:
    variables: Any = group.get("vars", {})
    return {name: _single(variables[str(n)]) for n, name in enumerate(names) if str(n) in variables}


def _normalizing(layer: SavedLayer) -> list[str]:
    """The weights of a batch normalization, without those that it lacks."""
    absent = {name for name, option in (("gamma", "scale"), ("beta", "center")) if not layer.config.get(option, True)}
    return [name for name in _BATCH_NORM.split() if name not in absent]


def numbered_names(classes: list[str]) -> list[str]:
    """The names of the layers of a model in an archive: the class in small letters, and a number from the second on."""
    counts: dict[str, int] = {}
    names: list[str] = []
    for name in classes:
        word = re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name)))
        count = counts[word] = counts.get(word, -1) + 1
        names.append(word.lower() if not count else f"{word.lower()}_{count}")
    return names


@contextmanager
def opened_weights(path: Path) -> Generator[SavedWeights]:
    """The weights of a model file; those of an architecture in JSON stand beside it."""
    h5py = hdf5()
    place = _beside(path) if path.read_bytes()[:1] in (b"{", b" ", b"\n") else path
    if place is path and is_zipped(path):
        with zipfile.ZipFile(path) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5")), "r") as file:
            yield SavedWeights(file)
        return
    check_objects(place, place)
    with h5py.File(place, "r") as file:
        yield SavedWeights(file)


def weights_beside(path: Path) -> list[Path]:
    """The files that hold the weights of an architecture in JSON; the first is read."""
    return [place for place in (path.with_name(name) for name in _names_beside(path)) if place.is_file()]


def _names_beside(path: Path) -> list[str]:
    return [f"{path.stem}{ending}" for ending in (".weights.h5", "_weights.h5", ".h5")]


def _beside(path: Path) -> Path:
    found, names = weights_beside(path), _names_beside(path)
    if not found:
        raise ModelFileError(
            f"model file {path} is an architecture without weights, and none of {', '.join(names)} stands beside it; "
            "save the weights there"
        )
    return found[0]
