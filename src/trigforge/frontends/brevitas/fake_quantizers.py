"""torch's fake quantizers in an exported program, spelt out in operators that torch itself exports to ONNX."""

import copy
from typing import Any

from trigforge.frontends.brevitas.framework import package

_KINDS = ("fake_quantize_per_tensor_affine", "fake_quantize_per_channel_affine")


def spelt_out(program: Any) -> Any:
    """A copy of a ``torch.export.ExportedProgram`` in which each fake quantizer is what torch computes for it.

    That is ``clamp(round(x * (1 / scale)), lo - zero, hi - zero) * scale``; itself where it has none. Fake quantizers
    give float32 numbers for float64 ones too, with which nothing can be compared.
    """
    if not any(_is_one(node) for node in program.graph.nodes):
        return program
    copied = copy.deepcopy(program)
    graph = copied.graph_module.graph
    for node in list(graph.nodes):
        if _is_one(node):
            with graph.inserting_before(node):
                found = _formula(copied, node)
            node.replace_all_uses_with(found)
            graph.erase_node(node)
    copied.graph_module.recompile()
    return _with_signature(copied)


def _is_one(node: Any) -> bool:
    return getattr(node.target, "_opname", "") in _KINDS


def _formula(program: Any, node: Any) -> Any:
    torch = package("torch")
    aten = torch.ops.aten

    def call(target: Any, *operands: Any) -> Any:
        made = program.graph.call_function(target, operands)
        made.meta = {key: value for key, value in node.meta.items() if key != "val"}
        return made

    x, scale, zero, *axis, low, high = node.args
    point = _zero_point(program, zero)
    if axis:
        rank = x.meta["val"].dim()
        scale = call(aten.reshape.default, scale, [-1 if n == axis[0] % rank else 1 for n in range(rank)])
    single = isinstance(scale, float)
    inverse = float(1 / torch.tensor(scale)) if single else call(aten.reciprocal.default, scale)
    y = call(aten.round.default, call(aten.mul.Tensor, x, inverse))
    return call(aten.mul.Tensor, call(aten.clamp.default, y, low - point, high - point), scale)


def _zero_point(program: Any, zero: Any) -> int:
    """The zero point, a number or a buffer of the program; a ``ValueError`` where channels have several."""
    if isinstance(zero, int):
        return zero
    signature = program.graph_signature
    known = {**signature.inputs_to_buffers, **signature.inputs_to_lifted_tensor_constants}
    found = {**program.state_dict, **program.constants}[known[zero.name]].reshape(-1).tolist()
    if len(set(found)) > 1:
        raise ValueError("the channels of a fake quantizer have several zero points")
    return int(found[0])


def _with_signature(program: Any) -> Any:
    """The program, whose outputs may be new nodes."""
    names = [node.name for node in next(node for node in program.graph.nodes if node.op == "output").args[0]]
    for spec, name in zip(program.graph_signature.output_specs, names, strict=True):
        spec.arg.name = name
    return program
