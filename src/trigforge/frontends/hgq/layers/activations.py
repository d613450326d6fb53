"""Activation functions: exact ops where there are, tables over the whole domain where a quantizer follows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.fixed import FixedArray, Integers, exact
from trigforge.frontends.hgq.framework import origin, quiet, to_tensor
from trigforge.frontends.hgq.lowering import Call, Tensor
from trigforge.frontends.hgq.quantizers import QuantizerSpec, quantize_floats, without_affine
from trigforge.frontends.hgq.refusal import Refusal
from trigforge.graph import MAX_TABLE_ENTRIES, Add, Lookup, Minimum, Mul, Relu, Table

EXACT = ("linear", "relu", "relu6")
Function = Callable[[Any], Any]


def function_name(function: Any) -> str:
    """The name of one of Keras's own activations; otherwise package and name."""
    if function is None:
        return "linear"
    package, name = origin(function)
    return name if package == "keras" else f"{package}.{name}"


def activated(call: Call, x: Tensor, function: Any) -> Tensor:
    """``function(x)`` and the layer's output quantizer. Raises ``Refusal`` for what has no exact form."""
    name = function_name(function)
    if name in EXACT:
        return call.output_quantized(exact_activation(call, x, name))
    if not getattr(call.layer, "enable_oq", False):
        raise Refusal(
            f"its activation {name!r} gives values without an exact fixed-point form and no quantizer follows",
            "set enable_oq=True, or use hgq.layers.QUnaryFunctionLUT",
        )
    return tabulated(call, "table", x, function, call.layer.oq)


def exact_activation(call: Call, x: Tensor, name: str) -> Tensor:
    """One of ``EXACT``."""
    if name == "linear":
        return x
    y = call.emit("relu", Relu(), x)
    return call.emit("relu6", Minimum(), y, call.constant("six", FixedArray.of(6))) if name == "relu6" else y


def tabulated(call: Call, suffix: str, x: Tensor, function: Function, quantizer: Any) -> Tensor:
    """``quantizer(function(x))`` as tables, one for each distinct domain and type.

    The entries are what the layer itself computes, in its own precision. Raises ``Refusal`` for an element with more
    than 2^16 values, and where the function gives NaN.
    """
    spec = call.spec(quantizer, x.shape)
    if spec is None:
        raise Refusal(f"the table {call.name}.{suffix} has no quantizer", "give its output a kif or kbi quantizer")
    if quantizer.scaler is not None:
        raise Refusal(f"the quantizer {quantizer.name!r} of a table has a scaler", "leave the scaler out")
    if x.interval is None:
        raise Refusal(f"looks up the input {x.name!r}, which is not quantized", "set enable_iq=True")
    lo, hi, lsb = (part.values.reshape(-1) for part in (x.interval.lo, x.interval.hi, x.interval.lsb))
    columns = np.stack([lo, hi, lsb, *_bit_widths(spec, x.shape)])
    distinct, index = np.unique(columns.astype(np.int64), axis=1, return_inverse=True)
    tables: list[Table] = []
    for column in distinct.T:
        tables.append(_table(call, function, quantizer, *(int(part) for part in column)))
    merged = list(dict.fromkeys(tables))
    numbers = np.array([merged.index(table) for table in tables])[index.reshape(-1)].reshape(x.shape)
    y = call.emit(suffix, Lookup(tuple(merged), Integers(numbers).collapsed()), x)
    if spec == without_affine(spec):
        return y
    y = call.emit(f"{suffix}.scaled", Mul(), y, call.constant(f"{suffix}.factor", spec.factor))
    return call.emit(f"{suffix}.affine", Add(), y, call.constant(f"{suffix}.offset", spec.offset))


def _bit_widths(spec: QuantizerSpec, shape: tuple[int, ...]) -> list[npt.NDArray[np.int64]]:
    """k, i and f of each element, flat; all 0 for a pruned one."""
    types = spec.types.broadcast(shape)
    k = types.signed.values
    i = types.integer_bits.values - k
    return [part.reshape(-1) for part in (k, i, types.width.values - k - i)]


def _table(call: Call, function: Function, quantizer: Any, lo: int, hi: int, lsb: int, k: int, i: int, f: int) -> Table:
    entries = hi - lo + 1
    if entries > MAX_TABLE_ENTRIES:
        raise Refusal(
            f"its table would have {entries} entries, at most {MAX_TABLE_ENTRIES} are possible",
            "quantize its input to at most 16 bits",
        )
    domain = np.ldexp(np.arange(lo, hi + 1, dtype=np.float64), lsb)
    with quiet():
        values = function(to_tensor(domain, call.dtype))
    found = quantize_floats(quantizer, values, k, i, f, call.dtype)
    if not bool(np.isfinite(found).all()):
        where = domain[~np.isfinite(found)][0]
        raise Refusal(f"its function gives NaN at {where}", "quantize its input to where the function is defined")
    mantissa = FixedArray.from_float(found)
    if int(exact.bit_length(mantissa.mantissa.values).max(initial=0)) > 62:
        raise Refusal("its table needs more than 62 bits", "quantize its output to fewer bits")
    return Table(lo, lsb, mantissa)
