"""``trigforge asic``: a model's Verilog in standard cells."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trigforge.cli.options import model_design, of_events, redundancy
from trigforge.cli.output import as_json, show, watching
from trigforge.cli.reporting import reported

if TYPE_CHECKING:
    from trigforge.flow.given import Given


@click.command()
@click.argument("model", metavar="MODEL|FILE")
@click.option(
    "--library",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Standard cells (Liberty, .lib). Default: TRIGFORGE_LIBERTY, else Debian's qflow-tech-osu018, 180 nm.",
)
@click.option(
    "--node-nm",
    type=int,
    help="The process of a library of your own, in nm; without it nothing is extrapolated to 65 nm.",
)
@click.option(
    "--wire-load-fF",
    "wire_fF",
    type=float,
    default=0.0,
    show_default=True,
    help="What wires add to a net for each input on it. 0: no wires, the cells alone.",
)
@redundancy
@model_design
@click.option(
    "--events",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Events whose toggles are counted, the first 1,000. Default: the model folder's, else random stimuli.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Output directory. Default: build/<model>/asic."
)
@as_json
@reported
@of_events
def asic(
    model: str,
    library: Path | None,
    node_nm: int | None,
    wire_fF: float,
    redundancy: str | None,
    design: Path | None,
    events: Path | None,
    out: Path | None,
    as_json: bool,
    given: "Given",
) -> None:
    """Map MODEL's Verilog to standard cells: area, gate equivalents, longest path, energy of an event.

    \b
    trigforge asic jet_tagger                               its design, at 180 nm
    trigforge asic jet_tagger --redundancy triplicated      the same with triplicated registers
    trigforge asic my_encoder --library cells.lib --node-nm 130 --wire-load-fF 5

    Yosys and abc map the core stage by stage. The netlist is simulated on the events and compared with the emulator;
    its toggles, the library's tables and the clock of the design give the energy. Timing and energy are of cells alone:
    no wires, no clock tree, no glitches. Leaves asic.json, asic.svg and the Verilog, rtl/, in the output directory.
    """
    from trigforge.asic import to_json
    from trigforge.asic.plot import save_plot
    from trigforge.asic.table import render
    from trigforge.flow.asic_view import EVENTS, AsicOptions, view_as_asic
    from trigforge.flow.commands import prepared
    from trigforge.flow.preparing import with_redundancy
    from trigforge.toolchain import standard_cells

    options = AsicOptions(standard_cells.find(library), node_nm, wire_fF)
    with watching() as observer:
        found = prepared(model, design, events, observer, EVENTS, given)
        point = with_redundancy(found.design.point, redundancy)
        folder = out or found.out / "asic"
        view = view_as_asic(found.graph, point, found.events, folder, observer, options)
    show(as_json, lambda: to_json(view), render(view))
    save_plot(view, folder / "asic.svg")
    if not as_json:
        click.echo(f"\nall stages and the longest path: {folder / 'asic.json'}, picture: {folder / 'asic.svg'}")
