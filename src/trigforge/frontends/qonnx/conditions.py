"""Comparisons and what is chosen by them: ``Greater``, ``Less``, ``Equal``, ``Not``, ``And``, ``Or`` and ``Where``."""

from dataclasses import dataclass, replace
from typing import Any, assert_never

import numpy as np

from trigforge.building import Refusal, Tensor, add, multiply, subtract
from trigforge.building.arithmetic import constant
from trigforge.fixed import FixedArray
from trigforge.frontends.qonnx.call import Call, Handler, Hidden, Operand, Rounded, number, numbers
from trigforge.frontends.qonnx.constants import Constant
from trigforge.frontends.qonnx.elementwise import clip, together
from trigforge.frontends.qonnx.structure import as_value
from trigforge.frontends.scales.ramps import Ratios, ratios
from trigforge.frontends.scales.values import Value, lattice
from trigforge.graph import Select


@dataclass(frozen=True, eq=False)
class Compared:
    """``left > right``, or ``left >= right`` if ``equal`` too."""

    left: Value | Rounded
    right: Value | Rounded | Constant
    equal: bool


@dataclass(frozen=True, eq=False)
class Negated:
    """The opposite of a condition."""

    condition: "Condition"


@dataclass(frozen=True, eq=False)
class Both:
    """Two conditions at once; either of them if ``either``."""

    first: "Condition"
    second: "Condition"
    either: bool = False


Condition = Compared | Negated | Both | Constant


def comparison(call: Call) -> Condition:
    """``Greater``, ``GreaterOrEqual``, ``Less``, ``LessOrEqual`` and ``Equal``."""
    left, right = call.pending(0), call.pending(1)
    equal = call.kind.endswith("OrEqual")
    match call.kind:
        case "Equal":
            return Both(_ordered(left, right, True), _ordered(right, left, True))
        case "Greater" | "GreaterOrEqual":
            return _ordered(left, right, equal)
        case _:
            return _ordered(right, left, equal)


def _ordered(left: Operand | None, right: Operand | None, equal: bool) -> Condition:
    """``left > right``, with a tensor on the left."""
    if isinstance(left, Value | Rounded) and isinstance(right, Value | Rounded | Constant):
        return Compared(left, right, equal)
    if isinstance(left, Constant) and isinstance(right, Value | Rounded):
        return Negated(Compared(right, left, not equal))
    raise Refusal("compares conditions", "compare numbers")


def logic(call: Call) -> Condition:
    """``Not``, ``And`` and ``Or``."""
    first, *more = (_condition(call.pending(n)) for n in range(len(call.given)))
    return Both(first, more[0], call.kind == "Or") if more else Negated(first)


def _condition(found: Any) -> Condition:
    if isinstance(found, Compared | Negated | Both | Constant):
        return found
    raise Refusal("takes numbers for conditions", "compare them with 0")


def where(call: Call) -> Value | Rounded | Hidden:
    """``Where``: a mask or a clip where it is one, else a choice between two tensors."""
    condition, x, y = _condition(call.pending(0)), call.pending(1), call.pending(2)
    if isinstance(x, Constant) and bool(np.isneginf(x.values).all()):
        return _hidden(condition, call.value(2), call)
    return _clipped(condition, x, y, call) or chosen(condition, call.operand(1), call.operand(2), call)


def _hidden(condition: Condition, rest: Value, call: Call) -> Hidden:
    tensor, unit = lattice(rest, "its operand")
    hull = tensor.interval.hull
    least = constant(tensor, FixedArray.of(hull.lo, hull.lsb), "least")
    return Hidden(Value(_selected(condition, least, tensor, call, len(tensor.shape))).then("mul", unit))


_NUMBERS, _BOOL = (1, 11), 9


def cast(call: Call) -> Any:
    """``Cast`` to a floating-point type of at least 32 bits: numbers stay, a condition that holds becomes 1, else 0.

    ``Cast`` to bool is the comparison with 0.
    """
    found, kind = call.pending(0), int(call.get("to", 1))
    if kind == _BOOL and isinstance(found, Value | Rounded):
        nothing = Constant(np.zeros((), np.float32))
        return Both(Compared(found, nothing, False), Negated(Compared(found, nothing, True)), either=True)
    if kind not in _NUMBERS:
        raise Refusal("casts to a type that is not float or double", "quantize by a quantizer")
    if isinstance(found, Value | Rounded | Constant):
        return found
    return _truth(found, call)


def of_conditions(handler: Handler) -> Handler:
    """The handler of an op that moves elements, of conditions too."""

    def moved(call: Call) -> Any:
        found = call.given[0]
        if not isinstance(found, Compared | Negated | Both):
            return handler(call)
        made = handler(replace(call, given=[_truth(found, call), *call.given[1:]]))
        return Compared(made, Constant(np.array(0.5, np.float32)), False)

    return moved


def _truth(condition: Condition, call: Call) -> Value:
    """1 where a condition holds, else 0."""
    return chosen(condition, Constant(np.array(1)), Constant(np.array(0)), call)


def _clipped(condition: Condition, x: Any, y: Any, call: Call) -> Value | Rounded | None:
    """``where(t > c, c, t)`` and its like: the smaller or the larger of a tensor and a constant; else None."""
    below = isinstance(condition, Negated)
    inner = condition.condition if isinstance(condition, Negated) else condition
    if not isinstance(inner, Compared) or not isinstance(inner.right, Constant):
        return None
    over, under = (y, x) if below else (x, y)
    bound = inner.right

    def is_bound(found: Any) -> bool:
        return isinstance(found, Constant) and bool((np.asarray(found.values == bound.values)).all())

    base = inner.left.value if isinstance(inner.left, Rounded) else inner.left
    end = numbers(bound, base, call.events)
    if is_bound(under) and _is(inner.left, over, end):
        return clip(over, end, ratios(np.inf))
    if is_bound(over) and _is(inner.left, under, end):
        return clip(under, ratios(-np.inf), end)
    return None


def _is(x: Value | Rounded, y: Any, bound: Ratios) -> bool:
    """True if ``y`` is ``x``, or its like that is clipped on the other side of ``bound``, where they compare alike."""
    if x is y:
        return True
    if not isinstance(x, Rounded) or not isinstance(y, Rounded) or (x.value is not y.value) or x.mode != y.mode:
        return False
    same = np.shape(x.unit) == np.shape(y.unit) and np.all(x.unit == y.unit)
    open_ended = np.all(x.lo == -np.inf) and np.all(x.hi == np.inf)
    return bool(same and open_ended and np.all(y.lo * y.unit <= bound) and np.all(y.hi * y.unit >= bound))


def chosen(condition: Condition, x: Operand | None, y: Operand | None, call: Call) -> Value:
    """``x`` where the condition holds, else ``y``: in one unit."""
    like = _tensor_of(condition, x, y)
    (a, unit_a), (b, unit_b) = (lattice(_value(part, like, call), "its operand") for part in (x, y))
    (a, b), unit = together(a, unit_a, b, unit_b)
    axes = max(len(part.shape) for part in (like, a, b))
    return Value(_selected(condition, a, b, call, axes)).then("mul", unit)


def _tensor_of(condition: Condition, *operands: Operand | None) -> Tensor:
    """Any tensor of the graph that takes part."""
    for found in operands:
        if isinstance(found, Value):
            return found.tensor
    match condition:
        case Compared(left):
            return left.value.tensor if isinstance(left, Rounded) else left.tensor
        case Negated(inner):
            return _tensor_of(inner)
        case Both(first, second):
            return _tensor_of(second if isinstance(first, Constant) else first)
        case Constant():
            raise Refusal("chooses between constants by one", "fold constants before the export")
        case _:
            assert_never(condition)


def _value(operand: Operand | None, like: Tensor, call: Call) -> Value:
    if isinstance(operand, Value):
        return operand
    if isinstance(operand, Constant):
        return as_value(call, operand, Value(like))
    raise Refusal("chooses between conditions", "choose between numbers")


def _selected(condition: Condition, x: Tensor, y: Tensor, call: Call, axes: int) -> Tensor:
    """``x`` or ``y``; a constant with more than ``axes`` axes has one of events in front."""
    match condition:
        case Compared(left, right, equal):
            tensor, threshold = _threshold(left, right, equal, call)
            return tensor.builder.add("chosen", Select(threshold), tensor, x, y)
        case Negated(inner):
            return _selected(inner, y, x, call, axes)
        case Both(first, second, either):
            if either:
                return _selected(first, x, _selected(second, x, y, call, axes), call, axes)
            return _selected(first, _selected(second, x, y, call, axes), y, call, axes)
        case Constant():
            return _masked(condition, x, y, axes)
        case _:
            assert_never(condition)


def _threshold(left: Any, right: Any, equal: bool, call: Call) -> tuple[Tensor, FixedArray]:
    """A tensor and the numbers from which on the comparison holds."""
    first = number(left)
    if isinstance(right, Constant):
        ends = numbers(right, first, call.events)
        tensor, unit = lattice(first, "its operand")
        counts = ends / unit
    else:
        (a, unit_a), (b, unit_b) = lattice(first, "its operand"), lattice(number(right), "its operand")
        (a, b), _ = together(a, unit_a, b, unit_b)
        tensor, counts = subtract(a, b), ratios(0)
    return tensor, _least(counts, tensor, equal)


def _least(ends: Ratios, tensor: Tensor, equal: bool) -> FixedArray:
    """The least multiples of the tensor's last place that are above ``ends``, or at them if ``equal``."""
    lowest = tensor.interval.hull.lsb
    place = ratios(2.0**lowest)
    counts = [-(-v // 1) if equal else v // 1 + 1 for v in np.asarray(ends / place, dtype=object).reshape(-1).tolist()]
    return FixedArray.of(np.array([int(n) for n in counts], dtype=object).reshape(np.shape(ends)), lowest)


def _masked(condition: Constant, x: Tensor, y: Tensor, axes: int) -> Tensor:
    """A choice that is the same for all events."""
    whole = condition.values.reshape(-1, *condition.shape[max(condition.values.ndim - axes, 0) :])
    if not bool((whole == whole[:1]).all()):
        raise Refusal("chooses by the number of the event", "choose by what is the same for all events")
    mask = whole[0].astype(np.int64)
    kept, rest = (constant(x, FixedArray.of(part), "kept") for part in (mask, 1 - mask))
    return add(multiply(x, kept), multiply(y, rest))
