"""HGQ 1 files give what its published formulas give in float32, written out here once more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.frontends.hgq_support import events_for, mismatches, simulate
from tests.frontends.qkeras.written import Layer, layer, sequence, write
from trigforge import frontends
from trigforge.building import ModelTypes, Quantization
from trigforge.errors import UnsupportedModelError

RNG = np.random.default_rng(5)
TYPES = ModelTypes({"x": Quantization.parse("ap_fixed<9,3>")})
ROUND, FLOOR = {"rnd_strategy": "standard_round", "bw_clip": [-23, 23]}, {"rnd_strategy": "floor", "bw_clip": None}
AUTO = {"rnd_strategy": "auto", "bw_clip": [-23, 23]}
OPTIONS = {"kq_conf": ROUND, "paq_conf": ROUND, "beta": 0.0}


def q(x: Any, bits: Any, floor: bool = False) -> Any:
    """The quantizer of HGQ 1 at inference."""
    x, scale = np.asarray(x, np.float32), np.float32(2) ** np.round(np.asarray(bits, np.float32))
    found = np.floor(x * scale + np.float32(0 if floor else 0.5)) / scale
    return x + (found - x)


def h_dense(name: str, units: tuple[int, int], paq: Any = ROUND, shape: Any = None, **more: Any) -> Layer:
    outputs = units[1]
    weights = {
        "kernel": RNG.normal(size=units),
        "bias": RNG.normal(size=outputs),
        "kernel_bw": RNG.uniform(0, 5, units),
        "activation_bw": RNG.uniform(0, 5, shape or (1, outputs)),
    }
    options = {"units": outputs, "activation": "relu", "use_bias": True, "kq_conf": ROUND, "paq_conf": paq, "beta": 0.0}
    return layer("HGQ>HDense", name, weights, **options, **more)


def h_quantize(shape: tuple[int, ...]) -> Layer:
    return layer(
        "HGQ>HQuantize", "inq", {"activation_bw": RNG.uniform(1, 5, shape)}, kq_conf=ROUND, paq_conf=ROUND, beta=0.0
    )


def dense_of(x: Any, one: Layer, floor: bool = False) -> Any:
    _, options, w = one
    bias_bits = np.max(w["activation_bw"], axis=tuple(range(np.ndim(w["activation_bw"]) - 1)))
    z = x @ q(w["kernel"], w["kernel_bw"]) + q(w["bias"], bias_bits, floor)
    z = q(z, w["activation_bw"], floor)
    return np.maximum(z, 0) if options["activation"] == "relu" else z


def assert_equal(path: Path, forward: Any) -> None:
    graph = frontends.read(path, types=TYPES)
    events = events_for(graph, np.random.default_rng(1), 500)
    given = graph.inputs[0]
    grid = np.ldexp(given.encode(events["x"]).astype(np.float64), graph.tensors["x"].hull.lsb)
    expected = np.asarray(forward(grid.astype(np.float32)), np.float64)
    assert np.ptp(expected) > 0
    assert mismatches(graph, simulate(graph, events), [expected]) == 0


def test_dense_layers(tmp_path: Path) -> None:
    layers = [h_quantize((1, 3)), h_dense("a", (3, 4)), h_dense("b", (4, 2), AUTO, (1, 1)), h_dense("c", (2, 3), FLOOR)]
    path = write(tmp_path / "net.h5", sequence(*layers, shape=(3,)), *layers)

    def forward(x: Any) -> Any:
        y = q(x, layers[0][2]["activation_bw"])
        return dense_of(dense_of(dense_of(y, layers[1]), layers[2]), layers[3], floor=True)

    assert_equal(path, forward)


def test_dense_with_automatic_rounding_on_sets_rounds_down(tmp_path: Path) -> None:
    layers = [h_quantize((1, 1, 1)), h_dense("a", (3, 4), AUTO, (1, 5, 4))]
    path = write(tmp_path / "net.h5", sequence(*layers, shape=(5, 3)), *layers)
    assert_equal(path, lambda x: dense_of(q(x, layers[0][2]["activation_bw"]), layers[1], floor=True))


def test_batch_norm_activation_and_passive_layers(tmp_path: Path) -> None:
    kind, options, w = h_dense("a", (3, 4))
    norm = {
        "bn_gamma": RNG.uniform(0.5, 2, 4), "bn_beta": RNG.normal(size=4),
        "moving_mean": RNG.normal(size=4), "moving_variance": RNG.uniform(0.5, 2, 4),
    }  # fmt: skip
    bits = {"activation_bw": np.full((1, 8), 4.0)}
    table = layer("HGQ>HActivation", "t", bits, **OPTIONS | {"activation": "tanh", "paq_conf": AUTO})
    passive = [
        layer("HGQ>PReshape", "shaped", target_shape=[2, 4]),
        layer("HGQ>PFlatten", "flat", data_format="channels_last"),
    ]
    layers = [h_quantize((1, 2, 3)), (f"{kind}BatchNorm", options, {**w, **norm}), *passive, table]
    path = write(tmp_path / "net.h5", sequence(*layers, shape=(2, 3)), *layers)

    def forward(x: Any) -> Any:
        single = {name: np.asarray(values, np.float32) for name, values in {**w, **norm}.items()}
        scale = single["bn_gamma"] / np.sqrt(single["moving_variance"] + np.float32(1e-3))
        folded = {
            **w, "kernel": single["kernel"] * scale,
            "bias": single["bias"] - single["moving_mean"] * scale + single["bn_beta"],
        }  # fmt: skip
        y = dense_of(q(x, layers[0][2]["activation_bw"]), (kind, options, folded))
        return q(np.tanh(y.reshape(len(x), 8)), 4.0)

    assert_equal(path, forward)


def test_proxy_models(tmp_path: Path) -> None:
    """Keras's layers with quantized weights, fixed-point quantizers and tables."""
    width = {"keep_negative": np.ones((1, 3)), "bits": [[5, 6, 0]], "integers": [[2, 3, 0]]}
    quantizer = layer(
        "HGQ>FixedPointQuantizer", "q", width, RND="RND", SAT="WRAP", shape=[1, 3], overrides={}, fusible=False
    )
    kernel = np.round(RNG.normal(size=(3, 2)) * 4) / 4
    linear = layer("Dense", "fc", {"kernel": kernel}, units=2, activation="linear", use_bias=False)
    narrow = {"keep_negative": [1], "bits": [4], "integers": [3]}
    second = layer("HGQ>FixedPointQuantizer", "p", narrow, RND="TRN", SAT="SAT", shape=[1], overrides={}, fusible=True)
    entries = np.round(RNG.normal(size=16) * 8) / 8
    lut = layer("HGQ>UnaryLUT", "lut", {"table": entries}, kif_in=[1, 2, 1], kif_out=[1, 2, 3])
    layers = [quantizer, linear, second, lut]
    path = write(tmp_path / "net.h5", sequence(*layers, shape=(3,)), *layers)
    graph = frontends.read(path)
    events = events_for(graph, np.random.default_rng(1), 500)

    def fixed(x: Any, bits: int, integers: int, half: float, wraps: bool) -> Any:
        m, top = np.floor(x * 2.0 ** (bits - integers) + half), 2 ** (bits - 1)
        m = (m + top) % (2 * top) - top if wraps else np.clip(m, -top, top - 1)
        return m / 2.0 ** (bits - integers)

    x = events["x"]
    y = np.stack([fixed(x[:, 0], 5, 2, 0.5, True), fixed(x[:, 1], 6, 3, 0.5, True), 0 * x[:, 2]], axis=1)
    z = fixed(y @ kernel, 4, 3, 0.0, False)
    expected = entries[np.round(z * 2).astype(int) % 16]
    assert np.ptp(expected) > 0
    assert mismatches(graph, simulate(graph, events), [expected]) == 0


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (layer("HGQ>Signature", "s", keep_negative=[1], bits=[8], int_bits=[3]), "(Signature): this class is not read"),
        (
            layer("HGQ>HActivation", "s", {"activation_bw": np.full((1, 3), 4.0)}, activation="gelu", kq_conf=ROUND,
                  paq_conf=ROUND, beta=0.0),
            "its activation 'gelu' gives values without an exact fixed-point form",
        ),
        (
            layer("HGQ>HActivation", "s", {"activation_bw": np.full((1, 3), 4.0)}, activation="sigmoid", kq_conf=ROUND,
                  paq_conf=FLOOR, beta=0.0),
            "its function 'sigmoid' depends on the last bits of float32",
        ),
        (
            layer("HGQ>FixedPointQuantizer", "s", {"keep_negative": [1], "bits": [4], "integers": [3]}, RND="TRN",
                  SAT="SAT_ZERO", shape=[1], overrides={}, fusible=True),
            "has the modes TRN and SAT_ZERO; use WRAP, SAT or SAT_SYM",
        ),
        (layer("HGQ>HQuantize", "s", kq_conf=ROUND, paq_conf=ROUND, beta=0.0), "has no weight 'activation_bw'"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path: Path, odd: Layer, said: str) -> None:
    first = h_quantize((1, 3))
    path = write(tmp_path / "net.h5", sequence(first, odd, shape=(3,)), first, odd)
    with pytest.raises(UnsupportedModelError) as refused:
        frontends.read(path, types=TYPES)
    assert said in str(refused.value)


def test_an_input_needs_a_type(tmp_path: Path) -> None:
    first = h_quantize((1, 3))
    path = write(tmp_path / "net.h5", sequence(first, shape=(3,)), first)
    with pytest.raises(UnsupportedModelError, match="takes the input 'x', which is not quantized"):
        frontends.read(path)
