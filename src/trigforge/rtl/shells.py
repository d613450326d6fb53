"""The hand-written Verilog of ``firmware/``, and the thin wrappers that put one core into its shells."""

from collections.abc import Sequence
from functools import cache
from typing import assert_never

from trigforge.errors import ProjectError
from trigforge.files import hand_written
from trigforge.project.rtl import RtlPort, Shell
from trigforge.rtl.wrapping import (
    WrappedCore,
    bit_range,
    core_instance,
    declared,
    declared_ports,
    header,
    indented,
    instance,
    slices,
    table,
    text,
    unused,
    valid_pipeline,
    wrapper,
    zeros,
)

OBJECTS = 16
"""The number of objects of one event that the sequencer serves."""

LINK_BITS = 64
"""The width of a link word."""

RESERVED_NAMES = frozenset(
    """
    clk start rst in_valid out_valid in_data out_data registers
    aclk aresetn s_axis_tvalid s_axis_tready s_axis_tdata m_axis_tvalid m_axis_tready m_axis_tdata
    in_link_valid in_link_start in_link_data out_link_valid out_link_start out_link_data framing_error overrun
    in_ready in_count in_objects out_count out_objects
    object result result_valid event_valid event_data unused
    wrapped_core in_flight flow receiver sender sequencer bench dut
    """.split()
)
"""Names in the wrappers, which no port of a core may have."""

_LIBRARY = ("cells", "shell", "testbench")


def library_files() -> dict[str, str]:
    """The hand-written Verilog: project path (``cells/tf_add.v``, ``shell/...``, ``testbench/...``) -> text.

    Raises ``ProjectError`` if this installation lacks it.
    """
    return dict(_library())


def library_sources(shell: Shell) -> tuple[str, ...]:
    """The hand-written files that the wrapper of a shell needs besides the sources of its core."""
    match shell:
        case Shell.VALID:
            names = ("valid_pipeline",)
        case Shell.AXIS:
            names = ("valid_pipeline", "axis_flow")
        case Shell.TMUX:
            names = ("valid_pipeline", "tmux_deserializer", "tmux_serializer")
        case Shell.SEQUENCER:
            names = ("valid_pipeline", "sequencer")
        case _:
            assert_never(shell)
    return tuple(f"shell/tf_{name}.v" for name in names)


def shell_files(
    core: str,
    inputs: Sequence[RtlPort],
    outputs: Sequence[RtlPort],
    latency_cycles: int,
    initiation_interval: int,
    origin: str,
) -> dict[Shell, dict[str, str]]:
    """The wrapper of a core for each shell, as project path -> text: ``shells/<core>_valid.v`` and so on.

    A wrapper is one module, which needs the sources of the core and ``library_sources(shell)``. Events are all inputs
    that are no registers, side by side, first port lowest; register inputs are ports of every wrapper and are held
    steady. A core with an ``initiation_interval`` above 1 has the port ``start`` behind ``clk``, high where an event is on
    its inputs. ``origin`` goes into the header, one line or several. Ports and timing stand in ``firmware/README.md``.

    Raises ``ProjectError`` for a core without event inputs or outputs, or a port with one of ``RESERVED_NAMES``.
    """
    wrapped = _wrapped(core, inputs, outputs, latency_cycles, initiation_interval, origin)
    return {shell: {f"shells/{core}_{shell}.v": _printed(shell, wrapped)} for shell in Shell}


def testbench_files(
    core: str,
    inputs: Sequence[RtlPort],
    outputs: Sequence[RtlPort],
    latency_cycles: int,
    initiation_interval: int,
    origin: str,
) -> dict[str, str]:
    """``testbench/tf_testbench.v`` and ``testbench/tb_<core>.v``: ``tb_<core>``, with ``<core>_valid`` inside.

    They need the sources of that shell, and read ``inputs.hex`` and ``outputs.hex`` in the folder in which they run.
    Raises as ``shell_files`` does.
    """
    hand_written = "testbench/tf_testbench.v"
    wrapped = _wrapped(core, inputs, outputs, latency_cycles, initiation_interval, origin)
    return {hand_written: library_files()[hand_written], f"testbench/tb_{core}.v": _testbench(wrapped)}


def _printed(shell: Shell, wrapped: WrappedCore) -> str:
    match shell:
        case Shell.VALID:
            return _valid(wrapped)
        case Shell.AXIS:
            return _axis(wrapped)
        case Shell.TMUX:
            return _tmux(wrapped)
        case Shell.SEQUENCER:
            return _sequencer(wrapped)
        case _:
            assert_never(shell)


def _wrapped(
    core: str,
    inputs: Sequence[RtlPort],
    outputs: Sequence[RtlPort],
    latency_cycles: int,
    initiation_interval: int,
    origin: str,
) -> WrappedCore:
    wrapped = WrappedCore(core, tuple(inputs), tuple(outputs), latency_cycles, initiation_interval, origin)
    for kind, ports in (("event input", wrapped.events), ("output", wrapped.outputs)):
        if not ports:
            raise ProjectError(f"core {core!r} has no {kind}; a shell needs at least one")
    for port in (*inputs, *outputs):
        if port.name in RESERVED_NAMES:
            raise ProjectError(f"port {port.name!r} of core {core!r} has a name of its shells; name the port otherwise")
    return wrapped


def _valid(wrapped: WrappedCore) -> str:
    ports = [
        declared("input", "clk"),
        declared("input", "rst"),
        declared("input", "in_valid"),
        *declared_ports("input", wrapped.inputs),
        declared("output", "out_valid"),
        *declared_ports("output", wrapped.outputs),
    ]
    body = [
        *valid_pipeline(wrapped, "in_valid", "out_valid"),
        *core_instance(wrapped, "clk", "in_valid && !rst", {}),
    ]
    note = [f"An event that goes in at edge n comes out with out_valid after edge n + {wrapped.latency_cycles} - 1."]
    if wrapped.has_start:
        note += [
            f"At edges n + 1 to n + {wrapped.initiation_interval - 1} in_valid must be low: "
            "another event would damage this one and itself."
        ]
    return wrapper(wrapped, Shell.VALID, note, ports, body)


def _axis(wrapped: WrappedCore) -> str:
    taken, given = (-(-bits // 8) * 8 for bits in (wrapped.in_bits, wrapped.out_bits))
    ports = [
        declared("input", "aclk"),
        declared("input", "aresetn"),
        *declared_ports("input", wrapped.registers),
        declared("input", "s_axis_tvalid"),
        declared("output", "s_axis_tready"),
        declared("input", "s_axis_tdata", taken),
        declared("output", "m_axis_tvalid"),
        declared("input", "m_axis_tready"),
        declared("output", "m_axis_tdata", given),
    ]
    body = [
        f"wire {bit_range(wrapped.out_bits)}result;",
        *unused("s_axis_tdata", wrapped.in_bits, taken),
        *core_instance(
            wrapped,
            "aclk",
            "s_axis_tvalid && s_axis_tready",
            slices("s_axis_tdata", wrapped.events) | slices("result", wrapped.outputs),
        ),
        *instance(
            "tf_axis_flow",
            "flow",
            {"LATENCY": wrapped.latency_cycles, "W": wrapped.out_bits, **wrapped.interval},
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
        *zeros("m_axis_tdata", wrapped.out_bits, given),
    ]
    note = [f"It lets an event in every {wrapped.initiation_interval} clocks."] if wrapped.has_start else []
    note += [*table("s_axis_tdata", wrapped.events), *table("m_axis_tdata", wrapped.outputs)]
    return wrapper(wrapped, Shell.AXIS, note, ports, body)


def _tmux(wrapped: WrappedCore) -> str:
    words_in, words_out = (-(-bits // LINK_BITS) for bits in (wrapped.in_bits, wrapped.out_bits))
    taken, given = words_in * LINK_BITS, words_out * LINK_BITS
    body = [
        "wire event_valid;",
        f"wire {bit_range(taken)}event_data;",
        "wire result_valid;",
        f"wire {bit_range(given)}result;",
        *unused("event_data", wrapped.in_bits, taken),
        *instance(
            "tf_tmux_deserializer",
            "receiver",
            {"WORDS": words_in, **wrapped.interval},
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
        *valid_pipeline(wrapped, "event_valid", "result_valid"),
        *core_instance(
            wrapped,
            "clk",
            "event_valid && !rst",
            slices("event_data", wrapped.events) | slices("result", wrapped.outputs),
        ),
        *zeros("result", wrapped.out_bits, given),
        *instance(
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
    early = [
        f"An event that ends less than {wrapped.initiation_interval} clocks after the one before is dropped "
        "with framing_error."
    ]
    note = [
        f"{words_in} link words in and {words_out} out an event, first word lowest; "
        f"an event every {max(words_in, words_out, wrapped.initiation_interval)} clocks.",
        f"The first word goes out after edge n + {wrapped.latency_cycles + 1} if the last one came in at edge n.",
        *(early if wrapped.initiation_interval > words_in else []),
        *table("words in", wrapped.events),
        *table("words out", wrapped.outputs),
    ]
    return wrapper(wrapped, Shell.TMUX, note, _tmux_ports(wrapped), body)


def _tmux_ports(wrapped: WrappedCore) -> list[str]:
    return [
        declared("input", "clk"),
        declared("input", "rst"),
        *declared_ports("input", wrapped.registers),
        declared("input", "in_link_valid"),
        declared("input", "in_link_start"),
        declared("input", "in_link_data", LINK_BITS),
        declared("output", "out_link_valid"),
        declared("output", "out_link_start"),
        declared("output", "out_link_data", LINK_BITS),
        declared("output", "framing_error"),
        declared("output", "overrun"),
    ]


def _sequencer(wrapped: WrappedCore) -> str:
    count_bits = OBJECTS.bit_length()
    ports = [
        declared("input", "clk"),
        declared("input", "rst"),
        *declared_ports("input", wrapped.registers),
        declared("input", "in_valid"),
        declared("output", "in_ready"),
        declared("input", "in_count", count_bits),
        declared("input", "in_objects", OBJECTS * wrapped.in_bits),
        declared("output", "out_valid"),
        declared("output", "out_count", count_bits),
        declared("output", "out_objects", OBJECTS * wrapped.out_bits),
    ]
    names = "in_valid in_ready in_count in_objects out_valid out_count out_objects".split()
    body = [
        f"wire {bit_range(wrapped.in_bits + wrapped.has_start)}object;",
        f"wire {bit_range(wrapped.out_bits)}result;",
        *core_instance(
            wrapped,
            "clk",
            f"object[{wrapped.in_bits}]",
            slices("object", wrapped.events) | slices("result", wrapped.outputs),
        ),
        *instance(
            "tf_sequencer",
            "sequencer",
            {
                "OBJECTS": OBJECTS,
                "W_IN": wrapped.in_bits,
                "W_OUT": wrapped.out_bits,
                "LATENCY": wrapped.latency_cycles,
                **wrapped.interval,
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
    note = [f"An object goes in every {wrapped.initiation_interval} clocks."] if wrapped.has_start else []
    note += [
        f"Object i stands in bits i * {wrapped.in_bits} and up of in_objects,",
        f"its result in bits i * {wrapped.out_bits} and up of out_objects.",
        *table("object", wrapped.events),
        *table("result", wrapped.outputs),
    ]
    return wrapper(wrapped, Shell.SEQUENCER, note, ports, body)


def _testbench(wrapped: WrappedCore) -> str:
    bits = sum(port.bits for port in wrapped.inputs)
    events, registers = slices("in_data", wrapped.inputs), slices("registers", wrapped.inputs)
    sources = {port.name: (registers if port.register else events)[port.name] for port in wrapped.inputs}
    shared = {name: name for name in ("clk", "rst", "in_valid", "out_valid")}
    body = [
        "wire clk;",
        "wire rst;",
        "wire in_valid;",
        f"wire {bit_range(bits)}in_data;",
        f"wire {bit_range(bits)}registers;",
        "wire out_valid;",
        f"wire {bit_range(wrapped.out_bits)}out_data;",
        "wire unused = &{1'b0, in_data, registers};",
        *instance(
            "tf_testbench",
            "bench",
            {"IN_BITS": bits, "OUT_BITS": wrapped.out_bits, "LATENCY": wrapped.latency_cycles, **wrapped.interval},
            {**shared, "in_data": "in_data", "registers": "registers", "out_data": "out_data"},
        ),
        *instance(f"{wrapped.core}_valid", "dut", {}, {**shared, **sources, **slices("out_data", wrapped.outputs)}),
    ]
    lines = [
        *header(wrapped, [f"tb_{wrapped.core}: {wrapped.core}_valid against inputs.hex and outputs.hex."]),
        "`default_nettype none",
        "",
        f"module tb_{wrapped.core};",
    ]
    return text([*lines, *indented(body), "endmodule", "", "`default_nettype wire"])


@cache
def _library() -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"{folder}/{entry.name}", entry.read_text(encoding="utf-8"))
        for folder in _LIBRARY
        for entry in sorted(hand_written(f"firmware/{folder}").iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".v")
    )
