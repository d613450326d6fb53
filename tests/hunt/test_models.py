"""The hunt itself: recipes are data, every layer is drawn, and some models of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hunt.crashers import Crasher
from tests.hunt.dice import values_of
from tests.hunt.drawing import known_options, random_recipe
from tests.hunt.judging import FAULTS, judged, kernel_verdicts
from tests.hunt.kinds import KINDS
from tests.hunt.recipes import from_json, to_json
from tests.hunt.routes import random_design
from trigforge.design import load_design
from trigforge.frontends.hgq import HANDLERS
from trigforge.frontends.keras.framework import keras
from trigforge.toolchain.native import FLAGS

pytestmark = pytest.mark.filterwarnings("ignore")  # of frameworks


def test_a_recipe_depends_on_its_seed_alone(tmp_path: Path) -> None:
    for seed in range(5):
        recipe, _ = random_recipe(seed)
        assert recipe == random_recipe(seed)[0]
        assert from_json(to_json(recipe)) == recipe
        crasher = Crasher("about", recipe, routes=True)
        (tmp_path / "c.json").write_text(crasher.text(), encoding="utf-8")
        assert Crasher.load(tmp_path / "c.json") == crasher


def test_every_layer_is_drawn() -> None:
    keras()
    import hgq.layers

    classes = {getattr(hgq.layers, name).__name__ for name in hgq.layers.__all__ if "Cell" not in name}
    assert {f"hgq.{name}" for name in classes} <= KINDS.keys()
    untyped = HANDLERS.by_class.keys() - HANDLERS.typed
    read = {f"{package}.{name}" for package, name in untyped if package != "keras.ops"}
    assert read <= KINDS.keys()


def test_every_option_of_a_layer_has_random_values() -> None:
    """A new option of HGQ2 has no values here, and so is not hunted, until it is given some."""
    makers = {
        "units", "equation", "output_shape", "bias_axes", "filters", "kernel_size", "strides", "padding", "groups",
        "dilation_rate", "pool_size", "axes", "axis", "config", "num_heads", "key_dim", "value_dim", "attention_axes",
        "lin_kv_proj_dim", "renorm_clipping", "renorm_momentum",
    }  # fmt: skip
    names = {
        (call, option)
        for call, made in {
            "hgq.QDense": {"units": 2},
            "hgq.QBatchNormDense": {"units": 2},
            "hgq.QEinsumDense": {"equation": "ab,bc->ac", "output_shape": [2]},
            "hgq.QConv2D": {"filters": 2, "kernel_size": 1},
            "hgq.QBatchNormalization": {},
            "hgq.QSoftmax": {},
            "hgq.QUnaryFunctionLUT": {"activation": "tanh"},
            "hgq.QLinformerAttention": {"num_heads": 1, "key_dim": 1, "lin_kv_proj_dim": 1},
            "hgq.QSum": {},
            "hgq.QAdd": {},
            "hgq.QMaxPooling1D": {"pool_size": 2},
            "hgq.QGlobalMaxPooling1D": {},
        }.items()
        for option in known_options(call, made)
    }
    assert {entry for entry in names if entry[1] not in makers and values_of(entry[1], 1) is None} == set()


def test_design_files_are_read(tmp_path: Path) -> None:
    for seed in range(40):
        (tmp_path / "d.toml").write_text(random_design(random_recipe(seed % 5)[0]), encoding="utf-8")
        load_design(tmp_path / "d.toml")


def test_some_models() -> None:
    graphs = []
    for seed in range(100_000, 100_012):
        found = judged(random_recipe(seed)[0])
        assert found.outcome not in FAULTS, found.said
        graphs += [found.graph] if found.graph is not None else []
    for verdict in kernel_verdicts(graphs, FLAGS):
        assert verdict.outcome not in FAULTS, verdict.said
