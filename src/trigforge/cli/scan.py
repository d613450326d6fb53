"""``trigforge scan``: a grid of designs on some networks."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trigforge.cli.options import of_model
from trigforge.cli.output import as_json, show, watching
from trigforge.cli.reporting import reported
from trigforge.errors import DesignError

if TYPE_CHECKING:
    from trigforge.flow.given import Given


@click.command()
@click.argument("what", metavar="SCAN.toml|MODEL...", nargs=-1, required=True)
@click.option(
    "--vary",
    multiple=True,
    metavar="KEY=A,B,...",
    help="A key of the design file and its values, as in target.clock_period_ns=2.5,5; again for a further key.",
)
@click.option(
    "--design",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Design file with what does not vary. Default: that of the scan file, else each model's own.",
)
@click.option(
    "--budget",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Design file whose [budget] marks what fits. Default: the [budget] of the designs.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Output directory. Default: build/scan/<name>."
)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes on this machine. Default: one a core.")
@click.option("--scheduler", metavar="ADDRESS", help="Map on the workers of this Dask scheduler (tcp://host:8786).")
@as_json
@reported
@of_model
def scan(
    what: tuple[str, ...],
    vary: tuple[str, ...],
    design: Path | None,
    budget: Path | None,
    out: Path | None,
    jobs: int | None,
    scheduler: str | None,
    as_json: bool,
    given: "Given",
) -> None:
    """Map every design of a grid for every network: latency, II, LUT, DSP, accuracy; which are worth having, which fit.

    \b
    trigforge scan muon_tracker --vary target.clock_period_ns=5,6.25 --vary rtl.stage_delay_ns=3,5,7
    trigforge scan models/muon_tracker/scan.toml                     designs and networks of a file
    trigforge scan scan.toml 'front/*.keras' --jobs 2                other networks in the grid of the file

    A scan file is a design file in which lists are what varies, with the networks in a table [scan]:

    \b
    [scan]
    networks = ["muon_tracker.keras", "front/*.keras"]
    design = "design.toml"                  what does not vary
    [target]
    clock_period_ns = [5.0, 6.25]
    [rtl]
    stage_delay_ns = [3.0, 5.0, 7.0]

    MODEL alone takes the scan.toml of its folder, else varies the stage delay. Verilog is generated, mapped by Yosys
    and timed as in trigforge synth, but nothing is simulated: latency is counted in the pipeline, and synth proves the
    design that you choose. Finished points stay in the output directory, so an interrupted scan goes on where it was,
    and a design or network that changed is mapped anew. Leaves scan.json and scan.svg there. A design that is refused
    does not stop the others; the table says why, and the exit code is 1.
    """
    from trigforge.flow.scanning import Asked
    from trigforge.flow.scanning import scan as run
    from trigforge.scan import parse_axis, to_json
    from trigforge.scan.plot import save_plot
    from trigforge.scan.table import render

    if scheduler and jobs:
        raise click.UsageError("--scheduler and --jobs exclude each other: the scheduler has its own workers.")
    axes = tuple(parse_axis(text) for text in vary)
    asked = Asked(axes, design, budget, out, jobs, scheduler, given)
    with watching() as observer:
        found, folder = run(what, observer, asked)
    show(as_json, lambda: to_json(found), render(found))
    if found.points:
        save_plot(found, folder / "scan.svg")
        if not as_json:
            click.echo(f"\nall figures: {folder / 'scan.json'}, picture: {folder / 'scan.svg'}")
    if found.refused:
        count = len(found.points) + len(found.refused)
        raise DesignError(f"{len(found.refused)} of {count} points have no figures; the end of the table says why")
