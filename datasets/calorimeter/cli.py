"""`python -m datasets.calorimeter`: simulate modules, and look at what a file holds."""

import time
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from datasets.calorimeter.errors import CalorimeterDataError
from datasets.calorimeter.files import STORE, digest, write_root
from datasets.calorimeter.generator import simulate
from datasets.calorimeter.modules import UNITS_A_MIP, Modules, occupancy
from datasets.calorimeter.normalise import NORMALISED, exponents, normalise
from datasets.calorimeter.options import chosen_conditions, condition_options, reading
from datasets.calorimeter.plots import by_pileup, distributions_figure, modules_figure, save, typical_to_busiest
from datasets.calorimeter.production import SPLIT_MODULES, plan_shards, produce
from datasets.calorimeter.readers import read_modules
from datasets.commands import chosen_splits, seed_option, shard_options
from datasets.progress import show
from trigforge.fixed import FixedType

DEFAULT_FOLDER = Path("build/data/calorimeter")
SHARD_MODULES = 25_000
_DEFAULTS = ", ".join(f"{split} {n:,}" for split, n in SPLIT_MODULES.items())


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Modules of 48 trigger cells of a high-granularity calorimeter, simulated here with parametrised showers.

    They resemble what the front-end chip ECON-T of CMS sees, but are neither its data nor CMS simulation: a figure
    reached on them must say so.
    """


@cli.command()
@click.option(
    "--split",
    type=click.Choice([*SPLIT_MODULES, "all"]),
    default="all",
    show_default=True,
    help="What to make; each split has seeds of its own.",
)
@click.option("--modules", "count", type=click.IntRange(1), help=f"In the split. Default: {_DEFAULTS}.")
@shard_options(STORE, DEFAULT_FOLDER)
@click.option(
    "--shard-modules", type=click.IntRange(1), default=SHARD_MODULES, show_default=True, help="Modules a file."
)
@condition_options
def generate(
    split: str, count: int | None, seed: int, out: Path, workers: int, shard_modules: int, **options: Any
) -> None:
    """Simulate modules into ROOT files, in shards.

    \b Shards that exist with the right seed, conditions and digest are kept, so a second run is free and an interrupted
    one goes on where it stopped. About 10,000 modules a second a core.

    \b
    Examples:
      python -m datasets.calorimeter generate                              650,000 modules at pile-up 140
      python -m datasets.calorimeter generate --pileup 0 --pileup 200      as many, half without pile-up
      python -m datasets.calorimeter generate --split test --layer 9       one layer, at the shower maximum
    """
    splits = chosen_splits(STORE, split, count, SPLIT_MODULES, SPLIT_MODULES)
    conditions = chosen_conditions(options)
    for name, total in splits:
        requests = plan_shards(out / name, name, total, seed, shard_modules)
        show(STORE.counted, name, total, out / name, lambda done, r=requests: produce(r, conditions, workers, done))


@cli.command()
@click.option("--modules", "count", type=click.IntRange(1), default=20_000, show_default=True, help="How many.")
@seed_option(STORE)
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The ROOT file to write.")
@condition_options
def sample(count: int, seed: int, out: Path, **options: Any) -> None:
    """Simulate modules into one small file.

    \b
    The committed sample was made so:
      python -m datasets.calorimeter sample --modules 20000 --seed 7 --pileup 0 --pileup 140 --pileup 200 \\
        --share 0.1 --out datasets/calorimeter/sample.root
    """
    conditions = chosen_conditions(options)
    started = time.monotonic()
    modules = simulate(count, seed, conditions)
    rate = count / (time.monotonic() - started)
    write_root(out, modules, small=True)
    click.echo(
        f"{out}: {count:,} modules, {rate:,.0f} modules/s simulated, {out.stat().st_size / 1e6:.2f} MB, "
        f"digest {digest(modules)[:12]}"
    )


@cli.command()
@reading
@click.option("--figure", type=click.Path(path_type=Path, dir_okay=False), help="Also save distributions.")
def inspect(path: Path, limit: int | None, order: Any, no_header: bool, figure: Path | None) -> None:
    """Print what the modules at PATH look like.

    PATH is a ROOT file made here, an ntuple of the CMS trigger primitives (.root), a .csv or .csv.gz file with columns
    CALQ_0 to CALQ_47, or a folder of these.
    """
    modules = read_modules(path, limit, order, header=not no_header)
    Console().print(_summary(modules, f"{path}: {len(modules):,} modules"))
    if figure is not None:
        save(distributions_figure(modules), figure)
        click.echo(f"figure: {figure}")


@cli.command()
@reading
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The picture to write.")
@click.option("--module", "numbers", type=click.IntRange(0), multiple=True, help="Which; again for more. Default: six.")
@click.option("--after", type=click.Path(path_type=Path), help="What became of them: a file of as many, drawn below.")
@click.option("--normalised", is_flag=True, help=f"Draw below what the normalisation to {NORMALISED} leaves of them.")
def plot(
    path: Path,
    limit: int | None,
    order: Any,
    no_header: bool,
    out: Path,
    numbers: tuple[int, ...],
    after: Path | None,
    normalised: bool,
) -> None:
    """Draw modules of PATH on the hexagonal grid, side by side, with one colour scale.

    Without --module six are drawn, from one with a typical charge to the one with the largest.
    """
    modules = read_modules(path, limit, order, header=not no_header)
    rows = {"before": modules.calq / UNITS_A_MIP}
    if normalised:
        unit = np.exp2(exponents(modules.calq) + FixedType.parse(NORMALISED).lsb) / UNITS_A_MIP
        rows["normalised"] = normalise(modules.calq) * unit[:, None]
    if after is not None:
        changed = read_modules(after, limit, order, header=not no_header)
        if len(changed) != len(modules):
            raise CalorimeterDataError(
                f"{after} holds {len(changed):,} modules and {path} {len(modules):,}; "
                "give the same modules, in the same order"
            )
        rows["after"] = changed.calq / UNITS_A_MIP
    chosen = list(numbers) or typical_to_busiest(modules)
    save(modules_figure(modules, chosen, rows), out)
    click.echo(f"figure: {out}")


def _summary(modules: Modules, title: str) -> Table:
    """One line a pile-up: modules, cells above 1 transverse MIP and above 0 (means), sums (percentiles), energies."""
    table = Table(
        title=title,
        caption="cells: mean number of 48 with charge, and with more than 1 transverse MIP. sum: of a module, "
        "transverse MIPs. E: mean energy in the layer, GeV, measured and of the signal.",
        box=box.SIMPLE_HEAD,
    )
    table.add_column("", no_wrap=True)
    for column in ("modules", "cells", "> 1", "sum 16/50/84 %", "E", "signal"):
        table.add_column(column, justify="right", no_wrap=True)
    for name, group in by_pileup(modules).items():
        low, middle, high = np.percentile(group.calq.sum(axis=1) / UNITS_A_MIP, [16, 50, 84])
        table.add_row(
            name,
            f"{len(group):,}",
            f"{np.count_nonzero(group.calq) / len(group):.1f}",
            f"{occupancy(group).mean():.2f}",
            f"{low:.1f} / {middle:.1f} / {high:.1f}",
            *(f"{group.truth[key].mean():.3f}" if key in group.truth else "-" for key in ("energy", "simenergy")),
        )
    return table


def main() -> None:
    """Runs the command; an error of ours is one line on stderr and exit status 1."""
    try:
        cli(prog_name="trigforge data calorimeter")
    except CalorimeterDataError as error:
        raise SystemExit(f"error: {error}") from None
