"""The recorded hunt: no model was wrong, and every layer and option of HGQ2 was among them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.frontends.test_options import layers, made
from tests.hunt.dice import OVERFLOWS, ROUNDINGS
from tests.hunt.worker import COMPILERS

MODELS, LAYER, OPTION, KERNELS = 2000, 20, 3, 100
_NOT_GIVEN = ("name", "cell", "renorm_clipping", "renorm_momentum")
"""the name is given always; recurrent layers make their cell; the others need ``renorm``, which is refused"""


@pytest.fixture(scope="module")
def counts(repository: Path) -> dict[str, float]:
    last = (repository / "benchmarks/results/hunt.jsonl").read_text(encoding="utf-8").splitlines()[-1]
    return {entry["name"]: entry["value"] for entry in json.loads(last)["measurements"]}


def test_no_model_of_two_thousand_is_wrong(counts: dict[str, float]) -> None:
    judged = sum(value for name, value in counts.items() if name.startswith("models, "))
    assert judged >= MODELS
    for name, value in counts.items():
        assert value == 0 or not name.endswith((", wrong", ", traceback", ", slow")), name
    assert counts["models, equal"] > 0.6 * judged
    assert counts["routes, equal"] >= 50


def test_every_compiler_at_every_level(counts: dict[str, float]) -> None:
    for compiler, level in COMPILERS:
        assert counts[f"kernels {compiler} {level}, equal"] >= KERNELS


def hgq_layers() -> list[str]:
    return [name for package, name in layers() if package == "hgq"]


def test_every_layer_and_option_of_hgq2(counts: dict[str, float]) -> None:
    rare = [name for name in hgq_layers() if counts.get(f"hgq.{name}, in equal models", 0) < LAYER]
    for name in hgq_layers():
        known = [option for option in made("hgq", name).get_config() if option not in _NOT_GIVEN]
        rare += [f"{name}.{option}" for option in known if counts.get(f"hgq.{name}.{option}, given", 0) < OPTION]
    for mode in (*(f"round_mode={mode}" for mode in ROUNDINGS), *(f"overflow_mode={mode}" for mode in OVERFLOWS)):
        rare += [mode] if counts[f"Quantizer.{mode}, given"] < 100 else []
    assert not rare
