"""``trigforge compare``: two builds side by side."""

from pathlib import Path

import click

from trigforge.cli.output import tell
from trigforge.cli.reporting import reported


@click.command()
@click.argument("first", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("second", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The page of the comparison. Default: compared.html in the second folder.",
)
@click.option("--all", "everything", is_flag=True, help="The bits of tensors that did not change, too.")
@reported
def compare(first: Path, second: Path, out: Path | None, everything: bool) -> None:
    """Two builds side by side: bits, cycles, ns, LUTs, accuracy, and the second over the first.

    \b
    trigforge compare build/jet_tagger build/folded          two designs of one network
    trigforge compare old/jet_tagger build/jet_tagger        a build of another commit

    DIR is the output directory of trigforge synth, or a report.json. Leaves a page that says the same.
    """
    from trigforge.flow import compare as compared

    found = compared(first, second)
    tell(found.render(everything))
    page = out or (second if second.is_dir() else second.parent) / "compared.html"
    found.save(page)
    click.echo(f"\npage: {page}")
