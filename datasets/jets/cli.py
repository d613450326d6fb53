"""`python -m datasets.jets`: generate jets, and look at what a file holds."""

from pathlib import Path

import click
from rich.console import Console

from datasets.commands import DEFAULT_SEED, chosen_splits, shard_options
from datasets.jets.compact import write_compact
from datasets.jets.cross_section import qcd_jets
from datasets.jets.errors import JetDataError
from datasets.jets.inspection import save_plot, summary_table
from datasets.jets.production import SPLIT_JETS, plan_shards, produce
from datasets.jets.readers import HDF5_ENDINGS, read_jets
from datasets.jets.shards import STORE, read_table, table_digest
from datasets.jets.words import write_words
from datasets.progress import show

DEFAULT_FOLDER = Path("build/data/jets")
SHARD_JETS = 5_000
_LARGE_SPLITS = ("train", "val", "test")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Jets of five classes (g, q, W, Z, t) near 1 TeV at 13 TeV.

    They are simulated here with Pythia 8, FastJet and a simple detector. They resemble the public sample
    hls4ml_lhc_jets_150p but are not that benchmark: an accuracy reached on them must say so.
    """


@cli.command()
@click.option(
    "--split",
    type=click.Choice([*SPLIT_JETS, "all"]),
    default="all",
    show_default=True,
    help="What to make. Each split has seeds of its own; `all` is train, val and test.",
)
@click.option(
    "--jets",
    "n_jets",
    type=click.IntRange(5),
    default=None,
    help="Jets in the split, a multiple of 5. Default: "
    + ", ".join(f"{split} {n:,}" for split, n in SPLIT_JETS.items())
    + ".",
)
@shard_options(STORE, DEFAULT_FOLDER)
@click.option(
    "--shard-jets",
    type=click.IntRange(5),
    default=SHARD_JETS,
    show_default=True,
    help="Jets per file, a multiple of 5.",
)
def generate(split: str, n_jets: int | None, seed: int, out: Path, workers: int, shard_jets: int) -> None:
    """Generate jets as ROOT files, in shards.

    \b
    Shards that exist with the right seed, recipe and digest are kept, so a second run is free and an interrupted one
    goes on where it stopped. About 200 jets a second a core. Needs the extra [generate] (Pythia 8 is GPL).

    \b
    Examples:
      python -m datasets.jets generate                                  270,000 jets: train, val and test
      python -m datasets.jets generate --split test --jets 1000 --seed 7 --out build/data/few
    """
    for name, total in chosen_splits(STORE, split, n_jets, SPLIT_JETS, _LARGE_SPLITS):
        requests = plan_shards(out / name, name, total, seed, shard_jets)
        show(STORE.counted, name, total, out / name, lambda done, r=requests: produce(r, workers, done))


@cli.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="Also save a figure (needs matplotlib).")
def inspect(path: Path, plot: Path | None) -> None:
    """Print what the jets at PATH look like, class by class.

    PATH is a ROOT file made here, a public HDF5 file (hls4ml_lhc_jets_150p), or a folder of either.
    """
    jets = read_jets(path)
    origin = "public format" if path.suffix in HDF5_ENDINGS else "simulated here, not the public benchmark"
    Console().print(summary_table(jets, f"{path}: {len(jets):,} jets, {origin}"))
    if plot is not None:
        save_plot(jets, plot)
        click.echo(f"figure: {plot}")


@cli.command("cross-section")
@click.option("--energy", type=click.FloatRange(3000.0), default=14000.0, show_default=True, help="GeV, both protons.")
@click.option(
    "--collisions", type=click.IntRange(100), default=40_000, show_default=True, help="More: a smaller error."
)
@click.option("--seed", type=click.IntRange(1, 900_000_000), default=7, show_default=True)
def cross_section(energy: float, collisions: int, seed: int) -> None:
    """Cross section of QCD jets with the pTHat of the sample, two a collision, by Pythia at leading order.

    The rate of a trigger's background is scaled with it (docs/trigger.md). Needs the extra [generate].
    """
    found = qcd_jets(energy, collisions, seed)
    click.echo(
        f"QCD jets, pTHat 985 to 1015 GeV, at {energy / 1000:g} TeV: {found.jets_pb:.3f} +- {found.error_pb:.3f} pb, "
        f"{found.gluons:.0%} of them gluons"
    )


@cli.command()
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The ROOT file to write.")
@click.option("--particles", type=click.IntRange(1), default=32, show_default=True, help="Constituents kept per jet.")
def compact(sources: tuple[Path, ...], out: Path, particles: int) -> None:
    """Join the ROOT files SOURCES into one small file: leading constituents, rounded floats.

    \b
    The committed sample was made so:
      python -m datasets.jets generate --split sample
      python -m datasets.jets compact build/data/jets/sample/*.root --out datasets/jets/sample.root
    """
    table = write_compact(list(sources), out, particles)
    click.echo(f"{out}: {len(table):,} jets, {out.stat().st_size / 1e6:.2f} MB, digest {table_digest(table)[:12]}")


def main() -> None:
    """Runs the command; an error of ours is one line on stderr and exit status 1."""
    try:
        cli(prog_name="trigforge data jets")
    except JetDataError as error:
        raise SystemExit(f"error: {error}") from None


@cli.command()
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The ROOT file to write.")
@click.option("--seed", type=click.IntRange(0), default=DEFAULT_SEED, show_default=True, help="Of the order in a jet.")
def words(source: Path, out: Path, seed: int) -> None:
    """Write the ROOT file SOURCE as a correlator sends it: integer words in any order, and those of the jet's axis.

    \b
    The committed words were made so:
      python -m datasets.jets words datasets/jets/sample.root --out datasets/jets/words.root
    """
    table = read_table(source)
    write_words(table, out, seed)
    click.echo(f"{out}: {len(table):,} jets, {out.stat().st_size / 1e6:.2f} MB")
