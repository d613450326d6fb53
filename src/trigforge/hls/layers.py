"""Layers as hls4ml will see them, every type stated: the result of lowering."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.design import HlsDesign, Strategy
from trigforge.errors import WidthError
from trigforge.fixed import FixedArray, FixedType, Interval
from trigforge.graph.infer import infer
from trigforge.graph.ops import Reshape
from trigforge.hls.names import Identifiers

KERNEL = "TrigforgeKernel"
"""The hls4ml class of all layers that call a kernel of ours."""

_EXACT_DOUBLE_BITS = 53


@dataclass(frozen=True)
class Operand:
    """A tensor inside the hls4ml model: the layer that makes it, its interval, and a mark for inputs."""

    layer: str
    interval: Interval
    is_port: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        return self.interval.shape

    @property
    def size(self) -> int:
        return prod(self.interval.shape)

    @property
    def type(self) -> FixedType:
        return self.interval.hull


@dataclass(frozen=True)
class HlsLayer:
    """One hls4ml layer. ``types`` holds ``result`` and whatever else its class declares (``accum``, ``weight``, ...);
    ``tensor`` names the graph's tensor it makes, None for one that only lowering introduced."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    shape: tuple[int, ...]
    types: Mapping[str, FixedType]
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    tensor: str | None = None
    strategy: Strategy = Strategy.LATENCY
    reuse_factor: int = 1
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """text of its own by path below ``firmware/``; ``@NAMESPACE@`` stands for the model's"""


class Builder:
    """Collects the layers of one node, whose products are built as ``design`` says."""

    def __init__(self, names: Identifiers, tensor: str, design: HlsDesign) -> None:
        self.layers: list[HlsLayer] = []
        self.strategy = design.strategy
        self.reuse_factor = design.reuse_factor
        self.tensor = tensor
        self._names = names

    @property
    def takes_turns(self) -> bool:
        """True where multipliers are reused."""
        return self.strategy is Strategy.RESOURCE and self.reuse_factor > 1

    def add(
        self,
        kind: str,
        inputs: tuple[Operand, ...],
        out: Interval,
        *,
        suffix: str = "",
        types: Mapping[str, FixedType] | None = None,
        attributes: Mapping[str, Any] | None = None,
        strategy: Strategy = Strategy.LATENCY,
        headers: Mapping[str, str] | None = None,
    ) -> Operand:
        """Append a layer; without ``suffix`` it makes the node's own tensor."""
        name = self._names.fresh(f"{self.tensor}_{suffix}" if suffix else self.tensor)
        self.layers.append(
            HlsLayer(
                name=name,
                kind=kind,
                inputs=tuple(operand.layer for operand in inputs),
                shape=out.shape or (1,),
                types={"result": out.hull, **(types or {})},
                attributes=attributes or {},
                tensor=None if suffix else self.tensor,
                strategy=strategy,
                reuse_factor=self.reuse_factor,
                headers=headers or {},
            )
        )
        return Operand(name, out)

    def kernel(
        self,
        function: str,
        header: str,
        inputs: tuple[Operand, ...],
        out: Interval,
        *,
        suffix: str = "",
        arrays: Mapping[str, npt.NDArray[np.int64]] | None = None,
        scalars: Mapping[str, int] | None = None,
        typedefs: Mapping[str, FixedType | str] | None = None,
        weight: FixedArray | None = None,
        bias: FixedArray | None = None,
        strategy: Strategy = Strategy.LATENCY,
        takes_inputs: bool = True,
        text: str | None = None,
    ) -> Operand:
        """Append a call of ``trigforge::function<input types, weight and bias types, result type, config>``.

        ``arrays``, ``scalars`` and ``typedefs`` become members of the configuration, beside ``n_out`` and ``n_in``, the
        size of the first input. ``header`` is one of the kernels or, with ``text``, a file of this layer's own.
        """
        attributes: dict[str, Any] = {
            "function": function,
            "header": header if text else f"trigforge/{header}",
            "arrays": {name: [int(v) for v in values.reshape(-1)] for name, values in (arrays or {}).items()},
            "scalars": {"n_out": prod(out.shape), "n_in": inputs[0].size, **(scalars or {})},
            "typedefs": {name: str(fixed_type) for name, fixed_type in (typedefs or {}).items()},
            "takes_inputs": takes_inputs,
            "out_shape": list(out.shape or (1,)),
        }
        types: dict[str, FixedType] = {}
        for name, constants in (("weight", weight), ("bias", bias)):
            if constants is not None:
                attributes[f"{name}_data"] = weight_values(constants).reshape(-1)
                types[name] = weight_type(constants)
        headers = {header: text} if text else {}
        return self.add(
            KERNEL, inputs, out, suffix=suffix, types=types, attributes=attributes, strategy=strategy, headers=headers
        )

    def identifier(self, suffix: str) -> str:
        """A new C++ identifier, named after this node."""
        return self._names.fresh(f"{self.tensor}_{suffix}")

    def index(self, x: Operand, index: npt.NDArray[np.int64], out: Interval, *, suffix: str = "") -> Operand:
        """Element ``e`` of the result is element ``index[e]`` of ``x``, both counted with the last axis fastest."""
        return self.kernel("index", "index.h", (x,), out, suffix=suffix, arrays={"index": index})

    def reshape(self, x: Operand, shape: tuple[int, ...], *, suffix: str = "") -> Operand:
        """The array of ``x`` under another shape."""
        out = infer(Reshape(shape), [x.interval])
        return self.add("Reshape", (x,), out, suffix=suffix, attributes={"target_shape": list(shape or (1,))})

    def copy(self, x: Operand, out: Interval, *, suffix: str = "") -> Operand:
        """The elements of ``x`` in the shape of ``out``, as an array of their own."""
        return self.index(x, np.arange(x.size), out, suffix=suffix)

    def broadcast(self, x: Operand, shape: tuple[int, ...], suffix: str) -> Operand:
        """``x`` at ``shape``: itself where nothing is repeated."""
        if x.size == prod(shape):
            return x
        index = np.broadcast_to(np.arange(x.size).reshape(x.shape), shape)
        repeated = Interval.of(
            *(np.broadcast_to(v.values, shape) for v in (x.interval.lo, x.interval.hi, x.interval.lsb))
        )
        return self.index(x, index, repeated, suffix=suffix)


def weight_type(weight: FixedArray) -> FixedType:
    """The narrowest type that holds every entry."""
    return Interval.of_constant(weight).hull


def weight_values(weight: FixedArray) -> npt.NDArray[np.float64]:
    """The entries as hls4ml wants them, in float64; ``WidthError`` where that would round."""
    bits = weight_type(weight).width
    if bits > _EXACT_DOUBLE_BITS:
        raise WidthError(
            f"its constants need {bits} bits, hls4ml carries {_EXACT_DOUBLE_BITS}; quantize them to fewer bits"
        )
    return weight.to_float()


def accumulator(out: Interval, *scales: int) -> FixedType:
    """The type of a sum whose terms stand at ``scales`` and whose result lies in ``out``.

    No term loses bits, and sums modulo ``2**width`` of the whole are right wherever partial sums wrap.
    """
    hull = out.hull
    places = hull.lsb - min(hull.lsb, *scales)
    return FixedType(hull.width + places, hull.integer_bits, hull.signed)
