"""Linear ops as matrices: at each of its positions, a contraction is a vector times a matrix of constants."""

from dataclasses import dataclass
from math import prod
from typing import Any, assert_never

import numpy as np
import numpy.typing as npt

from trigforge.fixed import FixedArray, exact
from trigforge.graph.equation import Equation
from trigforge.graph.ops import Conv1D, Conv2D, Dense, EinsumDense, Sum
from trigforge.graph.windows import conv_windows


@dataclass(frozen=True)
class Matrices:
    """At position ``p``, the outputs ``sums[p]`` are ``x[terms[p]] @ matrices[block[p]] + bias[p]``.

    Weights stand at ``2**weight_lsb``, biases at ``2**bias_lsb``; elements are counted with the last axis fastest.
    """

    terms: npt.NDArray[np.int64]
    """(positions, terms): elements of the input, -1 for a 0"""
    sums: npt.NDArray[np.int64]
    """(positions, sums): elements of the output"""
    matrices: npt.NDArray[Any]
    """(blocks, terms, sums)"""
    block: npt.NDArray[np.int64]
    bias: npt.NDArray[Any]
    weight_lsb: int
    bias_lsb: int


def matrices_of(
    op: Dense | EinsumDense | Conv1D | Conv2D | Sum, shape: tuple[int, ...], out_shape: tuple[int, ...]
) -> Matrices:
    """The matrices of an op on an operand of ``shape``; ``graph.infer`` has found that they fit.

    Dilation, stride and padding only say which elements a position reads. A letter that the weight alone has is summed
    here, over constants.
    """
    match op:
        case Dense(weight, bias):
            return _contraction(Equation.of_dense(len(shape)), weight, bias, shape, out_shape)
        case EinsumDense(equation, weight, bias):
            return _contraction(equation, weight, bias, shape, out_shape)
        case Sum(axes):
            ones = FixedArray.of(np.ones([shape[axis] for axis in axes], np.int64))
            return _contraction(Equation.of_sum(len(shape), axes), ones, None, shape, out_shape)
        case Conv1D() | Conv2D():
            n_sums = op.weight.shape[-1]
            windows = conv_windows(op, shape)
            sums = np.arange(prod(out_shape), dtype=np.int64).reshape(-1, n_sums)
            matrices = op.weight.mantissa.values.reshape(1, -1, n_sums)
            block = np.zeros(len(sums), np.int64)
            return _with_bias(windows.index, sums, matrices, block, op.weight.lsb, op.bias, out_shape)
        case _:
            assert_never(op)


def _contraction(
    equation: Equation, weight: FixedArray, bias: FixedArray | None, shape: tuple[int, ...], out_shape: tuple[int, ...]
) -> Matrices:
    (term, weight_term), output = equation.terms, equation.output
    lone = tuple(n for n, letter in enumerate(weight_term) if letter not in term + output)
    values = exact.integers(weight.mantissa.values.astype(object).sum(axis=lone)) if lone else weight.mantissa.values
    weight_term = "".join(letter for n, letter in enumerate(weight_term) if n not in lone)
    both = [letter for letter in term if letter in weight_term and letter in output]
    free = [letter for letter in term if letter not in weight_term and letter in output]
    contracted = [letter for letter in term if letter not in output]
    columns = [letter for letter in weight_term if letter not in term]
    length = dict(zip(weight_term, values.shape, strict=True)) | dict(zip(term, shape, strict=True))
    summed_alone = [letter for letter in contracted if letter not in weight_term]
    values = np.broadcast_to(values, (*(length[letter] for letter in summed_alone), *values.shape))

    def arranged(array: npt.NDArray[Any], letters: str, *groups: list[str]) -> npt.NDArray[Any]:
        order = [letters.index(letter) for group in groups for letter in group]
        return array.transpose(order).reshape([prod(length[letter] for letter in group) for group in groups])

    terms = arranged(np.arange(prod(shape), dtype=np.int64).reshape(shape), term, both, free, contracted)
    sums = arranged(np.arange(prod(out_shape), dtype=np.int64).reshape(out_shape), output, both, free, columns)
    matrices = arranged(values, "".join(summed_alone) + weight_term, both, contracted, columns)
    block = np.repeat(np.arange(len(matrices), dtype=np.int64), terms.shape[1])
    terms, sums = terms.reshape(-1, terms.shape[-1]), sums.reshape(-1, sums.shape[-1])
    return _with_bias(terms, sums, matrices, block, weight.lsb, bias, out_shape)


def _with_bias(
    terms: npt.NDArray[np.int64],
    sums: npt.NDArray[np.int64],
    matrices: npt.NDArray[Any],
    block: npt.NDArray[np.int64],
    weight_lsb: int,
    bias: FixedArray | None,
    out_shape: tuple[int, ...],
) -> Matrices:
    bias = bias or FixedArray.of(0)
    values = np.broadcast_to(bias.mantissa.values, out_shape).reshape(-1)[sums]
    return Matrices(terms, sums, matrices, block, values, weight_lsb, bias.lsb)
