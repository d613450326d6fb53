"""The cache: pieces appear whole, are found again, and the oldest go first."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from trigforge import cache
from trigforge.cli import main
from trigforge.errors import ProjectError, ToolFailedError


def _make(scratch: Path, result: Path) -> None:
    (scratch / "work").write_text("in the way of nobody")
    (result / "lib.so").write_bytes(bytes(100))


_SIZE = 100 + len(f"{'0' * 64} lib.so\n")
"""bytes of what ``_make`` makes, with the seal"""


def test_a_piece_is_made_once(own_cache: Path) -> None:
    piece = cache.place("kernels", "text", b"flags")
    assert cache.kept(piece, _make) == piece
    assert sorted(path.name for path in piece.iterdir()) == [".seal", "lib.so"]
    assert cache.kept(piece, lambda scratch, result: pytest.fail("made twice")) == piece
    assert list((own_cache / "kernels").iterdir()) == [piece]
    assert cache.place("kernels", "textb", b"flags") != cache.place("kernels", "text", b"bflags")


@pytest.mark.parametrize("damage", ["other bytes", "cut off", "gone", "seal cut off"])
def test_a_damaged_piece_is_made_anew(own_cache: Path, damage: str) -> None:
    piece = cache.kept(cache.place("kernels", "text"), _make)
    match damage:
        case "other bytes":
            (piece / "lib.so").write_bytes(b"\1" + bytes(99))
        case "cut off":
            (piece / "lib.so").write_bytes(bytes(50))
        case "gone":
            (piece / "lib.so").unlink()
        case _:
            (piece / ".seal").write_bytes(b"")
    assert not cache.found(piece)
    assert (cache.kept(piece, _make) / "lib.so").read_bytes() == bytes(100)
    assert cache.found(piece) and list((own_cache / "kernels").iterdir()) == [piece]


def test_a_piece_of_a_version_that_did_not_seal_is_found(own_cache: Path) -> None:
    piece = cache.kept(cache.place("stages", "text"), _make)
    (piece / ".seal").unlink()
    assert cache.found(piece) and not cache.is_sealed(piece)


def test_anew_finds_nothing_of_before_and_leaves_the_new_in_its_place(own_cache: Path) -> None:
    def second(scratch: Path, result: Path) -> None:
        (result / "lib.so").write_text("later")

    piece, adders = (cache.kept(cache.place(kind, "text"), _make) for kind in ("kernels", "adders"))
    with cache.anew():
        assert cache.found(adders) and not cache.found(piece)
        assert (cache.kept(piece, second) / "lib.so").read_text() == "later"
        assert cache.kept(piece, lambda scratch, result: pytest.fail("made twice")) == piece
    assert (cache.kept(piece, _make) / "lib.so").read_text() == "later"
    with cache.anew(False):
        assert cache.found(piece)


def test_a_value_that_is_not_worth_it_is_not_kept_and_no_earlier_one_outlives_it(own_cache: Path) -> None:
    def value(made: str) -> str:
        return cache.remembered(
            piece,
            lambda folder: (folder / "value").read_text(),
            lambda: made,
            lambda text, folder: (folder / "value").write_text(text),
            lambda text: text == "good",
        )

    piece = cache.place("results", "text")
    assert [value("bad"), value("good"), value("bad")] == ["bad", "good", "good"]
    with cache.anew():
        assert value("bad") == "bad"
    assert not piece.exists()


def test_what_fails_leaves_nothing(own_cache: Path) -> None:
    def fail(scratch: Path, result: Path) -> None:
        _make(scratch, result)
        raise ToolFailedError("no")

    with pytest.raises(ToolFailedError):
        cache.kept(cache.place("kernels", "text"), fail)
    assert not list((own_cache / "kernels").iterdir())


def test_of_two_that_make_the_same_piece_the_first_wins(own_cache: Path) -> None:
    piece = cache.place("kernels", "text")

    def second(scratch: Path, result: Path) -> None:
        cache.kept(piece, _make)
        (result / "lib.so").write_text("later")

    assert (cache.kept(piece, second) / "lib.so").read_bytes() == bytes(100)
    assert [path.name for path in (own_cache / "kernels").iterdir()] == [piece.name]


def test_a_damaged_value_is_made_anew_and_one_that_cannot_be_kept_is_given(own_cache: Path) -> None:
    made: list[int] = []

    def load(folder: Path) -> str:
        text = (folder / "value").read_text(encoding="utf-8")
        if text != "good":
            raise ProjectError("damaged")
        return text

    def make() -> str:
        made.append(1)
        return "good"

    def value() -> str:
        return cache.remembered(piece, load, make, lambda text, folder: (folder / "value").write_text(text))

    piece = cache.place("adders", "matrix")
    assert [value(), value(), len(made)] == ["good", "good", 1]
    (piece / "value").write_text("bad")
    assert [value(), value(), len(made)] == ["good", "good", 2]
    (piece / "value").unlink()
    assert [value(), value(), len(made)] == ["good", "good", 3]
    cache.clear()
    (own_cache / "adders").write_text("a file in its place")
    assert [value(), value(), len(made)] == ["good", "good", 5]


def test_the_oldest_pieces_go_first(own_cache: Path) -> None:
    pieces = [cache.kept(cache.place("kernels", str(n)), _make) for n in range(5)]
    for age, n in enumerate((0, 4, 3, 2, 1)):
        os.utime(pieces[n], (time.time() - age,) * 2)
    old, young = (own_cache / "kernels" / f"making-{n}" for n in range(2))
    for path in (old, young):
        path.mkdir()
    os.utime(old, (0, 0))
    cache.cut(own_cache / "kernels", 3 * _SIZE)
    assert set((own_cache / "kernels").iterdir()) == {pieces[0], pieces[4], pieces[3], young}
    told = CliRunner().invoke(main, ["cache"]).output
    assert "kernels          3 pieces       0.0 MB" in told
    assert CliRunner().invoke(main, ["cache", "--clear"]).exit_code == 0
    assert not any(entry.pieces for entry in cache.sizes())


def test_a_home_that_cannot_be_written_gives_a_cache_of_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TRIGFORGE_CACHE", str(tmp_path / "file" / "below"))
    assert cache.root().name.startswith("trigforge_cache_") and cache.root() == cache.root()
    assert (cache.kept(cache.place("kernels", "x"), _make) / "lib.so").is_file()
