"""Design files and parts: what is read, and what is refused by key and by name."""

import re
from pathlib import Path

import pytest

from trigforge.errors import DesignError
from trigforge.graph import Backend, DesignPoint, LayerDesign, Strategy, load_design
from trigforge.resources import parts

PARTS = "xcvu13p-flga2577-2-e"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "design.toml"


def test_a_full_design_file(file: Path) -> None:
    file.write_text(
        """
        part = "xcvu9p-flga2104-2l-e"
        clock_period_ns = 4
        backend = "vivado"
        strategy = "distributed arithmetic"
        reuse_factor = 2

        [layers.dense]
        strategy = "Resource"
        reuse_factor = 8

        [layers."dense.iq"]
        reuse_factor = 1
        """
    )
    design = load_design(file)
    assert design == DesignPoint(
        part="xcvu9p-flga2104-2l-e",
        clock_period_ns=4.0,
        backend=Backend.VIVADO,
        strategy=Strategy.DISTRIBUTED_ARITHMETIC,
        reuse_factor=2,
        layers=(("dense", LayerDesign(Strategy.RESOURCE, 8)), ("dense.iq", LayerDesign(reuse_factor=1))),
    )
    assert design.layer("dense") == (Strategy.RESOURCE, 8)
    assert design.layer("dense.iq") == (Strategy.DISTRIBUTED_ARITHMETIC, 1)
    assert design.layer("other") == (Strategy.DISTRIBUTED_ARITHMETIC, 2)


def test_an_empty_design_file_is_the_default(file: Path) -> None:
    file.write_text("")
    assert load_design(file) == DesignPoint()


FILES: dict[str, tuple[str, str]] = {
    "no TOML": ("part = ", "design file {} is not TOML: Invalid value (at end of document)"),
    "unknown key": (
        "clock = 5",
        "design file {}: unknown key 'clock'; known are part, clock_period_ns, stage_delay_ns, multipliers, "
        "backend, strategy, reuse_factor",
    ),
    "unknown key of a layer": (
        '[layers.dense]\npart = "x"',
        "design file {}: unknown key 'part'; known are strategy, reuse_factor",
    ),
    "unknown strategy": (
        'strategy = "fast"',
        "design file {}: strategy = 'fast'; known are LATENCY, RESOURCE, DISTRIBUTED_ARITHMETIC",
    ),
    "unknown backend": ('backend = "Quartus"', "design file {}: backend = 'Quartus'; known are VITIS, VIVADO"),
    "text for a number": ('clock_period_ns = "5"', "design file {}: clock_period_ns = '5' should be a float"),
    "fraction for a count": ("reuse_factor = 1.5", "design file {}: reuse_factor = 1.5 should be a int"),
    "truth for a count": ("reuse_factor = true", "design file {}: reuse_factor = True should be a int"),
    "no table of layers": (
        "layers = 3",
        "design file {}: write exceptions as [layers.NAME] tables, found layers = 3",
    ),
    "no table of a layer": (
        "[layers]\ndense = 3",
        "design file {}: write exceptions as [layers.NAME] tables, found dense = 3",
    ),
}


@pytest.mark.parametrize("fault", FILES)
def test_a_wrong_design_file_is_refused(file: Path, fault: str) -> None:
    text, message = FILES[fault]
    file.write_text(text)
    with pytest.raises(DesignError, match=f"^{re.escape(message.format(file))}$"):
        load_design(file)


def test_a_missing_design_file(file: Path) -> None:
    message = f"design file {file}: No such file or directory; give the path of a TOML file"
    with pytest.raises(DesignError, match=f"^{re.escape(message)}$"):
        load_design(file)


def test_a_binary_design_file(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DesignError, match=r"is not TOML: 'utf-8' codec can't decode byte 0xff"):
        load_design(file)


def test_an_unknown_part_names_the_known_ones(file: Path) -> None:
    file.write_text('part = "xc7a35t"')
    with pytest.raises(DesignError, match=rf"^part 'xc7a35t' is unknown; known are {PARTS}, "):
        load_design(file)


@pytest.mark.parametrize("period", [0, -5.0, 1001, float("nan"), float("inf")])
def test_a_clock_that_no_part_has(period: float) -> None:
    message = re.escape(f"clock_period_ns = {period} is outside 0.5 to 1000 ns")
    with pytest.raises(DesignError, match=f"^{message}$"):
        DesignPoint(clock_period_ns=period)


def test_a_reuse_factor_below_one() -> None:
    rest = "it counts uses of one multiplier and is at least 1"
    with pytest.raises(DesignError, match=f"^reuse_factor = 0; {rest}$"):
        DesignPoint(reuse_factor=0)
    with pytest.raises(DesignError, match=f"^reuse_factor of layer 'dense' = -1; {rest}$"):
        DesignPoint(layers=(("dense", LayerDesign(reuse_factor=-1)),))


def test_parts_hold_what_the_product_tables_say() -> None:
    vu13p = parts.find("XCVU13P-FLGA2577-2-E")
    assert (vu13p.lut, vu13p.ff, vu13p.dsp, vu13p.bram_18k) == (1_728_000, 3_456_000, 12_288, 5_376)
    assert (vu13p.uram, vu13p.super_logic_regions) == (1_280, 4)
    for part in parts.known().values():
        assert min(part.lut, part.ff, part.dsp, part.bram_18k, part.super_logic_regions) > 0
        assert part.family
