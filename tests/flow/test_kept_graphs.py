"""Graphs are read once for each checkpoint, name, encoding and version of what reads them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.small_graph import SMALL
from trigforge import cache
from trigforge.flow import kept_graphs
from trigforge.flow.workspace import ModelSource
from trigforge.graph import FixedPointGraph, UserLayer


class Reads:
    """A reader that counts how often it is asked."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> FixedPointGraph:
        self.count += 1
        return replace(SMALL, layers=(UserLayer("first", "QDense"),))


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelSource:
    monkeypatch.setenv("TRIGFORGE_CACHE", str(tmp_path / "cache"))
    checkpoint = tmp_path / "m.keras"
    checkpoint.write_bytes(b"weights")
    return ModelSource("m", 1, checkpoint)


def test_the_same_checkpoint_is_read_once(source: ModelSource, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = Reads()
    first, again = (kept_graphs.kept_or_read(source, reads) for _ in range(2))
    assert (first, again, again.layers) == (SMALL, SMALL, first.layers)
    assert reads.count == 1
    kept_graphs.kept_or_read(replace(source, version=2), reads)
    source.checkpoint.write_bytes(b"other weights")
    kept_graphs.kept_or_read(source, reads)
    monkeypatch.setattr(cache, "digest_of_rooms", lambda *rooms: "another reader")
    kept_graphs.kept_or_read(source, reads)
    assert reads.count == 4


def test_a_damaged_piece_is_made_again(source: ModelSource) -> None:
    reads = Reads()
    kept_graphs.kept_or_read(source, reads)
    for path in (cache.root() / "graphs").glob("*/*"):
        path.write_bytes(path.read_bytes()[:-20])
    assert kept_graphs.kept_or_read(source, reads) == SMALL
    assert kept_graphs.kept_or_read(source, reads) == SMALL
    assert reads.count == 2


def test_a_folder_that_cannot_be_written_keeps_nothing(source: ModelSource) -> None:
    (cache.root() / "graphs").write_text("a file in its place")
    reads = Reads()
    assert [kept_graphs.kept_or_read(source, reads) for _ in range(2)] == [SMALL, SMALL]
    assert reads.count == 2
