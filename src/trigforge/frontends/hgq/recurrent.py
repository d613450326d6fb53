"""HGQ2's recurrent layers, unrolled: every step of the sequence is hardware of its own."""

from collections.abc import Callable
from typing import Any

import numpy as np

from trigforge.building import (
    Refusal,
    Tensor,
    add,
    concat,
    constant,
    cut,
    dense,
    multiply,
    quantize,
    reshape,
    select,
    short_constants,
    subtract,
)
from trigforge.fixed import FixedArray
from trigforge.frontends.hgq.quantizers import constant as weights
from trigforge.frontends.hgq.quantizers import rounder
from trigforge.frontends.hgq.quantizing import quantization, through
from trigforge.frontends.keras.activations import applied
from trigforge.frontends.keras.call import Call
from trigforge.frontends.keras.framework import evaluating, to_numpy

Step = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""A cell: its input and its state to its output and the next state."""

_LONGEST = 256


def _weights(call: Call, name: str, quantizer: Any) -> FixedArray:
    with evaluating(f"its quantized {name}", "correct the layer until Keras can call it"):
        values = getattr(call.layer.cell, name)
    return weights(values, quantizer, name.removeprefix("q"))


def _unrolled(call: Call, x: Tensor, step: Step) -> Tensor:
    """The outputs of a cell on ``x[steps, ...]``: the last one, or all of them, in the order of the steps."""
    layer = call.layer
    steps, units = x.shape[0], int(layer.cell.units)
    if steps > _LONGEST:
        raise Refusal(f"runs over {steps} steps", f"use at most {_LONGEST}")
    given = call.tensors[1:]
    state = given[0] if given else constant(x, FixedArray.of(np.zeros(units, np.int64)), "state")
    outputs: list[Tensor] = []
    for number in range(steps)[:: -1 if layer.go_backwards else 1]:
        with x.builder.part(f"step{number}"):
            now = cut(x, 0, number)
            output, state = step(reshape(now, now.shape[1:], "now"), state)
            outputs.append(reshape(output, (1, units), "row") if layer.return_sequences else output)
    return concat(*outputs, axis=0, name="sequence") if layer.return_sequences else outputs[-1]


def _sequence(call: Call) -> Tensor:
    """The sequence through the cell's input quantizer."""
    x, cell = call.tensors[0], call.layer.cell
    if not cell.enable_iq:
        return x
    return quantize(x, quantization(call, cell.iq, x.shape[1:]), "iq", rounder(cell.iq, call.dtype))


def lower_simple_rnn(call: Call) -> Tensor:
    """``QSimpleRNN``: ``activation(paq(iq(x) @ kernel + bias + sq(state) @ recurrent_kernel))``."""
    cell = call.layer.cell
    recurrent = _weights(call, "qrecurrent_kernel", cell.rkq)
    bias = _weights(call, "qbias", cell.bq) if cell.use_bias else None
    inputs = dense(_sequence(call), _weights(call, "qkernel", cell.kq), bias, "inputs")

    def step(now: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        before = through(call, cell.sq, state, "sq") if cell.enable_sq else state
        total = add(now, dense(before, recurrent, name="recurrent"))
        after = applied(through(call, cell.paq, total, "paq"), cell.activation, call.dtype)
        return after, after

    return _unrolled(call, inputs, step)


def lower_gru(call: Call) -> Tensor:
    """``QGRU``, with the reset gate before or behind the product with the recurrent kernel."""
    cell, units = call.layer.cell, int(call.layer.cell.units)
    recurrent = _weights(call, "qrecurrent_kernel", cell.rkq)
    biases = _weights(call, "qbias", cell.bq) if cell.use_bias else None
    first, second = (_row(biases, n) if cell.reset_after else biases if n == 0 else None for n in (0, 1))
    inputs = dense(_sequence(call), _weights(call, "qkernel", cell.kq), first, "inputs")
    gates, candidate = _columns(recurrent, slice(0, 2 * units)), _columns(recurrent, slice(2 * units, None))

    def activated(x: Tensor, function: Any, quantizer: Any, name: str) -> Tensor:
        return through(call, quantizer, applied(x, function, call.dtype), name)

    def step(now: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        before = through(call, cell.sq, state, "sq")
        inner = dense(before, recurrent if cell.reset_after else gates, second, "recurrent")
        opened = add(cut(now, 0, slice(0, 2 * units)), cut(inner, 0, slice(0, 2 * units)), name="gates")
        both = activated(opened, cell.recurrent_activation, cell.praq, "praq")
        update, reset = cut(both, 0, slice(0, units), "update"), cut(both, 0, slice(units, None), "reset")
        if cell.reset_after:
            kept = multiply(reset, through(call, cell.rhq, cut(inner, 0, slice(2 * units, None)), "rhq"), name="kept")
        else:
            kept = dense(through(call, cell.rhq, multiply(reset, before), "rhq"), candidate, name="kept")
        proposed = add(cut(now, 0, slice(2 * units, None)), kept, name="proposed")
        new = activated(proposed, cell.activation, cell.paq, "paq")
        rest = subtract(constant(new, FixedArray.of(1), "one"), update, "rest")
        after = add(multiply(update, before, name="old"), multiply(rest, new, name="new"), name="after")
        return after, after

    return _unrolled(call, inputs, step)


def _row(values: FixedArray | None, n: int) -> FixedArray | None:
    return None if values is None else FixedArray.of(values.mantissa.values[n], values.lsb)


def _columns(values: FixedArray, columns: slice) -> FixedArray:
    return FixedArray.of(values.mantissa.values[:, columns], values.lsb)


def lower_spiking(call: Call) -> Tensor:
    """``QSimpleSNN`` and ``QLIF``: spikes where the membrane is above its threshold, which is then reset."""
    layer, cell = call.layer, call.layer.cell
    threshold = short_constants(to_numpy(cell.threshold), "its threshold")
    factor = _weights(call, "qgraded_spikes_factor", cell.graded_spikes_factor_q)
    decay = _weights(call, "qlif_beta", cell.beta_q) if hasattr(cell, "lif_beta") else None
    inputs = _sequence(call)
    zero, height, graded = (
        constant(inputs, value, name)
        for value, name in ((FixedArray.of(0), "zero"), (threshold, "threshold"), (factor, "factor"))
    )

    def step(now: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        left = state if decay is None else multiply(state, constant(state, decay, "decay"), name="left")
        membrane = add(left, now, name="membrane")
        below = subtract(height, membrane, "below")
        match layer.cell.reset_mechanism:
            case "subtract":
                fired = subtract(membrane, height, "lowered")
            case "zero":
                fired = zero
            case _:
                fired = membrane
        after = select(below, membrane, fired, name="after")
        spikes = select(below, zero, graded, name="spikes")
        output = through(call, cell.oq, spikes, "oq") if cell.enable_oq else spikes
        return output, through(call, cell.sq, after, "sq") if cell.enable_sq else after

    return _unrolled(call, inputs, step)
