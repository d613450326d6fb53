"""The options that make a layer what it is, for operands of given shapes: one function a kind of layer.

A maker takes dice and the shapes of its operands (without events) and returns options, or None where it has no use
for such operands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from tests.hunt.dice import CURVES, EXACT, Dice, quantizer

Shape = tuple[int, ...]
Maker = Callable[[Dice, Sequence[Shape]], dict[str, Any] | None]


@dataclass(frozen=True)
class Kind:
    """A layer or operation: how many operands it takes, how they are given, and how likely it is."""

    maker: Maker
    operands: tuple[int, int] = (1, 1)
    packing: str = "one"
    weight: float = 1.0
    alike: bool = False
    """all operands have one shape"""


def nothing(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    return {}


def ranks(low: int, high: int, maker: Maker = nothing) -> Maker:
    """A maker for first operands of these ranks."""
    return lambda dice, shapes: maker(dice, shapes) if low <= len(shapes[0]) <= high else None


def dense(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    return {"units": dice.between(1, 4)}


def einsum_dense(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any] | None:
    """Any contraction of an operand with a kernel: letters contracted, shared, kept and new."""
    shape = shapes[0]
    letters = "cdefg"[: len(shape)]
    sizes = dict(zip(letters, shape, strict=True))
    kernel = dice.some(letters, 1)
    contracted = dice.some(kernel, 1) if len(kernel) > 1 or dice.chance(0.9) else []
    new = "xy"[: dice.between(0, 2)]
    sizes |= {letter: dice.between(1, 3) for letter in new}
    output = dice.mixed([*(letter for letter in letters if letter not in contracted), *new])
    if not output or prod(sizes[letter] for letter in output) > 48:
        return None
    ordered = "".join(dice.mixed([*kernel, *new]))
    equation = f"b{letters},{ordered}->b{''.join(output)}"
    made: dict[str, Any] = {"equation": equation, "output_shape": [sizes[letter] for letter in output]}
    if dice.chance(0.6):
        made["bias_axes"] = "".join(dice.some(output, 1))
    if letters[0] not in (*kernel, *contracted) and output[:1] == [letters[0]] and dice.chance(0.4):
        made["equation"] = equation.replace(f"b{letters[0]}", "...")
        made["bias_axes"] = "".join(output[1:]) or None
    return made


def einsum_dense_norm(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any] | None:
    made = einsum_dense(dice, shapes)
    if made is None:
        return None
    kernel, output = made["equation"].split(",")[1].split("->")
    both = [letter for letter in output if letter in kernel]
    if not both:
        return None
    if dice.chance(0.5):
        made["bias_axes"] = made["normalize_axes"] = "".join(both)
    elif dice.chance(0.5):
        made["bias_axes"] = "".join(both)
    else:
        made["normalize_axes"] = "".join(dice.some(both, 1))
    return made


def conv(rank: int) -> Maker:
    def made(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
        groups = dice.one(*(n for n in (1, 1, 1, 2, 3) if shapes[0][-1] % n == 0))
        several = dice.chance(0.3)
        return {
            "filters": groups * dice.between(1, 2),
            "kernel_size": [dice.between(1, 3) for _ in range(rank)],
            "strides": 1 if several else dice.between(1, 2),
            "padding": dice.one("valid", "same", *(["causal"] if rank == 1 else [])),
            "dilation_rate": dice.between(1, 2) if several else 1,
            "groups": groups,
        }

    return ranks(rank + 1, rank + 1, made)


def pooling(rank: int) -> Maker:
    def made(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
        return {
            "pool_size": [dice.one(1, 2, 2, 3, 4) for _ in range(rank)],
            "strides": dice.one(None, 1, 2, 3),
            "padding": dice.one("valid", "same"),
        }

    return ranks(rank + 1, rank + 1, made)


def axis_of(dice: Dice, shape: Shape) -> int:
    """An axis but that of events, counted from either end."""
    own = dice.between(1, len(shape))
    return own if dice.chance(0.5) else own - len(shape) - 1


def axes(name: str) -> Maker:
    def made(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
        chosen = [n + 1 for n in dice.some(range(len(shapes[0])), 1)]
        return {name: chosen if dice.chance(0.7) else axis_of(dice, shapes[0])}

    return made


def summed(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    return {**axes("axes")(dice, shapes), "scale": dice.one(1.0, 0.5, 0.25, 2.0)}


def one_axis(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    return {"axis": axis_of(dice, shapes[0])}


def dot(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any] | None:
    x, y = shapes
    pairs = [[a + 1, b + 1] for a, n in enumerate(x) for b, m in enumerate(y) if n == m]
    return {"axes": dice.one(*pairs)} if pairs and len(x) < 4 and len(y) < 4 else None


def einsum(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any] | None:
    x, y = shapes
    if prod(x) * prod(y) > 600:
        return None
    first = "cdefgh"[: len(x)]
    sizes = dict(zip(first, x, strict=True))
    second = ""
    for letter, size in zip("uvwxyz"[: len(y)], y, strict=True):
        equal = [own for own in first if sizes[own] == size and own not in second]
        second += dice.one(*equal) if equal and dice.chance(0.8) else letter
        sizes.setdefault(second[-1], size)
    every = [*first, *(letter for letter in second if letter not in first)]
    output = dice.mixed(dice.some(every, 1))
    if prod(sizes[letter] for letter in output) > 48:
        return None
    return {"equation": f"b{first},b{second}->b{''.join(output)}"}


def attention(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    made: dict[str, Any] = {"num_heads": dice.between(1, 2), "key_dim": dice.between(1, 3)}
    if dice.chance(0.3):
        made["value_dim"] = dice.between(1, 2)
    if dice.chance(0.2):
        made["output_shape"] = dice.between(1, 3)
    if dice.chance(0.2) or len(shapes[0]) > 2:
        made["attention_axes"] = [1]
    return made


def linformer(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    return {**attention(dice, shapes), "lin_kv_proj_dim": dice.between(1, 3), "fuse": "none"}


def curve(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    return {"activation": dice.one(*CURVES, *EXACT)}


def softmax(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    name = dice.one("axis", "axes")
    made = axes(name)(dice, shapes)
    return {name: [made[name]] if name == "axes" and isinstance(made[name], int) else made[name]}


def own_quantizer(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    return {"config": quantizer(dice, "datalane")}


def reshaped(name: str) -> Maker:
    def made(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
        size = prod(shapes[0])
        first = dice.one(*(n for n in range(1, size + 1) if size % n == 0))
        target = dice.one([size], [first, size // first], [first, -1], [size // first, first, 1])
        return {name: [-1, *map(abs, target)] if name == "newshape" else target}

    return made


def permuted(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    return {"dims": dice.mixed(range(1, len(shapes[0]) + 1))}


def transposed(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    return {"axes": [0, *dice.mixed(range(1, len(shapes[0]) + 1))]}


def joined(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any] | None:
    """Along an axis in which alone the shapes differ."""
    if len({len(shape) for shape in shapes}) > 1:
        return None
    for axis in dice.mixed(range(len(shapes[0]))):
        if len({shape[:axis] + shape[axis + 1 :] for shape in shapes}) == 1:
            return {"axis": dice.one(axis + 1, axis - len(shapes[0]))}
    return None


def index(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    key: list[Any] = [{"slice": [None, None, None]}]
    for length in shapes[0]:
        start = dice.between(0, length - 1)
        ends = ([start, None, None], [None, start + 1, None], [None, None, -1], [None, None, 2], [None, None, None])
        key.append(dice.one(start, start - length, *({"slice": list(three)} for three in ends)))
    if dice.chance(0.2):
        key[dice.between(1, len(key) - 1)] = {"rest": True}
    elif dice.chance(0.1):
        key.insert(dice.between(1, len(key)), None)
    return {"key": key}


def constant_operand(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    values = [0.5, -1.25, 2.0, 0.0]
    return {"x2": dice.one(*values) if dice.chance(0.7) else [dice.one(*values) for _ in range(shapes[0][-1])]}


def constant_first(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    return {"x1": constant_operand(dice, shapes)["x2"]}


def taken(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    axis = dice.between(1, len(shapes[0]))
    length = shapes[0][axis - 1]
    indices = [dice.between(-length, length - 1) for _ in range(dice.between(1, 3))]
    return {"indices": indices if dice.chance(0.7) else indices[0], "axis": axis}


def reduced(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    return {**axes("axis")(dice, shapes), "keepdims": dice.chance(0.5)}


def rate(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    return {"rate": 0.25}
