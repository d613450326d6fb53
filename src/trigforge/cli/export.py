"""``trigforge export``: the emulator as a package, and pattern files."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trigforge.cli.options import of_events, of_model
from trigforge.cli.output import watching
from trigforge.cli.reporting import reported

if TYPE_CHECKING:
    from trigforge.flow.given import Given

_model = click.argument("model", metavar="MODEL|FILE")


_out = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Output directory. Default: a folder of its own in build/<model>/export/.",
)


@click.group()
def export() -> None:
    """MODEL where others load it: a CMSSW library, a C library, pattern files.

    \b
    trigforge export cmssw jet_tagger      <model>_v<N>.so as CMSSW loads it (hls4mlEmulatorExtras)
    trigforge export c jet_tagger          trigforge_<model>_v<N>.so and .h, for C, Python and anything else
    trigforge export patterns jet_tagger   what a test on a board plays, and what it must answer
    """


@export.command()
@_model
@_out
@reported
@of_model
def cmssw(model: str, out: Path | None, given: "Given") -> None:
    """The emulator of MODEL behind create_model and destroy_model, as CMSSW loads it.

    Leaves sources, Makefile and README, compiled and checked on integers here; 'make check' checks them anywhere else.
    """
    _package("cmssw", model, out, given)


@export.command("c")
@_model
@_out
@reported
@of_model
def c_library(model: str, out: Path | None, given: "Given") -> None:
    """The emulator of MODEL behind plain C functions, with examples in C and Python.

    Leaves sources, Makefile and README, compiled and checked on integers here; 'make check' checks them anywhere else.
    """
    _package("c", model, out, given)


def _package(kind: str, model: str, out: Path | None, given: "Given") -> None:
    from trigforge.export import PackageKind
    from trigforge.flow.exporting import export_package

    exported = export_package(model, PackageKind(kind), out, watching(), given=given)
    click.echo(f"{exported.shared_object}: {exported.checked_events} events checked, 0 mismatches")


@export.command()
@_model
@click.option(
    "--events",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Events to play. Default: those the model folder names, else random stimuli.",
)
@click.option("--limit", type=click.IntRange(min=1), default=1000, show_default=True, help="Only the first events.")
@_out
@reported
@of_events
def patterns(model: str, events: Path | None, limit: int, out: Path | None, given: "Given") -> None:
    """Pattern files of MODEL: inputs.hex, outputs.hex, and patterns.json, which says what stands where."""
    from trigforge.flow.exporting import export_patterns

    folder, count = export_patterns(model, events, out, watching(), limit=limit, given=given)
    click.echo(f"{folder}: {count:,} events")
