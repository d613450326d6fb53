"""The netlist that Yosys maps the stages to, in simulation, against the reference emulator."""

from pathlib import Path

import numpy as np

from tests.small_graph import SMALL
from trigforge.design import DesignPoint, Fpga
from trigforge.emulator import random_stimuli, run
from trigforge.project import write
from trigforge.rtl import to_project
from trigforge.toolchain import verilator, yosys


def test_the_mapped_netlist_is_equal(tmp_path: Path) -> None:
    """LUTs, carries and registers of several stages. Yosys has no models of DSP slices to simulate."""
    written = write(to_project(SMALL, DesignPoint(target=Fpga(clock_period_ns=2.5))), tmp_path / "rtl")
    mapped = yosys.map_stages(written, dsp=False)
    assert len(mapped) >= 2
    assert sum(stage.lut for stage in mapped) > 20 and sum(stage.ff for stage in mapped) > 20
    netlist = write(yosys.mapped_netlist(written.project, mapped), tmp_path / "netlist")
    assert "LUT" in netlist.project.files[written.project.stages[0].sources[-1]]
    inputs = random_stimuli(SMALL, 500, seed=4)
    result = verilator.compile_rtl(netlist).run(inputs)
    assert result.faults == ()
    for name, values in run(SMALL, inputs).outputs.items():
        assert np.array_equal(result.outputs[name], values)
