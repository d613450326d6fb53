"""Words that move elements, and compute nothing."""

from collections.abc import Sequence
from math import prod

from trigforge.building.refusals import Refusal
from trigforge.building.tensor import Tensor
from trigforge.fixed import Integers
from trigforge.graph import Concat, Gather, Reshape, Slice, Transpose

MOST_ELEMENTS = 2**22
"""of any tensor that is built"""


def check_elements(shape: Sequence[int]) -> None:
    """``Refusal`` for a tensor that is larger than any that is built."""
    if prod(shape) > MOST_ELEMENTS:
        raise Refusal(f"makes a tensor of shape {[*shape]}", f"keep tensors below {MOST_ELEMENTS:,} elements")


def reshape(x: Tensor, shape: tuple[int, ...], name: str = "reshape") -> Tensor:
    """``x`` in another shape, last axis fastest; no node where it has it already."""
    return x if x.shape == shape else x.builder.add(name, Reshape(shape), x)


def transpose(x: Tensor, permutation: Sequence[int], name: str = "transpose") -> Tensor:
    """Axis ``a`` of the result is axis ``permutation[a]`` of ``x``."""
    return x.builder.add(name, Transpose(tuple(permutation)), x)


def concat(*tensors: Tensor, axis: int = -1, name: str = "concat") -> Tensor:
    """Tensors one behind the other along an axis; no node for one tensor."""
    return tensors[0] if len(tensors) == 1 else tensors[0].builder.add(name, Concat(axis % tensors[0].rank), *tensors)


def take(x: Tensor, indices: Sequence[int], axis: int = 0, name: str = "gather") -> Tensor:
    """Entries of one axis in any order, some of them often; negative indices count from the end."""
    axis %= x.rank
    check_elements((*x.shape[:axis], len(indices), *x.shape[axis + 1 :]))
    return x.builder.add(name, Gather(Integers([int(n) % x.shape[axis] for n in indices]), axis), x)


def cut(x: Tensor, axis: int, key: int | slice, name: str = "slice") -> Tensor:
    """One axis cut as Python cuts a list; an integer leaves length 1. No node where all is taken."""
    numbers = range(x.shape[axis])[key]
    taken = [numbers] if isinstance(numbers, int) else list(numbers)
    if taken == list(range(x.shape[axis])):
        return x
    if not taken:
        raise Refusal("takes an empty slice", "take at least one element")
    step = taken[1] - taken[0] if len(taken) > 1 else 1
    if step < 0:
        return take(x, taken, axis)
    bounds = [(0, length, 1) for length in x.shape]
    bounds[axis] = (taken[0], taken[-1] + 1, step)
    start, stop, steps = zip(*bounds, strict=True)
    return x.builder.add(name, Slice(start, stop, steps), x)


def repeated(x: Tensor, axis: int, count: int, name: str = "repeated") -> Tensor:
    """Each entry of an axis ``count`` times in a row."""
    if count < 1:
        raise Refusal(f"repeats entries {count} times", "repeat them at least once")
    check_elements((count, *x.shape))
    return x if count == 1 else take(x, [n for n in range(x.shape[axis]) for _ in range(count)], axis, name)
