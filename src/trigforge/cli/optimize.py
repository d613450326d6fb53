"""``trigforge optimize``: long searches for smaller adder graphs."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table

from trigforge.cli.options import of_model
from trigforge.cli.output import tell, watching
from trigforge.cli.reporting import reported

if TYPE_CHECKING:
    from trigforge.flow.given import Given

if TYPE_CHECKING:
    from trigforge.flow.optimizing import Optimization


def _minutes(context: click.Context, parameter: click.Parameter, value: float) -> float:
    """A time that ends."""
    if not (math.isfinite(value) and value > 0):
        raise click.BadParameter(f"{value:g} should be a time above 0, as in 5")
    return value


@click.command()
@click.argument("model", metavar="MODEL|FILE")
@click.option(
    "--minutes", type=float, required=True, callback=_minutes, metavar="M", help="Time to search, as in 5 or 0.5."
)
@click.option(
    "--design",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Design file whose pipeline should get smaller. Default: the model's own.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Processes on this machine, at most one a core.",
)
@reported
@of_model
def optimize(model: str, minutes: float, design: Path | None, jobs: int, given: "Given") -> None:
    """Search for smaller adder graphs of MODEL's constants, and keep them: the next build takes them.

    \b
    trigforge optimize jet_tagger --minutes 5
    trigforge optimize my_model.keras --minutes 480 --jobs 8          a night
    trigforge synth my_model.keras                                    smaller than before, every bit as before

    Every matrix of constants is built of adders, which trigforge synth finds in seconds. This command goes on
    searching: the rows and columns in other orders, the transposed matrix, other limits. A graph is proved to be its
    matrix, and kept only if the pipeline gets smaller by it and no longer; so no output bit changes, and no clock cycle
    is added. What is found is kept in the cache at once, and the next run goes on where this one stopped, interrupted
    or killed too.
    """
    from trigforge.flow.optimizing import optimize as run

    with watching() as observer:
        run(model, minutes, observer, design=design, jobs=jobs, given=given, show=_show)


def _show(found: "Optimization") -> None:
    from trigforge.flow.optimizing import percent

    if not found.matrices:
        click.echo(f"{found.model}: no layer has a matrix of constants, so there is nothing to search for")
        return
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("layer")
    for title in ("matrix", "bits before", "bits now", "change", "searches", "in all"):
        table.add_column(title, justify="right")
    for matrix in found.matrices:
        table.add_row(
            matrix.layer,
            " x ".join(map(str, matrix.shape)),
            f"{matrix.bits_before:,}",
            f"{matrix.bits_now:,}",
            percent(matrix.bits_before, matrix.bits_now),
            f"{matrix.searches:,}",
            f"{matrix.searches_in_all:,}",
        )
    tell(table)
    before, now = found.before, found.now
    click.echo(
        f"\npipeline of {found.model}: {before.tables:,.0f} LUT before, {now.tables:,.0f} now "
        f"({percent(before.tables, now.tables)}); "
        f"{before.latency_cycles} clock cycles before, {now.latency_cycles} now\n"
        "bits: adders of up to three operands, one copy; LUT: logic and registers, all copies, counted before mapping"
    )
