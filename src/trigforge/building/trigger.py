"""A trigger bit behind a network: the score of its logits, and 1 where that reaches a threshold."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, isfinite
from typing import cast

from trigforge.building.arithmetic import constant, max_over, select, subtract
from trigforge.building.builder import Builder
from trigforge.building.quantization import ONE, ZERO
from trigforge.building.structure import take
from trigforge.building.tensor import Tensor, identifier
from trigforge.errors import ModelFileError
from trigforge.fixed import FixedArray
from trigforge.graph import FixedPointGraph, chained
from trigforge.suggestions import known_names
from trigforge.toml_tables import TomlTable, shown


@dataclass(frozen=True)
class Trigger:
    """A bit, the output ``name``: 1 where the score of a network is at least ``threshold``.

    The score, the output ``NAME_score``, is the largest logit of ``signal`` minus the largest of ``background``, or
    without that the largest of ``signal`` alone. Both are indices into the logits, the output ``output`` of the
    network, or its only one.
    """

    name: str
    signal: tuple[int, ...]
    background: tuple[int, ...] = ()
    threshold: float = 0.0
    output: str | None = None

    @property
    def score(self) -> str:
        """The name of the score."""
        return f"{self.name}_score"


def with_trigger(network: FixedPointGraph, trigger: Trigger) -> FixedPointGraph:
    """``network`` with two more outputs, each of shape (1,): the score, exactly, and the bit.

    Raises ``ModelFileError`` for logits that are absent or no row, names that are taken, and a threshold that the score
    never reaches, or never falls below.
    """
    logits = _logits(network, trigger)
    scored = _extended(network, logits, trigger.score, lambda row: _score(row, trigger))
    score = scored.tensors[trigger.score]
    low, high = (int(end[0]) for end in score.at(score.hull_lsb))
    unit = Fraction(2) ** score.hull_lsb
    least = ceil(Fraction(trigger.threshold) / unit)
    if not low < least <= high:
        raise ModelFileError(
            f"[trigger]: threshold = {trigger.threshold:g} leaves a bit that never changes; take one above the "
            f"lowest score, {float(low * unit):g}, and at most the highest, {float(high * unit):g}"
        )
    threshold = FixedArray.of(least, score.hull_lsb)
    return _extended(scored, trigger.score, trigger.name, lambda row: _reached(row, threshold))


def _logits(network: FixedPointGraph, trigger: Trigger) -> str:
    """The output that holds the logits; all faults of ``trigger`` at once where it does not fit ``network``."""
    only = network.outputs[0] if len(network.outputs) == 1 else None
    logits = trigger.output or only
    faults: list[str] = []
    if logits is None:
        faults.append(f"output is missing; {network.name!r} has {', '.join(network.outputs)}")
    elif logits not in network.outputs:
        faults.append(f"output = {logits!r} is none of {network.name!r}; {known_names(logits, network.outputs)}")
    elif len(shape := network.tensors[logits].shape) != 1:
        faults.append(f"the output {logits!r} of {network.name!r} has shape {[*shape]}; name one row of logits")
    elif beyond := [n for n in (*trigger.signal, *trigger.background) if n >= shape[0]]:
        faults.append(f"there is no logit {beyond[0]} in the output {logits!r}; it has {shape[0]}, counted from 0")
    taken = {*network.tensors, *(layer.name for layer in network.layers)}
    faults += [
        f"name = {trigger.name!r} would make {name!r}, which is a tensor or layer of {network.name!r}; take another"
        for name in (trigger.name, trigger.score)
        if name in taken
    ]
    if faults or logits is None:
        raise ModelFileError(*(f"[trigger]: {fault}" for fault in faults))
    return logits


def _extended(network: FixedPointGraph, source: str, name: str, make: Callable[[Tensor], Tensor]) -> FixedPointGraph:
    """``network`` with one more output and layer, ``name``: what ``make`` makes last of the output ``source``."""
    build = Builder(name)
    row = build.input(source, network.tensors[source].shape, network.tensors[source].types)
    with build.layer(name, "trigger"):
        made = make(row)
    behind = chained(network, build.graph([made]), {source: source})
    return replace(network, nodes=behind.nodes, outputs=(*network.outputs, *behind.outputs), layers=behind.layers)


def _score(logits: Tensor, trigger: Trigger) -> Tensor:
    signal, background = (
        max_over(take(logits, indices, name=f"{kind}_logits"), (0,), keepdims=True, name=kind) if indices else None
        for kind, indices in (("signal", trigger.signal), ("background", trigger.background))
    )
    assert signal is not None
    return signal if background is None else subtract(signal, background, "difference")


def _reached(score: Tensor, threshold: FixedArray) -> Tensor:
    return select(score, constant(score, ONE, "yes"), constant(score, ZERO, "no"), threshold, "reached")


def read_trigger(table: TomlTable) -> Trigger | None:
    """The table ``[trigger]``; None where faults were noted."""
    name, output = table.need("name", str), table.take("output", str)
    threshold = table.need("threshold", float)
    if "signal" not in table:
        table.note("signal is missing; write the logits of the signal, counted from 0, as in [2, 3]")
    signal, background = (_numbers(table, key) for key in ("signal", "background"))
    table.finish()
    for fault in _faults(name, threshold, signal, background):
        table.note(fault)
    if table.faulty or name is None or threshold is None:
        return None
    return Trigger(name, signal, background, threshold, output)


def _numbers(table: TomlTable, key: str) -> tuple[int, ...]:
    """A list of different whole numbers from 0 on, empty where the key is absent or wrong, which is noted."""
    spelt = cast(object, table.any(key))
    if spelt is None:
        return ()
    entries = cast(list[object], spelt) if isinstance(spelt, list) else []
    numbers = [entry for entry in entries if isinstance(entry, int) and not isinstance(entry, bool) and entry >= 0]
    if not entries or len({*numbers}) != len(entries):
        table.note(
            f"{key} = {shown(cast(object, spelt))} should be a list of different whole numbers from 0 on, as in [2, 3]"
        )
        return ()
    return tuple(numbers)


def _faults(
    name: str | None, threshold: float | None, signal: tuple[int, ...], background: tuple[int, ...]
) -> Iterator[str]:
    """A sentence for each entry that means nothing."""
    if name is not None and (not name or name != identifier(name)):
        yield f"name = {shown(name)} should be an identifier of C, as {identifier(name or 'tagged')!r}"
    if threshold is not None and not isfinite(threshold):
        yield f"threshold = {threshold} should be a finite number"
    if both := sorted({*signal} & {*background}):
        yield f"signal and background both name the logit {both[0]}; leave it in one"
