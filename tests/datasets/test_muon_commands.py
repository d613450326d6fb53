"""`python -m datasets.muon`, chambers from files, and pictures: what a person sees, and refusals of one line."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from datasets.muon import (
    CHAMBER,
    CLEAN,
    SAMPLE_PATH,
    MuonDataError,
    Spectrum,
    fit_lines,
    load_chamber,
    read_fake_tgc,
    read_root,
    simulate,
    write_root,
)
from datasets.muon.chamber import Chamber, check, check_read_by
from datasets.muon.cli import cli


def as_toml(chamber: Chamber) -> str:
    gaps = [
        f"[[gaps]]\nz_m = {gap.z_m}\npitch_mm = {gap.pitch_mm}\noffset_channels = {gap.offset_channels}\n"
        for gap in chamber.gaps
    ]
    top = f"channels = {chamber.channels}\naxis_mrad = {chamber.axis_mrad}\nstations = {list(chamber.stations)}\n"
    return top + "".join(gaps)


FIRST, SECOND, *OTHERS = CHAMBER.gaps
REFUSED = [
    (
        replace(CHAMBER, gaps=(FIRST, replace(SECOND, z_m=13.402), *OTHERS)),
        "gaps 1 and 2 overlap: they stand at 13.4 m and 13.402 m, and a gap is 2.8 mm thick; move them apart, in the "
        "order a muon crosses them",
    ),
    (
        replace(CHAMBER, gaps=(FIRST, replace(SECOND, pitch_mm=0.0), *OTHERS)),
        "gap 2 has a pitch of 0 mm; give a width above 0",
    ),
    (
        replace(CHAMBER, gaps=(FIRST, replace(SECOND, pitch_mm=-18.0), *OTHERS)),
        "gap 2 has a pitch of -18 mm; give a width above 0",
    ),
    (
        replace(CHAMBER, channels=64),
        "the chamber has 64 channels a gap, the network reads 50; cut the chamber into sectors, or train a network "
        "that reads more",
    ),
    (replace(CHAMBER, channels=0), "a gap has 0 channels; give at least one"),
    (
        replace(CHAMBER, channels=40),
        "the chamber has 7 gaps of 40 channels, the network reads 7 of 50; use the network with the chamber it was "
        "trained on",
    ),
    (
        replace(CHAMBER, stations=(3, 2)),
        "the stations hold 3 + 2 gaps, but the chamber has 7; give every gap to one station",
    ),
]


@pytest.mark.parametrize(("chamber", "message"), REFUSED)
def test_the_command_refuses_a_chamber_with_one_line(
    chamber: Chamber, message: str, tmp_path: Path, repository: Path
) -> None:
    with pytest.raises(MuonDataError) as caught:
        check_read_by(chamber, 7, 50)
    assert str(caught.value) == message
    (tmp_path / "chamber.toml").write_text(as_toml(chamber))
    result = CliRunner().invoke(cli, ["generate", "--chamber", str(tmp_path / "chamber.toml"), "--out", "x.root"])
    assert isinstance(result.exception, MuonDataError)
    assert str(result.exception) == message


def test_an_error_is_one_line_on_stderr(tmp_path: Path, repository: Path) -> None:
    path = tmp_path / "chamber.toml"
    path.write_text(as_toml(REFUSED[0][0]))
    command = [
        sys.executable,
        "-m",
        "datasets.muon",
        "generate",
        "--chamber",
        str(path),
        "--out",
        str(tmp_path / "x.root"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=repository)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"error: {REFUSED[0][1]}\n")
    assert not (tmp_path / "x.root").exists()


def test_a_chamber_comes_back_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "chamber.toml").write_text(as_toml(CHAMBER))
    assert load_chamber(tmp_path / "chamber.toml") == CHAMBER


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("channels = 50", "", "the key 'channels' is missing; give channels, axis_mrad, stations, gaps"),
        (
            "channels = 50",
            "channels = 50\nwires = 3",
            "the key 'wires' is unknown; give channels, axis_mrad, stations, gaps",
        ),
        ("channels = 50", "channels = 50.5", "channels = 50.5; give a value of type int"),
        ("z_m = 13.4\n", "", "the key 'z_m' of gap 1 is missing; give z_m, pitch_mm, offset_channels"),
        ("z_m = 13.4\n", "z_m = nan\n", "z_m of gap 1 = nan; give a value of type float"),
        ("[3, 2, 2]", "[3, 2, 2.0]", "stations = [3, 2, 2.0]; give the number of gaps of each station"),
    ],
)
def test_a_chamber_file_that_is_wrong(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "chamber.toml"
    path.write_text(as_toml(CHAMBER).replace(old, new, 1))
    with pytest.raises(MuonDataError) as caught:
        load_chamber(path)
    assert str(caught.value) == f"chamber file {path}: {message}"


def test_a_chamber_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(MuonDataError) as caught:
        load_chamber(tmp_path / "no.toml")
    assert str(caught.value) == (
        f"chamber file {tmp_path / 'no.toml'}: No such file or directory; give the path of a TOML file"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["generate", "--efficiency", "1.2"], "efficiency is 1.2; give a share between 0 and 1"),
        (["generate", "--noise", "-0.1"], "noise is -0.1; give a share between 0 and 1"),
        (["inspect", "no.root"], "muon file no.root does not exist; check the path"),
        (
            ["inspect", str(SAMPLE_PATH), "--event", "20000"],
            f"{SAMPLE_PATH} holds 20,000 muons, there is no number 20000; numbers start at 0",
        ),
    ],
)
def test_requests_that_are_refused(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, arguments)
    assert isinstance(result.exception, MuonDataError)
    assert str(result.exception) == message
    assert list(tmp_path.iterdir()) == []


def test_generate_and_inspect_with_pictures(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="pictures need the extra [plot]")
    made = CliRunner().invoke(cli, ["generate", "--muons", "500", "--seed", "3", "--out", str(tmp_path / "m.root")])
    assert made.exit_code == 0 and f"{tmp_path / 'm.root'}: 500 muons" in made.output
    pictures = ["--event", "3", "--display", str(tmp_path / "e.png"), "--occupancy", str(tmp_path / "new" / "o.png")]
    looked = CliRunner().invoke(cli, ["inspect", str(tmp_path / "m.root"), *pictures])
    assert looked.exit_code == 0
    assert "500 muons simulated here" in looked.output and "straight line, outliers rejected: " in looked.output
    for name in ("e.png", "new/o.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_a_picture_of_a_muon_nobody_saw() -> None:
    pytest.importorskip("matplotlib", reason="pictures need the extra [plot]")
    from datasets.muon.plots import event_figure

    muons = simulate(2, 1, conditions=replace(CLEAN, efficiency=0.0))
    assert event_figure(muons, 0).get_suptitle().endswith("straight-line fit none")


def test_the_line_passes_where_the_muon_did() -> None:
    """Without scattering and bending the position is that of the angle: a line from the collision point."""

    straight = Spectrum(lowest_pt_gev=1e5, highest_pt_gev=1e6, bending_t_m=0.0)
    muons = simulate(500, 4, conditions=CLEAN, spectrum=straight)
    fitted = fit_lines(muons.hits, spectrum=straight)
    expected = CHAMBER.z_m.mean() * np.tan(muons.angle_mrad / 1000)
    assert np.sqrt(((fitted.position_m - expected) ** 2).mean()) < 0.003
    lost = fit_lines(np.zeros((1, 7, 50), np.bool_))
    assert np.isnan(lost.position_m).all() and np.isnan(lost.angle_mrad).all()


def test_more_than_100_000_muons_a_second() -> None:
    """A tenth of it here, for slow machines that do other things as well."""
    import time

    started = time.perf_counter()
    simulate(20_000, 1)
    assert 20_000 / (time.perf_counter() - started) > 10_000


def test_two_channels_fire_near_an_edge_only() -> None:
    shared = simulate(4_000, 6, conditions=replace(CLEAN, shared=0.2)).hits.sum(axis=2)
    alone = simulate(4_000, 6, conditions=replace(CLEAN, shared=0.0)).hits.sum(axis=2)
    assert (alone == 1).all()
    assert 0.19 < (shared == 2).mean() < 0.21


def test_delta_rays_fire_one_to_three_channels_more() -> None:
    counts = simulate(4_000, 7, conditions=replace(CLEAN, shared=0.0, delta_rays=1.0)).hits[:, :, :].sum(axis=2)
    assert set(np.unique(counts)) <= {1, 2, 3, 4}
    assert (counts > 1).mean() > 0.9


def test_the_sample_is_what_the_readme_says() -> None:
    sample, again = read_root(), simulate(20_000, 7)
    assert np.array_equal(sample.hits, again.hits)
    assert np.array_equal(sample.angle_mrad.astype(np.float32), again.angle_mrad.astype(np.float32))


def test_the_chamber_is_frozen() -> None:
    check(CHAMBER)
    z = CHAMBER.z_m
    assert (CHAMBER.stations, CHAMBER.channels, float(z[-1] - z[0])) == ((3, 2, 2), 50, 1.5)
    assert 18.0 <= min(gap.pitch_mm for gap in CHAMBER.gaps) < max(gap.pitch_mm for gap in CHAMBER.gaps) <= 20.0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"X": np.zeros((4, 7, 50), bool)}, "holds no dataset 'Y'; a fake-TGC file holds X (n, 7, 50) and Y (n,)"),
        (
            {"X": np.zeros((4, 6, 50), bool), "Y": np.zeros(4)},
            "holds X (4, 6, 50) and Y (4,); a fake-TGC file holds X (n, 7, 50) and Y (n,)",
        ),
        (
            {"X": np.zeros((4, 7, 50), bool), "Y": np.zeros(3)},
            "holds X (4, 7, 50) and Y (3,); a fake-TGC file holds X (n, 7, 50) and Y (n,)",
        ),
    ],
)
def test_another_file_than_fake_tgc(content: dict[str, np.ndarray], message: str, tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "x.h5", "w") as file:
        for name, values in content.items():
            file[name] = values
    with pytest.raises(MuonDataError) as caught:
        read_fake_tgc(tmp_path / "x.h5")
    assert str(caught.value) == f"{tmp_path / 'x.h5'} {message}"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "x.h5").write_text("no")
    with pytest.raises(MuonDataError, match=r"x\.h5 is not HDF5 or damaged"):
        read_fake_tgc(tmp_path / "x.h5")
    (tmp_path / "x.root").write_text("no")
    with pytest.raises(MuonDataError, match=r"make it again with python -m datasets\.muon generate$"):
        read_root(tmp_path / "x.root")
    with pytest.raises(MuonDataError) as caught:
        write_root(tmp_path / "x.root" / "y.root", simulate(1, 1))
    assert str(caught.value) == (f"{tmp_path / 'x.root' / 'y.root'} cannot be written: File exists; give another path")
