"""The hand-written Verilog of ``firmware/``, and the thin wrappers that put one core into its shells."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import assert_never

from trigforge.errors import ProjectError
from trigforge.project.rtl import RtlPort, Shell

OBJECTS = 16
"""How many objects of one event the sequencer serves."""

LINK_BITS = 64
"""The width of a link word."""

RESERVED_NAMES = frozenset(
    """clk rst in_valid out_valid aclk aresetn s_axis_tvalid s_axis_tready s_axis_tdata m_axis_tvalid m_axis_tready
    m_axis_tdata in_link_valid in_link_start in_link_data out_link_valid out_link_start out_link_data framing_error overrun
    in_ready in_count in_objects out_count out_objects event_valid event_data object result result_valid padded_result
    in_data out_data registers unused flight wrapped_core""".split()
)
"""Names of the wrappers themselves, which no port of a core may have."""

_FOLDERS = ("cells", "shell", "testbench")


def library_files() -> dict[str, str]:
    """The hand-written Verilog: project path (``cells/tf_add.v``, ``shell/...``, ``testbench/...``) -> text.

    Raises ``ProjectError`` if this installation lacks it.
    """
    return dict(_library())


def library_sources(shell: Shell) -> tuple[str, ...]:
    """The hand-written files that the wrapper of one shell needs besides the sources of its core."""
    match shell:
        case Shell.VALID:
            names = ("shell/tf_valid_pipeline.v",)
        case Shell.AXIS:
            names = ("shell/tf_valid_pipeline.v", "shell/tf_axis_flow.v")
        case Shell.TMUX:
            names = (
                "shell/tf_valid_pipeline.v",
                "shell/tf_tmux_deserializer.v",
                "shell/tf_tmux_serializer.v",
            )
        case Shell.SEQUENCER:
            names = ("cells/tf_delay.v", "shell/tf_valid_pipeline.v", "shell/tf_sequencer.v")
        case _:
            assert_never(shell)
    return names


def shell_files(
    core: str, inputs: Sequence[RtlPort], outputs: Sequence[RtlPort], latency_cycles: int, origin: str
) -> dict[Shell, dict[str, str]]:
    """The wrapper of a core for each shell, as project path -> text: ``<core>_valid.v`` and so on, one module each.

    A wrapper needs the sources of the core and ``library_sources(shell)``. Events are all inputs that are no registers,
    side by side, first port lowest; register inputs are ports of every wrapper, to be held steady. ``origin`` is the
    header comment, one line or several. The ports and their timing stand in ``firmware/README.md``.

    Raises ``ProjectError`` for a core without event inputs or outputs, or a port with one of ``RESERVED_NAMES``.
    """
    wrapped = _wrapped(core, inputs, outputs, latency_cycles, origin)
    printers: dict[Shell, Callable[[_Wrapped], str]] = {
        Shell.VALID: _valid,
        Shell.AXIS: _axis,
        Shell.TMUX: _tmux,
        Shell.SEQUENCER: _sequencer,
    }
    return {shell: {f"{core}_{shell}.v": printers[shell](wrapped)} for shell in Shell}


def testbench_files(
    core: str, inputs: Sequence[RtlPort], outputs: Sequence[RtlPort], latency_cycles: int, origin: str
) -> dict[str, str]:
    """``testbench/tb_<core>.v``: the module ``tb_<core>``, which puts ``<core>_valid`` under ``tf_testbench``.

    It needs the sources of that shell and ``testbench/tf_testbench.v``, and reads ``inputs.hex`` and ``outputs.hex`` in the
    folder in which it runs. Raises as ``shell_files`` does.
    """
    wrapped = _wrapped(core, inputs, outputs, latency_cycles, origin)
    return {f"testbench/tb_{core}.v": _testbench(wrapped)}


@dataclass(frozen=True)
class _Wrapped:
    """A core, with its input ports in the order of the core, and where each port stands in a concatenation."""

    core: str
    inputs: tuple[RtlPort, ...]
    outputs: tuple[RtlPort, ...]
    latency_cycles: int
    origin: str

    @property
    def events(self) -> tuple[RtlPort, ...]:
        return tuple(port for port in self.inputs if not port.register)

    @property
    def registers(self) -> tuple[RtlPort, ...]:
        return tuple(port for port in self.inputs if port.register)

    @property
    def in_bits(self) -> int:
        return sum(port.bits for port in self.events)

    @property
    def out_bits(self) -> int:
        return sum(port.bits for port in self.outputs)


def _wrapped(
    core: str, inputs: Sequence[RtlPort], outputs: Sequence[RtlPort], latency_cycles: int, origin: str
) -> _Wrapped:
    wrapped = _Wrapped(core, tuple(inputs), tuple(outputs), latency_cycles, origin)
    for kind, ports in (("event input", wrapped.events), ("output", wrapped.outputs)):
        if not ports:
            raise ProjectError(f"core {core!r} has no {kind}; a shell needs at least one")
    for port in (*inputs, *outputs):
        if port.name in RESERVED_NAMES:
            raise ProjectError(f"port {port.name!r} of core {core!r} has a name of its shells; name the port otherwise")
    return wrapped


def _valid(wrapped: _Wrapped) -> str:
    ports = [
        _port("input", "clk"),
        _port("input", "rst"),
        _port("input", "in_valid"),
        *_ports("input", wrapped.inputs),
        _port("output", "out_valid"),
        *_ports("output", wrapped.outputs),
    ]
    body = [
        *_flight(wrapped, "clk", "rst", "in_valid", "out_valid"),
        *_core(wrapped, "clk", {port.name: port.name for port in (*wrapped.inputs, *wrapped.outputs)}),
    ]
    note = [
        f"An event that goes in with in_valid at edge n comes out with out_valid after edge n + {wrapped.latency_cycles} - 1."
    ]
    return _module(wrapped, Shell.VALID, note, ports, body)


def _axis(wrapped: _Wrapped) -> str:
    taken, given = (-(-bits // 8) * 8 for bits in (wrapped.in_bits, wrapped.out_bits))
    ports = [
        _port("input", "aclk"),
        _port("input", "aresetn"),
        *_ports("input", wrapped.registers),
        _port("input", "s_axis_tvalid"),
        _port("output", "s_axis_tready"),
        _port("input", "s_axis_tdata", taken),
        _port("output", "m_axis_tvalid"),
        _port("input", "m_axis_tready"),
        _port("output", "m_axis_tdata", given),
    ]
    body = [
        f"wire {_range(wrapped.out_bits)}result;",
        *_unused("s_axis_tdata", wrapped.in_bits, taken),
        *_core(wrapped, "aclk", _slices("s_axis_tdata", wrapped.events) | _slices("result", wrapped.outputs)),
        *_instance(
            "tf_axis_flow",
            "flow",
            {"LATENCY": wrapped.latency_cycles, "W": wrapped.out_bits},
            {
                "aclk": "aclk",
                "aresetn": "aresetn",
                "s_axis_tvalid": "s_axis_tvalid",
                "s_axis_tready": "s_axis_tready",
                "core_result": "result",
                "m_axis_tvalid": "m_axis_tvalid",
                "m_axis_tready": "m_axis_tready",
                "m_axis_tdata": f"m_axis_tdata[{wrapped.out_bits - 1}:0]",
            },
        ),
        *_zeros("m_axis_tdata", wrapped.out_bits, given),
    ]
    note = [*_table("s_axis_tdata", wrapped.events), *_table("m_axis_tdata", wrapped.outputs)]
    return _module(wrapped, Shell.AXIS, note, ports, body)


def _tmux(wrapped: _Wrapped) -> str:
    words_in, words_out = (-(-bits // LINK_BITS) for bits in (wrapped.in_bits, wrapped.out_bits))
    taken, given = words_in * LINK_BITS, words_out * LINK_BITS
    ports = [
        _port("input", "clk"),
        _port("input", "rst"),
        *_ports("input", wrapped.registers),
        _port("input", "in_link_valid"),
        _port("input", "in_link_start"),
        _port("input", "in_link_data", LINK_BITS),
        _port("output", "out_link_valid"),
        _port("output", "out_link_start"),
        _port("output", "out_link_data", LINK_BITS),
        _port("output", "framing_error"),
        _port("output", "overrun"),
    ]
    body = [
        "wire event_valid;",
        f"wire {_range(taken)}event_data;",
        "wire result_valid;",
        f"wire {_range(given)}result;",
        *_unused("event_data", wrapped.in_bits, taken),
        *_instance(
            "tf_tmux_deserializer",
            "receiver",
            {"WORDS": words_in},
            {
                "clk": "clk",
                "rst": "rst",
                "link_valid": "in_link_valid",
                "link_start": "in_link_start",
                "link_data": "in_link_data",
                "event_valid": "event_valid",
                "event_data": "event_data",
                "framing_error": "framing_error",
            },
        ),
        *_flight(wrapped, "clk", "rst", "event_valid", "result_valid"),
        *_core(wrapped, "clk", _slices("event_data", wrapped.events) | _slices("result", wrapped.outputs)),
        *_zeros("result", wrapped.out_bits, given),
        *_instance(
            "tf_tmux_serializer",
            "sender",
            {"WORDS": words_out},
            {
                "clk": "clk",
                "rst": "rst",
                "event_valid": "result_valid",
                "event_data": "result",
                "link_valid": "out_link_valid",
                "link_start": "out_link_start",
                "link_data": "out_link_data",
                "overrun": "overrun",
            },
        ),
    ]
    note = [
        f"{words_in} link words in and {words_out} out an event, first word lowest; "
        f"an event every {max(words_in, words_out)} clocks.",
        f"The first word goes out after edge n + {wrapped.latency_cycles + 1} if the last one came in at edge n.",
        *_table("words in", wrapped.events),
        *_table("words out", wrapped.outputs),
    ]
    return _module(wrapped, Shell.TMUX, note, ports, body)


def _sequencer(wrapped: _Wrapped) -> str:
    count_bits = OBJECTS.bit_length()
    ports = [
        _port("input", "clk"),
        _port("input", "rst"),
        *_ports("input", wrapped.registers),
        _port("input", "in_valid"),
        _port("output", "in_ready"),
        _port("input", "in_count", count_bits),
        _port("input", "in_objects", OBJECTS * wrapped.in_bits),
        _port("output", "out_valid"),
        _port("output", "out_count", count_bits),
        _port("output", "out_objects", OBJECTS * wrapped.out_bits),
    ]
    names = "in_valid in_ready in_count in_objects out_valid out_count out_objects".split()
    body = [
        f"wire {_range(wrapped.in_bits)}object;",
        f"wire {_range(wrapped.out_bits)}result;",
        *_core(wrapped, "clk", _slices("object", wrapped.events) | _slices("result", wrapped.outputs)),
        *_instance(
            "tf_sequencer",
            "sequencer",
            {
                "OBJECTS": OBJECTS,
                "W_IN": wrapped.in_bits,
                "W_OUT": wrapped.out_bits,
                "LATENCY": wrapped.latency_cycles,
            },
            {
                "clk": "clk",
                "rst": "rst",
                **{name: name for name in names},
                "core_object": "object",
                "core_result": "result",
            },
        ),
    ]
    note = [
        f"Object i stands in bits i * {wrapped.in_bits} and up of in_objects, its result in bits i * {wrapped.out_bits} "
        "and up of out_objects.",
        *_table("object", wrapped.events),
        *_table("result", wrapped.outputs),
    ]
    return _module(wrapped, Shell.SEQUENCER, note, ports, body)


def _testbench(wrapped: _Wrapped) -> str:
    bits = sum(port.bits for port in wrapped.inputs)
    sources = {
        port.name: text.replace("in_data", "registers") if port.register else text
        for port, text in zip(wrapped.inputs, _slices("in_data", wrapped.inputs).values(), strict=True)
    }
    shared = {name: name for name in ("clk", "rst", "in_valid", "out_valid")}
    body = [
        "wire clk;",
        "wire rst;",
        "wire in_valid;",
        f"wire {_range(bits)}in_data;",
        f"wire {_range(bits)}registers;",
        "wire out_valid;",
        f"wire {_range(wrapped.out_bits)}out_data;",
        "wire unused = &{1'b0, in_data, registers};",
        *_instance(
            "tf_testbench",
            "bench",
            {"IN_BITS": bits, "OUT_BITS": wrapped.out_bits, "LATENCY": wrapped.latency_cycles},
            {**shared, "in_data": "in_data", "registers": "registers", "out_data": "out_data"},
        ),
        *_instance(f"{wrapped.core}_valid", "dut", {}, {**shared, **sources, **_slices("out_data", wrapped.outputs)}),
    ]
    lines = [
        *_header(wrapped, [f"tb_{wrapped.core}: {wrapped.core}_valid against inputs.hex and outputs.hex."]),
        "`timescale 1ns / 1ps",
        "`default_nettype none",
        "",
        f"module tb_{wrapped.core};",
    ]
    return _text([*lines, *_indented(body), "endmodule", "", "`default_nettype wire"])


def _module(wrapped: _Wrapped, shell: Shell, note: Sequence[str], ports: Sequence[str], body: Sequence[str]) -> str:
    name = f"{wrapped.core}_{shell}"
    declared = [f"{port}," for port in ports[:-1]] + [ports[-1]]
    lines = [
        *_header(wrapped, [f"{name}: {wrapped.core}, {wrapped.latency_cycles} cycles, in its shell {shell}.", *note]),
        "`default_nettype none",
        "",
        f"module {name} (",
        *_indented(declared),
        ");",
        *_indented(body),
        "endmodule",
        "",
        "`default_nettype wire",
    ]
    return _text(lines)


def _header(wrapped: _Wrapped, note: Sequence[str]) -> list[str]:
    return [f"// {line}".rstrip() for line in (*note, "", *wrapped.origin.splitlines())]


def _flight(wrapped: _Wrapped, clk: str, rst: str, in_valid: str, out_valid: str) -> list[str]:
    return _instance(
        "tf_valid_pipeline",
        "in_flight",
        {"LATENCY": wrapped.latency_cycles},
        {"clk": clk, "rst": rst, "in_valid": in_valid, "out_valid": out_valid},
    )


def _core(wrapped: _Wrapped, clk: str, connections: dict[str, str]) -> list[str]:
    """The core itself, in the order of its ports; registers are ports of the wrapper by the same name."""
    names = [port.name for port in (*wrapped.inputs, *wrapped.outputs)]
    return _instance(
        wrapped.core, "wrapped_core", {}, {"clk": clk, **{name: connections.get(name, name) for name in names}}
    )


def _instance(module: str, name: str, parameters: dict[str, int], connections: dict[str, str]) -> list[str]:
    values = ", ".join(f".{key}({value})" for key, value in parameters.items())
    ports = [f".{port}({wire})" for port, wire in connections.items()]
    head = f"{module} #({values}) {name} (" if values else f"{module} {name} ("
    return [head, *_indented([f"{port}," for port in ports[:-1]] + [ports[-1]]), ");"]


def _slices(vector: str, ports: Iterable[RtlPort]) -> dict[str, str]:
    """port -> its bits in a vector of all ports, first port lowest."""
    return {port.name: f"{vector}[{high}:{low}]" for port, high, low in _places(ports)}


def _table(vector: str, ports: Iterable[RtlPort]) -> list[str]:
    return [f"{vector}[{high}:{low}] is {port.name}, the tensor {port.tensor}" for port, high, low in _places(ports)]


def _places(ports: Iterable[RtlPort]) -> list[tuple[RtlPort, int, int]]:
    places: list[tuple[RtlPort, int, int]] = []
    low = 0
    for port in ports:
        places.append((port, low + port.bits - 1, low))
        low += port.bits
    return places


def _unused(vector: str, bits: int, all_bits: int) -> list[str]:
    return [f"wire unused = &{{1'b0, {vector}[{all_bits - 1}:{bits}]}};"] if bits < all_bits else []


def _zeros(vector: str, bits: int, all_bits: int) -> list[str]:
    return [f"assign {vector}[{all_bits - 1}:{bits}] = {all_bits - bits}'d0;"] if bits < all_bits else []


def _ports(direction: str, ports: Iterable[RtlPort]) -> list[str]:
    return [_port(direction, port.name, port.bits, always_vector=True) for port in ports]


def _port(direction: str, name: str, bits: int = 1, *, always_vector: bool = False) -> str:
    return f"{direction:<6} wire {_range(bits) if bits > 1 or always_vector else ''}{name}"


def _range(bits: int) -> str:
    return f"[{bits - 1}:0] "


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"


@cache
def _library() -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"{folder}/{entry.name}", entry.read_text(encoding="utf-8"))
        for folder in _FOLDERS
        for entry in sorted((_hand_written() / folder).iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".v")
    )


@cache
def _hand_written() -> Traversable:
    """``firmware`` of the repository: inside the package when installed, beside ``src/`` in a checkout."""
    packaged = files("trigforge.rtl") / "firmware"
    if packaged.is_dir():
        return packaged
    checkout = Path(__file__).resolve().parents[3] / "firmware"
    if (checkout / "cells").is_dir():
        return checkout
    raise ProjectError("the firmware of trigforge is missing from this installation; install it again")
