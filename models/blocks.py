"""Layers of the shipped networks, each in two forms: Keras' own (``Float``) and HGQ2's (``Quantized``).

A recipe builds both networks with the same calls, so that every quantized layer has a twin of the same name in float.
"""

from dataclasses import dataclass
from math import isqrt, log2
from typing import Any

Bits = int | list[Any]
"""a number of bits, or a nested list of them that is broadcast over a tensor"""


_SHARE_BITS, _LEAST_SHARE_BITS = 8, 5
"""first and last bits behind the point of a softmax: of equal rows of 16 each share is 1/16"""
_ALL = -12
"""in the place of a number of bits that stay: training may take all"""


@dataclass(frozen=True)
class Types:
    """First types of a network, which training changes: bits before and behind the point of an activation, bits of a
    weight besides its sign, and the most that training may give to a weight. Values are rounded to the nearest
    (``RND``), or cut off (``TRN``), which costs no adder. Values within ``attention`` keep so many bits behind the
    point, whatever the penalty on bits."""

    integer: int
    fraction: int
    weight: int
    largest_weight: int
    rounding: str = "RND"
    attention: int = 4


def layers(quantized: bool, types: Types) -> "Float | Quantized":
    """The layers of one of the two networks."""
    return Quantized(types) if quantized else Float()


def first_edge_layer(network: "Float | Quantized", x: Any, name: str, units: int) -> Any:
    """A dense layer with ReLU on all pairs (receiver, sender) of different particles of (n, particles, features):
    (n, pairs, units), those of one receiver behind each other.

    It acts on the two ends of a pair, and is linear, so that it is computed once a particle; a pair adds what its ends
    give, each with few bits of its own.
    """
    from keras import ops

    count = x.shape[1]
    receivers = network.shared_dense(x, f"{name}_receiver", units, "linear", bias=True)
    senders = network.shared_dense(x, f"{name}_sender", units, "linear")
    both = network.add(receivers[:, :, None], senders[:, None], name)
    pairs = [receiver * count + sender for receiver in range(count) for sender in range(count) if sender != receiver]
    return ops.relu(ops.take(ops.reshape(both, (-1, count * count, units)), pairs, axis=1))


def to_receivers(effects: Any) -> Any:
    """The effects (n, edges, features) of ``first_edge_layer`` as (n, receivers, senders, features)."""
    from keras import ops

    count, features = effects.shape[1:]
    particles = (1 + isqrt(1 + 4 * count)) // 2
    return ops.reshape(effects, (-1, particles, particles - 1, features))


class Float:
    """Keras' own layers."""

    def boundary(self, x: Any, name: str, **_: Any) -> Any:
        return x

    def one_bit(self, x: Any, name: str, value: float) -> Any:
        import keras

        return keras.ops.minimum(x, value)

    def dense(
        self,
        x: Any,
        name: str,
        units: int,
        activation: str | None = None,
        *,
        kernel: Any = "glorot_uniform",
        bias: Any = "zeros",
        bits: int | None = None,
    ) -> Any:
        import keras

        start = {"kernel_initializer": kernel, "bias_initializer": bias}
        return keras.layers.Dense(units, activation=activation, name=name, **start)(x)

    def shared_dense(
        self, x: Any, name: str, units: int, activation: str, *, kernel: Any = "glorot_uniform", bias: bool = False
    ) -> Any:
        import keras

        start = {"kernel_initializer": kernel, "bias_axes": "d" if bias else None}
        shape = (x.shape[1], units)
        return keras.layers.EinsumDense("bnc,cd->bnd", shape, activation=activation, name=name, **start)(x)

    def convolution(
        self, x: Any, name: str, filters: int, width: int, activation: str, *, stride: int = 1, one_bit: bool = False
    ) -> Any:
        import keras

        layer = keras.layers.Conv1D if len(x.shape) == 3 else keras.layers.Conv2D
        return layer(filters, width, stride, padding="same", activation=activation, name=name)(x)

    def multiply(self, x: Any, y: Any, name: str) -> Any:
        import keras

        return keras.layers.Multiply(name=name)([x, y])

    def add(self, x: Any, y: Any, name: str, *, drawn: bool = False) -> Any:
        import keras

        return keras.layers.Add(name=name)([x, y])

    def sums(self, x: Any, name: str, count: int) -> Any:
        import keras

        return keras.layers.EinsumDense("bnc,nk->bkc", (count, x.shape[2]), name=name)(x)

    def attention(self, x: Any, key: Any, value: Any, name: str, heads: int, width: int) -> Any:
        import keras

        return keras.layers.MultiHeadAttention(heads, width, name=name)(x, value, key)

    def layer_norm(self, x: Any, name: str) -> Any:
        import keras

        return keras.layers.LayerNormalization(name=name)(x)

    def mean(self, x: Any, name: str, axis: int = 1, keep: bool = False) -> Any:
        import keras

        share = _share(x.shape[axis])
        return keras.layers.Lambda(lambda t: keras.ops.sum(t, axis=axis, keepdims=keep) * share, name=name)(x)


@dataclass(frozen=True)
class Quantized:
    """HGQ2's layers, with a trained type for each weight and value; for each channel where particles share them."""

    types: Types

    def boundary(
        self,
        x: Any,
        name: str,
        *,
        signed: Bits = 0,
        integer: Bits = 1,
        fraction: Bits = 0,
        rounding: str = "RND",
        axes: tuple[int, ...] = (),
    ) -> Any:
        """The types of an input: saturating, not trained, one for each place along ``axes``. By default one bit."""
        return self._quantizer(x, name, _fixed(signed, integer, fraction, rounding, axes))

    def one_bit(self, x: Any, name: str, value: float) -> Any:
        """``value``, a power of two, where ``x`` (not negative) is at least half of it, else 0."""
        place = int(log2(value))
        return self._quantizer(x, name, _fixed(0, place + 1, -place, "RND", (2,)))

    def dense(
        self,
        x: Any,
        name: str,
        units: int,
        activation: str | None = None,
        *,
        kernel: Any = "glorot_uniform",
        bias: Any = "zeros",
        bits: int | None = None,
    ) -> Any:
        """A dense layer on (n, inputs); the bias begins with ``bits`` in place of the weights' number.

        ``kernel`` and ``bias`` are initializers of the float network, from which this one starts.
        """
        from hgq.layers import QDense

        types = {"iq_conf": self._activation((0,)), "kq_conf": self._weight(), "bq_conf": self._weight(bits)}
        return QDense(units, activation=activation, name=name, **types)(x)

    def shared_dense(
        self, x: Any, name: str, units: int, activation: str, *, kernel: Any = "glorot_uniform", bias: bool = False
    ) -> Any:
        """A dense layer on each particle, or edge, of (n, particles, features), its types shared by all of them."""
        from hgq.layers import QEinsumDense

        types = {"iq_conf": self._activation((0, 1)), "kq_conf": self._weight()}
        if bias:
            types |= {"bias_axes": "d", "bq_conf": self._weight()}
        return QEinsumDense("bnc,cd->bnd", (x.shape[1], units), activation=activation, name=name, **types)(x)

    def convolution(
        self, x: Any, name: str, filters: int, width: int, activation: str, *, stride: int = 1, one_bit: bool = False
    ) -> Any:
        """A convolution over (n, places, channels), or (n, rows, columns, channels), padded to the same size;
        ``one_bit`` inputs are 0 or 1."""
        from hgq.layers import QConv1D, QConv2D

        inputs = _fixed(0, 1, 0, "TRN", ()) if one_bit else self._activation((0,))
        types = {"iq_conf": inputs, "kq_conf": self._weight(), "bq_conf": self._weight()}
        layer = QConv1D if len(x.shape) == 3 else QConv2D
        return layer(filters, width, stride, padding="same", activation=activation, name=name, **types)(x)

    def multiply(self, x: Any, y: Any, name: str) -> Any:
        """The product of two tensors (n, particles, features), the types of each shared by all particles."""
        from hgq.layers import QMultiply

        return QMultiply(name=name, iq_confs=[self._activation((0, 1)), self._activation((0, 1))])([x, y])

    def add(self, x: Any, y: Any, name: str, *, drawn: bool = False) -> Any:
        """The sum of two tensors (n, particles, features), one of which may be that of all particles, (n, 1, features);
        the types of each are shared by all particles. The second is ``drawn`` by attention, or not."""
        from hgq.layers import QAdd

        alike = tuple(range(len(x.shape) - 1))
        second = self._activation(alike, least=self.types.attention if drawn else _ALL)
        return QAdd(name=name, iq_confs=[self._activation(alike), second])([x, y])

    def sums(self, x: Any, name: str, count: int) -> Any:
        """``count`` sums with weights over the particles of (n, particles, features), the same for each feature."""
        from hgq.layers import QEinsumDense

        types = {"iq_conf": self._activation((0, 1)), "kq_conf": self._weight()}
        return QEinsumDense("bnc,nk->bkc", (count, x.shape[2]), name=name, **types)(x)

    def attention(self, x: Any, key: Any, value: Any, name: str, heads: int, width: int) -> Any:
        """What each particle of (n, particles, features) draws from ``value``, by ``heads`` of ``width`` each (arXiv
        1706.03762); ``key`` and ``value`` are ``x``, or sums over its particles.

        The types of each are shared by all particles; tables of the softmax have one type for all their entries.
        """
        from hgq.layers import QMultiHeadAttention

        alike, rows, kept = (0, 1), (0, 2, 3), self.types.attention
        weights = {f"qkvo_{kind}q_conf": self._weight() for kind in ("k", "b")}
        values = {
            "qkvo_iq_conf": self._activation(alike, signed=1, least=kept),
            "qkvo_oq_conf": self._activation(alike, signed=1, fraction=self.types.fraction + 2, least=kept),
        }
        softmax = {
            "softmax_exp_iq_conf": self._activation(rows, least=kept),
            "softmax_exp_oq_conf": self._table(),
            "softmax_inv_iq_conf": self._activation(rows, integer=(x.shape[1] - 1).bit_length() + 1, least=kept),
            "softmax_inv_oq_conf": self._table(),
            "softmax_oq_conf": self._activation(rows, integer=1, fraction=_SHARE_BITS, least=_LEAST_SHARE_BITS),
        }
        layer = QMultiHeadAttention(heads, width, attention_axes=(1,), name=name, **weights, **values, **softmax)
        return layer(x, value, key)

    def layer_norm(self, x: Any, name: str) -> Any:
        """A layer normalization over the features of (n, particles, features); types are shared by all particles, those
        of distances and within by all features too."""
        from trigforge.layers import QLayerNormalization

        alike = (0, 1)
        return QLayerNormalization(
            iq_conf=self._activation(alike),
            distance_q_conf=self._activation((0, 1, 2), signed=1),
            normal_q_conf=self._activation(alike, signed=1),
            kq_conf=self._weight(),
            bq_conf=self._weight(),
            name=name,
        )(x)

    def mean(self, x: Any, name: str, axis: int = 1, keep: bool = False) -> Any:
        """The mean along an axis of (n, ..., features); where its length is no power of two, the sum over the next one.

        Types are one for each feature. ``keep`` leaves an axis of length 1.
        """
        from hgq.layers import QSum

        alike = tuple(range(len(x.shape) - 1))
        return QSum(name=name, axes=axis, scale=_share(x.shape[axis]), keepdims=keep, iq_conf=self._activation(alike))(
            x
        )

    def _quantizer(self, x: Any, name: str, config: Any) -> Any:
        from hgq.quantizer import Quantizer

        return Quantizer(config, name=name)(x)

    def _activation(
        self,
        shared_axes: tuple[int, ...],
        signed: int = 0,
        integer: int | None = None,
        fraction: int | None = None,
        least: int = _ALL,
    ) -> Any:
        """A saturating type, shared along ``shared_axes`` (0 is the event axis); training finds whether it has a sign
        for what a layer takes, but not within a layer.

        ``least`` are the bits behind the point that stay; its range then reaches 1 at least, and values are rounded to
        the nearest, whatever the rounding of others.
        """
        from hgq.constraints import MinMax
        from hgq.quantizer import QuantizerConfig

        return QuantizerConfig(
            "kif",
            "datalane",
            k0=signed,
            i0=self.types.integer if integer is None else integer,
            f0=max(self.types.fraction if fraction is None else fraction, least),
            ic=MinMax(_ALL if least < 0 else 0, 12),
            fc=MinMax(least, 12),
            round_mode=self.types.rounding if least < 0 else "RND",
            overflow_mode="SAT",
            homogeneous_axis=shared_axes,
        )

    def _table(self) -> Any:
        """The saturating type of a table's values, which are not negative."""
        from hgq.constraints import MinMax
        from hgq.quantizer import QuantizerConfig

        return QuantizerConfig("kif", "table", k0=0, i0=0, f0=_SHARE_BITS, fc=MinMax(0, 12))

    def _weight(self, bits: int | None = None) -> Any:
        """One type for each weight, beginning with at most ``bits`` and a sign."""
        from hgq.constraints import MinMax
        from hgq.quantizer import QuantizerConfig

        return QuantizerConfig(
            "kbi",
            "weight",
            k0=1,
            b0=bits or self.types.weight,
            i0=1,
            bc=MinMax(0, self.types.largest_weight),
            round_mode="RND",
            overflow_mode="SAT_SYM",
        )


@dataclass(frozen=True)
class Uniform(Quantized):
    """One width for all weights and, behind an activation, all values, as ``quantized_bits(bits, 0, alpha=1)`` and
    ``quantized_relu(bits, 0)`` of QKeras have it; nothing of it is trained. Inputs keep the types of ``boundary``.

    ``values`` are the bits before and behind the point of values where they are not (0, ``bits``); those are rounded as
    ``types`` say.
    """

    bits: int = 8
    values: tuple[int, int] | None = None

    def shared_dense(
        self, x: Any, name: str, units: int, activation: str, *, kernel: Any = "glorot_uniform", bias: bool = False
    ) -> Any:
        from hgq.layers import QEinsumDense

        types = {"kq_conf": self._weight(), "bq_conf": self._weight(), "bias_axes": "d" if bias else None}
        y = QEinsumDense(
            "bnc,cd->bnd", (x.shape[1], units), activation=activation, name=name, enable_iq=False, **types
        )(x)
        return self._values(y, name)

    def dense(
        self,
        x: Any,
        name: str,
        units: int,
        activation: str | None = None,
        *,
        kernel: Any = "glorot_uniform",
        bias: Any = "zeros",
        bits: int | None = None,
    ) -> Any:
        from hgq.layers import QDense

        types = {"kq_conf": self._weight(), "bq_conf": self._weight()}
        y = QDense(units, activation=activation, name=name, enable_iq=False, **types)(x)
        return y if activation is None else self._values(y, name)

    def convolution(
        self, x: Any, name: str, filters: int, width: int, activation: str, *, stride: int = 1, one_bit: bool = False
    ) -> Any:
        from hgq.layers import QConv1D, QConv2D

        layer = QConv1D if len(x.shape) == 3 else QConv2D
        types = {"kq_conf": self._weight(), "bq_conf": self._weight(), "enable_iq": False}
        y = layer(filters, width, stride, padding="same", activation=activation, name=name, **types)(x)
        return self._values(y, name)

    def mean(self, x: Any, name: str, axis: int = 1, keep: bool = False) -> Any:
        import keras

        return keras.layers.GlobalAveragePooling1D(keepdims=keep, name=name)(x)

    def _values(self, x: Any, name: str) -> Any:
        if self.values is None:
            return self._quantizer(x, f"{name}_values", _fixed(0, 0, self.bits, "RND_CONV", ()))
        return self._quantizer(x, f"{name}_values", _fixed(0, *self.values, self.types.rounding, ()))

    def _weight(self, bits: int | None = None) -> Any:
        from hgq.quantizer import QuantizerConfig

        return QuantizerConfig(
            "kif",
            "weight",
            k0=1,
            i0=0,
            f0=self.bits - 1,
            round_mode="RND_CONV",
            overflow_mode="SAT",
            trainable=False,
        )


def _fixed(signed: Bits, integer: Bits, fraction: Bits, rounding: str, axes: tuple[int, ...]) -> Any:
    """A saturating type that is not trained, with an entry for each place along ``axes``."""
    from hgq.quantizer import QuantizerConfig

    bits = {"k0": signed, "i0": integer, "f0": fraction}
    return QuantizerConfig(
        "kif",
        "datalane",
        **{name: _constant(value) if isinstance(value, list) else value for name, value in bits.items()},
        round_mode=rounding,
        overflow_mode="SAT",
        trainable=False,
        homogeneous_axis=None,
        heterogeneous_axis=axes,
    )


def _share(length: int) -> float:
    """1 over the least power of two that is not below ``length``."""
    return 0.5 ** (length - 1).bit_length()


def _constant(value: Bits) -> Any:
    import keras

    return keras.initializers.Constant(value)
