"""Makers of the options of table layers, recurrent layers, and of Keras's own layers and operations."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from tests.hunt.dice import Dice
from tests.hunt.makers import Maker, Shape, attention, conv, dense, einsum, einsum_dense, linformer

_CURVES = ("tanh", "relu", "sigmoid", None)


def _network(dice: Dice, *, wide: bool) -> dict[str, Any]:
    """The network of an edge; HGQ2 0.2 runs wide hidden layers in some classes only."""
    made: dict[str, Any] = {"n_hl": dice.between(0, 2), "d_hl": dice.between(1, 4) if wide else 1}
    made["subnn_activation"] = dice.one(*_CURVES)
    if dice.chance(0.4):
        made |= {"batch_norm": True, "bn_scale": dice.chance(0.7), "bn_center": dice.chance(0.7)}
    return made


def dense_table(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any] | None:
    if prod(shapes[0]) > 24:
        return None
    return {"n_out": dice.between(1, 3), **_network(dice, wide=True)}


def einsum_dense_table(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any] | None:
    made = einsum_dense(dice, shapes) if prod(shapes[0]) <= 16 else None
    if made is None:
        return None
    letters = made["equation"].partition("->")[2].lstrip("b.")
    if letters and dice.chance(0.3):
        made["normalize_axes"] = dice.one(*letters)
    return {**made, **_network(dice, wide=False)}


def conv_table(rank: int) -> Maker:
    def made(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any] | None:
        given = conv(rank)(dice, shapes)
        if given is None or prod(shapes[0]) > 24:
            return None
        padding = "same" if given["padding"] == "causal" else given["padding"]
        return {**given, "groups": 1, "filters": dice.between(1, 2), "padding": padding, **_network(dice, wide=True)}

    return made


def attention_table(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    return {**attention(dice, shapes), **_network(dice, wide=False)}


def linformer_table(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    return {**linformer(dice, shapes), **_network(dice, wide=False)}


def recurrent(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    made = {**dense(dice, shapes), "activation": dice.one("linear", "linear", "linear", "relu", "relu", "tanh")}
    return made | {"return_sequences": dice.chance(0.5), "go_backwards": dice.chance(0.3)}


def spiking(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    made = {"units": shapes[0][-1], "reset_mechanism": dice.one("subtract", "zero", "none")}
    return made | {"return_sequences": dice.chance(0.5), "go_backwards": dice.chance(0.3)}


def normalization(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    length = shapes[0][-1]
    return {"mean": [0.1 * n for n in range(length)], "variance": [0.5 + n for n in range(length)]}


def timed(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    return {"layer": {"layer": dice.one("hgq.QDense", "hgq.QBatchNormDense"), "options": {"units": dice.between(1, 3)}}}


def _ends(dice: Dice, rank: int, most: int) -> list[list[int]]:
    return [[dice.between(0, most), dice.between(0, most)] for _ in range(rank)]


def border(name: str) -> Any:
    def of_rank(rank: int) -> Maker:
        def made(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any] | None:
            ends = _ends(dice, rank, 1)
            if any(sum(end) >= length for end, length in zip(ends, shapes[0], strict=False)):
                return None
            return {name: ends[0] if rank == 1 else ends}

        return made

    return of_rank


def up_sampling(rank: int) -> Maker:
    return lambda dice, shapes: {"size": 2 if rank == 1 else [dice.between(1, 2) for _ in range(rank)]}


def adaptive(rank: int) -> Maker:
    return lambda dice, shapes: {"output_size": [dice.between(1, length) for length in shapes[0][:rank]]}


def comparison(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    return {"x2": dice.one(0.3, 0.5, 1.0, 2.0)}


def mask(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    return {"condition": [bool(dice.chance(0.5)) for _ in range(shapes[0][-1])]}


def matrices(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any] | None:
    x, y = shapes
    return {} if len(x) == len(y) >= 2 and x[:-2] == y[:-2] and x[-1] == y[-2] else None


def matrix(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    rows = [[dice.one(0.5, -1.0, 0.0, 2.0) for _ in range(2)] for _ in range(shapes[0][-1])]
    return {"x2": {"matrix": rows}}


def einsum_operation(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any] | None:
    made = einsum(dice, shapes)
    return None if made is None else {"subscripts": made["equation"]}


def split(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    axis = dice.between(1, len(shapes[0]))
    length = shapes[0][axis - 1]
    parts = [n for n in range(1, length + 1) if length % n == 0]
    return {"indices_or_sections": dice.one(*parts, *([[1]] if length > 1 else [])), "axis": axis}


def tiles(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    return {"repeats": [1, *(dice.between(1, 2) for _ in shapes[0])]}


def pads(dice: Dice, shapes: Sequence[Shape]) -> dict[str, Any]:
    mode = dice.one("constant", "constant", "symmetric", "reflect")
    most = 0 if mode == "reflect" and min(shapes[0]) < 2 else 1
    return {"pad_width": [[0, 0], *_ends(dice, len(shapes[0]), most)], "mode": mode}
