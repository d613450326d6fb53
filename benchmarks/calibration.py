"""Fits the models of ``trigforge.timing`` to the public pairs of a network and its figures after place and route.

``python benchmarks/calibration.py`` fits to what is stored, in a second; with ``--write`` the package takes over the
constants (``src/trigforge/resources/calibration.toml``), and ``docs/estimates.md`` its tables and picture. Names of
circuits build, map and time these again first: that needs da4ml (``benchmarks/estimates_study/circuits.py`` says how)
and the published files in ``../shared``, or where ``TRIGFORGE_SHARED`` says; about 20 minutes of one core with an
empty cache.
"""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # benchmarks is a package of the workspace

from benchmarks.estimates_study import circuits, page, pictures, results
from benchmarks.harness import BENCHMARKS, record
from trigforge.toolchain import yosys

CONSTANTS = BENCHMARKS.parent / "src" / "trigforge" / "resources" / "calibration.toml"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1, type=click.Choice(tuple(circuits.CIRCUITS)))
@click.option("--write", is_flag=True, help="Take over constants, tables and picture.")
def main(names: tuple[str, ...], write: bool) -> None:
    """Fit, after mapping the circuits NAMES again."""
    for name in names:

        def tell(text: str, name: str = name) -> None:
            click.echo(f"{name}: {text}")

        measurements = circuits.measure(name, tell)
        tools = {"yosys": yosys.version(), "da4ml": next(metadata.distributions(path=[str(circuits.DA4ML)])).version}
        record("calibration_circuits", measurements, tools)
    fits = results.load()
    text = results.constants(fits)
    click.echo(text)
    record("calibration", page.measurements(fits))
    if write:
        CONSTANTS.write_text(text, encoding="utf-8")
        page.write(fits)
        pictures.draw(fits)
    elif CONSTANTS.read_text(encoding="utf-8") != text:
        click.echo("the package holds other constants; run this with --write to take these over")


if __name__ == "__main__":
    main()
