"""Axes as Keras counts them, and without the event axis."""

from collections.abc import Sequence
from typing import Any, cast

from trigforge.building import Refusal, Tensor

EVENTS = Refusal("touches the event axis", "leave axis 0 alone, as in x[:, ...]")


def without_event_axis(axis: int, x: Tensor, does: str) -> int:
    """The number of an axis of ``x`` without the event axis; ``Refusal`` where it is the event axis.

    ``does`` says what the layer does to it, as "concatenates along".
    """
    own = int(axis) % (x.rank + 1) - 1
    if own < 0:
        raise Refusal(f"{does} the event axis", "use another axis")
    return own


def without_event_axes(axes: Any, x: Tensor, does: str) -> list[int]:
    """One axis or several; ``Refusal`` for None, which is all of them."""
    if axes is None:
        raise EVENTS
    every = cast(Sequence[int], axes if isinstance(axes, list | tuple) else [axes])
    return [without_event_axis(axis, x, does) for axis in every]
