"""``trigforge emulate``: files of events in, the integers of the firmware out."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trigforge.cli.options import engine, of_events, registers
from trigforge.cli.output import watching
from trigforge.cli.reporting import reported

if TYPE_CHECKING:
    from trigforge.flow.given import Given


@click.command()
@click.argument("model", metavar="MODEL|FILE")
@click.argument("events", metavar="IN")
@click.argument("out", metavar="[OUT]", type=click.Path(path_type=Path), required=False)
@registers
@engine
@click.option("--scheduler", metavar="ADDRESS", help="Emulate on the workers of this Dask scheduler (tcp://host:8786).")
@click.option("--workers", type=click.IntRange(min=1), help="Emulate in so many processes on this machine, with Dask.")
@click.option("--rntuple", is_flag=True, help="Write an RNTuple, not a TTree, into ROOT files.")
@click.option(
    "--partition", type=click.IntRange(min=1), metavar="EVENTS", help="Events of a part. Default: as fill 16 MiB."
)
@click.option("--fresh", is_flag=True, help="Forget the parts of an interrupted run, and replace OUT if it exists.")
@reported
@of_events
def emulate(
    model: str,
    events: str,
    out: Path | None,
    registers: Path | None,
    engine: str,
    scheduler: str | None,
    workers: int | None,
    rntuple: bool,
    partition: int | None,
    fresh: bool,
    given: "Given",
) -> None:
    """Run MODEL on the events of IN, bit by bit as the firmware does, and write OUT.

    \b
    trigforge emulate jet_tagger jets.root tagged.root
    trigforge emulate jet_tagger 'jets_*.root' all.parquet    many files into one, in the order of names
    trigforge emulate jet_tagger 'jets_*.h5' tagged/          one output for each
    trigforge emulate jet_tagger jets.root tagged.root --scheduler tcp://head:8786

    IN is a .root (TTree, RNTuple), .h5, .parquet, .npz or .npy file, or a pattern in quotes; OUT is a file, or a folder
    (default: build/<model>/emulated). For each event OUT holds its number in its file, the number of the file, and
    every output as the firmware's integer (NAME_mantissa) and as its value (NAME). Inputs are quantized as the firmware
    sees them. An interrupted run leaves no OUT; the same command goes on where it stopped.
    """
    from trigforge.flow.emulating import Running, emulate_files
    from trigforge.flow.engines import EngineChoice

    if scheduler and workers:
        raise click.UsageError("--scheduler and --workers exclude each other: the scheduler has its own workers.")
    running = Running(
        engine=EngineChoice(engine),
        registers=registers,
        fresh=fresh,
        scheduler=scheduler,
        workers=workers,
        events_at_once=partition,
        rntuple=rntuple,
        given=given,
    )
    for done in emulate_files(model, events, out, watching(), running):
        resumed = f", {done.events_resumed:,} of them by an earlier run" if done.events_resumed else ""
        click.echo(f"{done.path}: {done.events:,} events{resumed}")
