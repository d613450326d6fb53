"""``trigforge cache``."""

import click

from trigforge import cache as kept
from trigforge.cli.reporting import reported


@click.command()
@click.option(
    "--clear", is_flag=True, help="Remove every piece; the next runs make them again, but for optimized ones."
)
@reported
def cache(clear: bool) -> None:
    """Finished pieces that many runs share: graphs, adder trees, projects, stages, simulations, results, kernels.

    A piece stands under the digest of everything that made it, so it is never stale. Each kind is cut to 1 GB, oldest
    first. TRIGFORGE_CACHE names the folder. "optimized" is what trigforge optimize found: builds do without, but only
    as long a search finds it again.
    """
    if clear:
        kept.clear()
    click.echo(f"cache: {kept.root()}")
    for entry in kept.sizes():
        click.echo(f"{entry.kind:12} {entry.pieces:5} pieces {entry.size / 1e6:9.1f} MB")
