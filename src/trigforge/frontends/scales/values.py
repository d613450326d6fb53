"""``Value``: a tensor of the model as a tensor of the graph and functions of one number behind it, not yet computed."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from trigforge.building import Refusal, Tensor, maximum, minimum, shift
from trigforge.building.arithmetic import constant
from trigforge.building.staircase import line
from trigforge.fixed import FixedArray, exact
from trigforge.frontends.scales.nearly import nearest_line
from trigforge.frontends.scales.ramps import ONE, Ramp, Ratios, divisor, exponent, ratios, shrunk

Singles = npt.NDArray[np.float32]
Function = Callable[[Any, Any], Any]
"""an array of float32 and a tuple of constants, to float32"""
Move = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]
_WIDEST = 62


@dataclass(frozen=True, eq=False)
class Step:
    """A function of each element and of ``constants``, which broadcast to the tensor.

    ``kind`` is one of ``KINDS``; ``function`` is that of a step without exact form, on float32.
    """

    kind: str
    constants: tuple[Ratios, ...]
    function: Function | None = None


def _times(ramp: Ramp, step: Step) -> Ramp:
    zero, (a, *more) = ratios(0), step.constants
    match step.kind:
        case "add":
            return ramp.times(ratios(1), a)
        case "mul":
            return ramp.times(a, zero)
        case "div":
            return ramp.times(1 / a, zero)
        case "line":
            return ramp.times(a, more[0])
        case _:
            return ramp.within(a, more[0])


KINDS: dict[str, Function] = {
    "add": lambda x, c: x + c[0],
    "mul": lambda x, c: x * c[0],
    "div": lambda x, c: x / c[0],
    "line": lambda x, c: x * c[0] + c[1],
    "clip": lambda x, c: np.minimum(np.maximum(x, c[0]), c[1]),
}
"""the steps that have an exact form, as float32 computes them"""
LEAKY = "leaky"
"""the step ``x`` where it is positive, else ``constant * x``"""


@dataclass(frozen=True, eq=False)
class Value:
    """``steps`` one after the other on each element of ``tensor``: exact numbers, whatever float32 makes of them.

    Axes are those of the tensor, without the event axis.
    """

    tensor: Tensor
    steps: tuple[Step, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        return self.tensor.shape

    def then(self, kind: str, *constants: npt.ArrayLike | Fraction, function: Function | None = None) -> "Value":
        """This with one step more, of constants that broadcast to it; none for one that does nothing."""
        arrays = tuple(shrunk(ratios(part)) for part in constants)
        nothing = {"add": 0, "mul": 1, "div": 1}.get(kind)
        if nothing is not None and bool((arrays[0] == nothing).all()):
            return self
        return replace(self, steps=(*self.steps, Step(kind, arrays, function)))

    @property
    def ramp(self) -> Ramp | None:
        """All steps as one ramp; None where one of them has no exact form."""
        found = Ramp.identity()
        for step in self.steps:
            if step.kind not in KINDS:
                return None
            found = _times(found, step)
        return found

    def moved(self, tensor: Tensor, move: Move) -> "Value":
        """The same steps on ``tensor``, this one's with elements moved as ``move`` moves arrays."""

        def constants(step: Step) -> tuple[Ratios, ...]:
            return tuple(
                part.reshape(()) if part.size == 1 else shrunk(move(np.broadcast_to(part, self.shape)))
                for part in step.constants
            )

        return Value(tensor, tuple(replace(step, constants=constants(step)) for step in self.steps))


def computed(steps: Sequence[Step], x: Any, constants: Sequence[Any]) -> Any:
    """All steps, one after the other, of float32 numbers; ``constants`` are those of all of them for one element."""
    for step in steps:
        own, constants = constants[: len(step.constants)], constants[len(step.constants) :]
        x = (step.function or KINDS[step.kind])(x, own)
    return x


def joined(kind: str, x: Value, y: Value, op: Callable[[Any, Any], Any]) -> Value:
    """``op`` of two functions of one tensor, a function without exact form."""
    first = sum(len(step.constants) for step in x.steps)

    def both(found: Any, constants: Any) -> Any:
        return op(computed(x.steps, found, constants[:first]), computed(y.steps, found, constants[first:]))

    constants = (part for step in (*x.steps, *y.steps) for part in step.constants)
    return replace(x, steps=(Step(kind, tuple(constants), both),))


def lattice(value: Value, what: str = "it") -> tuple[Tensor, Ratios]:
    """A tensor and a scale (of no axes) of which ``value`` is the product, exactly or within a bound that is allowed.

    Raises ``Refusal`` where a step has no exact form, and where the tensor's constants need more than 62 bits.
    """
    ramp = value.ramp
    if ramp is None or value.tensor.known_interval is None:
        return exact_lattice(value, what)
    return value.tensor.builder.exactly_or(
        lambda: exact_lattice(value, what), lambda: (nearest_line(value.tensor, ramp), ratios(ONE))
    )


def exact_lattice(value: Value, what: str = "it") -> tuple[Tensor, Ratios]:
    """As ``lattice``, always exactly."""
    ramp = value.ramp
    if ramp is None:
        raise Refusal(
            f"takes {value.tensor.name!r} through a function whose values have no exact form ({value.steps[-1].kind})",
            "put a quantizer behind the function, or give it a result in a file of types (trigforge quantize)",
        )
    if value.tensor.known_interval is None and value.steps:
        raise Refusal(
            f"takes the input {value.tensor.name!r}, which is not quantized", "put a quantizer behind the input"
        )
    unit = divisor(np.concatenate([part.reshape(-1) for part in (ramp.scale, ramp.offset, ramp.lo, ramp.hi)]))
    if not value.steps:
        return value.tensor, ratios(ONE)
    counts = _counts(ramp.scale / unit, what)
    product = value.tensor.interval.hull.width + exact.longest(counts.mantissa.values)
    if product > _WIDEST and bool((counts.mantissa.values != 1).any()):
        raise _too_long(what, product)
    tensor = line(value.tensor, counts, _counts(ramp.offset / unit, what), "exact")
    for end, clip, name in ((ramp.lo / unit, maximum, "lowest"), (ramp.hi / unit, minimum, "highest")):
        if any(abs(v) != math.inf for v in np.asarray(end, dtype=object).reshape(-1).tolist()):
            tensor = clip(tensor, constant(tensor, _counts(_finite(end, tensor), what), name), name="clipped")
    return tensor, ratios(unit)


def _finite(ends: Ratios, tensor: Tensor) -> Ratios:
    """Bounds, with ends of the domain that never clip in place of infinities."""
    hull = tensor.interval.hull
    found = np.broadcast_to(ends, tensor.shape).copy()
    outside = ratios(2 ** (hull.width + max(hull.lsb, 0)))
    return np.where(found == math.inf, outside, np.where(found == -math.inf, -outside, found))


def _counts(values: Ratios, what: str) -> FixedArray:
    """Whole numbers as constants."""
    values = np.asarray(values, dtype=object)
    integers = np.array([int(v) for v in values.reshape(-1).tolist()], dtype=object).reshape(values.shape)
    found = FixedArray.of(integers)
    if exact.longest(found.mantissa.values) > _WIDEST:
        raise _too_long(what, exact.longest(found.mantissa.values))
    return found


def _too_long(what: str, bits: int) -> Refusal:
    return Refusal(
        f"needs {what} as whole numbers of {bits} bits, as its scales have no short common measure",
        "put a quantizer in front, or use scales that are powers of two",
    )


def exactly(value: Value) -> Tensor:
    """``value`` itself as a tensor of the graph; ``Refusal`` where it has no exact form of at most 62 bits."""
    tensor, scale = lattice(value)
    return by_scale(tensor, scale)


def by_scale(tensor: Tensor, scale: Ratios) -> Tensor:
    """``tensor * scale``; ``Refusal`` for a scale that is not binary, as 1/3, or needs more than 62 bits."""
    scale = np.asarray(scale, dtype=object)
    places = [exponent(v) for v in scale.reshape(-1).tolist()]
    if None not in places:
        return shift(tensor, np.array(places, np.int64).reshape(scale.shape), "scaled")
    factor = binary(scale)
    if factor is None or tensor.interval.hull.width + exact.longest(factor.mantissa.values) > _WIDEST:
        raise Refusal(
            f"multiplies {tensor.name!r} by {float(scale.reshape(-1)[0]):g}, which has no exact form of at most "
            f"{_WIDEST} bits",
            "put a quantizer behind it, or use scales that are powers of two",
        )
    return line(tensor, factor, FixedArray.of(0), "scaled")


def binary(values: Ratios) -> FixedArray | None:
    """Fractions as constants; None where a denominator is no power of two."""
    values = np.asarray(values, dtype=object)
    flat = values.reshape(-1).tolist()
    lowest = max((v.denominator for v in flat), default=1)
    if any(lowest % v.denominator or v.denominator & v.denominator - 1 for v in flat):
        return None
    integers = np.array([int(v * lowest) for v in flat], dtype=object).reshape(values.shape)
    return FixedArray.of(integers, 1 - lowest.bit_length())
