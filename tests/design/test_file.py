"""Design files: what is read, and what is refused, all of it at once."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from trigforge.design import (
    Backend,
    DesignFile,
    DesignPoint,
    Fpga,
    HlsDesign,
    LayerDesign,
    Multipliers,
    RtlDesign,
    Strategy,
    load_design,
)
from trigforge.errors import DesignError
from trigforge.resources import parts
from trigforge.resources.parts import FpgaResource


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "design.toml"


FULL = """
[target]
part = "xcvu9p-flga2104-2l-e"
clock_period_ns = 4

[hls]
backend = "vivado"
strategy = "latency"
reuse_factor = 2

[rtl]
stage_delay_ns = 1.5
multipliers = "dsp"

[layers.dense]
strategy = "Resource"
reuse_factor = 8

[layers."dense.iq"]
reuse_factor = 1

[layers.tagger.head]
strategy = "distributed arithmetic"
reuse_factor = 1
"""


def test_a_full_design_file(file: Path) -> None:
    file.write_text(FULL)
    assert load_design(file) == DesignFile(
        DesignPoint(
            target=Fpga("xcvu9p-flga2104-2l-e", 4.0),
            hls=HlsDesign(Backend.VIVADO, Strategy.LATENCY, 2),
            rtl=RtlDesign(1.5, Multipliers.DSP),
            layers={
                "dense": LayerDesign(Strategy.RESOURCE, 8),
                "dense.iq": LayerDesign(reuse_factor=1),
                "tagger.head": LayerDesign(Strategy.DISTRIBUTED_ARITHMETIC, 1),
            },
        )
    )


def test_an_empty_design_file_is_the_default(file: Path) -> None:
    file.write_text("")
    assert load_design(file) == DesignFile(DesignPoint(), None)


FILES: dict[str, tuple[str, str]] = {
    "no TOML": ("part = ", " is not TOML: Invalid value (at end of document)"),
    "a key above all tables": (
        "clock = 5",
        ": unknown key 'clock'; known are target, hls, rtl, layers, inputs, budget",
    ),
    "a key above the table that it belongs to": (
        "clock_period_ns = 5",
        ": clock_period_ns belongs into the table [target]; write it below that line",
    ),
    "unknown table": ("[target_]\n", ": unknown key 'target_'; nearest is 'target'"),
    "no table": ("hls = 3", ": hls = 3 should be a table"),
    "unknown key": ("[hls]\nreuse = 5", ": [hls] unknown key 'reuse'; nearest is 'reuse_factor'"),
    "unknown key of a layer": (
        '[layers.dense]\npart = "x"',
        ": [layers.dense] unknown key 'part'; known are strategy, reuse_factor, instances",
    ),
    "unknown strategy": (
        '[hls]\nstrategy = "resources"',
        ": [hls] strategy = 'resources' is unknown; nearest is 'RESOURCE'",
    ),
    "unknown backend": (
        '[hls]\nbackend = "Quartus"',
        ": [hls] backend = 'Quartus' is unknown; known are VITIS, VIVADO",
    ),
    "unknown part": (
        '[target]\npart = "xcvu13p"',
        ": [target] part 'xcvu13p' is unknown; nearest is 'xcvu13p-flga2577-2-e'",
    ),
    "text for a number": (
        '[target]\nclock_period_ns = "5"',
        ": [target] clock_period_ns = '5' should be a number",
    ),
    "fraction for a count": ("[hls]\nreuse_factor = 1.5", ": [hls] reuse_factor = 1.5 should be a whole number"),
    "truth for a count": ("[hls]\nreuse_factor = true", ": [hls] reuse_factor = True should be a whole number"),
    "reuse of what is not there": (
        '[hls]\nstrategy = "DISTRIBUTED_ARITHMETIC"\nreuse_factor = 2',
        ": [hls] DISTRIBUTED_ARITHMETIC has no multipliers to reuse, found reuse_factor = 2; set it to 1",
    ),
    "no delay": ("[rtl]\nstage_delay_ns = 0", ": [rtl] stage_delay_ns = 0.0 is no delay; give nanoseconds above 0"),
    "no table of layers": ("layers = 3", ": layers = 3 should be a table"),
    "no table of a layer": (
        "[layers]\ndense = 3",
        ": [layers] dense = 3 is no table; write the exceptions of a layer below a line [layers.dense]",
    ),
    "more bits than TOML has": (
        f"[hls]\nreuse_factor = 0x{'f' * 5000}",
        ": [hls] reuse_factor = a number of thousands of digits does not fit 64 bits",
    ),
    "more digits than Python reads": (
        f"[hls]\nreuse_factor = {'9' * 5000}",
        " is not TOML: Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits; "
        "use sys.set_int_max_str_digits() to increase the limit",
    ),
    "a number beyond floats": (
        f"[target]\nclock_period_ns = 1{'0' * 400}",
        f": [target] clock_period_ns = 1{'0' * 56}... does not fit 64 bits",
    ),
    "a nest": (f"a = {'[' * 5000}{']' * 5000}", " is not TOML: its values are nested too deeply"),
}


@pytest.mark.parametrize("fault", FILES)
def test_a_wrong_design_file_is_refused(file: Path, fault: str) -> None:
    text, message = FILES[fault]
    file.write_text(text)
    with pytest.raises(DesignError, match=f"^{re.escape(f'design file {file}{message}')}$"):
        load_design(file)


def test_all_faults_are_told_at_once(file: Path) -> None:
    file.write_text(
        'speed = 3\n[target]\npart = "xcvu9p"\nclock_period_ns = 0\n[hls]\nreuse_factor = 0\n[layers.fc1]\nreuse = 2\n'
        "[budget]\ndsp = -1\n"
    )
    with pytest.raises(DesignError) as caught:
        load_design(file)
    assert str(caught.value).splitlines() == [
        f"design file {file} has 6 faults:",
        "  [target]      part 'xcvu9p' is unknown; nearest is 'xcvu9p-flga2104-2l-e'",
        "  [target]      clock_period_ns = 0.0 is outside 0.5 to 1000 ns",
        "  [hls]         reuse_factor = 0; it counts uses of one multiplier and is at least 1",
        "  [layers.fc1]  unknown key 'reuse'; nearest is 'reuse_factor'",
        "  [budget]      dsp = -1; it counts and is at least 0",
        "                unknown key 'speed'; known are target, hls, rtl, layers, inputs, budget",
    ]


def test_no_text_ends_otherwise_than_in_a_design_or_an_error(file: Path) -> None:
    """Values of all kinds in all places, and files cut off anywhere."""
    values = ["-1", "0", "1e999", "nan", "true", "''", "[]", "{}", "[[1]]", "1979-05-27", "07:32:00", "{a = {b = 1}}"]
    keys = ["target", "hls.strategy", "rtl.stage_delay_ns", "layers", "layers.x", "layers.x.y", "layers.''.a", "budget"]
    keys += ["budget.preset", "budget.tmux", "budget.dsp", "target.part", "layers.x.reuse_factor", "''", "hls.x.y"]
    texts = [f"{key} = {value}" for key in keys for value in values]
    texts += [FULL[:end] for end in range(0, len(FULL), 7)]
    rng = random.Random(3)
    texts += ["\n".join(rng.sample(texts, 3)) for _ in range(200)]
    refused = 0
    for text in texts:
        file.write_text(text)
        try:
            load_design(file)
        except DesignError as error:
            refused += str(error).startswith(f"design file {file}")
            assert str(error).startswith(f"design file {file}")
    assert refused > len(texts) / 2


def test_a_missing_design_file(file: Path) -> None:
    message = f"design file {file}: No such file or directory; give the path of a TOML file"
    with pytest.raises(DesignError, match=f"^{re.escape(message)}$"):
        load_design(file)


def test_a_binary_design_file(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DesignError, match=r"is not TOML: 'utf-8' codec can't decode byte 0xff"):
        load_design(file)


@pytest.mark.parametrize("period", [0, -5.0, 1001, float("nan"), float("inf")])
def test_a_clock_that_no_part_has(period: float) -> None:
    message = re.escape(f"clock_period_ns = {period} is outside 0.5 to 1000 ns")
    with pytest.raises(DesignError, match=f"^{message}$"):
        Fpga(clock_period_ns=period)


def test_all_faults_of_a_target_are_told_at_once() -> None:
    with pytest.raises(DesignError, match=r"^part 'Z80' is unknown; known are xcvu13p-.*; clock_period_ns = 0 is out"):
        Fpga("Z80", 0)


@pytest.mark.parametrize("kind", [HlsDesign, LayerDesign])
def test_a_reuse_factor_below_one(kind: type[HlsDesign] | type[LayerDesign]) -> None:
    rest = "it counts uses of one multiplier and is at least 1"
    with pytest.raises(DesignError, match=f"^reuse_factor = 0; {rest}$"):
        kind(reuse_factor=0)


def test_parts_hold_what_the_product_tables_say() -> None:
    vu13p = parts.find("XCVU13P-FLGA2577-2-E")
    assert [vu13p.held[FpgaResource(key)] for key in ("lut", "ff", "dsp", "bram_18k", "uram")] == [
        *(1_728_000, 3_456_000, 12_288, 5_376, 1_280)
    ]
    assert vu13p.super_logic_regions == 4
    for part in parts.known().values():
        assert part.family and part.super_logic_regions > 0
        assert all(held > 0 for resource, held in part.held.items() if resource is not FpgaResource.URAM)


def test_a_target_says_what_it_holds() -> None:
    target = Fpga("xcvu13p-flga2577-2-e")
    assert target.held(FpgaResource.LUT) == 1_728_000 and target.held_by_die(FpgaResource.LUT) == 432_000
    assert target.held(FpgaResource.CARRY_BITS) is None and target.held_by_die(FpgaResource.CARRY_BITS) is None
