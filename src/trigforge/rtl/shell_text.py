"""Verilog text of the wrapper of one core in each shell, and in the testbench."""

from collections.abc import Iterator
from typing import assert_never

from trigforge.project.rtl import LINK_BITS, OBJECTS, Shell
from trigforge.rtl.reloading import reloadable_text
from trigforge.rtl.wrapping import (
    WrappedCore,
    bit_range,
    core_instance,
    declared,
    declared_ports,
    handed_on,
    header,
    indented,
    instance,
    shell_wrapper,
    slices,
    table,
    text,
    unused,
    valid_pipeline,
    whole_core_instance,
    zeros,
)


def shell_text(shell: Shell, wrapped: WrappedCore) -> str:
    """The module ``<core>_<shell>``; that of ``reloadable`` needs a core with register inputs."""
    match shell:
        case Shell.VALID:
            return _valid(wrapped)
        case Shell.AXIS:
            return _axis(wrapped)
        case Shell.TMUX:
            return _tmux(wrapped)
        case Shell.SEQUENCER:
            return _sequencer(wrapped)
        case Shell.RELOADABLE:
            return reloadable_text(wrapped)
        case _:
            assert_never(shell)


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
        *valid_pipeline(wrapped, wrapped.latency_cycles, "in_valid", "out_valid"),
        *core_instance(wrapped, "clk", "in_valid && !rst", {}),
    ]
    note = [f"An event that goes in at edge n comes out with out_valid after edge n + {wrapped.latency_cycles} - 1."]
    if wrapped.has_start:
        note += [
            f"At edges n + 1 to n + {wrapped.initiation_interval - 1} in_valid must be low: "
            "another event would damage this one and itself."
        ]
    note += _beats_told(wrapped, "at edge n + k")
    return shell_wrapper(wrapped, Shell.VALID, note, ports, body)


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
        *whole_core_instance(
            wrapped,
            "aclk",
            "s_axis_tvalid && s_axis_tready",
            slices("s_axis_tdata", wrapped.events) | slices("result", wrapped.outputs),
        ),
        *instance(
            "tf_axis_flow",
            "flow",
            {"LATENCY": wrapped.latency_cycles, "W": wrapped.out_bits, **wrapped.interval, **wrapped.copies},
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
    return shell_wrapper(wrapped, Shell.AXIS, note, ports, body)


def _tmux(wrapped: WrappedCore) -> str:
    beats, words_out = wrapped.beats, _words(wrapped.out_bits)
    words_in = beats if beats > 1 else _words(wrapped.in_bits)
    since_last, given = wrapped.latency_cycles - (beats - 1), words_out * LINK_BITS
    wires, received, start, connections = _received_in_beats(wrapped) if beats > 1 else _received(wrapped)
    body = [
        "wire event_valid;",
        *wires,
        "wire result_valid;",
        f"wire {bit_range(given)}result;",
        *received,
        *valid_pipeline(wrapped, since_last, "event_valid", "result_valid"),
        *core_instance(wrapped, "clk", f"{start} && !rst", {**connections, **slices("result", wrapped.outputs)}),
        *zeros("result", wrapped.out_bits, given),
        *instance(
            "tf_tmux_serializer",
            "sender",
            {"WORDS": words_out, **wrapped.copies},
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
    links = "link words" if _links(wrapped) == 1 else f"words on {_links(wrapped)} links side by side"
    early = [
        f"An event that {'ends' if beats == 1 else 'begins'} less than {wrapped.initiation_interval} clocks after the "
        "one before is dropped with framing_error."
    ]
    note = [
        f"{words_in} {links} in and {words_out} out an event, first word lowest; "
        f"an event every {max(words_in, words_out, wrapped.initiation_interval)} clocks.",
        f"The first word goes out after edge n + {since_last + 1} if the last one came in at edge n.",
        *(early if wrapped.initiation_interval > words_in or beats > 1 else []),
        *_beats_told(wrapped, "in word k, which comes in the clock after word k - 1"),
        *table("word in" if beats > 1 else "words in", [port.wired for port in wrapped.events]),
        *table("words out", wrapped.outputs),
    ]
    return shell_wrapper(wrapped, Shell.TMUX, note, _tmux_ports(wrapped), body)


_RECEIVED = {
    "clk": "clk",
    "rst": "rst",
    "link_valid": "in_link_valid",
    "link_start": "in_link_start",
    "link_data": "in_link_data",
}


_Receiver = tuple[list[str], list[str], str, dict[str, str]]
"""wires, what drives them, the one that starts the core, and what its input ports are connected to"""


def _received(wrapped: WrappedCore) -> _Receiver:
    """The receiver of events that stand side by side when they are whole."""
    words = _words(wrapped.in_bits)
    found = {"event_valid": "event_valid", "event_data": "event_data", "framing_error": "framing_error"}
    size = {"WORDS": words, **wrapped.interval, **wrapped.copies}
    lines = [
        *unused("event_data", wrapped.in_bits, words * LINK_BITS),
        *instance("tf_tmux_deserializer", "receiver", size, {**_RECEIVED, **found}),
    ]
    wires = [f"wire {bit_range(words * LINK_BITS)}event_data;"]
    return wires, lines, "event_valid", slices("event_data", wrapped.events)


def _received_in_beats(wrapped: WrappedCore) -> _Receiver:
    """The receiver of events that go into the core word by word."""
    taken = _links(wrapped) * LINK_BITS
    found = {name: name for name in ("start", "beat", "event_valid", "framing_error")}
    size = {"W": taken, "BEATS": wrapped.beats, **wrapped.interval, **wrapped.copies}
    wires = ["wire start;", f"wire {bit_range(taken)}beat;"]
    lines = [
        *unused("beat", wrapped.beat_bits, taken),
        *instance("tf_tmux_beats", "receiver", size, {**_RECEIVED, **found}),
    ]
    return wires, lines, "start", slices("beat", [port.wired for port in wrapped.events])


def _links(wrapped: WrappedCore) -> int:
    """Links side by side, so many that the inputs of a core that arrive in beats come a beat a clock."""
    return 1 if wrapped.beats == 1 else _words(wrapped.beat_bits)


def _words(bits: int) -> int:
    """Link words that hold so many bits."""
    return -(-bits // LINK_BITS)


def _beats_told(wrapped: WrappedCore, when: str) -> Iterator[str]:
    """The rows of an input that arrives in beats, and when each comes."""
    for port in wrapped.events:
        rows = port.rows_a_cycle
        if rows is None:
            continue
        told = "row k" if rows == 1 else f"rows {rows}k to {rows}k + {rows - 1}"
        yield f"{port.name} holds {told} of {port.shape[0]} {when}, k = 0 to {port.beats - 1}."


def _tmux_ports(wrapped: WrappedCore) -> list[str]:
    return [
        declared("input", "clk"),
        declared("input", "rst"),
        *declared_ports("input", wrapped.registers),
        declared("input", "in_link_valid"),
        declared("input", "in_link_start"),
        declared("input", "in_link_data", _links(wrapped) * LINK_BITS),
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
        *whole_core_instance(
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
                **wrapped.copies,
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
    return shell_wrapper(wrapped, Shell.SEQUENCER, note, ports, body)


def testbench_text(wrapped: WrappedCore) -> str:
    """The module ``tb_<core>``, with ``<core>_valid`` inside."""
    bits = sum(port.bits for port in wrapped.inputs)
    events, registers = slices("in_data", wrapped.inputs), slices("registers", wrapped.inputs)
    sources = {port.name: (registers if port.register else events)[port.name] for port in wrapped.inputs}
    handing, parts = handed_on(wrapped.events, "clk", "in_valid", sources, {})
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
        *handing,
        *instance(
            f"{wrapped.core}_valid", "dut", {}, {**shared, **sources, **parts, **slices("out_data", wrapped.outputs)}
        ),
    ]
    lines = [
        *header(wrapped, [f"tb_{wrapped.core}: {wrapped.core}_valid against inputs.hex and outputs.hex."]),
        "`default_nettype none",
        "",
        f"module tb_{wrapped.core};",
    ]
    return text([*lines, *indented(body), "endmodule", "", "`default_nettype wire"])
