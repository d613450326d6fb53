"""``trigforge coverage``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trigforge.cli.options import of_events
from trigforge.cli.output import as_json, show, watching
from trigforge.cli.reporting import reported

if TYPE_CHECKING:
    from trigforge.flow.given import Given


@click.command()
@click.argument("model", metavar="MODEL|FILE")
@click.option(
    "--events",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Your events (.root, .h5, .npz, .npy). Default: those the model folder names.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Only the first events.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Output directory. Default: build/<model>."
)
@click.option(
    "--plot",
    "plots",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="A picture of all tensors (.svg, .png, .pdf); may be given more than once.",
)
@click.option("--all", "everything", is_flag=True, help="Every layer, not the first 24, and its tensors below it.")
@as_json
@reported
@of_events
def coverage(
    model: str,
    events: Path | None,
    limit: int | None,
    out: Path | None,
    plots: tuple[Path, ...],
    everything: bool,
    as_json: bool,
    given: "Given",
) -> None:
    """Losses of MODEL on your own events: overflows, roundings, and bits that are never used.

    Watches every tensor, those inside loops too. The table has a line a layer, and begins with what wraps around, then
    what saturates, then the types with the most unused bits. Leaves coverage.json, with the range of every element, in
    the output directory.
    """
    from trigforge.coverage import to_json
    from trigforge.coverage.table import render
    from trigforge.flow.coverage import cover
    from trigforge.pictures import check_suffix

    for path in plots:
        check_suffix(path)
    observer = watching()
    found, where = cover(model, events, out, observer, limit=limit, given=given)
    show(as_json, lambda: to_json(found), render(found, None if everything else 24))
    if plots:
        from trigforge.coverage.plot import save_plot

        for path in plots:
            save_plot(found, path)
    if not as_json:
        click.echo(f"\nevery element: {where}")
