"""The commands."""

import json
import runpy
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trigforge.cli.asic import asic
from trigforge.cli.cache import cache
from trigforge.cli.compare import compare
from trigforge.cli.coverage import coverage
from trigforge.cli.doctor import doctor
from trigforge.cli.emulate import emulate
from trigforge.cli.example import example
from trigforge.cli.export import export
from trigforge.cli.faults import faults
from trigforge.cli.init import init
from trigforge.cli.optimize import optimize
from trigforge.cli.options import fresh, of_events, only
from trigforge.cli.output import as_json, show, typed, watching
from trigforge.cli.quantize import quantize
from trigforge.cli.rate import rate
from trigforge.cli.reporting import reported
from trigforge.cli.scan import scan
from trigforge.cli.weights import weights
from trigforge.errors import ModelFileError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trigforge.flow.given import Given
    from trigforge.reports import BuildReport

_EPILOG = (
    "Exit codes: 0 every simulator agrees on every event; 1 an error, said in one line; 2 a wrong command line; "
    "3 simulators disagree; 4 a tool is missing, and what does not need it was delivered; "
    "5 the budget of the design file is violated; 130 interrupted."
)


@click.group(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(version("trigforge"), prog_name="trigforge")
def main() -> None:
    """From a trained physics model to verified trigger firmware.

    \b
    trigforge example                   a workspace with a jet tagger, to try all this on
    trigforge init my_model.keras --events my.root   a folder for a model of your own
    trigforge doctor jet_tagger         what is installed, what the model becomes, what it costs
    trigforge synth jet_tagger          a model folder under models/
    trigforge synth my_model.keras      a file of your own (.keras, .h5, or a graph.json)
    trigforge verify jet_tagger         only the comparison of the simulators
    trigforge implement jet_tagger      Vivado's place and route, where it is installed
    trigforge emulate jet_tagger IN     events through the emulator, as fast as it goes
    trigforge rate jet_tagger_words     signal efficiency against background rate of its trigger bit
    trigforge scan muon_tracker         many designs and networks side by side
    trigforge optimize jet_tagger --minutes 5   smaller adders, found by long searches, for the next build
    trigforge quantize tagger.keras     types for a model in floating point, from your events
    trigforge compare DIR DIR           two builds side by side
    trigforge coverage jet_tagger       which bits the events use, and where they overflow
    trigforge faults jet_tagger         single bit flips in registers of its Verilog
    trigforge asic jet_tagger           its Verilog in standard cells: area, longest path, energy
    trigforge export c jet_tagger       the emulator as a package for others
    trigforge weights pack MODEL        the image of weights that are reloaded at run time
    trigforge train jet_tagger          train it again, or go on where a training stopped
    trigforge data jets generate        make the jets it is trained on
    """


_model = click.argument("model", metavar="MODEL|FILE")
_design = click.option(
    "--design",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Design file (TOML): [target] part, clock_period_ns; [hls] backend, strategy, reuse_factor, "
    "multipliers; [rtl] initiation_interval (clock cycles from one event to the next, in which slices share hardware), "
    "stage_delay_ns, multipliers, redundancy; [layers.NAME] strategy, reuse_factor, instances; [inputs.NAME] arrival, "
    "per_cycle (rows of a serial input a clock cycle); none changes an output bit. [budget] says what the design must "
    "keep.",
)
_events = click.option(
    "--events",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Events to verify on (.root, .h5, .npz, .npy). Default: those the model folder names, "
    "else 10,000 random stimuli over the whole range of the input types.",
)
_out = click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Output directory. Default: build/<model>."
)


_labels = click.option(
    "--labels",
    metavar="COLUMN",
    help="The column with the class, or the target, of each event: accuracy and curves in the report. Default: that of "
    "[labels] in the model folder, where the events are the folder's.",
)
_float_twin = click.option(
    "--float-twin",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The network in floating point that MODEL came from: the report tells both on the labelled events. Default: "
    "float_twin of [labels] in the model folder.",
)
_netlist = click.option(
    "--netlist", is_flag=True, help="Simulate the mapped netlist too: for small designs, it takes long for large ones."
)
_registers = click.option(
    "--registers",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="A weight set to verify with too, a register image (.tfw) or a .npz file with an array (1, *shape) for each "
    "register; again for more. Zeros, both ends of every range and random weights are always among them.",
)


def _shown(as_json: bool) -> "Callable[[BuildReport, Path], None]":
    """Prints the report of a build, and the place of its page."""

    def print_it(report: "BuildReport", folder: Path) -> None:
        from trigforge.reports import render, to_json

        show(as_json, lambda: to_json(report), render(report))
        if not as_json:
            click.echo(f"\npage: {folder / 'report.html'}")

    return print_it


@main.command(epilog=_EPILOG)
@_model
@_design
@_events
@_labels
@_float_twin
@_registers
@_out
@_netlist
@only
@fresh
@as_json
@reported
@of_events
def synth(
    model: str,
    design: Path | None,
    events: Path | None,
    labels: str | None,
    float_twin: Path | None,
    registers: tuple[Path, ...],
    out: Path | None,
    netlist: bool,
    only: str | None,
    fresh: bool,
    as_json: bool,
    given: "Given",
) -> None:
    """Build MODEL as HLS C++ and as Verilog, prove both equal to the emulator, map, and report.

    Leaves graph.json, hls/, rtl/, report.json and report.html in the output directory. Latency in cycles and
    initiation interval are simulated, LUTs and flip-flops mapped by Yosys, the clock period and what place and route
    makes of it are estimated, with an interval. Where Vitis HLS is on PATH (or XILINX_HLS points to it) its figures
    come beside them. Of events that are given, not made up, the report tells the coverage too.
    """
    from trigforge.flow.commands import BuildOptions, synthesize
    from trigforge.reports import BuildRoute

    with watching() as observer:
        synthesize(
            model,
            design,
            events,
            out,
            observer,
            options=BuildOptions(netlist=netlist, only=BuildRoute[only.upper()] if only else None),
            registers=registers,
            labels=labels,
            float_twin=float_twin,
            given=given,
            fresh=fresh,
            command=typed(),
            show=_shown(as_json),
        )


@main.command(epilog=_EPILOG)
@_model
@_design
@_events
@_registers
@_out
@_netlist
@only
@fresh
@as_json
@reported
@of_events
def verify(
    model: str,
    design: Path | None,
    events: Path | None,
    registers: tuple[Path, ...],
    out: Path | None,
    netlist: bool,
    only: str | None,
    fresh: bool,
    as_json: bool,
    given: "Given",
) -> None:
    """Compare every simulator of MODEL with the reference emulator, on integers.

    On a mismatch: the event, the output, both mantissas in hex, and the first tensor (of the C simulation) or pipeline
    stage (of the RTL) that is wrong.
    """
    from trigforge.flow.commands import BuildOptions, verify_only
    from trigforge.reports import BuildRoute

    with watching() as observer:
        options = BuildOptions(synthesize=False, netlist=netlist, only=BuildRoute[only.upper()] if only else None)
        found = verify_only(
            model, design, events, out, observer, options=options, registers=registers, given=given, fresh=fresh
        )
    if as_json:
        click.echo(json.dumps([vars(entry) for entry in found], indent=2))
        return
    for entry in found:
        click.echo(
            f"{entry.simulator}: {entry.events:,} events x {entry.outputs} outputs, {entry.mismatches} mismatches"
        )


@main.command(epilog=_EPILOG)
@_model
@_design
@_events
@_out
@click.option(
    "--calibration",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the figures to this JSON file, without names, folders or weights, to send back for better estimates.",
)
@as_json
@reported
@of_events
def implement(
    model: str,
    design: Path | None,
    events: Path | None,
    out: Path | None,
    calibration: Path | None,
    as_json: bool,
    given: "Given",
) -> None:
    """As synth, and Vivado's synthesis, place and route of the Verilog, out of context, in the place of estimates."""
    from trigforge.flow.commands import BuildOptions, synthesize

    with watching() as observer:
        options = BuildOptions(place=True)
        synthesize(
            model,
            design,
            events,
            out,
            observer,
            options=options,
            calibration=calibration,
            given=given,
            command=typed(),
            show=_shown(as_json),
        )


@main.command()
@click.argument("model", metavar="MODEL")
@click.option(
    "--epochs",
    type=click.IntRange(min=1),
    help="Epochs of each stage, in float and then quantized. Default: the recipe's.",
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Default: build/<model>/training.")
@click.option("--fresh", is_flag=True, help="Forget the checkpoints of an earlier, interrupted training.")
@reported
def train(model: str, epochs: int | None, out: Path | None, fresh: bool) -> None:
    """Train MODEL by the recipe in its folder; an interrupted training goes on where it stopped."""
    from trigforge.flow.commands import train_model

    train_model(model, epochs, out, fresh)


@main.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False, "help_option_names": []}
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@reported
def data(arguments: tuple[str, ...]) -> None:
    """Make and inspect the data sets of the workspace's datasets/ folder.

    \b
    trigforge data jets generate --help
    trigforge data jets inspect FILE
    """
    from trigforge.flow.workspace import root

    folder = root() / "datasets"
    known = sorted(entry.parent.name for entry in folder.glob("*/__main__.py"))
    if not arguments or arguments[0] in ("-h", "--help"):
        click.echo(click.get_current_context().get_help())
        click.echo(f"\nData sets here: {', '.join(known) or 'none'}")
        return
    if arguments[0] not in known:
        raise ModelFileError(f"there is no data set {arguments[0]!r} in datasets/; found {', '.join(known) or 'none'}")
    sys.path.insert(0, str(folder.parent))
    sys.argv = [f"trigforge data {arguments[0]}", *arguments[1:]]
    runpy.run_module(f"datasets.{arguments[0]}", run_name="__main__", alter_sys=False)


main.add_command(example)
main.add_command(init)
main.add_command(doctor)
main.add_command(emulate)
main.add_command(rate)
main.add_command(scan)
main.add_command(optimize)
main.add_command(quantize)
main.add_command(coverage)
main.add_command(compare)
main.add_command(export)
main.add_command(asic)
main.add_command(faults)
main.add_command(weights)
main.add_command(cache)
