"""The price of few bits within softmax and layer normalization: a trained network with more and fewer of them.

Nothing is trained again, and all other types stay, so that a curve is a bound: training would win some of it back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.harness import Measurement
from benchmarks.jet_study.quality import SPLIT, jets_of
from benchmarks.study.networks import Network
from trigforge.building import NormBits
from trigforge.merit import accuracy

PARTS = ("softmax", "layer normalization")
BITS = (-3, -2, -1, 0, 1, 2, 4)
"""bits behind the point that every value within gains"""
JETS = 20_000
_AT_ONCE = 5_000
_SOFTMAX_LAYER = "/q_softmax"


def measure(networks: Sequence[Network], say: Callable[[str], None]) -> list[Measurement]:
    """The accuracy of each network on the first test jets, by part and bits, in percent."""
    import keras

    import trigforge.layers  # noqa: F401  # names its layers to Keras

    out: list[Measurement] = []
    for network in networks:
        model = keras.models.load_model(network.path, compile=False)
        features, labels = (values[:JETS] for values in jets_of(network, SPLIT))
        for part, changed in zip(PARTS, (_softmax, _norms), strict=True):
            for bits in BITS:
                name = f"{network.key}: {subject(part, bits)}"
                say(name)
                with changed(model, bits) as count:
                    if count:
                        found = 100 * accuracy(_answers(model, features), labels)
                        out.append(Measurement(name, found, "%"))
    return out


def subject(part: str, bits: int) -> str:
    """The name of a figure, without that of its network."""
    return f"accuracy, {part} {bits:+d} bits"


def _answers(model: Any, features: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """The logits, eagerly: ``predict`` would keep the bits of the first call."""
    parts = [np.asarray(model(features[n : n + _AT_ONCE])) for n in range(0, len(features), _AT_ONCE)]
    return np.concatenate(parts).astype(np.float64)


@contextmanager
def _softmax(model: Any, bits: int) -> Iterator[int]:
    """Its exponentials, sums, inverses and shares with so many more bits; gives how many types changed."""
    inside = [q for layer in model.layers if "Attention" in type(layer).__name__ for q in _quantizers(layer)]
    with _more([q for q in inside if _SOFTMAX_LAYER in q.path], bits) as count:
        yield count


@contextmanager
def _norms(model: Any, bits: int) -> Iterator[int]:
    """The same for distances, spreads, roots and results of layer normalizations."""
    norms = [layer for layer in model.layers if type(layer).__name__ == "QLayerNormalization"]
    before = [(layer.bits, layer._roots) for layer in norms]
    for layer in norms:
        own = layer.bits
        layer.bits = NormBits(own.share + bits, own.mantissa + bits, own.root + bits)
        layer._roots = layer.bits.roots(layer.kernel.shape[0])
    values = [q for layer in norms for q in _quantizers(layer) if "/fixed_point_quantizer_kif" in q.path]
    with _more(values, bits) as count:
        yield count
    for layer, (own, roots) in zip(norms, before, strict=True):
        layer.bits, layer._roots = own, roots


@contextmanager
def _more(quantizers: Sequence[Any], bits: int) -> Iterator[int]:
    before = [quantizer._f.numpy() for quantizer in quantizers]
    for quantizer, own in zip(quantizers, before, strict=True):
        quantizer._f.assign(own + bits)
    yield len(quantizers)
    for quantizer, own in zip(quantizers, before, strict=True):
        quantizer._f.assign(own)


def _quantizers(layer: Any) -> list[Any]:
    """The types of values within a layer, by integer and fractional bits."""
    return [part for part in layer._flatten_layers() if type(part).__name__ == "FixedPointQuantizerKIF"]
