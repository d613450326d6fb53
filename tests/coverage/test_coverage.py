"""Coverage as JSON, as a table and as a picture."""

import json
import sys
from pathlib import Path

import pytest
from rich.console import Console

from tests.reports.sample import coverage
from trigforge.coverage import Coverage, TensorCoverage, from_json, percent_of_all, to_json
from trigforge.coverage.plot import save_plot
from trigforge.coverage.table import render
from trigforge.errors import ProjectError, ReportFormatError, ToolMissingError

SAMPLE = coverage()


def shown(coverage: Coverage, width: int = 100, rows: int | None = 24) -> list[str]:
    console = Console(width=width, highlight=False, color_system=None)
    with console.capture() as capture:
        console.print(render(coverage, rows))
    return [line.rstrip() for line in capture.get().splitlines()]


def test_json_is_read_back_and_keeps_lists_on_a_line() -> None:
    text = to_json(SAMPLE)
    assert from_json(text) == SAMPLE
    assert '"observed_lo": [-4, 0],' in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda form: form.pop("events"),
            "c.json: the coverage has no key 'events'; write it again with 'trigforge coverage'",
        ),
        (
            lambda form: form.update(events=1.5),
            "c.json: events is 1.5; an integer belongs there",
        ),
        (
            lambda form: form["quantizers"][0].update(unsigned=0),
            "c.json: quantizers[0].unsigned is 0; true or false belongs there",
        ),
        (
            lambda form: form["tensors"][0].update(lo=3),
            "c.json: tensors[0].lo is 3; a list belongs there",
        ),
    ],
)
def test_what_is_no_coverage_is_refused(change: object, message: str) -> None:
    form = json.loads(to_json(SAMPLE))
    change(form)  # type: ignore[operator]
    with pytest.raises(ReportFormatError) as error:
        from_json(json.dumps(form), "c.json")
    assert str(error.value) == message


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(ReportFormatError) as error:
        from_json("{", "c.json")
    assert str(error.value).startswith("c.json is not JSON: ")


def test_the_table_begins_with_what_wraps() -> None:
    lines = shown(SAMPLE)
    assert lines[:6] == [
        "tiny: 1,000 events",
        "2 values wrapped around in 1 tensor, most in y (0.10 %); the type is too short for these events",
        "20 values saturated in 1 tensor, most in x (1.0 %)",
        "3 host values were not numbers and became 0",
        "53 of 96 bits (55.2 %) were never used; 8 elements never changed",
        "",
    ]
    assert lines[7].split() == "y ap_fixed<6,4> -1..1.75 17.5 % 0.10 % WRAP 0 % 6+0/12".split()
    # A Relu's saturation from below is no loss; a Map says nothing that its body does not say.
    assert lines[9].split() == "each ap_fixed<6,4> -1..1.75 17.5 % 0 % 0.08 % 13+0/24".split()
    assert lines[10] == "--all shows the 4 tensors of all layers"


def test_all_shows_the_tensors_below_their_layers() -> None:
    lines = shown(SAMPLE, rows=None)
    names = ["y", "  y", "x", "  x", "each", "  each/dense x3", "  each/q x3"]
    assert [line.partition(" ap_")[0].rstrip() for line in lines[7:14]] == names
    assert lines[14].startswith("type, observed: ")


def test_a_bit_is_counted_by_its_weight() -> None:
    """Two elements of one tensor with last bits of their own: -2 to 1 in steps of 1/2, and 0 to 12 in steps of 4."""
    mixed = TensorCoverage(
        name="y",
        layer="y",
        kind="Dense",
        copies=3,
        shape=(3,),
        type="ap_fixed<6,5>",
        lsb=-1,
        lsb_used=1,
        width=(3, 2, 0),
        lo=(-4, 0, 0),
        hi=(2, 24, 0),
        observed_lo=(-2, 8, 0),
        observed_hi=(2, 8, 0),
        unused_high=(0, 1, 0),
        unused_low=(1, 0, 0),
    )
    assert mixed.bit_counts == {-1: (1, 0), 0: (1, 1), 1: (1, 1), 2: (1, 1), 3: (1, 0)}
    for entry in (mixed, *SAMPLE.tensors):
        held, used = (sum(column) for column in zip(*entry.bit_counts.values(), strict=True))
        assert (held * entry.copies, (held - used) * entry.copies) == (entry.bits, entry.unused_bits)


def test_a_table_can_be_cut_and_fits_a_narrow_terminal() -> None:
    assert "2 more layers; --all shows the 4 tensors of all layers" in shown(SAMPLE, rows=1)
    assert max(map(len, shown(SAMPLE, width=80))) <= 80


@pytest.mark.parametrize(
    ("fraction", "text"),
    [(0.0, "0 %"), (1.0, "100 %"), (0.5, "50.0 %"), (0.99999, "99.99 %"), (0.0042, "0.42 %"), (3e-6, "3 ppm")],
)
def test_percent_never_says_nothing_or_all_of_what_is_not(fraction: float, text: str) -> None:
    assert percent_of_all(fraction) == text


@pytest.mark.parametrize(("suffix", "magic"), [(".svg", b"<?xml"), (".png", b"\x89PNG"), (".pdf", b"%PDF")])
def test_a_picture_is_written_whole(tmp_path: Path, suffix: str, magic: bytes) -> None:
    path = tmp_path / "plots" / f"c{suffix}"
    save_plot(SAMPLE, path)
    assert path.read_bytes().startswith(magic)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    save_plot(SAMPLE, tmp_path / f"again{suffix}")
    assert (tmp_path / f"again{suffix}").read_bytes() == path.read_bytes()


def test_pictures_that_cannot_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProjectError) as error:
        save_plot(SAMPLE, tmp_path / "c.gif")
    assert str(error.value) == f"plot {tmp_path / 'c.gif'}: the suffix '.gif' is unknown; known are .svg, .png, .pdf"
    (tmp_path / "file").write_text("")
    with pytest.raises(ProjectError) as error:
        save_plot(SAMPLE, tmp_path / "file" / "c.svg")
    assert str(error.value).startswith(f"cannot write {tmp_path / 'file' / 'c.svg'}: ")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ToolMissingError) as missing:
        save_plot(SAMPLE, tmp_path / "c.svg")
    assert str(missing.value) == (
        "matplotlib is missing: pip install 'trigforge[plot]'. Without it, the table and coverage.json are there"
    )
