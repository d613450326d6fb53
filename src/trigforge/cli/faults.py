"""``trigforge faults``: single bit flips in the registers of a model's Verilog."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from trigforge.cli.options import model_design, of_events, redundancy
from trigforge.cli.output import as_json, show, watching
from trigforge.cli.reporting import reported

if TYPE_CHECKING:
    from trigforge.flow.given import Given


@click.command()
@click.argument("model", metavar="MODEL|FILE")
@click.option("--flips", type=int, default=10_000, show_default=True, help="The number of flips, one at a time.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of all that is random; the same gives the same.")
@click.option(
    "--share",
    "shares",
    metavar="KIND=SHARE,...",
    help="The share of the flips for each kind of place (data, control, accumulators, weights, image, loading, fifo, "
    "voters), as in data=0.5,control=0.25,voters=0.25; they add up to 1. Default: in proportion to the bits.",
)
@click.option(
    "--shell",
    type=click.Choice(["valid", "axis", "tmux", "sequencer", "reloadable"]),
    default="valid",
    show_default=True,
    help="The shell around the core, whose registers are hit too; images are loaded into reloadable meanwhile.",
)
@redundancy
@model_design
@click.option(
    "--events",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Events that pass meanwhile, the first 1,000. Default: the model folder's, else random stimuli.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Output directory. Default: build/<model>/faults."
)
@as_json
@reported
@of_events
def faults(
    model: str,
    flips: int,
    seed: int,
    shares: str | None,
    shell: str,
    redundancy: str | None,
    design: Path | None,
    events: Path | None,
    out: Path | None,
    as_json: bool,
    given: "Given",
) -> None:
    """Flip single bits in the registers of MODEL's Verilog, and count what comes out wrong.

    \b
    trigforge faults jet_tagger                               its design, 10,000 flips
    trigforge faults jet_tagger --redundancy triplicated      the same with triplicated registers
    trigforge faults my_tagger --flips 500 --share data=0.5,control=0.5
    trigforge faults my_encoder --shell reloadable            its register file too, while images are loaded

    Each flip hits one random bit of one random register at a random time, or a voter, for one clock cycle; outputs are
    compared with a twin that is spared until the flip is over. Counts of masked, corrected, latent and wrong, by kind
    of place, by layer and by clock cycle, with Clopper-Pearson intervals of 68 %. Leaves faults.json, faults.svg and
    the Verilog, rtl/, in the output directory. Exit code 1 where triplicated registers let a flip through.
    """
    from trigforge.faults import read_shares, to_json
    from trigforge.faults.plot import save_plot
    from trigforge.faults.table import render
    from trigforge.flow.commands import prepared
    from trigforge.flow.injecting import EVENTS, Asked, check_mended, inject_faults
    from trigforge.flow.preparing import with_redundancy
    from trigforge.project import Shell

    asked = Asked(flips, seed, read_shares(shares) if shares is not None else {}, Shell(shell))
    with watching() as observer:
        found = prepared(model, design, events, observer, EVENTS, given)
        point = with_redundancy(found.design.point, redundancy)
        folder = out or found.out / "faults"
        campaign = inject_faults(found.graph, point, found.events, folder, observer, asked)
    show(as_json, lambda: to_json(campaign), render(campaign))
    save_plot(campaign, folder / "faults.svg")
    if not as_json:
        click.echo(f"\nall places: {folder / 'faults.json'}, picture: {folder / 'faults.svg'}")
    check_mended(campaign)
