"""The netlist of one mapped stage: Yosys' JSON after ``synth_xilinx``, as far as timing needs it."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from trigforge.errors import ReportFormatError

CONSTANT = -1
"""the net of everything that never changes"""
UNNAMED = "(unnamed)"

REGISTERS = frozenset({"FDRE", "FDSE", "FDCE", "FDPE", "FDRE_1", "FDSE_1", "FDCE_1", "FDPE_1"})
LUT6_2 = "LUT6_2"
LUTS = frozenset({"LUT1", "LUT2", "LUT3", "LUT4", "LUT5", "LUT6", LUT6_2, "INV"})
"""An INV of Yosys is a LUT with one input, a LUT6_2 is one with two outputs."""
LUT_OUTPUTS = ("O", "O5", "O6")
MULTIPLEXERS = ("MUXF7", "MUXF8", "MUXF9")
CARRY4 = "CARRY4"
_OUTPUTS = {*LUT_OUTPUTS, "Q", "CO"}


@dataclass(frozen=True)
class Cell:
    """One cell: ``pins`` maps a pin to its nets, bit 0 first; ``table`` holds the truth tables of a LUT6_2, that of O5
    in the lower 32 bits."""

    name: str
    type: str
    pins: Mapping[str, tuple[int, ...]]
    table: int = 0


@dataclass(frozen=True)
class Netlist:
    """Cells and nets of one module; a net is a number, ``CONSTANT`` for constants.

    ``inputs`` and ``outputs`` are the nets of the ports without the clock, ``names`` the shortest readable name of a
    net, ``fanout`` the pins and ports that each net drives.
    """

    module: str
    cells: tuple[Cell, ...]
    inputs: frozenset[int]
    outputs: frozenset[int]
    names: Mapping[int, str]
    fanout: Mapping[int, int]

    def name(self, net: int) -> str:
        """The name of a net as it stands in the Verilog; Yosys leaves many of its own making without."""
        return self.names.get(net, UNNAMED)


def read_netlist(path: Path) -> Netlist:
    """Read a file that ``toolchain.yosys`` left (gzip of ``write_json``).

    Raises ``ReportFormatError`` where it is no such file, or does not hold exactly one module.
    """
    try:
        text = gzip.decompress(path.read_bytes()).decode()
        modules = cast(dict[str, Any], json.loads(text)["modules"])
        (entry,) = modules.items()
        return parse_netlist(*entry)
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError):
        raise ReportFormatError(f"{path.name} is no netlist of one mapped module; remove it and map again") from None


def parse_netlist(name: str, module: Mapping[str, Any]) -> Netlist:
    """One module of Yosys' JSON."""
    fanout: dict[int, int] = {}
    cells: list[Cell] = []
    for cell_name, cell in module["cells"].items():
        pins = {pin: _nets(bits) for pin, bits in cell["connections"].items()}
        table = int(cell["parameters"]["INIT"], 2) if cell["type"] == LUT6_2 else 0
        cells.append(Cell(cell_name, cell["type"], pins, table))
        for pin, nets in pins.items():
            if pin not in _OUTPUTS and not (pin == "C" and cell["type"] in REGISTERS):
                for net in nets:
                    fanout[net] = fanout.get(net, 0) + 1
    ports: dict[str, set[int]] = {"input": set(), "output": set()}
    for port, entry in module["ports"].items():
        if port != "clk":
            ports[entry["direction"]] |= set(_nets(entry["bits"])) - {CONSTANT}
    for net in ports["output"]:
        fanout[net] = fanout.get(net, 0) + 1
    names: dict[int, str] = {}
    for net_name, entry in module["netnames"].items():
        if not entry["hide_name"]:
            nets = _nets(entry["bits"])
            for index, net in enumerate(nets):
                spelt = net_name if len(nets) == 1 else f"{net_name}[{index + entry.get('offset', 0)}]"
                if len(spelt) < len(names.get(net, spelt + " ")):
                    names[net] = spelt
    return Netlist(name, tuple(cells), frozenset(ports["input"]), frozenset(ports["output"]), names, fanout)


def _nets(bits: list[Any]) -> tuple[int, ...]:
    return tuple(bit if isinstance(bit, int) else CONSTANT for bit in bits)
