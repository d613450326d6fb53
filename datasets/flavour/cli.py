"""`python -m datasets.flavour`: generate jets for flavour tagging, and look at what a file holds."""

from pathlib import Path

import click
from rich.console import Console

from datasets.commands import chosen_splits, seed_option, shard_options
from datasets.flavour.files import STORE, table_digest, write_table
from datasets.flavour.generator import generate_jets
from datasets.flavour.inspection import save_figure, summary_table
from datasets.flavour.production import SPLIT_JETS, plan_shards, produce
from datasets.flavour.readers import read_flavour
from datasets.flavour.schema import CLASSES
from datasets.progress import show
from trigforge.errors import TrigforgeError

DEFAULT_FOLDER = Path("build/data/flavour")
SHARD_JETS = 15_000
_LARGE_SPLITS = ("train", "val", "test")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Jets of b, c and light flavour with the impact parameters of their tracks.

    They are simulated here with Pythia 8, FastJet and a parametrised tracker. They are no public sample: a figure
    reached on them must say so.
    """


@cli.command()
@click.option(
    "--split",
    type=click.Choice([*_LARGE_SPLITS, "all"]),
    default="all",
    show_default=True,
    help="What to make. Each split has seeds of its own; `all` is train, val and test.",
)
@click.option(
    "--jets",
    type=click.IntRange(3),
    help="Jets in the split, a multiple of 3. Default: "
    + ", ".join(f"{split} {SPLIT_JETS[split]:,}" for split in _LARGE_SPLITS)
    + ".",
)
@shard_options(STORE, DEFAULT_FOLDER)
@click.option(
    "--shard-jets",
    type=click.IntRange(3),
    default=SHARD_JETS,
    show_default=True,
    help="Jets per file, a multiple of 3.",
)
def generate(split: str, jets: int | None, seed: int, out: Path, workers: int, shard_jets: int) -> None:
    """Generate jets as ROOT files, in shards, equal numbers of each class.

    \b
    Shards that exist with the right seed, recipe and digest are kept, so a second run is free and an interrupted one
    goes on where it stopped. About 350 jets a second a core. Needs the extra [generate] (Pythia 8 is GPL).

    \b
    Examples:
      python -m datasets.flavour generate                                  405,000 jets: train, val and test
      python -m datasets.flavour generate --split test --jets 3000 --seed 7 --out build/data/few
    """
    for name, total in chosen_splits(STORE, split, jets, SPLIT_JETS, _LARGE_SPLITS):
        requests = plan_shards(out / name, name, total, seed, shard_jets)
        show(STORE.counted, name, total, out / name, lambda done, r=requests: produce(r, workers, done))


@cli.command()
@click.option(
    "--jets", type=click.IntRange(3), default=SPLIT_JETS["sample"], show_default=True, help="A multiple of 3."
)
@seed_option(STORE)
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The ROOT file to write.")
def sample(jets: int, seed: int, out: Path) -> None:
    """Generate jets of a split of their own into one small file.

    \b
    The committed sample was made so:
      python -m datasets.flavour sample --out datasets/flavour/sample.root
    """
    (request,) = plan_shards(out.parent, "sample", jets, seed, jets)
    table = generate_jets(request.entries, request.seed)
    write_table(out, table, small=True)
    click.echo(f"{out}: {jets:,} jets, {out.stat().st_size / 1e6:.2f} MB, digest {table_digest(table)[:12]}")


@cli.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--limit", type=click.IntRange(1), help="Read so many jets.")
@click.option("--part", help="Of an HDF5 file with several: train for x_train and y_train.")
@click.option(
    "--order",
    default=",".join(CLASSES),
    show_default=True,
    help="Classes of the labels 0, 1, 2 of an HDF5 file; nothing in it says so.",
)
@click.option("--opposite-d0", is_flag=True, help="ROOT files of others: d0 is y cos(phi) - x sin(phi).")
@click.option("--figure", type=click.Path(path_type=Path, dir_okay=False), help="Also save distributions.")
def inspect(
    path: Path, limit: int | None, part: str | None, order: str, opposite_d0: bool, figure: Path | None
) -> None:
    """Print what the jets at PATH look like, class by class.

    PATH is a ROOT file made here, a public ROOT file (an entry a jet, branches jet_pt ... trk_d0 ...), a public HDF5
    file (x_train (n, 15, 6) and y_train), or a folder of these.
    """
    names = tuple(name.strip() for name in order.split(","))
    jets = read_flavour(path, limit, part=part, order=names, opposite_d0=opposite_d0)
    Console().print(summary_table(jets, f"{path}: {len(jets):,} jets"))
    if figure is not None:
        save_figure(jets, figure)
        click.echo(f"figure: {figure}")


def main() -> None:
    """Runs the command; an error of ours is one line on stderr and exit status 1."""
    try:
        cli(prog_name="trigforge data flavour")
    except TrigforgeError as error:
        raise SystemExit(f"error: {error}") from None
