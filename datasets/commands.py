"""What the commands share that make shards: options, and which splits."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from datasets.shards import Store

DEFAULT_SEED = 2024
Command = TypeVar("Command", bound=Callable[..., Any])


def seed_option(store: Store) -> Callable[[Command], Command]:
    """`--seed` of a command that makes what `store` counts."""
    return click.option(
        "--seed",
        type=click.IntRange(0),
        default=DEFAULT_SEED,
        show_default=True,
        help=f"Same seed, same {store.counted}.",
    )


def shard_options(store: Store, folder: Path) -> Callable[[Command], Command]:
    """`--seed`, `--out` with its default `folder`, and `--workers`."""
    options = (
        seed_option(store),
        click.option(
            "--out",
            type=click.Path(path_type=Path, file_okay=False),
            default=folder,
            show_default=True,
            help="Shards go to OUT/SPLIT/, with a manifest.json that holds their digests.",
        ),
        click.option(
            "--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes, one per core."
        ),
    )

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def chosen_splits(
    store: Store, split: str, entries: int | None, defaults: Mapping[str, int], together: Iterable[str]
) -> list[tuple[str, int]]:
    """The splits to make and how much of each: one of `defaults`, or those of `together` where `split` is "all".

    `entries` replaces the number of one split. Raises `UsageError` for a number of all of them.
    """
    if entries is not None and split == "all":
        raise click.UsageError(f"--{store.counted} needs --split: it is the number of {store.counted} of one split")
    return [(name, entries or defaults[name]) for name in (together if split == "all" else (split,))]
