"""The recorded costs of random networks stay within what a loop in seconds allows."""

from __future__ import annotations

from benchmarks.harness import BENCHMARKS, newest


def test_costs_are_bounded() -> None:
    runs = newest(BENCHMARKS / "results" / "costs.jsonl")
    found = {f"{name}, {what}": value for name, (_, values) in runs.items() for what, value in values.items()}
    assert found["MLP 64-64-64, Verilog"] <= 20
    assert found["attention over 4, mapped"] <= 60
    compiled = {name: value for name, value in found.items() if name.endswith("kernel compiled")}
    assert len(compiled) >= 14
    slow = {name for name, value in compiled.items() if value > 10}
    assert slow <= {"sparse MLP on 32, kernel compiled"}, slow
