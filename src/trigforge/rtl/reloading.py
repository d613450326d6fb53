"""Register files around the register inputs of a core: one with AXI4-Lite, one with I2C, and the shell ``reloadable``.

What is written is checked before it counts, and an image takes effect between two events (``tf_register_file``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from trigforge.graph.graph import FixedPointGraph
from trigforge.project.rtl import RtlPort, Shell
from trigforge.rtl.cells import vector
from trigforge.rtl.wrapping import (
    WrappedCore,
    declared,
    instance,
    slices,
    table,
    unused,
    wrapper,
)

WORD_BITS = 32


def model_identity(graph: FixedPointGraph) -> int:
    """The identity of a model in its register images: the first 32 bits of the identity of its graph."""
    return int(graph.identity[:8], 16)


def register_files(wrapped: WrappedCore, identity: int) -> dict[str, str]:
    """``<core>_registers_axi_lite`` and ``<core>_registers_i2c``, as project path -> text.

    They have an output for each register input of the core, an input ``quiet`` and an output ``hold``. ``identity`` is
    that of ``model_identity``.
    """
    return {f"shells/{wrapped.core}_registers_{bus}.v": _registers(wrapped, bus, identity) for bus in _BUSES}


_AXI_LITE = (
    ("input", "s_axi_awvalid", 1),
    ("output", "s_axi_awready", 1),
    ("input", "s_axi_awaddr", 5),
    ("input", "s_axi_wvalid", 1),
    ("output", "s_axi_wready", 1),
    ("input", "s_axi_wdata", 32),
    ("input", "s_axi_wstrb", 4),
    ("output", "s_axi_bvalid", 1),
    ("input", "s_axi_bready", 1),
    ("output", "s_axi_bresp", 2),
    ("input", "s_axi_arvalid", 1),
    ("output", "s_axi_arready", 1),
    ("input", "s_axi_araddr", 5),
    ("output", "s_axi_rvalid", 1),
    ("input", "s_axi_rready", 1),
    ("output", "s_axi_rdata", 32),
    ("output", "s_axi_rresp", 2),
)
_I2C = (("input", "scl", 1), ("input", "sda", 1), ("output", "sda_low", 1))


@dataclass(frozen=True)
class _Bus:
    """A bus: its pins, the names of clock and reset, the latter as what is high in reset, and its parameter."""

    pins: tuple[tuple[str, str, int], ...]
    clock: str
    reset: str
    in_reset: str
    declared: str = ""
    parameters: Mapping[str, int | str] = field(default_factory=dict[str, int | str])

    @property
    def control(self) -> dict[str, str]:
        return _alike((self.clock, self.reset))


_BUSES = {
    "axi_lite": _Bus(_AXI_LITE, "aclk", "aresetn", "!aresetn"),
    "i2c": _Bus(_I2C, "clk", "rst", "rst", " #(parameter [6:0] ADDRESS = 7'h40)", {"ADDRESS": "ADDRESS"}),
}
_WORDS = {"bus_write": 1, "bus_address": 5, "bus_data": 32, "bus_read_data": 32, "bus_known": 1}
"""the bus of words behind either, wires and their bits"""


def payload_words(registers: Iterable[RtlPort]) -> int:
    """The words of an image's payload."""
    return -(-sum(port.bits for port in registers) // WORD_BITS)


def _registers(wrapped: WrappedCore, title: str, identity: int) -> str:
    name, bus = f"{wrapped.core}_registers_{title}", _BUSES[title]
    bits, words = sum(port.bits for port in wrapped.registers), payload_words(wrapped.registers)
    ports = [
        *(declared("input", wire) for wire in bus.control),
        *(declared(*port) for port in bus.pins),
        declared("input", "quiet"),
        declared("output", "hold"),
        *(declared("output", port.name, port.bits) for port in wrapped.registers),
    ]
    connections = {"clk": bus.clock, "rst": bus.in_reset, **_alike((*_WORDS, "quiet", "hold")), "registers": "image"}
    size = {"WORDS": words, "MODEL": f"32'h{identity:08x}", **wrapped.copies}
    body = [
        *(f"wire {vector(width)}{wire};" for wire, width in _WORDS.items()),
        f"wire {vector(words * WORD_BITS)}image;",
        *instance(
            f"tf_{title}",
            "bus",
            {**bus.parameters, **wrapped.copies},
            {**bus.control, **_alike((*_pins(bus.pins), *_WORDS))},
        ),
        *instance("tf_register_file", "register_file", size, connections),
        *(f"assign {port} = {place};" for port, place in slices("image", wrapped.registers).items()),
        *unused("image", bits, words * WORD_BITS),
    ]
    note = [
        f"{name}: the register inputs of {wrapped.core}, written as images.",
        f"An image has {words} words of payload and is of the model {identity:08x}.",
        *table("image", wrapped.registers),
    ]
    return wrapper(wrapped, name, note, ports, body, bus.declared)


def _alike(wires: Iterable[str]) -> dict[str, str]:
    """Ports that are connected to wires of the same names."""
    return {wire: wire for wire in wires}


def _pins(pins: Iterable[tuple[str, str, int]]) -> list[str]:
    return [pin for _, pin, _ in pins]


def reloadable_text(wrapped: WrappedCore) -> str:
    """The module ``<core>_reloadable``: the shell ``axis`` with the register file on AXI4-Lite.

    It holds the stream back while an image waits, and until there is one.
    """
    name = f"{wrapped.core}_reloadable"
    taken, given = (-(-bits // 8) * 8 for bits in (wrapped.in_bits, wrapped.out_bits))
    stream = [("input", "s_axis_tvalid", 1), ("output", "s_axis_tready", 1), ("input", "s_axis_tdata", taken)]
    stream += [("output", "m_axis_tvalid", 1), ("input", "m_axis_tready", 1), ("output", "m_axis_tdata", given)]
    ports = [declared("input", "aclk"), declared("input", "aresetn")]
    ports += [declared(*port) for port in (*_AXI_LITE, *stream)]
    control, registers = ("aclk", "aresetn"), [port.name for port in wrapped.registers]
    body = [
        "wire hold;",
        "wire quiet;",
        "wire ready;",
        *(f"wire {vector(port.bits)}{port.name};" for port in wrapped.registers),
        "assign s_axis_tready = ready && !hold;",
        *instance(
            "tf_quiet",
            "in_core",
            {"LATENCY": wrapped.latency_cycles, **wrapped.copies},
            {"clk": "aclk", "rst": "!aresetn", "event_valid": "s_axis_tvalid && s_axis_tready", "quiet": "quiet"},
        ),
        *instance(
            f"{wrapped.core}_registers_axi_lite",
            "weights",
            {},
            _alike((*control, *_pins(_AXI_LITE), "quiet", "hold", *registers)),
        ),
        *instance(
            f"{wrapped.core}_{Shell.AXIS}",
            "events",
            {},
            {
                **_alike((*control, *registers, *_pins(stream))),
                "s_axis_tvalid": "s_axis_tvalid && !hold",
                "s_axis_tready": "ready",
            },
        ),
    ]
    note = [
        f"{name}: {wrapped.core} in its shell axis, and its register inputs on AXI4-Lite.",
        "s_axis_tready is low while an image waits for the events inside to leave, and until there is an image.",
    ]
    return wrapper(wrapped, name, note, ports, body)


RESERVED_NAMES = frozenset(
    {
        *(pin for bus in _BUSES.values() for pin in _pins(bus.pins)),
        *_WORDS,
        *"image quiet hold ready in_core weights events bus register_file ADDRESS".split(),
    }
)
"""Names in these wrappers, which no port of a core may have."""
