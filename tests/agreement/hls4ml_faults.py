"""Where hls4ml 1.3.0's inference of types differs from Keras: one minimal model for each cause, with what it computes.

``docs/second_opinion.md`` explains them under the same names. Every model has inputs of its own, so that all are
compiled as one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from hgq.layers import QAdd, QDense, QEinsumDense, QUnaryFunctionLUT
from hgq.quantizer import Quantizer

from tests.agreement.hgq_models import activations, table

Bits = tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike]
"""k, i, f as HGQ2 counts them: sign, integer bits without the sign, fraction bits"""
Values = npt.NDArray[np.float64]

EVENTS = 64
SOURCE: Bits = (1, 2, 2)
"""-4 to 3.75 in steps of 1/4"""


@dataclass(frozen=True)
class Fault:
    """A model with the host values of its inputs; where hls4ml differs from Keras (``wrong``), it gives ``instead``."""

    inputs: list[Any]
    output: Any
    events: list[Values]
    wrong: npt.NDArray[np.bool_]
    instead: Values
    output_that_agrees: Any = None


def _set(quantizer: Any, bits: Bits) -> None:
    inner = quantizer.quantizer
    k, i, f = (np.broadcast_to(np.asarray(part, np.float32), inner._i.shape) for part in bits)
    inner._k.assign(k)
    inner._i.assign(i)
    if hasattr(inner, "_f"):
        inner._f.assign(f)
    else:
        inner._b.assign(i + f)


# No quantizer here keeps these bits: with them one would count as never calibrated.
_UNSET = {"i0": 9, "f0": 0}


def _line(x: Any, bits: Bits, name: str, rounding: str = "TRN", overflow: str = "WRAP") -> Any:
    """A dense layer that passes on what its input quantizer lets through."""
    layer = QDense(x.shape[-1], use_bias=False, iq_conf=activations(rounding, overflow, **_UNSET), name=name)
    y = layer(x)
    _set(layer.iq, bits)
    _set(layer.kq, (1, 3, 3))
    layer._kernel.assign(np.eye(x.shape[-1]))
    return y


def _quantize(x: Any, bits: Bits, rounding: str, overflow: str, name: str, *, shared: bool = False) -> Any:
    layer = Quantizer(activations(rounding, overflow, shared=shared, **_UNSET), name=name)
    y = layer(x)
    _set(layer, bits)
    return y


def domain(bits: Bits, size: int) -> Values:
    """Events of ``size`` elements, each of which runs through every value of its type; (EVENTS, size)."""
    columns = []
    for k, i, f in zip(*(np.broadcast_to(part, (size,)) for part in bits), strict=True):
        mantissas = np.arange(-(2 ** (i + f)) * k, 2 ** (i + f))
        columns.append(np.resize(mantissas, EVENTS) * 2.0**-f)
    return np.stack(columns, axis=1)


def _wrapped(x: Values, half: npt.ArrayLike) -> Values:
    return (x + half) % (2 * np.asarray(half)) - half


def _chain(
    name: str,
    source: Bits,
    target: Bits,
    rounding: str,
    overflow: str,
    expected: Callable[[Values], tuple[npt.NDArray[np.bool_], Values]],
    *,
    size: int = 1,
    shared: bool = False,
) -> Fault:
    """Input quantizer, dense layer, quantizer."""
    x = keras.Input((size,), name=f"{name}_input")
    y = _quantize(_line(x, source, f"{name}_dense"), target, rounding, overflow, f"{name}_quantizer", shared=shared)
    events = domain(source, size)
    return Fault([x], y, [events], *expected(events))


def sat_finer_than_its_input() -> Fault:
    return _chain("sat_finer", SOURCE, (1, 1, 4), "TRN", "SAT", lambda x: (x >= 2, np.full_like(x, 2 - 2**-2)))


def sat_finer_and_lower_than_its_input() -> Fault:
    """As in the shipped jet tagger, behind the quantizer that marks which particles are present."""
    target = (0, np.array([-3, -2]), np.array([8, 3]))

    def expected(x: Values) -> tuple[npt.NDArray[np.bool_], Values]:
        return (x > 0) & np.array([True, False]), np.zeros_like(x)

    return _chain("sat_lower", (0, -2, 3), target, "RND", "SAT", expected, size=2)


def sat_sym_wider_than_its_input() -> Fault:
    return _chain("sat_sym_wider", SOURCE, (1, 3, 2), "TRN", "SAT_SYM", lambda x: (x == -4, np.full_like(x, -3.75)))


def sat_sym_of_one_bit() -> Fault:
    return _chain("sat_sym_one_bit", SOURCE, (1, 0, 0), "TRN", "SAT_SYM", lambda x: (x < 0, np.full_like(x, -1)))


def unsigned_wrap_after_rounding_by_sign() -> Fault:
    def expected(x: Values) -> tuple[npt.NDArray[np.bool_], Values]:
        step = np.array([1, 0.5])
        return (x < 0) & (x / step % 1 == 0.5), np.floor(x / step + 0.5) * step % 4

    target = (0, 2, np.array([0, 1]))
    return _chain("unsigned_rounding", SOURCE, target, "RND_INF", "WRAP", expected, size=2)


def signed_wrap_after_rounding_by_sign() -> Fault:
    def expected(x: Values) -> tuple[npt.NDArray[np.bool_], Values]:
        step, seen = np.array([0.5, 1]), _wrapped(x, 1)
        rounded = np.where(seen < 0, np.floor(seen / step + 0.5), np.ceil(seen / step - 0.5)) * step
        return (seen / step % 1 == 0.5) & ((x < 0) != (seen < 0)), _wrapped(rounded, 1)

    target = (1, 0, np.array([1, 0]))
    return _chain("signed_rounding", SOURCE, target, "RND_ZERO", "WRAP", expected, size=2)


def unsigned_wrap_wider_than_a_signed_input() -> Fault:
    target = (0, np.array([3, 4]), 2)
    return _chain("unsigned_wider", (1, 1, 2), target, "TRN", "WRAP", lambda x: (x < 0, x % 2), size=2)


def shared_quantizer_of_no_bits() -> Fault:
    return _chain(
        "no_bits", SOURCE, (0, 0, 0), "RND", "WRAP", lambda x: (np.floor(2 * x + 0.5) % 2 == 1, np.full_like(x, 0.5))
    )


def shared_quantizer_loses_range() -> Fault:
    source = (np.array([1, 0]), np.array([1, 2]), 1)
    return _chain("shared_range", source, (1, 2, 1), "RND", "WRAP", lambda x: (x >= 2, x - 4), size=2, shared=True)


def shared_quantizer_loses_fraction() -> Fault:
    source = (1, np.array([0, 2]), np.array([3, 1]))
    return _chain(
        "shared_fraction",
        source,
        (1, 2, 3),
        "TRN",
        "SAT",
        lambda x: (2 * x % 1 != 0, np.floor(2 * x) / 2),
        size=2,
        shared=True,
    )


def truncation_below_one_step() -> Fault:
    return _chain("below_step", (1, -3, 5), (1, 1, 0), "TRN", "WRAP", lambda x: (x < 0, np.full_like(x, 3 * 2.0**30)))


def quantizers_in_a_row() -> Fault:
    x = keras.Input((1,), name="row_input")
    first = _quantize(_line(x, SOURCE, "row_dense"), (1, 2, 1), "RND", "SAT", "row_first", shared=True)
    second = _quantize(first, (1, 2, 0), "TRN", "SAT", "row_second", shared=True)
    events = domain(SOURCE, 1)
    return Fault([x], second, [events], (events % 1 == 0.75) & (events < 3.5), np.floor(events))


def output_that_is_also_quantized() -> Fault:
    x = keras.Input((2,), name="also_input")
    y = _line(x, SOURCE, "also_dense")
    quantized = _quantize(y, (1, 1, np.array([1, 0])), "TRN", "WRAP", "also_quantizer")
    events = domain(SOURCE, 2)
    instead = _wrapped(np.floor(events * 2) / 2, 2)
    return Fault([x], y, [events], instead != events, instead, output_that_agrees=quantized)


def broadcast_along_the_last_axis() -> Fault:
    many, one = keras.Input((2, 2), name="broadcast_many"), keras.Input((2, 1), name="broadcast_one")
    layer = QAdd(iq_confs=[activations("TRN", **_UNSET), activations("TRN", **_UNSET)], name="broadcast")
    y = layer([many, one])
    for quantizer in layer.iq:
        _set(quantizer, SOURCE)
    values = domain(SOURCE, 1)
    a = np.stack([np.roll(values[:, 0], 3 * n) for n in range(4)], axis=1).reshape(EVENTS, 2, 2)
    b = np.stack([values[:, 0], np.roll(values[:, 0], 5)], axis=1).reshape(EVENTS, 2, 1)
    wrong = np.broadcast_to(np.array([[False, True], [True, False]]) & (b[:, :1] != b[:, 1:]), a.shape)
    return Fault([many, one], y, [a, b], wrong, a + b.reshape(EVENTS, 1, 2))


def table_wider_than_its_input() -> Fault:
    x = keras.Input((1,), name="lookup_input")
    config = activations("RND", "SAT", shared=True, i0=3, f0=2)
    layer = QUnaryFunctionLUT("tanh", config, table(k0=1, b0=7, i0=1), allow_heterogeneous_table=False, name="lookup")
    events = domain((1, 1, 2), 1)
    instead = np.floor(np.tanh(events + 4) * 64 + 0.5) / 64
    return Fault([x], layer(_line(x, (1, 1, 2), "lookup_dense")), [events], events < 0, instead)


def name_with_a_capital_letter() -> Fault:
    x = keras.Input((1,), name="capital_input")
    layer = QEinsumDense("bi,io->bo", (1,), iq_conf=activations("TRN", **_UNSET), name="Capital")
    y = layer(x)
    _set(layer.iq, SOURCE)
    layer._kernel.assign([[3.0]])
    _set(layer.kq, (1, 3, 3))
    events = domain(SOURCE, 1)
    return Fault([x], y, [events], events != 0, np.zeros_like(events))


def input_rounded_to_even() -> Fault:
    x = keras.Input((2,), name="even_input")
    bits: Bits = (1, 2, np.array([1, 0]))
    step = np.array([0.5, 1])
    halves = domain(bits, 2) + step / 2
    floor = np.floor(halves / step)
    y = _line(x, bits, "even_dense", "RND_CONV")
    return Fault([x], y, [halves + 2.0**-30], floor % 2 == 0, floor * step)


def input_that_wraps_and_saturates() -> Fault:
    x = keras.Input((1,), name="both_input")
    saturating = _line(x, SOURCE, "both_saturating", overflow="SAT")
    wrapping = _line(x, (1, 1, 2), "both_wrapping")
    events = domain((1, 3, 2), 1)
    beyond = (events < -4) | (events >= 4)
    sum_of_both = QAdd(enable_iq=False, name="both_sum")([saturating, wrapping])
    return Fault([x], sum_of_both, [events], beyond, _wrapped(events, 4) + _wrapped(events, 2))


def rounding_to_a_far_coarser_step() -> tuple[Any, Values]:
    """A model whose C simulation aborts, and host values for it; Keras gives 0 for all of them."""
    x = keras.Input((1,), name="coarse_input")
    y = _quantize(_line(x, (1, -1, 3), "coarse_dense"), (0, 3, -1), "RND_ZERO", "WRAP", "coarse_quantizer")
    return keras.Model(x, y, name="coarse"), domain((1, -1, 3), 1)


def output_that_is_also_quantized_alike() -> Any:
    """As ``output_that_is_also_quantized``, with one type for all elements; hls4ml does not convert it."""
    x = keras.Input((1,), name="alike_input")
    y = _line(x, SOURCE, "alike_dense")
    return keras.Model(x, [y, _quantize(y, (1, 1, 1), "TRN", "WRAP", "alike_quantizer")], name="alike")


FAULTS: tuple[Callable[[], Fault], ...] = (
    sat_finer_than_its_input,
    sat_finer_and_lower_than_its_input,
    sat_sym_wider_than_its_input,
    sat_sym_of_one_bit,
    unsigned_wrap_after_rounding_by_sign,
    signed_wrap_after_rounding_by_sign,
    unsigned_wrap_wider_than_a_signed_input,
    shared_quantizer_of_no_bits,
    shared_quantizer_loses_range,
    shared_quantizer_loses_fraction,
    truncation_below_one_step,
    quantizers_in_a_row,
    output_that_is_also_quantized,
    broadcast_along_the_last_axis,
    table_wider_than_its_input,
    name_with_a_capital_letter,
    input_rounded_to_even,
)
