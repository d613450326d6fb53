"""Remarks on what is legal in a model and will be regretted: from its graph, a user's events, predicted sizes."""

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np

from trigforge.coverage import Coverage
from trigforge.design import DesignPoint
from trigforge.diagnosis.records import Prediction, Remark, RemarkKind
from trigforge.diagnosis.seen_nodes import SeenNode, bits, seen_nodes
from trigforge.fixed import Overflow
from trigforge.graph import FixedPointGraph
from trigforge.graph.ops import Einsum, Lookup, Mul, Requantize, Weighted
from trigforge.project import Multiplications
from trigforge.resources.parts import FpgaResource

WIDE_OPERAND_BITS = 16
"""Multiplications cost about as many LUTs as the bits of their operands; networks that were trained for triggers have
4 to 10."""
WIDE_ACCUMULATOR_BITS = 32
LARGE_TABLE_ENTRIES = 1 << 12
"""Tables of 4,096 entries become block RAM in every copy, take long to map, and each bit of input doubles them."""
ALWAYS = 0.99
"""The share of values from which on a quantizer counts as saturating always."""
LONG_BUILD_MINUTES = 30.0


def remarks_of(graph: FixedPointGraph) -> tuple[Remark, ...]:
    """The remarks on a graph alone, in its order; one a layer and kind."""
    kinds = {layer.name: layer.kind for layer in graph.layers}
    found: dict[tuple[RemarkKind, str], Remark] = {}
    for seen in seen_nodes(graph):
        for remark in _of_node(seen, kinds):
            found.setdefault((remark.kind, remark.where), remark)
    for name in dict.fromkeys(graph.outputs):
        interval = graph.tensors[name]
        fixed = int(np.count_nonzero(interval.lo.values == interval.hi.values))
        if fixed:
            elements = f"{fixed} of its {interval.lo.values.size} elements never change"
            found[RemarkKind.CONSTANT, name] = Remark(
                RemarkKind.CONSTANT, f"output {name}", elements, "look for what is pruned or saturates before them"
            )
    return tuple(found.values())


def remarks_of_coverage(coverage: Coverage) -> tuple[Remark, ...]:
    """The remarks on what a user's events do: quantizers that wrap around, and those that saturate always.

    A type of one bit is a flag, whose purpose is to saturate.
    """
    found: list[Remark] = []
    flags = {tensor.name for tensor in coverage.tensors if max(tensor.width, default=0) <= 1}
    for entry in coverage.quantizers:
        share = entry.overflow_fraction
        if entry.wraps and entry.overflowed:
            text = f"{share:.2%} of the values of {coverage.events:,} events wrap around and become other values"
            found.append(Remark(RemarkKind.WRAPS, entry.tensor, text, "give it more integer bits or let it saturate"))
        elif share >= ALWAYS and entry.tensor not in flags:
            text = f"{share:.1%} of the values of {coverage.events:,} events saturate"
            found.append(
                Remark(RemarkKind.SATURATES, entry.tensor, text, "check the units of the inputs and its integer bits")
            )
    return tuple(found)


def remarks_of_reuse(products: Iterable[Multiplications]) -> tuple[Remark, ...]:
    """The remarks on multiplications that HLS C++ builds otherwise than asked; one a layer and way."""
    return tuple(
        dict.fromkeys(
            Remark(
                RemarkKind.BUILT_OTHERWISE,
                " and ".join(entry.layers) or entry.node,
                f"HLS C++ builds {entry.strategy} with reuse_factor {entry.reuse_factor}; asked was "
                f"{entry.strategy_asked} with {entry.reuse_factor_asked}",
                "ask for what is built, or for another factor",
            )
            for entry in products
            if not entry.as_asked
        )
    )


def remarks_of_size(
    prediction: Prediction, design: DesignPoint, folding: Callable[[float], tuple[int, float] | None]
) -> tuple[Remark, ...]:
    """The remarks on a design that fills its part or takes long to build; ``folding`` gives, for a number of LUTs, the
    initiation interval at which the design has no more, and how many it then has."""
    found: list[Remark] = []
    target, lut = design.target, prediction.lut.value
    held, die = target.held(FpgaResource.LUT), target.held_by_die(FpgaResource.LUT)
    shared = "" if die is None or lut <= die else _shared(folding(die))
    if held is not None and lut > held:
        text = f"about {lut:,} LUT are predicted, the part holds {held:,}"
        remedy = f"use fewer bits, layers or inputs, or prune{shared}"
        found.append(Remark(RemarkKind.TOO_LARGE, target.part, text, remedy))
    elif die is not None and lut > die:
        text = f"about {lut:,} LUT are predicted, one die of the part holds {die:,.0f}"
        remedy = f"expect slow wires between dies, or prune it{shared}"
        found.append(Remark(RemarkKind.TOO_LARGE, target.part, text, remedy))
    if prediction.minutes.value > LONG_BUILD_MINUTES:
        text = f"about {prediction.minutes.value:,.0f} minutes are predicted for the first trigforge synth"
        found.append(
            Remark(RemarkKind.LONG_BUILD, "build", text, "use trigforge emulate and coverage while the model changes")
        )
    return tuple(found)


def _shared(folding: tuple[int, float] | None) -> str:
    if folding is None:
        return ""
    interval, lut = folding
    return f"; or share hardware, with initiation_interval = {interval} below [rtl]: about {lut:,.0f} LUT"


def _of_node(seen: SeenNode, kinds: Mapping[str, str]) -> Iterator[Remark]:
    op = seen.node.op
    if isinstance(op, Weighted | Einsum | Mul):
        yield from _of_product(seen)
    if isinstance(op, Lookup):
        yield from _of_tables(seen, op, kinds.get(seen.layer, ""))
    if isinstance(op, Requantize):
        yield from _of_quantizer(seen, op)


def _of_product(seen: SeenNode) -> Iterator[Remark]:
    widest, sums = max(map(bits, seen.operands)), bits(seen.interval)
    if widest >= WIDE_OPERAND_BITS:
        yield Remark(
            RemarkKind.WIDE_OPERAND,
            seen.layer,
            f"multiplies values of {widest} bits",
            "quantize its input; every bit costs adders in all its products",
        )
    if sums > WIDE_ACCUMULATOR_BITS:
        yield Remark(
            RemarkKind.WIDE_ACCUMULATOR,
            seen.layer,
            f"its sums need {sums} bits",
            "quantize its input or its weights to fewer bits",
        )


def _of_tables(seen: SeenNode, op: Lookup, kind: str) -> Iterator[Remark]:
    entries = max(len(table.values.mantissa.values) for table in op.tables)
    if entries < LARGE_TABLE_ENTRIES:
        return
    address = (entries - 1).bit_length()
    text = f"its table has {entries:,} entries, for an input of {address} bits"
    if "softmax" in kind.lower() or "attention" in kind.lower():
        yield Remark(RemarkKind.WIDE_SOFTMAX, seen.layer, text, "quantize what enters the softmax to 10 bits or fewer")
    else:
        yield Remark(RemarkKind.LARGE_TABLE, seen.layer, text, "quantize the activation's input to 10 bits or fewer")


def _of_quantizer(seen: SeenNode, op: Requantize) -> Iterator[Remark]:
    """Elements that vary before and can only be an end of their type behind.

    What is cut off to 0 is none of these: a rectifier does that, or a rounding.
    """
    before, behind = seen.operands[0], seen.interval
    types = op.types.broadcast(behind.shape)
    only, _ = behind.scaled(np.where(behind.is_zero, 0, types.lsb))
    lowest = np.maximum(types.lo, -types.hi) if op.overflow is Overflow.SAT_SYM else types.lo
    ends = (only == types.hi) | (only == lowest)
    varies, fixed = before.lo.values != before.hi.values, behind.lo.values == behind.hi.values
    stuck = int(np.count_nonzero(varies & fixed & ends & ~behind.is_zero))
    if stuck and op.overflow is not Overflow.WRAP:
        yield Remark(
            RemarkKind.SATURATES,
            seen.layer,
            f"{stuck} of its {varies.size} elements can only become the end of the type",
            "give it more integer bits, or train with the range that arrives there",
        )
