"""`python -m datasets.muon`: simulate muons, and look at what a file holds."""

import time
from pathlib import Path

import click

from datasets.muon.chamber import CHAMBER, check_read_by
from datasets.muon.errors import MuonDataError
from datasets.muon.files import CHANNELS, GAPS, read_root, write_root
from datasets.muon.fit import REJECT_ABOVE, fit_lines
from datasets.muon.geometry import load_chamber
from datasets.muon.plots import draw_event, draw_occupancy
from datasets.muon.simulation import DEFAULT, Conditions, simulate
from trigforge.merit import resolution

DEFAULT_FILE = Path("build/data/muon/muons.root")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Muons in a chamber of seven gas gaps, simulated here; they are not the public sample fake-TGC."""


@cli.command()
@click.option("--muons", "events", type=click.IntRange(1), default=100_000, show_default=True, help="How many.")
@click.option("--seed", type=click.IntRange(0), default=2024, show_default=True, help="Same seed, same muons.")
@click.option("--efficiency", type=float, default=DEFAULT.efficiency, show_default=True, help="Of a gap.")
@click.option("--noise", type=float, default=DEFAULT.noise, show_default=True, help="Channels firing alone.")
@click.option("--delta-rays", type=float, default=DEFAULT.delta_rays, show_default=True, help="Share of gaps.")
@click.option("--chamber", "geometry", type=click.Path(path_type=Path), help="A TOML file; default: README.md's.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=DEFAULT_FILE, show_default=True)
def generate(
    events: int, seed: int, efficiency: float, noise: float, delta_rays: float, geometry: Path | None, out: Path
) -> None:
    """Simulate muons and write them to a ROOT file.

    \b
    Example, the committed sample:
      python -m datasets.muon generate --muons 20000 --seed 7 --out datasets/muon/sample.root
    """
    chamber = load_chamber(geometry) if geometry else CHAMBER
    check_read_by(chamber, GAPS, CHANNELS)
    conditions = Conditions(efficiency=efficiency, noise=noise, delta_rays=delta_rays)
    started = time.monotonic()
    muons = simulate(events, seed, conditions=conditions, chamber=chamber)
    rate = events / (time.monotonic() - started)
    write_root(out, muons)
    click.echo(f"{out}: {events:,} muons, {rate:,.0f} muons/s simulated, {out.stat().st_size / 1e6:.2f} MB")


@cli.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--event", type=click.IntRange(0), default=0, show_default=True, help="Which muon --display shows.")
@click.option("--display", type=click.Path(path_type=Path, dir_okay=False), help="Save a picture of one muon.")
@click.option("--occupancy", type=click.Path(path_type=Path, dir_okay=False), help="Save how often channels fire.")
@click.option("--chamber", "geometry", type=click.Path(path_type=Path), help="The TOML file they were made with.")
def inspect(path: Path, event: int, display: Path | None, occupancy: Path | None, geometry: Path | None) -> None:
    """Print what the muons at PATH look like, and how well a straight line fits them."""
    chamber = load_chamber(geometry) if geometry else CHAMBER
    muons = read_root(path)
    if event >= len(muons):
        raise MuonDataError(f"{path} holds {len(muons):,} muons, there is no number {event}; numbers start at 0")
    click.echo(
        f"{path}: {len(muons):,} muons simulated here, {muons.hits.sum() / len(muons):.2f} channels a muon, angle "
        f"{muons.angle_mrad.mean():.1f} mrad, spread {muons.angle_mrad.std():.1f} mrad"
    )
    for name, reject_above in (("all clusters", None), ("outliers rejected", REJECT_ABOVE)):
        difference = fit_lines(muons.hits, chamber=chamber, reject_above=reject_above).angle_mrad - muons.angle_mrad
        rms, kept = resolution(difference, 30.0)
        click.echo(f"straight line, {name}: {rms:.3f} mrad RMS of {kept:.2%} within 30 mrad")
    if display is not None:
        draw_event(muons, event, display, chamber)
    if occupancy is not None:
        draw_occupancy(muons, occupancy)


def main() -> None:
    """Runs the command; an error of ours is one line on stderr and exit status 1."""
    try:
        cli(prog_name="trigforge data muon")
    except MuonDataError as error:
        raise SystemExit(f"error: {error}") from None
