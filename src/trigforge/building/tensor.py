"""``Tensor``: a handle on a tensor of a graph that is being built."""

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from trigforge.building.inputs import Indices
from trigforge.building.quantization import ONE, Quantization
from trigforge.building.refusals import Refusal
from trigforge.fixed import FixedArray, Interval
from trigforge.graph import Node, Op

T = TypeVar("T")
Floats = npt.NDArray[np.float64]
Function = Callable[[Floats], Floats]
"""A function on an array, evaluated as the framework evaluates it: its caller chooses the precision."""


@dataclass(frozen=True)
class Deferred:
    """A function without an exact form, called ``what``: the quantizer behind it looks it up in a table.

    One that is not ``uniform`` is another one for each element, and maps arrays of shape ``(events, *shape)`` to such.
    """

    function: Function
    what: str
    uniform: bool = True


class Maker(Protocol):
    """The builder of a graph, as a tensor knows it; see ``Builder``."""

    @property
    def input_remedy(self) -> str:
        """The remedy for an input that is used before it is quantized."""
        ...

    def add(self, suffix: str, op: Op, *operands: "Tensor") -> "Tensor":
        """A node with one output."""
        ...

    def add_outputs(self, suffix: str, op: Op, operands: Sequence["Tensor"]) -> list["Tensor"]:
        """A node that may have several."""
        ...

    def requantize(self, suffix: str, x: "Tensor", quantization: Quantization, gain: FixedArray = ONE) -> "Tensor":
        """The requantization alone."""
        ...

    def reloaded(self, constant: FixedArray, part: str) -> "Tensor | None":
        """A register in place of constants, where the table of types asks for one."""
        ...

    def exactly_or(self, exact: Callable[[], T], nearly: Callable[[], T]) -> T:
        """The result of one function, or of another where that refuses and approximations are allowed."""
        ...

    def approximate(
        self, tensor: "Tensor", units: int, differing: int = 0, values: int = 0, operand: "Tensor | None" = None
    ) -> "Tensor":
        """``tensor``, noted as an approximation."""
        ...

    def part(self, name: str) -> AbstractContextManager[None]:
        """A part of a layer."""
        ...

    def body(
        self, operands: Sequence[tuple[str, Interval]]
    ) -> AbstractContextManager[tuple["Scope", tuple["Tensor", ...]]]:
        """The inside of a loop."""
        ...


@dataclass(eq=False)
class Tensor:
    """A tensor without the event axis, and the ``Builder`` that holds it; two handles are equal if they are one.

    ``interval`` is None while the tensor only rearranges graph inputs whose types are not known, and zeros;
    ``elements`` then numbers the input elements, and is -1 for a zero. ``name`` changes when a layer names its result.
    The tensor is ``deferred(x / divisor)`` of the values ``x`` that its node gives; where these are not None and 1, the
    quantizer behind it computes them, as a table. ``never_below`` and ``never_above`` name tensors that it is known to
    reach, or not to exceed, element by element, broadcast.
    """

    builder: Maker
    name: str
    shape: tuple[int, ...]
    known_interval: Interval | None
    elements: Indices | None = None
    divisor: int = 1
    deferred: Deferred | None = None
    never_below: tuple["Tensor", ...] = ()
    never_above: tuple["Tensor", ...] = ()

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def unfinished(self) -> Refusal | None:
        """The refusal of a mean or a function that is used before it is quantized; None for a tensor that is exact."""
        if self.deferred is not None:
            what = f"takes {self.name!r}, {self.deferred.what}, which has no exact form"
            return Refusal(what, "put a quantizer behind it, or end the model before it")
        if self.divisor != 1:
            return Refusal(
                f"takes {self.name!r}, a mean that divides by {self.divisor}, which has no exact form",
                "put a quantizer behind the mean, or average 2, 4, 8... entries",
            )
        return None

    @property
    def interval(self) -> Interval:
        """All that the elements can be; ``Refusal`` for an input that is not quantized."""
        if self.known_interval is None:
            raise Refusal(
                f"takes the input {self.name!r}, which is not quantized",
                self.builder.input_remedy,
            )
        return self.known_interval


@dataclass
class Draft:
    """A node that is not written yet: its operands and outputs are handles, whose names may change."""

    name: str
    op: Op
    operands: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    layers: tuple[str, ...]

    def node(self) -> Node:
        """The node under the names of now; of several outputs, the names end in those of the body."""
        name = self.outputs[0].name if len(self.outputs) == 1 else self.name
        return Node(name, self.op, tuple(operand.name for operand in self.operands), self.layers)


@dataclass
class Scope:
    """The nodes of a graph, or of a body that is being built, and the outer tensors that the body sees whole."""

    drafts: list[Draft] = field(default_factory=list[Draft])
    own: set[Tensor] = field(default_factory=set[Tensor])
    captured: dict[Tensor, Tensor] = field(default_factory=dict[Tensor, Tensor])


Weight = FixedArray | Tensor
"""Constants, or a tensor: an input of the kind REGISTER holds weights that are reloaded at run time."""

Step = Callable[[Tensor], Tensor]
"""A part that its caller chooses: a quantizer, a table, or any other words."""


def identifier(text: str) -> str:
    """``text`` as an identifier of C and Python.

    >>> identifier("edge mlp-1"), identifier("2d")
    ('edge_mlp_1', 'n2d')
    """
    word = re.sub(r"\W", "_", text, flags=re.ASCII)
    return word if word and not word[0].isdigit() else f"n{word}"


def tensor_name(text: str) -> str:
    """``text`` as the name of a tensor: identifiers and dots."""
    return ".".join(identifier(part) for part in text.split("."))
