"""Triplicated registers by themselves: what they hold, clock by clock, and how many flip-flops synthesis leaves."""

from __future__ import annotations

import json
import random
from pathlib import Path

from tests.firmware.conftest import Stepper, Verilator
from tests.toolchain.pyosys_process import MAP_TOP, needs_pyosys, run_script

W = 5
NAMES = "register register_copy vote hold weight_register weight_copy memory memory_copy".split()
INSTANCES = {
    "tf_register": "(.clk(clk), .d(x[5:1]), .q(y[4:0]))",
    "tf_hold": "(.clk(clk), .load(x[0]), .d(x[5:1]), .q(y[9:5]))",
    "tf_weight_register": "(.clk(clk), .clear(x[6]), .load({3{x[0]}}), .d(x[5:1]), .q(y[14:10]))",
}


def top(folder: Path) -> None:
    lines = ["module top (input wire clk, input wire [69:0] x, output wire [79:0] y);", "  wire unused = &{1'b0, x};"]
    for cell, ports in INSTANCES.items():
        lines.append(f'  (* keep_hierarchy = "yes" *) {cell} #(.W({W}), .TRIPLICATED(1)) {cell}_one {ports};')
    lines.append("  assign y[79:15] = 0;")
    (folder / "top.v").write_text("\n".join([*lines, "endmodule\n"]))


def test_registers_take_and_keep(verilator: Verilator, firmware: Path, tmp_path: Path) -> None:
    top(tmp_path)
    cells = [firmware / "cells" / f"tf_{name}.v" for name in NAMES]
    stepper = Stepper(verilator.build("top", *cells, tmp_path / "top.v", folder=tmp_path), 70, 80)
    chance, held, last = random.Random(3), None, None
    for _ in range(300):
        load, d = int(chance.random() < 0.2), chance.getrandbits(W)
        y = stepper.step(d << 1 | load)
        if last is not None:
            assert y & 31 == last
        if held is not None:
            assert (y >> 5 & 31, y >> 10 & 31) == (held, held)
        last, held = d, d if load else held
    stepper.close()


@needs_pyosys
def test_synthesis_keeps_three_copies_and_the_voters_of_weights(firmware: Path, tmp_path: Path) -> None:
    """Three flip-flops a bit; one voter a bit behind data, three behind weights; whatever is flattened and shared."""
    top(tmp_path)
    flat = "".join(
        f'libyosys.run_pass("{step}", design)\n'
        for step in ("setattr -mod -unset keep_hierarchy *", "flatten", "opt_clean", "tee -q -o flat.json stat -json")
    )
    run_script(MAP_TOP + flat, *(firmware / "cells" / f"tf_{name}.v" for name in NAMES), folder=tmp_path)
    cells = json.loads((tmp_path / "flat.json").read_text())["design"]["num_cells_by_type"]
    assert sum(count for kind, count in cells.items() if kind.startswith("FD")) == 3 * 3 * W
    luts = sum(count for kind, count in cells.items() if kind.startswith("LUT"))
    assert W + 2 * W + 3 * W <= luts <= W + 2 * W + 4 * W
