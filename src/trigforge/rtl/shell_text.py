"""Verilog text of the wrapper of one core in each shell, and in the testbench."""

from typing import assert_never

from trigforge.project.rtl import Shell
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


def shell_text(shell: Shell, wrapped: WrappedCore) -> str:
    """The module ``<core>_<shell>``."""
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


def testbench_text(wrapped: WrappedCore) -> str:
    """The module ``tb_<core>``, with ``<core>_valid`` inside."""
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
