"""Quantized normalizations: what training sees equals the integers of ``building.layer_norm`` and ``rms_norm``."""

from math import prod
from typing import Any

import numpy as np

from trigforge.building import NormBits
from trigforge.frameworks import imported

_quantizer: Any = imported("hgq.quantizer")
_saving: Any = imported("keras.saving")
_QLayer: Any = imported("hgq.layers.core.base").QLayerBaseSingleInput
ops: Any = imported("keras.ops")
_POWERS = 31
"""powers of two of the spread that are told apart, upwards from the least one"""


class _QNormalization(_QLayer):
    """A normalization over the last axis, with quantizers.

    ``iq_conf`` quantizes the input, ``distance_q_conf`` what is squared, and ``kq_conf`` and ``bq_conf`` the scale and
    the offset, which act on what ``normal_q_conf`` leaves. Without scale and offset, which a dense layer behind needs
    not, ``normal_q_conf`` is not used. ``bits`` are those within, see ``trigforge.building.NormBits``; they are not
    trained. Gradients are those of the formula.
    """

    def __init__(
        self,
        epsilon: float = 1e-3,
        scale: bool = True,
        center: bool = True,
        bits: tuple[int, int, int] = (9, 6, 8),
        distance_q_conf: Any = None,
        normal_q_conf: Any = None,
        kq_conf: Any = None,
        bq_conf: Any = None,
        **kwargs: Any,
    ) -> None:
        parent: Any = super()
        parent.__init__(**kwargs)
        self.epsilon, self.scale, self.center, self.bits = epsilon, scale, center, NormBits(*bits)
        confs = {
            "distance": distance_q_conf or _quantizer.QuantizerConfig("kif", "datalane", overflow_mode="SAT"),
            "normal": normal_q_conf or _quantizer.QuantizerConfig("kif", "datalane", overflow_mode="SAT"),
            "k": kq_conf or _quantizer.QuantizerConfig("default", "weight"),
            "b": bq_conf or _quantizer.QuantizerConfig("default", "bias"),
        }
        used = {"distance": True, "normal": scale or center, "k": scale, "b": center}
        self._inner: dict[str, Any] = {
            name: _quantizer.Quantizer(conf, name=f"{self.name}_{name}q") if used[name] else None
            for name, conf in confs.items()
        }
        self.distance_q, self.normal_q, self.kq, self.bq = self._inner.values()
        self.kernel = self.bias = None

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        parent: Any = super()
        parent.build(input_shape)
        entries = (input_shape[-1],)
        self._roots = self.bits.roots(int(entries[0] or 0))
        if self.scale:
            self.kernel = self.add_weight(name="gamma", shape=entries, initializer="ones")
        if self.center:
            self.bias = self.add_weight(name="offset", shape=entries, initializer="zeros")
        for name, quantizer in self._inner.items():
            if quantizer is not None:
                quantizer.build(input_shape if name in ("distance", "normal") else entries)

    @property
    def qkernel(self) -> Any:
        """The quantized scale, or None."""
        return None if self.kq is None else self.kq(self.kernel, training=False)

    @property
    def qbias(self) -> Any:
        """The quantized offset, or None."""
        return None if self.bq is None else self.bq(self.bias, training=False)

    def call(self, inputs: Any, training: Any = None) -> Any:
        x = self.iq(inputs, training=training) if self.enable_iq else inputs
        y = self._normalized(self.distance_q(self._distances(x), training=training))
        if self.normal_q is not None:
            y = self.normal_q(y, training=training)
        if self.kq is not None:
            y = y * self.kq(self.kernel, training=training)
        return y if self.bq is None else y + self.bq(self.bias, training=training)

    def _distances(self, x: Any) -> Any:
        raise NotImplementedError

    def _normalized(self, c: Any) -> Any:
        """The formula with the integers' own value: sums of squares are exact in float64."""
        entries, bits = c.shape[-1], self.bits
        least = bits.floor(self.epsilon, entries)
        formula = c * np.sqrt(entries) / ops.sqrt(ops.sum(c * c, axis=-1, keepdims=True) + least)
        exact = ops.cast(ops.stop_gradient(c), "float64")
        spread = ops.sum(exact * exact, axis=-1, keepdims=True) + least
        first = int(np.floor(np.log2(least) / 2))
        steps = ops.convert_to_tensor(4.0 ** np.arange(first + 1, first + _POWERS), "float64")
        number = ops.sum(ops.cast(spread >= steps, "int32"), axis=-1, keepdims=True)
        down = ops.take(
            ops.convert_to_tensor(2.0 ** -np.arange(first, first + _POWERS, dtype=float), "float64"), number
        )
        cell = ops.cast(ops.floor(spread * down * down * bits.cells), "int32")
        share = ops.floor(exact * down * bits.places) / bits.places
        value = ops.cast(share * ops.take(ops.convert_to_tensor(self._roots, "float64"), cell), c.dtype)
        return formula + ops.stop_gradient(value - formula)

    def _compute_ebops(self, shape: tuple[int, ...]) -> Any:
        """Squares, products with the root, and the scale; types are those of one event."""
        assert self.distance_q is not None
        distance = ops.cast(self.distance_q.bits_(shape), "float32")
        root = self.bits.root + 2
        ebops = ops.sum(distance * distance) + float(prod(int(n) for n in shape)) * self.bits.share * root
        if self.kq is not None and self.normal_q is not None and self.kernel is not None:
            ebops += ops.sum(self.normal_q.bits_(shape) * self.kq.bits_(ops.shape(self.kernel)))
        return ebops

    def get_config(self) -> dict[str, Any]:
        """The entries that a file holds."""
        parent: Any = super()
        own = {
            "epsilon": self.epsilon,
            "scale": self.scale,
            "center": self.center,
            "bits": (self.bits.share, self.bits.mantissa, self.bits.root),
        }
        kept = {
            f"{name}q_conf" if len(name) == 1 else f"{name}_q_conf": quantizer.config if quantizer else None
            for name, quantizer in self._inner.items()
        }
        return _saving.serialize_keras_object({**parent.get_config(), **own, **kept})

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The same."""
        return input_shape


@_saving.register_keras_serializable("trigforge")
class QLayerNormalization(_QNormalization):
    """A quantized ``(x - mean) / sqrt(variance + epsilon) * gamma + beta`` over the last axis (arXiv 1607.06450)."""

    def _distances(self, x: Any) -> Any:
        entries = x.shape[-1]
        return (x * entries - ops.sum(x, axis=-1, keepdims=True)) * NormBits.over(entries)


@_saving.register_keras_serializable("trigforge")
class QRMSNormalization(_QNormalization):
    """A quantized ``x / sqrt(mean(x^2) + epsilon) * gamma`` over the last axis (arXiv 1910.07467)."""

    def __init__(self, epsilon: float = 1e-3, scale: bool = True, **kwargs: Any) -> None:
        kwargs["center"] = False
        super().__init__(epsilon, scale, **kwargs)

    def _distances(self, x: Any) -> Any:
        return x * (x.shape[-1] * NormBits.over(x.shape[-1]))
