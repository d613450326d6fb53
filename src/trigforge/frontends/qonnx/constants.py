"""``Constant``: a tensor of the model that no event changes, beside the integers and scale that it is made of."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.building import Refusal
from trigforge.fixed import FixedArray, exact
from trigforge.frontends.qonnx.framework import onnx
from trigforge.frontends.scales.ramps import ONE, Ratios, divisor, ratios

Array = npt.NDArray[Any]
_LONGEST_WEIGHT = 24


@dataclass(frozen=True, eq=False)
class Constant:
    """``values`` as the model computes them; exactly ``integers * scale`` behind a quantizer, both of their shape."""

    values: Array
    integers: Array | None = None
    scale: Array | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        return self.values.shape

    def exact(self) -> Ratios:
        """The numbers exactly; ``Refusal`` for NaN and infinity."""
        self.check()
        if self.integers is None or self.scale is None:
            return ratios(self.values)
        found = ratios(self.integers.astype(np.int64)) * ratios(np.broadcast_to(self.scale, self.shape))
        return np.asarray(found, dtype=object)

    def check(self) -> None:
        """``Refusal`` for NaN and infinity."""
        wrong = int((~np.isfinite(self.values)).sum()) if self.values.dtype.kind == "f" else 0
        if wrong:
            found = f"has weights with NaN or infinity in {wrong} of {self.values.size} places"
            raise Refusal(found, "restore a checkpoint")

    def whole(self) -> list[int]:
        """The entries of a list of whole numbers."""
        return [int(n) for n in self.values.reshape(-1)]

    def weights(self, axis: int) -> tuple[FixedArray, Ratios]:
        """Integers, and the scale of each entry of ``axis``, whose product is this; ``Refusal`` if too long."""
        self.check()
        if self.integers is None or self.scale is None:
            return _short(FixedArray.from_float(self.values)), ratios(np.ones(self.shape[axis], np.int64))
        scale = np.moveaxis(np.broadcast_to(self.scale, self.shape), axis, 0)
        units = [_unit(row) for row in scale]
        found = np.empty(len(units), dtype=object)
        found[:] = units
        integers = np.moveaxis(self.integers, axis, 0).astype(np.int64).astype(object)
        if not all(bool((row == row.reshape(-1)[:1]).all()) for row in scale):
            factors = ratios(scale) / found.reshape(-1, *[1] * (scale.ndim - 1))
            integers = integers * np.vectorize(int, otypes=[object])(factors)
        return _short(FixedArray.of(np.moveaxis(integers, 0, axis))), found


def _unit(scales: Array) -> Any:
    distinct = np.unique(scales)
    return divisor(ratios(distinct)) if distinct.size else ONE


def _short(weights: FixedArray) -> FixedArray:
    bits = exact.longest(weights.mantissa.values)
    if bits > _LONGEST_WEIGHT:
        raise Refusal(
            f"has weights of {bits} bits", f"put a quantizer behind them: at most {_LONGEST_WEIGHT} bits are multiplied"
        )
    return weights


MOVING = frozenset("Reshape Flatten Squeeze Unsqueeze Transpose Slice Gather Identity Expand Tile Dropout".split())
"""ops that move elements, and so may be applied to integers and scales apart"""


_FOLDED = MOVING | frozenset(
    """
    Constant ConstantOfShape Shape Size Cast Concat Split Add Sub Mul Div Neg Abs Pow Sqrt Reciprocal Exp Log Sign Floor
    Ceil Round Max Min Clip Relu Where Equal Less Greater Not And Or ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd
    MatMul Gemm BatchNormalization Sigmoid Tanh
    """.split()
)
_LARGEST_CONSTANT = 2**25


def _size(node: Any, arrays: list[Array | None]) -> int:
    """The entries that a node makes of constants, at most."""
    given = [array for array in arrays if array is not None]
    match node.op_type:
        case "ConstantOfShape" | "Expand":
            return prod(max(int(n), 1) for n in given[-1].reshape(-1)) * (given[0].size if len(given) > 1 else 1)
        case "Tile":
            return prod(max(int(n), 1) for n in given[-1].reshape(-1)) * given[0].size
        case "Gather":
            return given[0].size * given[1].size // max(min(given[0].shape, default=1), 1)
        case "MatMul" | "Gemm":
            return given[0].size * given[1].size // max(min(*given[0].shape, *given[1].shape), 1)
        case kind if kind in MOVING or kind == "BatchNormalization":
            return given[0].size
        case "Concat":
            return sum(array.size for array in given)
        case _:
            return prod(np.broadcast_shapes(*(array.shape for array in given if array.size)))


def folded(node: Any, operands: list[Constant | None], opset: int) -> list[Constant]:
    """The outputs of a node of constants, as the package onnx computes them with NumPy; ``Refusal`` if it cannot."""
    arrays = [None if c is None else c.values for c in operands]
    if node.op_type not in _FOLDED:
        raise Refusal("computes with constants alone, and is not read", "fold constants before the export")
    if _size(node, arrays) > _LARGEST_CONSTANT:
        raise Refusal(f"makes a constant of {8 * _size(node, arrays) / 1e6:,.0f} MB", "export a smaller model")
    values = computed(node, arrays, opset)
    first = operands[0] if operands else None
    if node.op_type not in MOVING or first is None or first.integers is None or first.scale is None or len(values) != 1:
        return [Constant(v) for v in values]
    integers, scale = (
        computed(node, [part.astype(np.float64), *arrays[1:]], opset)[0]
        for part in (first.integers, np.broadcast_to(first.scale, first.shape))
    )
    return [replace(Constant(values[0]), integers=integers, scale=scale)]


def computed(node: Any, arrays: Sequence[Array | None], opset: int, new_ops: Any = None) -> list[Array]:
    """The outputs of a node for its operands, by the package onnx; ``new_ops`` are further classes of its reference.

    Raises ``Refusal`` where it cannot.
    """
    package = onnx()
    anyone = package.TensorProto.UNDEFINED
    names = [name for name in node.input if name]
    given = {name: array for name, array in zip(node.input, arrays, strict=True) if name}
    inputs = [package.helper.make_tensor_value_info(name, anyone, None) for name in dict.fromkeys(names)]
    outputs = [package.helper.make_tensor_value_info(name, anyone, None) for name in node.output if name]
    graph = package.helper.make_graph([node], "constants", inputs, outputs)
    model = package.helper.make_model(graph, opset_imports=[package.helper.make_opsetid("", opset)])
    try:
        found = package.reference.ReferenceEvaluator(model, new_ops=new_ops).run(None, given)
    except Exception as error:
        raise Refusal(
            f"cannot be computed from its constants ({type(error).__name__})", "export the model again"
        ) from None
    return [np.asarray(array) for array in found]
