"""`python -m datasets.flavour`: generate jets for flavour tagging, and look at what a file holds."""

import time
from pathlib import Path

import click

from datasets.flavour.files import STORE, table_digest, write_table
from datasets.flavour.generator import generate_jets
from datasets.flavour.production import SPLIT_JETS, plan_shards, produce
from datasets.progress import show
from trigforge.errors import TrigforgeError

DEFAULT_FOLDER = Path("build/data/flavour")
DEFAULT_SEED = 2024
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
    type=click.Choice([*SPLIT_JETS, "all"]),
    default="all",
    show_default=True,
    help="What to make. Each split has seeds of its own; `all` is train, val and test.",
)
@click.option(
    "--jets",
    type=click.IntRange(3),
    help="Jets in the split, a multiple of 3. Default: "
    + ", ".join(f"{split} {n:,}" for split, n in SPLIT_JETS.items())
    + ".",
)
@click.option("--seed", type=click.IntRange(0), default=DEFAULT_SEED, show_default=True, help="Same seed, same jets.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT_FOLDER,
    show_default=True,
    help="Shards go to OUT/SPLIT/, with a manifest.json that holds their digests.",
)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes, one per core.")
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
    if jets is not None and split == "all":
        raise click.UsageError("--jets needs --split: it is the number of jets of one split")
    for name in _LARGE_SPLITS if split == "all" else (split,):
        total, folder = jets or SPLIT_JETS[name], out / name
        requests = plan_shards(folder, name, total, seed, shard_jets)
        show(STORE.counted, name, total, folder, lambda done, r=requests: produce(r, workers, done))


def main() -> None:
    """Runs the command; an error of ours is one line on stderr and exit status 1."""
    try:
        cli(prog_name="trigforge data flavour")
    except TrigforgeError as error:
        raise SystemExit(f"error: {error}") from None
