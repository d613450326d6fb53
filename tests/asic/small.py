"""A library of four cells whose tables are plain enough to reckon with, and netlists of them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

GRID = """
  lu_table_template(delay) {{ variable_1 : total_output_net_capacitance; variable_2 : input_net_transition;
    index_1 ("0, 100"); index_2 ("0, 1"); }}
  power_lut_template(energy) {{ variable_1 : input_transition_time; variable_2 : total_output_net_capacitance;
    index_1 ("0, 1"); index_2 ("0, 100"); }}
  lu_table_template(setup) {{ variable_1 : related_pin_transition; variable_2 : constrained_pin_transition;
    index_1 ("0, 1"); index_2 ("0, 1"); }}
"""
# delay: 0.1 ns + 1 ps / fF + 0.2 slew; slew: 0.05 ns + 1 ps / fF; energy: 3 fJ rising, 1 fJ falling
TIMING = """
      timing() {{ related_pin : "{source}"; {kind} timing_sense : {sense};
        cell_rise(delay) {{ values ("0.1, 0.3", "0.2, 0.4"); }}
        cell_fall(delay) {{ values ("0.1, 0.3", "0.2, 0.4"); }}
        rise_transition(delay) {{ values ("0.05, 0.05", \\
          "0.15, 0.15"); }}
        fall_transition(delay) {{ values ("0.05, 0.05", "0.15, 0.15"); }} }}
      internal_power() {{ related_pin : "{source}";
        rise_power(energy) {{ values ("3, 3", "3, 3"); }} fall_power(energy) {{ values ("1, 1", "1, 1"); }} }}
"""


def _gate(name: str, area: float, function: str, sense: str, pins: str) -> str:
    inputs = "".join(f"    pin({pin}) {{ direction : input; capacitance : 10; }}\n" for pin in pins)
    arcs = "".join(TIMING.format(source=pin, kind="", sense=sense) for pin in pins)
    output = f'    pin(Y) {{ direction : output; function : "{function}"; {arcs} }}\n'
    return f"  cell({name}) {{ area : {area}; cell_leakage_power : 2;\n{inputs}{output}  }}\n"


FLIP_FLOP = """
  cell(DFF) {{ area : 40; cell_leakage_power : 4;
    ff(IQ, IQN) {{ next_state : "D"; clocked_on : "CK"; }}
    pin(CK) {{ direction : input; clock : true; capacitance : 5;
      internal_power() {{ rise_power(energy) {{ values ("2, 2", "2, 2"); }}
        fall_power(energy) {{ values ("4, 4", "4, 4"); }} }} }}
    pin(D) {{ direction : input; capacitance : 8;
      timing() {{ related_pin : "CK"; timing_type : setup_rising;
        rise_constraint(setup) {{ values ("0.07, 0.07", "0.07, 0.07"); }}
        fall_constraint(setup) {{ values ("0.07, 0.07", "0.07, 0.07"); }} }} }}
    pin(Q) {{ direction : output; function : "IQ"; {timing} }}
  }}
"""
LATCH = '  cell(LATCH) { area : 30; latch(IQ, IQN) { enable : "G"; data_in : "D"; } }\n'
HEADER = """/* four cells */
library (small) {
  time_unit : "1ns"; voltage_unit : "1V"; leakage_power_unit : "1nW";
  capacitive_load_unit (1, ff);
  nom_voltage : 2.0; nom_temperature : 25;
"""
SMALL = "".join(
    (
        HEADER,
        GRID.format(),
        _gate("INV", 5, "!A", "negative_unate", "A"),
        _gate("BUF", 8, "A", "positive_unate", "A"),
        _gate("NAND2", 10, "(A B)'", "negative_unate", "AB"),
        _gate("XOR2", 20, "A ^ B", "non_unate", "AB"),
        FLIP_FLOP.format(timing=TIMING.format(source="CK", kind="timing_type : rising_edge;", sense="non_unate")),
        LATCH,
        "}\n",
    )
)


def library_file(folder: Path, text: str = SMALL) -> Path:
    path = folder / "small.lib"
    path.write_text(text)
    return path


def netlist_file(
    folder: Path, ports: dict[str, tuple[str, list[Any]]], cells: list[tuple[str, dict[str, Any]]]
) -> Path:
    """Yosys' JSON of a module: ports as (direction, bits), cells as (type, pin to bit)."""
    module = {
        "attributes": {"top": "1"},
        "ports": {name: {"direction": direction, "bits": bits} for name, (direction, bits) in ports.items()},
        "cells": {
            f"c{number}": {
                "type": kind,
                "attributes": {"stage": "core"},
                "connections": {pin: [bit] for pin, bit in pins.items()},
            }
            for number, (kind, pins) in enumerate(cells)
        },
    }
    path = folder / "netlist.json.gz"
    path.write_bytes(gzip.compress(json.dumps({"modules": {"core": module}}).encode()))
    return path
