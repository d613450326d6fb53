"""The layers of HGQ2 and ours, each with the options that its handler looks at; what is said of others."""

from dataclasses import replace

from trigforge.building import Tensor, add, power_of_two, shift, sum_over
from trigforge.frontends.hgq import edges, linear, norms, recurrent, tables
from trigforge.frontends.hgq.quantizing import lower_quantizer, quantized
from trigforge.frontends.keras.axes import without_event_axis
from trigforge.frontends.keras.call import Call, Handlers
from trigforge.frontends.keras.layers import HANDLERS as KERAS
from trigforge.frontends.keras.options import Reader, options
from trigforge.frontends.keras.plain import PLAIN
from trigforge.frontends.keras.structure import MERGING, POOLING


def _sum(call: Call) -> Tensor:
    """``QSum`` and ``QMeanPow2``: a sum over axes, times a power of two."""
    x, layer = call.x, call.layer
    axes = [without_event_axis(axis, x, "reduces") for axis in layer.axes]
    total = sum_over(x, axes, bool(layer.keepdims))
    return shift(total, power_of_two(float(layer.scale)), "scaled")


def _average(call: Call) -> Tensor:
    """``QAveragePow2``: a sum times a power of two."""
    return shift(add(*call.tensors, name="merged"), power_of_two(float(call.layer._scale)), "scaled")


_QUANTIZERS = "enable_iq iq_conf iq_confs enable_oq oq_conf"
_COSTS = "beta0 ebops_factor enable_ebops parallelization_factor"
_TABLES = "allow_heterogeneous_table allow_heterogeneous_input"
_WEIGHTS = f"{_QUANTIZERS} {_COSTS} kq_conf bq_conf activation use_bias bias_axes"
_BATCH_NORM = "scale center epsilon axis"
_CONV = f"{_WEIGHTS} filters kernel_size strides padding dilation_rate groups"
_EDGES = (
    f"{_QUANTIZERS} {_COSTS} toq_conf n_hl d_hl subnn_activation activation batch_norm bn_center bn_scale bn_momentum "
    "bn_epsilon table_idxs"
)
_CONV_EDGES = f"{_EDGES} use_bias filters kernel_size strides padding dilation_rate groups"
_ATTENTION = (
    f"{_QUANTIZERS} {_COSTS} {_TABLES} num_heads key_dim value_dim use_bias output_shape attention_axes "
    "qkvo_iq_conf qkvo_kq_conf qkvo_bq_conf qkvo_oq_conf softmax_iq_conf softmax_exp_iq_conf softmax_exp_oq_conf "
    "softmax_inv_iq_conf softmax_inv_oq_conf softmax_oq_conf softmax_allow_heterogeneous_table stable_softmax fuse"
)
_ATTENTION_EDGES = (
    f"{_ATTENTION} qkvo_toq_conf n_hl d_hl subnn_activation batch_norm bn_center bn_scale bn_momentum bn_epsilon "
    "table_spec"
)
_SEQUENCE = f"{_QUANTIZERS} {_COSTS} units return_sequences go_backwards unroll zero_output_for_mask sq_conf"
_RECURRENT = f"{_SEQUENCE} activation use_bias recurrent_dropout kq_conf rkq_conf bq_conf paq_conf"
_SPIKING = (
    f"{_SEQUENCE} cell threshold surrogate_disable learn_threshold reset_mechanism detach_reset graded_spikes_factor "
    "learn_graded_spikes_factor enable_sq graded_spikes_factor_q_conf"
)
_ONE_RESULT = {"return_state": [False], "stateful": [False]}
_SPIKES = {**_ONE_RESULT, "spike_grad": [None], "inhibition": [False]}
_LAST = {"data_format": ["channels_last"]}
_PLAIN = {"quantization_config": [None]}
_WHOLE = {"use_gate": [False], "sliding_window": [None]}
_NO_SCORES = {"use_causal_mask": (None, False, True), "return_attention_scores": (None, False)}
_ALL_KEYS = {**_NO_SCORES, "use_causal_mask": (None, False)}


def _between_quantizers(reader: Reader) -> Reader:
    """A layer of Keras with quantizers before and behind."""
    return replace(reader, handler=quantized(reader.handler), reads=reader.reads | {*f"{_QUANTIZERS} {_COSTS}".split()})


_OWN: dict[str, Reader] = {
    **{f"Q{name}": _between_quantizers(reader) for name, reader in (MERGING | POOLING).items()},
    "QAveragePow2": _between_quantizers(Reader(_average)),
    "QSum": _between_quantizers(Reader(_sum, **options("axes scale keepdims"))),
    "QMeanPow2": _between_quantizers(Reader(_sum, **options("axes scale keepdims"))),
    "QDense": Reader(linear.lower_dense, **options(f"{_WEIGHTS} units", _PLAIN)),
    "QBatchNormDense": Reader(linear.lower_dense, **options(f"{_WEIGHTS} {_BATCH_NORM} units", _PLAIN)),
    "QEinsumDense": Reader(linear.lower_einsum_dense, **options(f"{_WEIGHTS} equation output_shape", _PLAIN)),
    "QEinsumDenseBatchnorm": Reader(
        linear.lower_einsum_dense,
        **options(f"{_WEIGHTS} {_BATCH_NORM} equation output_shape normalize_axes", _PLAIN),
    ),
    **{f"QConv{rank}D": Reader(linear.lower_conv, **options(_CONV, _LAST)) for rank in (1, 2, 3)},
    "QBatchNormalization": Reader(
        linear.lower_batch_normalization, **options(f"{_WEIGHTS} {_BATCH_NORM}", {"renorm": [False]})
    ),
    "QDenseT": Reader(edges.lower_dense_table, **options(f"{_EDGES} use_bias n_out")),
    "QEinsumDenseT": Reader(
        edges.lower_einsum_dense_table, **options(f"{_EDGES} equation output_shape bias_axes normalize_axes")
    ),
    **{f"QConvT{rank}D": Reader(edges.lower_conv_table, **options(_CONV_EDGES, _LAST)) for rank in (1, 2)},
    "QSimpleRNN": Reader(recurrent.lower_simple_rnn, **options(_RECURRENT, _ONE_RESULT)),
    "QGRU": Reader(
        recurrent.lower_gru, **options(f"{_RECURRENT} recurrent_activation reset_after praq_conf rhq_conf", _ONE_RESULT)
    ),
    "QSimpleSNN": Reader(recurrent.lower_spiking, **options(_SPIKING, _SPIKES)),
    "QLIF": Reader(recurrent.lower_spiking, **options(f"{_SPIKING} beta learn_beta beta_q_conf", _SPIKES)),
    "QEinsum": Reader(linear.lower_einsum, **options(f"{_QUANTIZERS} {_COSTS} equation")),
    "QMultiHeadAttention": Reader(linear.lower_attention, **options(_ATTENTION, _WHOLE), called_with=_NO_SCORES),
    "QLinformerAttention": Reader(
        linear.lower_linformer_attention,
        **options(f"{_ATTENTION} lin_kv_proj_dim share_kv_proj", _WHOLE | {"lin_kv_proj_mode": ["dense"]}),
        called_with=_ALL_KEYS,
    ),
    "QMultiHeadAttentionT": Reader(linear.lower_attention, **options(_ATTENTION_EDGES, _WHOLE), called_with=_NO_SCORES),
    "QLinformerAttentionT": Reader(
        linear.lower_linformer_attention,
        **options(
            f"{_ATTENTION_EDGES} lin_kv_proj_dim share_kv_proj", _WHOLE | {"lin_kv_proj_mode": ["dense", "dense_t"]}
        ),
        called_with=_ALL_KEYS,
    ),
    "QUnaryFunctionLUT": Reader(tables.lower_unary_function, **options(f"{_QUANTIZERS} {_COSTS} {_TABLES} activation")),
    "QAffinedUnaryFunctionLUT": Reader(
        tables.lower_affined_unary_function, **options(f"{_QUANTIZERS} {_COSTS} {_TABLES} activation")
    ),
    "QSoftmax": Reader(
        tables.lower_softmax,
        **options(
            f"{_QUANTIZERS} {_COSTS} {_TABLES} axes stable input_scaler exp_iq_conf exp_oq_conf inv_iq_conf inv_oq_conf"
        ),
    ),
    "Quantizer": Reader(lower_quantizer, **options("config")),
}

_NORMALIZATION = f"{_QUANTIZERS} {_COSTS} epsilon scale center bits distance_q_conf normal_q_conf kq_conf bq_conf"
_OURS: dict[str, Reader] = {
    "QLayerNormalization": Reader(norms.lower_layer_normalization, **options(_NORMALIZATION)),
    "QRMSNormalization": Reader(norms.lower_rms_normalization, **options(_NORMALIZATION)),
}
_FLOAT_WEIGHTS = "its weights are floating-point numbers"
_FLOAT_VALUES = "its values have no exact fixed-point form"

HANDLERS = Handlers(
    {
        **KERAS,
        **{("keras", name): reader for name, reader in PLAIN.items()},
        **{("hgq", name): reader for name, reader in _OWN.items()},
        **{("trigforge", name): reader for name, reader in _OURS.items()},
    },
    {
        **{
            name: (_FLOAT_WEIGHTS, f"use hgq.layers.Q{name}")
            for name in ("Conv3D", "MultiHeadAttention", "SimpleRNN", "GRU")
        },
        "LSTM": (_FLOAT_WEIGHTS, "use hgq.layers.QGRU"),
        "Bidirectional": (
            "runs a layer in both directions",
            "use two layers, one with go_backwards=True, and Concatenate",
        ),
        "Masking": ("leaves out steps of some events", "call the layers behind it on all steps"),
        **{
            name: (_FLOAT_VALUES, f"use trigforge.layers.Q{name}")
            for name in ("LayerNormalization", "RMSNormalization")
        },
    },
    frozenset(("keras", name) for name in PLAIN),
)
