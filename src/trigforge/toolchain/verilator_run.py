"""``RtlSimulation``: events through compiled RTL, cycle by cycle, with and without disturbances."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from trigforge.errors import EventsError, ProjectError, ToolFailedError
from trigforge.graph.simulation import Mantissas, SimulationResult
from trigforge.project import Probe, Shell
from trigforge.toolchain.simulating import whole_inputs
from trigforge.toolchain.verilator_bench import IDLE, NOT_JUDGED, Bench, ProtocolFault, Schedule, Streamed, Streaming
from trigforge.toolchain.verilator_wrapper import Dut

START_CYCLES = 4
"""Every run begins with this many cycles of reset."""
_ALWAYS = 256
_MEASURED_EVENTS = 64


@dataclass(frozen=True)
class RtlResult(SimulationResult):
    """Outputs for every event, and what was wrong with ``valid`` meanwhile (empty for a bare core)."""

    faults: tuple[ProtocolFault, ...] = ()


@dataclass(frozen=True)
class ScenarioResult:
    """The results of one scenario.

    ``events`` are the indices of the events that must have come out; the outputs are theirs, ``(len(events), *shape)``.
    """

    name: str
    events: npt.NDArray[np.int64]
    outputs: Mapping[str, Mantissas]
    faults: tuple[ProtocolFault, ...]


@dataclass(frozen=True)
class MeasuredTiming:
    """Timing in a simulation: clock edges from the one that takes an event, itself included, to the one after which its
    outputs are valid; and the smallest distance of events, in cycles, at which they do not disturb each other."""

    latency_cycles: int
    initiation_interval: int


@dataclass(frozen=True)
class RtlSimulation:
    """Compiled RTL, ready to run. Inputs and outputs are named by their tensors in the graph."""

    library: Path
    entry: str
    dut: Dut

    def run(self, inputs: Mapping[str, Mantissas], *, progress: Callable[[int], None] | None = None) -> RtlResult:
        """Every output for every event: a new event as often as the design takes one, outputs read at the declared
        latency and at no other time (of an AXI4-Stream, when they come).

        ``inputs`` maps each graph input to int64 mantissas ``(events, *shape)``; one event is enough for a register.
        Where a register changes from one event to the next, the pipeline is drained first. ``progress`` is called with
        the number of events done since the last call. Raises ``EventsError`` for inputs that are missing, of the wrong
        shape or dtype, or wider than their port.
        """
        values = self._values(inputs)
        if self.dut.shell is Shell.AXIS:
            results, _, faults = self._stream(self._steady(values, inputs), Streaming(_ALWAYS, _ALWAYS))
            if progress is not None:
                progress(len(values))
        else:
            with self._bench(self.dut.output_fields(self._latency)) as bench:
                distances = np.full(len(values), self.dut.project.initiation_interval, np.int64)
                results, _ = bench.play(self._schedule(values, distances), values, progress)
                faults = bench.faults
        return RtlResult("RTL", self._named(results), faults=faults)

    def probe_values(self, inputs: Mapping[str, Mantissas]) -> list[tuple[Probe, Mantissas]]:
        """The value in the register of each probe for every event, ``(events,)`` integers (of more than 64 bits the
        lowest 64).

        Needs the simulation compiled with probes, else ``ProjectError``; else raises as ``run``.
        """
        if not self.dut.probes:
            raise ProjectError("this simulation has no probes; compile it with probes=True")
        values, project = self._values(inputs), self.dut.project
        with self._bench(self.dut.probe_fields()) as bench:
            distances = np.full(len(values), project.initiation_interval, np.int64)
            results, _ = bench.play(self._schedule(values, distances), values)
        return [(probe, results[:, n]) for n, probe in enumerate(project.probes)]

    def exercise(self, inputs: Mapping[str, Mantissas], seed: int = 0) -> tuple[ScenarioResult, ...]:
        """The same events with disturbances: random gaps with garbage on the inputs and resets in mid-stream; an
        AXI4-Stream with a source and a sink that pause at random.

        Nothing is raised for what comes out wrong, that is the caller's to compare; a bare core has no valid and gives
        no scenario. Raises ``EventsError`` as ``run``.
        """
        values = self._values(inputs)
        if not self.dut.has_valid:
            return ()
        if self.dut.shell is Shell.AXIS:
            return self._exercise_stream(self._steady(values, inputs), seed)
        random = np.random.default_rng(seed)
        gaps = self._schedule(values, self._random_distances(random, len(values)))
        distances = self._random_distances(random, len(values))
        resets = self._schedule(values, distances, self._random_resets(random, distances))
        return tuple(
            self._scenario(name, values, plan, seed)
            for name, plan in (("gaps in valid", gaps), ("reset in mid-stream", resets))
        )

    def measure(self, seed: int = 0) -> MeasuredTiming:
        """Latency and initiation interval, found with random events; nothing that the project declares is used, except
        to know how long to wait, and that events never come closer than its interval.

        Raises ``ProjectError`` for a bare core, which has no valid, and ``ToolFailedError`` where events do not come
        out, or not always after the same time.
        """
        if not self.dut.has_valid:
            raise ProjectError("the bare core has no valid to measure; compile the shell 'valid' or 'axis'")
        values = self._random_values(np.random.default_rng(seed))
        return self._measure_stream(values) if self.dut.shell is Shell.AXIS else self._measure_valid(values)

    @property
    def _latency(self) -> int:
        return self.dut.project.latency_cycles

    @property
    def _patience(self) -> int:
        """Cycles after which no more output is expected."""
        return 4 * max(self._latency, self.dut.project.initiation_interval) + 64

    def _busy(self, values: Mantissas) -> int:
        """Cycles in which all events go in, one as soon as the other allows."""
        return len(values) * self.dut.project.initiation_interval

    def _bench(self, outputs: npt.NDArray[np.void], seed: int = 0) -> Bench:
        return Bench(self.library, self.entry, self.dut.input_fields(), outputs, seed)

    def _values(self, inputs: Mapping[str, Mantissas]) -> Mantissas:
        """All elements of all inputs side by side, ``(events, elements)``, each known to fit its port."""
        ports = self.dut.project.inputs
        arrays, events = whole_inputs([(port.tensor, port.shape) for port in ports], inputs)
        for port, array in zip(ports, arrays, strict=True):
            low, high = _range(port.width, port.signed)
            wrong = ((array < low) | (array > high)).reshape(events, -1)
            if wrong.any():
                event, element = np.argwhere(wrong)[0].tolist()
                raise EventsError(
                    f"input {port.tensor!r}: event {event} holds {array.reshape(events, -1)[event, element]} in "
                    f"element {element}, and its port takes {low} to {high}; "
                    "give mantissas at the scale of the input's type"
                )
        return np.concatenate([array.reshape(events, -1) for array in arrays], axis=1)

    def _held_columns(self) -> npt.NDArray[np.bool_]:
        return self.dut.input_fields()["held"].astype(np.bool_)

    def _steady(self, values: Mantissas, inputs: Mapping[str, Mantissas]) -> Mantissas:
        held = values[:, self._held_columns()]
        if (held != held[:1]).any():
            names = [port.tensor for port in self.dut.project.inputs if port.register and len(inputs[port.tensor]) > 1]
            raise EventsError(
                f"register {names[0]!r} changes from event to event, which a stream cannot follow; give it one event"
            )
        return values

    def _named(self, results: Mantissas) -> dict[str, Mantissas]:
        named: dict[str, Mantissas] = {}
        start = 0
        for port in self.dut.project.outputs:
            columns = results[:, start : start + port.elements]
            named[port.tensor] = np.ascontiguousarray(columns).reshape(len(results), *port.shape)
            start += port.elements
        return named

    def _drain(self) -> int:
        """Cycles until the last output of an event has been read."""
        return max([self._latency, *(probe.cycle for probe in self.dut.project.probes)]) + 1

    def _schedule(
        self, values: Mantissas, distances: npt.NDArray[np.int64], resets: npt.NDArray[np.int64] | None = None
    ) -> Schedule:
        """Every event ``distances`` cycles after the one before, later where a register changes; reset at the start
        and in the cycles ``START_CYCLES + resets``."""
        held = values[:, self._held_columns()]
        changes = np.zeros(len(values), np.bool_)
        changes[1:] = (held[1:] != held[:-1]).any(axis=1)
        distances = np.where(changes, np.maximum(distances, self._drain()), distances)
        distances[0] = 0
        at = START_CYCLES + np.cumsum(distances)
        cycles = int(at[-1]) + self._drain() + 1
        applied = np.full(cycles, IDLE, np.int64)
        applied[at] = np.arange(len(values))
        reset = np.zeros(cycles, np.uint8)
        reset[:START_CYCLES] = 1
        if resets is not None:
            reset[START_CYCLES + resets[START_CYCLES + resets < cycles]] = 1
        return Schedule(applied, np.maximum.accumulate(np.maximum(applied, 0)), self._due(at, reset), reset)

    def _due(self, at: npt.NDArray[np.int64], reset: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
        """The event whose outputs must be valid in each cycle. A reset at an edge drops all events taken at or before
        it that are not out yet; in the first cycle of a reset, valid is still the old one and is not judged."""
        due = np.full(len(reset), IDLE, np.int64)
        if not self.dut.has_valid:
            return np.full(len(reset), NOT_JUDGED, np.int64)
        so_far = np.concatenate([[0], np.cumsum(reset, dtype=np.int64)])
        survives = so_far[at + self._latency] == so_far[at]
        due[at[survives] + self._latency] = np.flatnonzero(survives)
        starts = (reset == 1) & (np.concatenate([[0], reset[:-1]]) == 0)
        due[reset == 1 if self._latency == 0 else starts] = NOT_JUDGED
        return due

    def _random_distances(self, random: np.random.Generator, events: int) -> npt.NDArray[np.int64]:
        """Dense and thin stretches of 32 events."""
        chances = np.repeat(random.choice([0.9, 0.5, 0.15], size=events // 32 + 1), 32)[:events]
        return self.dut.project.initiation_interval - 1 + random.geometric(chances).astype(np.int64)

    def _random_resets(self, random: np.random.Generator, distances: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """One to three resets of one to three cycles, each while one of the first four fifths of the events is inside,
        in cycles from the first event on."""
        at = np.cumsum(distances) - distances[0]
        hit = at[random.integers(0, max(1, len(at) * 4 // 5), size=random.integers(1, 4))]
        starts = hit + random.integers(0, max(1, self._latency), size=len(hit))
        return np.unique(np.concatenate([start + np.arange(random.integers(1, 4)) for start in starts]))

    def _scenario(self, name: str, values: Mantissas, plan: Schedule, seed: int) -> ScenarioResult:
        with self._bench(self.dut.output_fields(self._latency), seed) as bench:
            results, _ = bench.play(plan, values)
            events = plan.due[plan.due >= 0]
            return ScenarioResult(name, events, self._named(results[events]), bench.faults)

    def _exercise_stream(self, values: Mantissas, seed: int) -> tuple[ScenarioResult, ...]:
        random = np.random.default_rng(seed)
        reset_at = START_CYCLES + int(random.integers(self._latency, self._latency + self._busy(values) + 1))
        scenarios: list[ScenarioResult] = []
        for name, plan in (
            ("back-pressure", Streaming(200, 120, seed=seed)),
            ("back-pressure, slow source", Streaming(100, 200, seed=seed)),
            ("reset in mid-stream", Streaming(180, 150, reset_at, int(random.integers(1, 4)), seed)),
        ):
            results, streamed, faults = self._stream(values, plan)
            events = np.flatnonzero(~streamed.dropped)
            scenarios.append(ScenarioResult(name, events, self._named(results[events]), faults))
        return tuple(scenarios)

    def _stream(self, values: Mantissas, plan: Streaming) -> tuple[Mantissas, Streamed, tuple[ProtocolFault, ...]]:
        most = 64 * (self._busy(values) + self._patience)
        with self._bench(self.dut.output_fields(0), plan.seed) as bench:
            waits = Streaming(
                plan.offered_of_256,
                plan.taken_of_256,
                plan.reset_at,
                plan.reset_cycles,
                plan.seed,
                most,
                self._patience,
            )
            results, streamed = bench.stream(waits, values)
            return results, streamed, bench.faults

    def _random_values(self, random: np.random.Generator) -> Mantissas:
        columns: list[Mantissas] = []
        for port in self.dut.project.inputs:
            low, high = _range(port.width, port.signed)
            rows = 1 if port.register else _MEASURED_EVENTS
            drawn = random.integers(low, high, (rows, port.elements), np.int64, endpoint=True)
            columns.append(np.broadcast_to(drawn, (_MEASURED_EVENTS, port.elements)))
        return np.concatenate(columns, axis=1)

    def _play_apart(self, values: Mantissas, distance: int, cycle: int) -> tuple[Mantissas, npt.NDArray[np.uint8]]:
        """Events ``distance`` cycles apart, read ``cycle`` cycles after each; valid is not judged but returned, from
        the first event on."""
        at = START_CYCLES + distance * np.arange(len(values))
        cycles = int(at[-1]) + self._patience
        applied = np.full(cycles, IDLE, np.int64)
        applied[at] = np.arange(len(values))
        reset = (np.arange(cycles) < START_CYCLES).astype(np.uint8)
        plan = Schedule(applied, np.zeros(cycles, np.int64), np.full(cycles, NOT_JUDGED, np.int64), reset)
        with self._bench(self.dut.output_fields(cycle)) as bench:
            results, valid = bench.play(plan, values)
        return results, valid[START_CYCLES:]

    def _measure_valid(self, values: Mantissas) -> MeasuredTiming:
        alone = self._patience
        _, valid = self._play_apart(values, alone, 0)
        after = [np.flatnonzero(valid[n * alone : (n + 1) * alone]).tolist() for n in range(len(values))]
        if not after[0]:
            raise ToolFailedError(f"{self.dut.module} raised no out_valid within {alone} cycles of an event")
        if any(cycles != after[0] or len(cycles) != 1 for cycles in after):
            found = sorted({cycle for cycles in after for cycle in cycles})
            raise ToolFailedError(f"{self.dut.module} raised out_valid {found} cycles after single events, not once")
        latency = int(after[0][0])
        expected, _ = self._play_apart(values, alone, latency)
        for distance in range(self.dut.project.initiation_interval, alone):
            results, valid = self._play_apart(values, distance, latency)
            due = latency + distance * np.arange(len(values))
            if np.array_equal(np.flatnonzero(valid), due) and np.array_equal(results, expected):
                return MeasuredTiming(latency, distance)
        return MeasuredTiming(latency, alone)

    def _measure_stream(self, values: Mantissas) -> MeasuredTiming:
        _, single, _ = self._stream(values[:1], Streaming(_ALWAYS, _ALWAYS))
        _, streamed, _ = self._stream(values, Streaming(_ALWAYS, _ALWAYS))
        if IDLE in single.received_in or IDLE in streamed.received_in:
            raise ToolFailedError(f"{self.dut.module} took in or handed out fewer events than it was offered")
        return MeasuredTiming(
            int(single.received_in[0] - single.taken_in[0]), int(np.diff(streamed.taken_in).max(initial=1))
        )


def _range(width: int, signed: bool) -> tuple[int, int]:
    return (-(1 << (width - 1)), (1 << (width - 1)) - 1) if signed else (0, (1 << min(width, 63)) - 1)
