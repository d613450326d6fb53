"""A fixed, seeded generator of small convolutional networks: the words of ``building``, drawn with all their options.

``random_network(n)`` is network ``n``, the same on every machine: one or two axes, strides, dilation, padding, groups,
kernels of every length, requantizations of all modes with types by channel or by element, pooling, residuals, sums.
"""

import numpy as np

from trigforge.building import (
    Builder,
    Quantization,
    Steps,
    Tensor,
    add,
    average_pool,
    batch_norm,
    conv,
    dense,
    global_max_pool,
    max_pool,
    quantize,
    relu,
    reshape,
    sum_over,
    table,
)
from trigforge.fixed import FixedArray, FixedTypes, Overflow, Rounding
from trigforge.graph import FixedPointGraph
from trigforge.passes import optimize

_SHAPES = ((9, 2), (12, 1), (6, 3), (5, 4, 2), (4, 7, 1), (1, 6, 2), (6, 3, 2))


def random_network(number: int) -> FixedPointGraph:
    """Network ``number`` of the fixed sequence, after the passes."""
    rng = np.random.default_rng([20261127, number])
    build = Builder(f"windows_{number}")
    x = build.input("x", _SHAPES[number % len(_SHAPES)], ("ap_fixed<6,3>", "ap_ufixed<1,1>")[number % 4 == 3])
    for layer in range(1 + int(rng.integers(1, 3))):
        with build.layer(f"conv_{layer + 1}", kind="Conv"):
            x = _around(rng, _convolution(rng, x, f"conv_{layer + 1}"))
    return optimize(build.graph(_ends(rng, x)))


def _small(rng: np.random.Generator, *shape: int) -> FixedArray:
    return FixedArray.of(np.where(rng.random(shape) < 0.1, 0, rng.integers(-7, 8, shape)), int(rng.integers(-3, 1)))


def _convolution(rng: np.random.Generator, x: Tensor, name: str) -> Tensor:
    axes, channels = x.rank - 1, x.shape[-1]
    kernel = tuple(int(rng.integers(1, min(length, 3) + 1)) for length in x.shape[:-1])
    strides = tuple(1 + int(rng.random() < 0.3) for _ in range(axes))
    room = (length > 2 * size for length, size in zip(x.shape, kernel, strict=False))
    dilation = tuple(1 + int(enough and rng.random() < 0.3) for enough in room)
    padding = str(rng.choice(["valid", "same", "same", *(["causal"] if axes == 1 else [])]))
    groups = channels if rng.random() < 0.25 else 1
    filters = groups * int(rng.integers(1, 3)) if groups > 1 else int(rng.integers(2, 5))
    bias = _small(rng, filters) if rng.random() < 0.6 else None
    weight = _small(rng, *kernel, channels // groups, filters)
    return conv(x, weight, bias, Steps(strides, padding, dilation), groups, name)


def _around(rng: np.random.Generator, x: Tensor) -> Tensor:
    """What follows a convolution."""
    if rng.random() < 0.2:
        x = batch_norm(x, _small(rng, x.shape[-1]), _small(rng, x.shape[-1]))
    if rng.random() < 0.5:
        x = relu(x)
    narrow = _requantized(rng, x)
    if rng.random() < 0.2:
        narrow = table(narrow, lambda v: np.tanh(v), Quantization.of("ap_fixed<5,2>", "RND"))
    if rng.random() < 0.25:
        narrow = add(narrow, _requantized(rng, x))
    if rng.random() < 0.35 and max(narrow.shape[:-1]) > 2:
        size = tuple(2 if length > 1 else 1 for length in narrow.shape[:-1])
        pool = max_pool if rng.random() < 0.7 else average_pool
        narrow = pool(narrow, size, Steps(size if rng.random() < 0.7 else (1,) * len(size), "valid"))
    return narrow


def _requantized(rng: np.random.Generator, x: Tensor) -> Tensor:
    """Types around those of ``x``, which differ by channel, by element, or not at all."""
    hull, grain = x.interval.hull, (1,) * x.rank
    if rng.random() < 0.7:
        grain = (1,) * (x.rank - 1) + x.shape[-1:] if rng.random() < 0.6 else x.shape
    integer = np.minimum(hull.integer_bits - hull.signed, 5) - rng.integers(0, 3, grain)
    sign = np.where(rng.random(grain) < 0.9, int(hull.signed), 0)
    types = FixedTypes.from_kif(sign, integer, np.maximum(rng.integers(0, 4, grain), 1 - integer))
    rounding = rng.choice([Rounding.TRN, Rounding.RND, Rounding.RND, *Rounding])
    overflow = rng.choice([Overflow.WRAP, Overflow.SAT, *Overflow])
    return quantize(x, Quantization(types, Rounding(rounding), Overflow(overflow)))


def _ends(rng: np.random.Generator, x: Tensor) -> list[Tensor]:
    """One or two outputs."""
    axes = tuple(range(x.rank - 1))
    found = [x] if rng.random() < 0.3 else []
    match int(rng.integers(4)):
        case 0:
            flat = reshape(x, (int(np.prod(x.shape)),))
            found.append(dense(flat, _small(rng, flat.shape[0], 2)))
        case 1:
            found.append(sum_over(x, axes))
        case 2:
            found.append(global_max_pool(x))
        case _:
            found.append(dense(x, _small(rng, x.shape[-1], 2)))
    return found
