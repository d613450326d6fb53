"""``Tensor``: a handle on a tensor of a graph that is being built."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trigforge.building.inputs import Indices
from trigforge.building.refusals import Refusal
from trigforge.fixed import FixedArray, Interval

if TYPE_CHECKING:
    from trigforge.building.builder import Builder


@dataclass(eq=False)
class Tensor:
    """A tensor without the event axis, and the ``Builder`` that holds it; two handles are equal if they are one.

    ``interval`` is None while the tensor only rearranges graph inputs whose types are not known; ``elements`` then
    numbers the input elements. ``name`` changes when a layer names its result. A ``divisor`` other than 1 stands for a
    mean that has no exact form yet: the tensor holds the sum, and the quantizer behind it divides, as a table.
    """

    builder: "Builder"
    name: str
    shape: tuple[int, ...]
    known_interval: Interval | None
    elements: Indices | None = None
    divisor: int = 1

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def undivided(self) -> Refusal:
        """The refusal of a mean that is used before it is quantized."""
        return Refusal(
            f"takes {self.name!r}, a mean over {self.divisor} entries, which has no exact form",
            "put a quantizer behind the mean, or average 2, 4, 8... entries",
        )

    @property
    def interval(self) -> Interval:
        """All that the elements can be; ``Refusal`` for an input that is not quantized."""
        if self.known_interval is None:
            raise Refusal(
                f"takes the input {self.name!r}, which is not quantized",
                "put a Quantizer layer behind the input, or set enable_iq=True",
            )
        return self.known_interval


Weight = FixedArray | Tensor
"""Constants, or a tensor: an input of the kind REGISTER holds weights that are reloaded at run time."""


def identifier(text: str) -> str:
    """``text`` as an identifier of C and Python.

    >>> identifier("edge mlp-1"), identifier("2d")
    ('edge_mlp_1', 'n2d')
    """
    word = re.sub(r"\W", "_", text, flags=re.ASCII)
    return word if word and not word[0].isdigit() else f"n{word}"
