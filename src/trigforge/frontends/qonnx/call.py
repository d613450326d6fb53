"""``Call``: one node of an ONNX graph, with values in place of its tensors."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np

from trigforge.building import Builder, Refusal
from trigforge.frontends.qonnx.constants import Array, Constant
from trigforge.frontends.scales.quantizing import Levels, integers
from trigforge.frontends.scales.ramps import Ratios, ratios
from trigforge.frontends.scales.rounding import rule_of
from trigforge.frontends.scales.values import Value

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Rounded:
    """``clip(round(value), lo, hi) * unit``, not yet computed: more of a quantizer may follow. ``unit`` is positive."""

    value: Value
    mode: str
    lo: Ratios = field(default_factory=lambda: ratios(-np.inf))
    hi: Ratios = field(default_factory=lambda: ratios(np.inf))
    unit: Ratios = field(default_factory=lambda: ratios(1))

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    def clipped(self, lo: Ratios, hi: Ratios) -> "Rounded | None":
        """This within ``lo`` and ``hi``; None where these are no multiples of the unit."""
        low, high = (np.asarray(end / self.unit, dtype=object) for end in (lo, hi))
        if not (_is_whole(low) and _is_whole(high)):
            return None
        ends = [np.asarray(np.minimum(np.maximum(end, low), high), dtype=object) for end in (self.lo, self.hi)]
        return replace(self, lo=ends[0], hi=ends[1])

    def times(self, factor: Ratios) -> "Rounded | None":
        """This times a positive number; None for others."""
        return replace(self, unit=np.asarray(self.unit * factor, dtype=object)) if bool(np.all(factor > 0)) else None

    def settled(self) -> Value:
        """The numbers; ``Refusal`` for an input without quantizer where nothing clips."""
        rule, rounding = rule_of(self.mode)
        ends = [part.reshape(-1).tolist() for part in (self.lo, self.hi)]
        lo, hi = self.lo, self.hi
        if any(math.isinf(v) for end in ends for v in end):
            if self.value.tensor.known_interval is None:
                raise Refusal("rounds an input that has no ends", "clip what it rounds")
            least, most = domain(self.value, ratios(1), ratios(0))
            lo, hi = np.maximum(lo, least), np.minimum(hi, most)
        return integers(self.value, Levels(ratios(1), ratios(0), lo, hi, rule, rounding)).then("mul", self.unit)


def _is_whole(end: Ratios) -> bool:
    return all(not isinstance(v, Fraction) or v.denominator == 1 for v in end.reshape(-1).tolist())


@dataclass(frozen=True, eq=False)
class Hidden:
    """A tensor with minus infinity where a mask hides it. ``least`` has the least number of its type there: what a
    maximum takes, unless all is hidden."""

    least: Value
    unread: tuple[str, str] = (
        "takes minus infinity for a number",
        "mask right in front of a softmax with types, or of a quantizer",
    )


Operand = Value | Constant


@dataclass(frozen=True)
class Call:
    """A node's operands, its attributes and the number of events that the model was exported for.

    ``given`` are the operands as they are known; one that is left out is None.
    """

    builder: Builder
    kind: str
    given: Sequence[Any]
    attributes: Mapping[str, Any]
    opset: int
    events: int = 1
    outputs: int = 1
    channels_last: bool = False

    @property
    def x(self) -> Value:
        """The first operand, which events change."""
        return self.value(0)

    def value(self, n: int) -> Value:
        """Operand ``n`` as one that events change."""
        found = self.operand(n)
        if not isinstance(found, Value):
            raise Refusal(f"takes a constant as operand {n}", "fold constants before the export")
        return found

    def pending(self, n: int) -> Any:
        """Operand ``n`` as it is known: an ``Operand``, ``Rounded``, or a condition; None where it is left out.

        ``Refusal`` for what few ops take: these ask for it with ``rare``.
        """
        found = self.given[n] if n < len(self.given) else None
        unread = getattr(found, "unread", None)
        if unread is not None:
            raise Refusal(*unread)
        return found

    def rare(self, n: int, kind: type[T]) -> T | None:
        """Operand ``n`` if it is of a kind that few ops take, ``Hidden`` or ``Reordered``; None for others."""
        found = self.given[n]
        return found if isinstance(found, kind) else None

    @property
    def operands(self) -> list[Operand | None]:
        """All operands as numbers."""
        return [self.operand(n) for n in range(len(self.given))]

    def operand(self, n: int) -> Operand | None:
        """Operand ``n`` as numbers; None where it is left out."""
        found = self.pending(n)
        return None if found is None else settled(found)

    def constant(self, n: int, what: str) -> Constant:
        """Operand ``n`` as a constant; ``Refusal`` where events change it."""
        found = self.operand(n)
        if not isinstance(found, Constant):
            raise Refusal(
                f"has {what} that {'is missing' if found is None else 'changes with events'}", "use a constant"
            )
        return found

    def optional(self, n: int, what: str) -> Constant | None:
        """As ``constant``, None where it is left out."""
        return None if self.operand(n) is None else self.constant(n, what)

    def listed(self, name: str, n: int) -> list[int] | None:
        """Whole numbers from the attribute ``name``, or operand ``n`` since later versions; None without both."""
        if name in self.attributes:
            return [int(v) for v in self.attributes[name]]
        found = self.optional(n, name)
        return None if found is None else found.whole()

    def get(self, name: str, default: Any) -> Any:
        """An attribute, or what ONNX takes where it is left out."""
        found = self.attributes.get(name, default)
        return found.decode() if isinstance(found, bytes) else found

    def axis(self, axis: int, x: Value) -> int:
        """An axis of ONNX as one of ``x``; ``Refusal`` for that of the events and for one that is not there."""
        rank = len(x.shape) + 1
        if not -rank <= axis < rank:
            raise Refusal(f"names axis {axis} of a tensor with {rank} axes", "name an axis that exists")
        if axis % rank == 0:
            raise Refusal("works along axis 0, that of the events", "use another axis")
        return axis % rank - 1


def without_events(array: Array, x: Value, events: int) -> Array:
    """A constant that broadcasts to ``x`` with its event axis, as one that broadcasts to ``x``; ``Refusal``."""
    if array.ndim <= len(x.shape):
        return array
    whole = array.ndim == len(x.shape) + 1 and array.shape[0] in (1, events)
    if whole and bool((array == array[:1]).all()):
        return array[0]
    raise Refusal(
        f"has a constant of shape {[*array.shape]} for a tensor of shape {['events', *x.shape]}", "let it broadcast"
    )


def numbers(constant: Constant, x: Value, events: int) -> Ratios:
    """The exact numbers of a constant that broadcasts to ``x``; ``Refusal`` where it does not."""
    found = without_events(constant.exact(), x, events)
    try:
        np.broadcast_to(found, x.shape)
    except ValueError:
        raise Refusal(
            f"has a constant of shape {[*constant.shape]} for one of {[*x.shape]}", "let it broadcast"
        ) from None
    return found


def settled(found: Any) -> Operand:
    """Numbers of what is known of an operand; ``Refusal`` for what is none, with its own reason."""
    if isinstance(found, Rounded):
        return found.settled()
    if not isinstance(found, Value | Constant):
        raise Refusal(*getattr(found, "unread", _CONDITION))
    return found


def number(found: Any) -> Value:
    """As ``settled``, of what events change."""
    value = settled(found)
    assert isinstance(value, Value)
    return value


_CONDITION = ("takes a condition for numbers", "cast it to float, or choose by it with torch.where")


def domain(x: Value, scale: Ratios, zero: Ratios) -> tuple[Ratios, Ratios]:
    """Integers that all values of ``x / scale + zero`` lie between."""
    ramp = x.ramp
    if ramp is None:
        raise Refusal("cuts off bits of numbers without exact form", "put a quantizer in front")
    hull = x.tensor.interval.hull
    top = Fraction(2) ** (hull.width + hull.lsb)
    bounds = ratios((np.abs(ramp.scale) * ratios(top) + np.abs(ramp.offset)) / scale + np.abs(zero))
    largest = max(bounds.reshape(-1).tolist())
    bound = 1 << int(largest).bit_length() + 1
    return ratios(-bound), ratios(bound - 1)


Handler = Callable[[Call], Any]
"""A translation of one node, to what is known of its output, or a list; ``Refusal`` for what cannot be exact."""


@dataclass(frozen=True)
class Reader:
    """A handler, the attributes of its node that it reads, and the values that others must have."""

    handler: Handler
    reads: frozenset[str] = frozenset()
    only: Mapping[str, Sequence[Any]] = field(default_factory=dict[str, Sequence[Any]])

    def faults(self, attributes: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Each attribute that is not understood: the fault, and the remedy."""
        found: list[tuple[str, str]] = []
        for name, value in attributes.items():
            if name in self.reads:
                continue
            if name not in self.only:
                found.append((f"has the attribute {name}, which is unknown here", "leave it out"))
            elif value not in self.only[name]:
                known = " or ".join(map(str, self.only[name]))
                found.append((f"has {name} = {value!r}, which is not read", f"use {name} = {known}"))
        return found


def reads(handler: Handler, names: str = "", **only: Sequence[Any]) -> Reader:
    """A reader, its attributes in one string."""
    return Reader(handler, frozenset(names.split()), only)
