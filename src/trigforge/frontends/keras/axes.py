"""Axes as Keras counts them, and without the event axis."""

from trigforge.building import Refusal, Tensor


def without_event_axis(axis: int, x: Tensor, does: str) -> int:
    """The number of an axis of ``x`` without the event axis; ``Refusal`` where it is the event axis.

    ``does`` says what the layer does to it, as "concatenates along".
    """
    own = int(axis) % (x.rank + 1) - 1
    if own < 0:
        raise Refusal(f"{does} the event axis", "use another axis")
    return own
