"""The table ``[budget]`` of a design file is read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest

from trigforge.design import Budget, load_design, presets
from trigforge.errors import DesignError
from trigforge.resources.parts import FpgaResource

DSP, LUT = FpgaResource.DSP, FpgaResource.LUT
KEYS = (
    "clock_mhz, tmux, objects, latency_ns, latency_cycles, initiation_interval, "
    "lut, ff, dsp, bram_18k, uram, lut_percent_of_slr, ff_percent_of_slr"
)


def budget(folder: Path, text: str) -> Budget | None:
    path = folder / "design.toml"
    path.write_text(text)
    return load_design(path).budget


def test_a_budget_is_read_from_the_design_file(tmp_path: Path) -> None:
    text = "[target]\nclock_period_ns = 5.0\n[budget]\nlatency_ns = 100\ndsp = 0\nlut_percent_of_slr = 20\n"
    assert budget(tmp_path, text) == Budget(latency_ns=100.0, resources={DSP: 0}, percent_of_slr={LUT: 20.0})


def test_a_design_file_without_the_table_has_no_budget(tmp_path: Path) -> None:
    assert budget(tmp_path, "[target]\nclock_period_ns = 5.0\n") is None


def test_keys_beside_a_preset_replace_its_own(tmp_path: Path) -> None:
    found = budget(tmp_path, "[budget]\npreset = 'cms_phase2_jet_tagger'\nclock_mhz = 240\ndsp = 0\n")
    assert found == Budget("cms_phase2_jet_tagger", 240.0, 6, 16, 1000.0, resources={DSP: 0})


FIRST = (
    "preset, clock_mhz, tmux, objects, latency_ns, latency_cycles, initiation_interval, lut, lut_percent_of_slr, ff, "
)
REFUSED = [
    ("latency = 3", "unknown key 'latency'; nearest are 'latency_ns', 'latency_cycles'"),
    ("watts = 3", f"unknown key 'watts'; known are {FIRST}ff_percent_of_slr, carry_bits and 7 more"),
    ("lut = 0.5", "lut = 0.5 should be a whole number"),
    ("latency_ns = 'short'", "latency_ns = 'short' should be a number"),
    ("dsp = true", "dsp = True should be a whole number"),
    ("latency_ns = 0", "latency_ns = 0.0; give a number above 0"),
    ("clock_mhz = inf", "clock_mhz = inf; give a number above 0"),
    ("initiation_interval = 0", "initiation_interval = 0; it counts and is at least 1"),
    ("dsp = -1", "dsp = -1; it counts and is at least 0"),
    ("tmux = 6", "tmux = 6 needs a clock to count cycles between two events; give clock_mhz too"),
    ("objects = 16", "objects = 16 limits nothing by itself; give tmux, latency_ns or latency_cycles too"),
    ("", "no limit is given; give the most that is allowed, such as latency_ns or lut"),
    ("preset = 'cms_tmux6'", "preset 'cms_tmux6' is unknown; nearest is 'cms_phase2_tmux6'"),
    ("preset = 3", "preset = 3 should be text"),
]


@pytest.mark.parametrize(("table", "message"), REFUSED)
def test_what_a_budget_cannot_say_is_refused(tmp_path: Path, table: str, message: str) -> None:
    with pytest.raises(DesignError) as caught:
        budget(tmp_path, f"[budget]\n{table}\n")
    assert str(caught.value) == f"design file {tmp_path / 'design.toml'}: [budget] {message}"


def test_all_faults_of_a_budget_are_told(tmp_path: Path) -> None:
    with pytest.raises(DesignError) as caught:
        budget(tmp_path, "[budget]\ntmux = 6\ndsp = -1\nlatency_ns = -2.0\n")
    assert str(caught.value).splitlines()[1:] == [
        "  [budget]  latency_ns = -2.0; give a number above 0",
        "  [budget]  dsp = -1; it counts and is at least 0",
        "  [budget]  tmux = 6 needs a clock to count cycles between two events; give clock_mhz too",
    ]


def test_a_budget_is_a_table(tmp_path: Path) -> None:
    with pytest.raises(DesignError) as caught:
        budget(tmp_path, "budget = 3\n")
    assert str(caught.value) == f"design file {tmp_path / 'design.toml'}: budget = 3 should be a table"


def test_every_preset_is_a_budget_with_a_source(tmp_path: Path) -> None:
    for name, preset in presets().items():
        assert preset.source and budget(tmp_path, f"[budget]\npreset = '{name}'\n") is not None


def test_tmux_6_at_360_mhz_leaves_54_cycles() -> None:
    assert Budget(clock_mhz=360.0, tmux=6).cycles_between_events == 54
    assert Budget(latency_ns=50.0).cycles_between_events is None


def test_the_documentation_names_every_key_and_preset(repository: Path) -> None:
    text = (repository / "docs" / "budget.md").read_text()
    assert [name for name in ("preset", *KEYS.split(", "), *presets()) if f"`{name}`" not in text] == []
