"""``DISTRIBUTED_ARITHMETIC``: linear layers without multipliers.

Dense layers, einsums and convolutions are all, at each of their positions, a vector times a matrix of constants. The
matrix becomes an adder graph; positions with the same matrix and bias share its text. Every type is derived here, from
the factors that the graph was proved to have and the intervals of the layer's input over all positions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.adders import Term, find, values_used
from trigforge.errors import ProjectError
from trigforge.fixed import FixedType, Interval
from trigforge.graph.matrices import Matrices, matrices_of
from trigforge.graph.ops import Conv1D, Conv2D, EinsumDense
from trigforge.hls.layers import Builder, Operand

_MAX_BITS = 63


def lower(builder: Builder, op: Conv1D | Conv2D | EinsumDense, x: Operand, out: Interval) -> Operand:
    """Any linear op as adder graphs."""
    return _emit(builder, x, out, matrices_of(op, x.shape, out.shape))


def _emit(builder: Builder, x: Operand, out: Interval, positions: Matrices) -> Operand:
    lo, hi = (np.append(v.reshape(-1), 0)[positions.terms] for v in x.interval.at(x.type.lsb))
    places = np.where(x.interval.is_zero, _MAX_BITS, x.interval.lsb.values - x.type.lsb)
    places = np.append(places.reshape(-1), _MAX_BITS)[positions.terms]
    keys = [
        (positions.matrices[block].tobytes() if positions.matrices.dtype != object else int(block), tuple(bias))
        for block, bias in zip(positions.block, positions.bias.tolist(), strict=True)
    ]
    numbers = {key: n for n, key in enumerate(dict.fromkeys(keys))}
    graph = np.array([numbers[key] for key in keys], np.int64)
    texts: list[str] = []
    for n in range(len(numbers)):
        here = graph == n
        first = int(np.argmax(here))
        block = _Block(
            matrix=positions.matrices[positions.block[first]],
            bias=[int(v) for v in positions.bias[first]],
            bias_lsb=positions.bias_lsb - x.type.lsb - positions.weight_lsb,
            lo=lo[here].min(axis=0),
            hi=hi[here].max(axis=0),
            places=places[here].min(axis=0),
        )
        scale = x.type.lsb + positions.weight_lsb - out.hull.lsb
        texts.append(_function(f"graph_{n}", block, scale, out.hull, builder.tensor))
    name = builder.identifier("adders")
    return builder.kernel(
        "adders",
        f"adders/{name}.h",
        (x,),
        out,
        arrays={"term": positions.terms, "sum": positions.sums, "graph": graph},
        scalars={
            "n_positions": len(positions.terms),
            "n_terms": positions.terms.shape[1],
            "n_sums": positions.sums.shape[1],
        },
        typedefs={"adders_t": name},
        text=_header(name, builder.tensor, texts),
    )


@dataclass(frozen=True)
class _Block:
    """A matrix, its bias at ``2**bias_lsb`` of the products, and what its inputs can be over all positions: integers
    from ``lo`` to ``hi``, multiples of ``2**places``."""

    matrix: npt.NDArray[Any]
    bias: list[int]
    bias_lsb: int
    lo: npt.NDArray[Any]
    hi: npt.NDArray[Any]
    places: npt.NDArray[np.int64]


def _function(name: str, block: _Block, scale: int, result: FixedType, layer: str) -> str:
    """One graph as a function template; ``scale`` is the exponent of the products' unit in units of ``result``'s."""
    lines = [
        f"template <class data_T, class res_T> static void {name}(const data_T *x, res_T *y) {{",
        "    #pragma HLS INLINE",
        *(f"    {line}" for line in _statements(block, scale, result, layer)),
        "}",
    ]
    return "\n".join(f"    {line}" for line in lines)


def _statements(block: _Block, scale: int, result: FixedType, layer: str) -> Iterator[str]:
    """Values are integers in units of ``2**lsb[v]``. Both operands of an adder become its type first: in it the sum is
    right whatever is lost on the way, as it holds every value of the sum."""
    live = (block.lo != 0) | (block.hi != 0)
    matrix = np.where(live[:, None], block.matrix, 0)
    graph = find(matrix, block.lo, block.hi, block.places, layer)
    lsb, bounds = graph.scales(block.places.tolist()), graph.bounds(block.lo.tolist(), block.hi.tolist())
    for k in values_used(graph):
        kind = _integer(bounds[k][0] >> lsb[k], bounds[k][1] >> lsb[k], layer)
        yield f"const {kind} v{k} = trigforge::mantissa(x[{k}]) >> {lsb[k]};"
    for k, (left, right) in enumerate(graph.adders, graph.n_inputs):
        kind = _integer(bounds[k][0] >> lsb[k], bounds[k][1] >> lsb[k], layer)
        first, second = (_shifted(kind, f"v{t.value}", lsb[t.value] + t.places - lsb[k]) for t in (left, right))
        yield f"const {kind} v{k} = {first} {'-' if right.negative else '+'} {second};"
    for k, (output, bias) in enumerate(zip(graph.outputs, block.bias, strict=True)):
        yield from _output(k, output, bias, lsb, bounds, block.bias_lsb, scale, result, layer)


def _output(
    k: int,
    output: Term | None,
    bias: int,
    lsb: list[int],
    bounds: list[tuple[int, int]],
    bias_lsb: int,
    scale: int,
    result: FixedType,
    layer: str,
) -> Iterator[str]:
    scales = ([lsb[output.value] + output.places] if output else []) + ([bias_lsb] if bias else [])
    if not scales:
        yield f"y[{k}] = 0;"
        return
    unit = min(scales)
    constant = bias << (bias_lsb - unit) if bias else 0
    lo = hi = constant
    if output:
        ends = [_moved(bound, output.places - unit) for bound in bounds[output.value]]
        ends = [-end for end in reversed(ends)] if output.negative else ends
        lo, hi = lo + ends[0], hi + ends[1]
    kind = _integer(lo, hi, layer)
    text = str(_wrapped(constant, lo, hi)) if constant or not output else ""
    literal = f"{kind}({text}LL)" if text else ""
    if output:
        value = _shifted(kind, f"v{output.value}", lsb[output.value] + output.places - unit)
        if output.negative:
            text = f"{literal or f'{kind}(0)'} - {value}"
        else:
            text = f"{value} + {literal}" if literal else value
    else:
        text = literal
    yield f"const {kind} s{k} = {text};"
    places = unit + scale
    if places > 0:
        yield f"y[{k}] = trigforge::from_mantissa<res_T>({_shifted(f'ap_int<{result.width}>', f's{k}', places)});"
    else:
        yield f"y[{k}] = trigforge::from_mantissa<res_T>(s{k}{f' >> {-places}' if places else ''});"


def _integer(lo: int, hi: int, layer: str) -> str:
    """The narrowest C++ integer that holds ``lo`` to ``hi``."""
    signed = lo < 0
    width = max(1, hi.bit_length() if hi > 0 else 0, (-lo - 1).bit_length() if signed else 0) + signed
    if width > _MAX_BITS:
        raise ProjectError(
            f"layer {layer!r}: an adder needs {width} bits, DISTRIBUTED_ARITHMETIC takes {_MAX_BITS}; "
            "quantize its input to fewer bits or choose LATENCY"
        )
    return f"ap_{'' if signed else 'u'}int<{width}>"


def _wrapped(constant: int, lo: int, hi: int) -> int:
    """``constant`` modulo a power of two above the range: what it adds is the same, and it fits a C++ literal."""
    modulus = 1 << (max(abs(lo), abs(hi)).bit_length() + 1)
    return (constant + modulus // 2) % modulus - modulus // 2


def _moved(value: int, places: int) -> int:
    return value << places if places >= 0 else value >> -places


def _shifted(kind: str, name: str, places: int) -> str:
    return f"({kind}({name}) << {places})" if places else f"{kind}({name})"


def _header(name: str, layer: str, functions: list[str]) -> str:
    calls = "\n".join(
        f"        {'else ' if n else ''}if (graph == {n})\n            graph_{n}(x, y);" for n in range(len(functions))
    )
    bodies = "\n\n".join(functions)
    return f"""// Adder graphs of layer {layer}
#ifndef {name.upper()}_H_
#define {name.upper()}_H_

#include "../trigforge/adders.h"

namespace @NAMESPACE@ {{

struct {name} {{
{bodies}

    template <class data_T, class res_T> static void apply(int graph, const data_T *x, res_T *y) {{
        #pragma HLS INLINE
{calls}
    }}
}};

}} // namespace @NAMESPACE@

#endif
"""
