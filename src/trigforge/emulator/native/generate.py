"""``to_native``: a graph as a C++ kernel that runs blocks of events side by side."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files as resources

import numpy as np

from trigforge.emulator.native.checking import proof_of
from trigforge.emulator.native.lowering import Tables
from trigforge.emulator.native.memory import Layout
from trigforge.emulator.native.planning import plan
from trigforge.emulator.native.printing import Printer
from trigforge.emulator.native.stages import Program
from trigforge.fixed import Interval
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.inputs import InputKind
from trigforge.graph.simulation import Proof

HEADERS = ("call.h", "lanes.h", "dot.h", "driver.h", "host.h")
_BLOCK_BYTES = 192 * 1024
_MOST_GROUPS = 16


@dataclass(frozen=True)
class NativePort:
    """An input or output tensor of a kernel; mantissas stand at the scale of the hull of ``interval``."""

    name: str
    interval: Interval
    kind: InputKind = InputKind.EVENT

    @property
    def shape(self) -> tuple[int, ...]:
        return self.interval.shape


@dataclass(frozen=True)
class NativeKernel:
    """A kernel as text: ``source`` includes ``headers``, and both depend on nothing but a C++ compiler.

    ``entry`` is the one symbol that it exports. ``graph_digest`` is that of the graph it computes. A compiled kernel is
    believed once it has given the outputs of ``proof``.
    """

    name: str
    graph_digest: str
    entry: str
    source: str
    headers: Mapping[str, str]
    inputs: tuple[NativePort, ...]
    outputs: tuple[NativePort, ...]
    proof: Proof = field(repr=False)

    @property
    def digest(self) -> str:
        """The SHA-256 of the source and its headers, under which a compiled kernel is kept."""
        texts = [self.source, *(f"{name}\0{text}" for name, text in sorted(self.headers.items()))]
        return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def to_native(graph: FixedPointGraph) -> NativeKernel:
    """The kernel of a graph; ``Map``s stay loops. Nothing is refused that the reference emulator takes.

    Raises ``WidthError`` for a tensor of more than 64 bits.
    """
    origin = graph.digest
    names = tuple(dict.fromkeys(graph.outputs))
    demanded = {name: set(range(graph.tensors[name].lo.size)) for name in names}
    tables, printer = Tables(), Printer()
    inputs = [tensor.name for tensor in graph.inputs]
    program, needed = plan(graph.nodes, graph.tensors, inputs, demanded, tables)
    calls, end, place = printer.program(program, {}, 0)
    entry = f"trigforge_{graph.name}_v{graph.version}_{origin[:16]}"
    ins = tuple(NativePort(tensor.name, graph.tensors[tensor.name], tensor.kind) for tensor in graph.inputs)
    outs = tuple(NativePort(name, graph.tensors[name]) for name in names)
    lines = [
        f"// {graph.name} version {graph.version}, graph {origin}: events in lanes, written by trigforge.",
        '#include "call.h"',
        '#include "lanes.h"',
        "",
        "#ifndef TRIGFORGE_VARIANT",
        "#define TRIGFORGE_VARIANT native",
        "#endif",
        "#define TRIGFORGE_JOIN(a, b) a##_##b",
        "#define TRIGFORGE_NAME(a, b) TRIGFORGE_JOIN(a, b)",
        "",
        f"namespace {entry} {{",
        "namespace {",
        f"constexpr int BLOCK = GROUP * {_groups(end)};",
        f"constexpr int IN_BYTES = {_sizes(ins, program)}, OUT_BYTES = {_sizes(outs, program)};",
        '#include "dot.h"',
        '#include "driver.h"',
        *_entries(tables),
        *printer.functions,
        *_port_tables(ins, "in", program, place, needed, bounded=True),
        *_port_tables(outs, "out", program, place, demanded, bounded=False),
        "struct Kernel {",
        f"  static constexpr int n_inputs = {len(ins)}, n_outputs = {len(outs)};",
        *_ports(ins, "in", program),
        *_ports(outs, "out", program),
        "  static void block(char *ws) {",
        *(f"    {call}" for call in calls),
        "  }",
        "};",
        "} // namespace",
        f"}} // namespace {entry}",
        "",
        f'extern "C" const TrigforgeKernel TRIGFORGE_NAME({entry}, TRIGFORGE_VARIANT) = '
        f"{{{entry}::BLOCK, INT64_C({end}) * {entry}::BLOCK, {entry}::run_block<{entry}::Kernel>}};",
        "",
    ]
    folder = resources("trigforge.emulator.native")
    headers = {name: (folder / name).read_text(encoding="utf-8") for name in HEADERS}
    return NativeKernel(graph.name, origin, entry, "\n".join(lines), headers, ins, outs, proof_of(graph))


def _groups(lane_bytes: int) -> int:
    """Groups of a block, an even number: as many as keep the workspace of 32-lane groups in the second cache."""
    groups = max(2, min(_MOST_GROUPS, _BLOCK_BYTES // max(1, 32 * lane_bytes)))
    return groups - groups % 2


def _size(port: NativePort, program: Program) -> int:
    """Bytes of a lane of the port's rows; 1 for a port that is not read."""
    return program.stored[port.name].size if port.name in program.stored else 1


def _sizes(ports: tuple[NativePort, ...], program: Program) -> int:
    return sum({_size(port, program) for port in ports})


def _entries(tables: Tables) -> Iterator[str]:
    for bits, entries in tables.entries.items():
        if entries:
            yield f"const int{bits}_t entries{bits}[] = {{"
            yield from _wrapped(entries)
            yield "};"


def _wrapped(numbers: Sequence[int]) -> Iterator[str]:
    for start in range(0, len(numbers), 16):
        yield "  " + " ".join(f"INT64_C({v})," if abs(v) >= 2**31 else f"{v}," for v in numbers[start : start + 16])


def _port_tables(
    ports: tuple[NativePort, ...],
    side: str,
    program: Program,
    place: Layout,
    used: Mapping[str, set[int]],
    *,
    bounded: bool,
) -> Iterator[str]:
    for n, port in enumerate(ports):
        count, mine = port.interval.lo.size, used.get(port.name, set())
        size = _size(port, program)
        rows = [place.offset[port.name] + e * size if e in mine else -1 for e in range(count)]
        yield from _array("int32_t", f"{side}{n}_rows", rows)
        if bounded:
            interval = port.interval
            lo, hi = interval.at(interval.hull_lsb)
            places = np.where(interval.is_zero, 0, interval.lsb.values - interval.hull_lsb)
            for what, values in (("lo", lo), ("hi", hi), ("mask", (np.int64(1) << places) - 1)):
                yield from _array("int64_t", f"{side}{n}_{what}", [int(v) for v in values.reshape(-1)])


def _array(kind: str, name: str, values: Sequence[int]) -> Iterator[str]:
    yield f"const {kind} {name}[] = {{"
    yield from _wrapped(values)
    yield "};"


def _ports(ports: tuple[NativePort, ...], side: str, program: Program) -> Iterator[str]:
    yield f"  static const Port *{side}puts() {{"
    yield "    static const Port ports[] = {"
    for n, port in enumerate(ports):
        size = _size(port, program)
        limits = f"in{n}_lo, in{n}_hi, in{n}_mask" if side == "in" else "nullptr, nullptr, nullptr"
        yield f"        {{{port.interval.lo.size}, {size}, {side}{n}_rows, {limits}}},"
    yield "    };"
    yield "    return ports;"
    yield "  }"
