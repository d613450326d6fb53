"""``rate_files``: the scores of a model's trigger on files of both kinds -> signal efficiency against rate."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from trigforge.building import Trigger
from trigforge.errors import EventsError, ModelFileError
from trigforge.events import EventsBinding, OpenEvents, open_events
from trigforge.files import save_output
from trigforge.flow.engines import EngineChoice
from trigforge.flow.event_files import look_at_all, matching, registers_of
from trigforge.flow.given import Given
from trigforge.flow.observer import Observer, Silent
from trigforge.flow.partitions import InputFile, Partition, built_engine, compute, make_work, split
from trigforge.flow.preparing import read_told
from trigforge.flow.workspace import ModelSource, resolve
from trigforge.graph import FixedPointGraph
from trigforge.menu import Physics, RateCurve, Scores, make_curve, to_json

Counts = Counter[int]
_LABELS_TOLD = 12


@dataclass(frozen=True)
class Asked:
    """Wishes of a user beside the files; those that are None or empty are the model folder's.

    ``label`` is the column whose integers tell the kinds apart, ``signal_classes`` and ``background_classes`` those of
    each kind, by default the logits of the trigger (all others, where it names none of the background).
    """

    engine: EngineChoice = EngineChoice.AUTO
    registers: Path | None = None
    label: str | None = None
    signal_classes: tuple[int, ...] = ()
    background_classes: tuple[int, ...] = ()
    luminosity: float | None = None
    cross_section_pb: float | None = None
    given: Given | None = None


@dataclass(frozen=True)
class Kinds:
    """The column that says what an event is, and its values for either kind; ``background`` None: all others."""

    label: str
    signal: tuple[int, ...]
    background: tuple[int, ...] | None


def rate_files(
    model: str,
    signal: str | None = None,
    background: str | None = None,
    observer: Observer | None = None,
    asked: Asked | None = None,
) -> tuple[RateCurve, Path]:
    """The curve, and the folder of the model's output in which ``rate.json`` belongs.

    ``signal`` and ``background`` are files or patterns of one kind each; without ``background`` a label tells the kinds
    apart in ``signal``, by default the events of the model folder. Raises ``ModelFileError`` for a model without a
    trigger, ``EventsError`` for files, ``BitMismatch`` where the native engine is wrong.
    """
    observer, asked = observer or Silent(), asked or Asked()
    source = resolve(model, asked.given)
    trigger, physics = _trigger(source, model), _physics(source, asked)
    kinds = None if background is not None else _kinds(source, trigger, asked)
    files = [matching(given) for given in (_given(source, signal), background) if given is not None]
    graph = read_told(source, observer)
    counts = _Counting(graph, source, trigger, asked, observer)
    if kinds is not None:
        found = counts.labelled(files[0], kinds)
    else:
        found = (counts.all_of(files[0], "signal"), counts.all_of(files[1], "background"))
    lsb = graph.tensors[trigger.score].hull.lsb
    origin = (graph.name, graph.version, graph.digest)
    both = (Scores(found[0], lsb), Scores(found[1], lsb))
    return make_curve(origin, trigger.name, trigger.threshold, both, physics), source.output(graph.name) / "rate"


def save_curve(curve: RateCurve, folder: Path) -> None:
    """Write ``rate.json`` and ``rate.svg``; ``ToolMissingError`` for the second without matplotlib."""
    from trigforge.menu.plot import save_plot

    save_output(folder / "rate.json", to_json(curve))
    save_plot(curve, folder / "rate.svg")


def _trigger(source: ModelSource, model: str) -> Trigger:
    if source.trigger is None:
        place = f"{source.folder / 'model.toml'} has" if source.folder else f"{model} is a plain file, so it has"
        raise ModelFileError(f"{place} no table [trigger]; write one into the model.toml of a folder, docs/trigger.md")
    return source.trigger


def _physics(source: ModelSource, asked: Asked) -> Physics:
    given = {"luminosity": asked.luminosity, "cross_section_pb": asked.cross_section_pb}
    physics = replace(source.menu.physics, **{key: value for key, value in given.items() if value is not None})
    if faults := [*physics.faults()]:
        raise EventsError(*faults)
    if physics.cross_section_pb is None:
        raise EventsError(
            "the cross section of the background is not known; give --cross-section in pb, or cross_section_pb in "
            "[trigger.rate] of model.toml"
        )
    return physics


def _given(source: ModelSource, signal: str | None) -> str:
    if signal is None and source.events is None:
        raise EventsError("no events are given and the model folder names none; give files of signal and background")
    return str(source.events) if signal is None else signal


def _kinds(source: ModelSource, trigger: Trigger, asked: Asked) -> Kinds:
    label = source.menu.label if asked.label is None else asked.label
    if label is None:
        raise EventsError(
            "one file cannot be told apart into signal and background; give a second one, or the column of labels with "
            "--label"
        )
    signal = asked.signal_classes or trigger.signal
    background = asked.background_classes or (None if asked.signal_classes else trigger.background or None)
    if background is not None and (both := sorted({*signal} & {*background})):
        raise EventsError(f"class {both[0]} is both signal and background; leave it in one")
    return Kinds(label, signal, background)


class _Counting:
    """Counts the scores of a graph's trigger on files."""

    def __init__(
        self, graph: FixedPointGraph, source: ModelSource, trigger: Trigger, asked: Asked, observer: Observer
    ) -> None:
        self._graph, self._trigger, self._asked, self._observer = graph, trigger, asked, observer
        self._binding = source.binding
        self._registers = registers_of(graph, asked.registers)

    def all_of(self, paths: Sequence[Path], kind: str) -> Counts:
        """The scores of all events of files of one ``kind``."""
        found = Counts()
        for _, scores in self._scores(self._seen(paths), kind):
            found.update(_counted(scores))
        return found

    def labelled(self, paths: Sequence[Path], kinds: Kinds) -> tuple[Counts, Counts]:
        """The scores of signal and of background, which the label of each event tells apart."""
        files = self._seen(paths)
        found, labels = (Counts(), Counts()), Counter[float]()
        with ExitStack() as stack:
            opened: dict[int, OpenEvents] = {}
            for part, scores in self._scores(files, "labelled"):
                if part.number not in opened:
                    stack.close()
                    labels_file = _labels(files[part.number].path, kinds.label, self._binding.tree)
                    opened = {part.number: stack.enter_context(labels_file)}
                values = _labels_of(opened[part.number], part, kinds.label)
                labels.update(_counted(values))
                signal = np.isin(values, kinds.signal)
                known = ~np.isnan(values) if values.dtype.kind == "f" else True
                background = ~signal & known if kinds.background is None else np.isin(values, kinds.background)
                for counts, chosen in zip(found, (signal, background), strict=True):
                    counts.update(_counted(scores[chosen]))
        told = ", ".join(f"{label:g}" for label in sorted(labels)[:_LABELS_TOLD])
        for kind, counts in zip(("signal", "background"), found, strict=True):
            if not counts:
                raise EventsError(f"no event is {kind}: the labels {kinds.label!r} are {told}; name those of each kind")
        if left := sum(labels.values()) - sum(found[0].values()) - sum(found[1].values()):
            self._observer.note(f"{left:,} events are of neither kind and left out; labels are {told}")
        return found

    def _seen(self, paths: Sequence[Path]) -> list[InputFile]:
        with self._observer.step("Look at the events"):
            seen = look_at_all(paths, self._graph, self._binding, self._observer)
        return [file for file in seen.values() if file.events]

    def _scores(
        self, files: Sequence[InputFile], kind: str
    ) -> Iterator[tuple[Partition, npt.NDArray[np.signedinteger]]]:
        """The scores of all events, as mantissas, part by part."""
        threads = len(os.sched_getaffinity(0))
        work = make_work(self._graph, self._asked.engine, threads, self._binding, self._registers, files)
        with self._observer.step("Build the emulator") as step:
            engine = built_engine(work.graph, self._asked.engine)
            step.say(engine.name)
        if engine.notice:
            self._observer.note(engine.notice)
        with self._observer.step(f"Emulate {kind} events", sum(file.events for file in files)) as step:
            for part, outputs in compute(work, split(self._graph, work), step.advance):
                yield part, outputs[self._trigger.score][:, 0]


def _labels(path: Path, label: str, tree: str | None) -> AbstractContextManager[OpenEvents]:
    return open_events(path, {label: ()}, EventsBinding(tree))


def _labels_of(file: OpenEvents, part: Partition, label: str) -> npt.NDArray[np.number]:
    """The labels of the events of a part; ``EventsError`` unless each has one, and that is a number."""
    values = file.read(part.start, part.stop)[label]
    if values.ndim != 1 or values.dtype.kind not in "biuf":
        raise EventsError(f"events file {file.path}: {label!r} is not one number an event; name a column of classes")
    if len(values) != part.stop - part.start:
        raise EventsError(
            f"events file {file.path}: {label!r} holds {file.events} labels, fewer than there are events; label each"
        )
    return values


def _counted(values: npt.NDArray[np.number]) -> dict[int, int]:
    """The values, and the number of times that each is there."""
    different, counts = np.unique(values, return_counts=True)
    return dict(zip(different.tolist(), counts.tolist(), strict=True))
