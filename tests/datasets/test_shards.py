"""Digests, manifests, resuming: what makes `make data` free the second time."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from datasets.jets import JetDataError, production
from datasets.jets.compact import compact_table, round_mantissa
from datasets.jets.generator import JetTable, concatenate
from datasets.jets.production import SPLIT_JETS, plan_shards, produce
from datasets.jets.shards import STORE, read_table, table_digest, write_table
from datasets.shards import ShardRecord, load_manifest, save_manifest


def test_a_table_survives_the_disk_with_its_digest(tmp_path: Path, table: JetTable) -> None:
    write_table(tmp_path / "new" / "a.root", table)
    assert table_digest(read_table(tmp_path / "new" / "a.root")) == table_digest(table)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.root"]


def test_the_digest_is_of_the_jets(table: JetTable) -> None:
    order = np.arange(7)
    assert table_digest(table.take(order)) == table_digest(table)
    assert table_digest(table.take(order[::-1])) != table_digest(table)
    assert table_digest(concatenate([table.take(order[:3]), table.take(order[3:])])) == table_digest(table)


def test_plan() -> None:
    requests = plan_shards(Path("x"), "val", 25, seed=1, shard_jets=10)
    assert [(request.path.name, request.entries) for request in requests] == [
        ("val_000.root", 10),
        ("val_001.root", 10),
        ("val_002.root", 5),
    ]


def test_no_two_shards_of_any_split_share_a_seed() -> None:
    seeds = [r.seed for split, n in SPLIT_JETS.items() for r in plan_shards(Path("x"), split, n, 2024, 5000)]
    assert len(set(seeds)) == len(seeds) == sum(SPLIT_JETS.values()) // 5000


def test_more_jets_extend_a_split_without_changing_it() -> None:
    few, many = (plan_shards(Path("x"), "train", n, 7, 10) for n in (50, 100))
    assert many[:5] == few


@pytest.mark.parametrize(("n_jets", "shard_jets"), [(12, 10), (10, 12), (0, 10)])
def test_uneven_plans_are_refused(n_jets: int, shard_jets: int) -> None:
    message = f"^{n_jets} jets in shards of {shard_jets}: both must be positive multiples of 5, the number of classes$"
    with pytest.raises(JetDataError, match=message):
        plan_shards(Path("x"), "train", n_jets, 1, shard_jets)


@pytest.fixture
def run(tmp_path: Path, table: JetTable, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[tuple[str, bool]]]:
    """Produces two shards in this process with a generator that costs nothing; returns (file, was_cached)."""
    monkeypatch.setattr(production, "generate_shard", lambda request: table.take(np.full(10, request.seed % 7)))

    def produce_two() -> list[tuple[str, bool]]:
        seen: list[tuple[str, bool]] = []
        requests = plan_shards(tmp_path, "test", 20, 1, 10)
        produce(requests, 1, lambda record, cached: seen.append((record.file, cached)))
        return seen

    return produce_two


def test_second_run_makes_nothing(run: Callable[[], list[tuple[str, bool]]], tmp_path: Path) -> None:
    assert run() == [("test_000.root", False), ("test_001.root", False)]
    manifest = (tmp_path / "manifest.json").read_bytes()
    assert run() == [("test_000.root", True), ("test_001.root", True)]
    assert (tmp_path / "manifest.json").read_bytes() == manifest


def test_a_lost_or_damaged_shard_is_made_again(run: Callable[[], list[tuple[str, bool]]], tmp_path: Path) -> None:
    run()
    manifest = (tmp_path / "manifest.json").read_bytes()
    (tmp_path / "test_001.root").unlink()
    assert run() == [("test_000.root", True), ("test_001.root", False)]
    (tmp_path / "test_000.root").write_bytes(b"root, half of it")
    assert run() == [("test_001.root", True), ("test_000.root", False)]
    assert (tmp_path / "manifest.json").read_bytes() == manifest


def test_another_recipe_makes_all_again(
    run: Callable[[], list[tuple[str, bool]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    monkeypatch.setattr(production, "recipe_digest", lambda: "another")
    assert [cached for _, cached in run()] == [False, False]


def test_an_interrupted_run_goes_on(
    run: Callable[[], list[tuple[str, bool]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = production.write_table

    def interrupted(path: Path, table: JetTable) -> None:
        if path.name == "test_001.root":
            raise KeyboardInterrupt
        write(path, table)

    with monkeypatch.context() as patch:
        patch.setattr(production, "write_table", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run()
    (tmp_path / ".test_001.root.123.part").write_bytes(b"half")
    assert list(load_manifest(tmp_path, STORE)) == ["test_000.root"]
    assert run() == [("test_000.root", True), ("test_001.root", False)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["manifest.json", "test_000.root", "test_001.root"]


def test_damaged_manifest(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"shards": [{"file": ')
    with pytest.raises(JetDataError, match=r"manifest\.json: damaged manifest \(JSONDecodeError\); delete it to start"):
        load_manifest(tmp_path, STORE)


def test_output_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(JetDataError, match=f"^cannot use {tmp_path}/a: File exists; choose another --out$"):
        produce(plan_shards(tmp_path / "a", "test", 5, 1, 5), 1, lambda record, cached: None)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_output(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(JetDataError, match=f"^cannot write to {tmp_path}: permission denied; choose another --out$"):
        produce(plan_shards(tmp_path, "test", 5, 1, 5), 1, lambda record, cached: None)


def test_full_disk_leaves_nothing(tmp_path: Path, table: JetTable, monkeypatch: pytest.MonkeyPatch) -> None:
    import uproot

    def full(path: Path, compression: object) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(uproot, "recreate", full)
    with pytest.raises(JetDataError, match=r"a\.root: No space left on device; choose another --out$"):
        write_table(tmp_path / "a.root", table)
    assert list(tmp_path.iterdir()) == []


def test_compact_keeps_the_leading_constituents(table: JetTable) -> None:
    small = compact_table(table, 3)
    assert small.counts.tolist() == [0, 1, 2, 3, 3, 3, 3]
    assert np.array_equal(small.scalars["label"], table.scalars["label"])
    last = small.particles["constituent_pt"][-3:]
    assert (np.abs(last / table.particles["constituent_pt"][-6:-3] - 1) <= 2.0**-12).all()
    steps = small.particles["constituent_eta_rel"] * 2**12
    assert np.array_equal(steps, np.round(steps))


def test_round_mantissa() -> None:
    values = np.array([0.0, 1.0, 2047.0, 4095.0, 8193.0, -3.0], np.float32)
    assert round_mantissa(values, 11).tolist() == [0.0, 1.0, 2047.0, 4095.0, 8192.0, -3.0]
    assert round_mantissa(np.array([1.75], np.float32), 1).tolist() == [2.0]


def test_records_are_sorted_in_the_manifest(tmp_path: Path) -> None:
    records = {name: ShardRecord(name, 5, 1, "r", "d") for name in ("b.root", "a.root")}
    save_manifest(tmp_path, records, STORE)
    assert list(load_manifest(tmp_path, STORE)) == ["a.root", "b.root"]
