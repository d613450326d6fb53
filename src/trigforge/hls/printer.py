"""hls4ml as a printer: layers whose every type is stated become its ``ModelGraph`` and then the text of its files.

hls4ml ships no types: it is reached through ``importlib`` so that its names are ``Any`` and nothing else is.
"""

import contextlib
import io
import re
import tempfile
import warnings
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from trigforge.design import Backend, DesignPoint, Multipliers, Strategy
from trigforge.errors import ProjectError
from trigforge.fixed import FixedType
from trigforge.hls.kernel_layer import flow_name, register
from trigforge.hls.layers import HlsLayer
from trigforge.hls.lower import Lowered
from trigforge.hls.quantizers import QUANTIZER, with_loops

_STRATEGY = {Strategy.LATENCY: "Latency", Strategy.RESOURCE: "Resource"}
_TRACE_CALL = re.compile(r'nnet::save_layer_output<\w+>\((\w+), "(\w+)", ([^)]+)\);')
_CODE_GENERATION = "firmware/nnet_utils/nnet_code_gen.h"
_LAST_SETTING = "config_schedule -enable_dsp_full_reg=false\n"


@dataclass(frozen=True)
class Variable:
    """A C++ array of the printed model."""

    name: str
    type_name: str
    size: int


@dataclass(frozen=True)
class Printed:
    """The model's own files (below ``firmware/`` and beside it), and the variables behind inputs and outputs."""

    files: dict[str, str]
    inputs: tuple[Variable, ...]
    outputs: tuple[Variable, ...]
    traced: tuple[str, ...]
    """layers in the order of their numbers in ``trigforge::trace``"""


def print_model(lowered: Lowered, design: DesignPoint, top: str, namespace: str) -> Printed:
    """Raises ``ProjectError`` where hls4ml changes a type or fails, and where there is no temporary space for it."""
    register()
    try:
        with _quiet(), tempfile.TemporaryDirectory(prefix="trigforge-") as folder:
            model = _model(lowered, design, top, namespace, folder)
            _check_model(model, lowered.layers)
            files = _files(model, design.hls.backend, top, Path(folder))
            files |= _scripts(files, design.hls.backend, design.hls.multipliers)
    except OSError as error:
        raise ProjectError(f"temporary directory: {error.strerror or error}; free space or set TMPDIR") from None
    for layer in lowered.layers:
        node = model.graph[layer.name]
        for weight in node.get_weights():
            files[f"firmware/weights/{weight.name}.h"] = _weight_file(weight, namespace)
        for path, text in layer.headers.items():
            files[f"firmware/{path}"] = text.replace("@NAMESPACE@", namespace)
    generated = with_loops(files[_CODE_GENERATION])
    files[_CODE_GENERATION] = _as_processes(generated, lowered.layers) if lowered.is_dataflow else generated
    text, traced = _number_traces(files[f"firmware/{top}.cpp"])
    files[f"firmware/{top}.cpp"] = text
    return Printed(files, _ports(model, lowered.inputs), _ports(model, lowered.outputs), traced)


@contextlib.contextmanager
def _quiet() -> Generator[None]:
    """hls4ml prints and warns about its own defaults; all of ours are stated."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _model(lowered: Lowered, design: DesignPoint, top: str, namespace: str, folder: str) -> Any:
    backend = "Vitis" if design.hls.backend is Backend.VITIS else "Vivado"
    config = import_module("hls4ml.utils.config").create_config(
        output_dir=folder,
        project_name=top,
        backend=backend,
        part=design.target.part,
        clock_period=_plain_number(design.target.clock_period_ns),
        io_type="io_parallel",
        namespace=namespace,
        write_weights_txt=False,
        write_tar=False,
    )
    config["Stamp"] = "0"
    config["TraceOutput"] = True
    config["HLSConfig"] = {
        "Model": {"Precision": "fixed<16,6>", "ReuseFactor": 1, "Strategy": "Latency", "BitExact": False},
        "LayerName": {layer.name: _layer_config(layer) for layer in lowered.layers},
        "Flows": [flow_name(backend)],
    }
    entries = [_layer_entry(layer, lowered.inputs) for layer in lowered.layers]
    graph = import_module("hls4ml.model").ModelGraph
    try:
        return graph.from_layer_list(config, entries, inputs=list(lowered.inputs), outputs=list(lowered.outputs))
    except Exception as error:
        raise ProjectError(f"hls4ml cannot print this model: {type(error).__name__}: {error}") from error


def _plain_number(value: float) -> float | int:
    return int(value) if value == int(value) else value


def _layer_config(layer: HlsLayer) -> dict[str, Any]:
    return {
        "Precision": {key: _spelling(fixed_type) for key, fixed_type in layer.types.items()},
        "Strategy": _STRATEGY[layer.strategy],
        "ReuseFactor": layer.reuse_factor,
        "Trace": layer.tensor is not None,
    }


def _spelling(fixed_type: FixedType) -> str:
    return f"{'' if fixed_type.signed else 'u'}fixed<{fixed_type.width},{fixed_type.integer_bits}>"


def _layer_entry(layer: HlsLayer, inputs: tuple[str, ...]) -> dict[str, Any]:
    """Output variables are called otherwise than layers: hls4ml keeps them among a layer's attributes."""
    sources = [name if name in inputs else variable_name(name) for name in layer.inputs]
    outputs = [layer.name if layer.name in inputs else variable_name(layer.name)]
    entry = {"name": layer.name, "class_name": layer.kind, "inputs": sources, "outputs": outputs}
    return {**layer.attributes, **entry}


def variable_name(layer: str) -> str:
    """hls4ml's name for the output of a layer."""
    return f"{layer}.out"


def _check_model(model: Any, layers: tuple[HlsLayer, ...]) -> None:
    """Every type and reuse factor that was asked for is the one that will be printed."""
    for layer in layers:
        node = model.graph.get(layer.name)
        if node is None:
            raise ProjectError(f"layer {layer.tensor or layer.name!r} is missing from the model that hls4ml made")
        found = {"result": node.get_output_variable().type.precision}
        found |= {key: node.types[f"{key}_t"].precision for key in layer.types if f"{key}_t" in node.types}
        found |= {key: weight.type.precision for key, weight in node.weights.items()}
        if (built := node.get_attr("reuse_factor", layer.reuse_factor)) != layer.reuse_factor:
            raise ProjectError(
                f"layer {layer.tensor or layer.name!r}: hls4ml made its reuse_factor {built}, asked was "
                f"{layer.reuse_factor}; this version of hls4ml has other kernels"
            )
        for key, asked in layer.types.items():
            if key in found and found[key].definition_cpp() != _cpp(asked):
                raise ProjectError(
                    f"layer {layer.tensor or layer.name!r}: hls4ml made its {key} type {found[key].definition_cpp()}, "
                    f"asked was {_cpp(asked)}; this version of hls4ml cannot carry it exactly"
                )
            if key not in found:
                raise ProjectError(f"layer {layer.tensor or layer.name!r}: hls4ml has no {key} type")


def _cpp(fixed_type: FixedType) -> str:
    return str(fixed_type)


def _files(model: Any, backend: Backend, top: str, folder: Path) -> dict[str, str]:
    """The model-specific part of the files of hls4ml's writer; the rest is ``library_files``."""
    writer = model.config.backend.writer
    (folder / "firmware" / "nnet_utils").mkdir(parents=True)
    (folder / _CODE_GENERATION).write_text(library_files(backend)[_CODE_GENERATION], encoding="utf-8")
    writer.write_project_dir(model)
    writer.write_project_cpp(model)
    writer.write_project_header(model)
    writer.write_defines(model)
    writer.write_parameters(model)
    writer.write_test_bench(model)
    writer.write_generated_code(model)
    writer.write_build_script(model)
    if backend is Backend.VITIS:
        writer.write_board_script_override(model)
        writer.write_build_prj_override(model)
        writer.write_build_opts(model)
    (folder / "build_lib.sh").unlink()
    return _read_tree(folder)


def _scripts(files: Mapping[str, str], backend: Backend, multipliers: Multipliers) -> dict[str, str]:
    """hls4ml's scripts, which say what multiplications become. Vivado HLS has no setting for that."""
    project = f"{files['project.tcl']}variable multipliers\nset multipliers {multipliers}\n"
    build = files["build_prj.tcl"]
    if backend is Backend.VITIS and multipliers is Multipliers.LUT:
        build = changed(build, _LAST_SETTING, f"{_LAST_SETTING}config_op mul -impl fabric\n", "build_prj.tcl")
    return {"project.tcl": project, "build_prj.tcl": build}


def _as_processes(text: str, layers: Sequence[HlsLayer]) -> str:
    """hls4ml's quantizers as pipelined functions, which a ``DATAFLOW`` region wants, in place of inlined ones."""
    for layer in layers:
        if layer.kind == QUANTIZER:
            size = prod(layer.shape)
            head = f"void {layer.name}(input_t *inp, output_t *out) {{\n    #pragma HLS INLINE\n"
            process = f"void {layer.name}(input_t inp[{size}], output_t out[{size}]) {{\n    #pragma HLS PIPELINE\n"
            text = changed(text, head, process, layer.tensor or layer.name)
    return text


def changed(text: str, found: str, wanted: str, name: str) -> str:
    """Text of hls4ml with ``wanted`` in the place of ``found``; ``ProjectError`` where hls4ml prints otherwise."""
    if found not in text:
        raise ProjectError(f"{name}: hls4ml does not print {found.strip()!r}; this version of hls4ml prints otherwise")
    return text.replace(found, wanted)


@cache
def library_files(backend: Backend) -> Mapping[str, str]:
    """hls4ml's headers, the same for every model."""
    templates = Path(str(import_module("hls4ml").__file__)).parent / "templates"
    sources = {"nnet_utils": templates / "vivado" / "nnet_utils", "ap_types": templates / "vivado" / "ap_types"}
    files = {
        f"firmware/{name}/{path}": text for name, root in sources.items() for path, text in _read_tree(root).items()
    }
    if backend is Backend.VITIS:
        overrides = _read_tree(templates / "vitis" / "nnet_utils")
        files |= {f"firmware/nnet_utils/{path}": text for path, text in overrides.items()}
    return files


def _read_tree(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): path.read_text(encoding="utf-8")
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def _ports(model: Any, layers: tuple[str, ...]) -> tuple[Variable, ...]:
    variables = [model.graph[name].get_output_variable() for name in layers]
    return tuple(Variable(str(v.name), str(v.type.name), prod(v.shape)) for v in variables)


def _number_traces(text: str) -> tuple[str, tuple[str, ...]]:
    """hls4ml's trace hook turns values into doubles; ours hands back mantissas."""
    layers: list[str] = []

    def replace(match: re.Match[str]) -> str:
        layers.append(match[2])
        return f"trigforge::trace({match[1]}, {len(layers) - 1}, {match[3]}); // {match[2]}"

    parameters = '#include "parameters.h"'
    changed = _TRACE_CALL.sub(replace, text).replace(parameters, f'#include "trigforge/simulation.h"\n{parameters}')
    return changed, tuple(layers)


def _weight_file(weight: Any, namespace: str) -> str:
    """A weight array: for synthesis as numbers, for simulation as mantissas, which compile ten times faster.

    Both are written from the same exact values; no file is read at run time.
    """
    precision = weight.type.precision
    data = np.asarray(weight.data, dtype=np.float64).reshape(-1)
    mantissas = [int(v) for v in np.ldexp(data, precision.width - precision.integer)]
    declaration = str(weight.definition_cpp())
    name, size = str(weight.name), len(mantissas)
    numbers = ", ".join(repr(float(v)) for v in data)
    return "\n".join(
        [
            f"// {size} constants of type {precision.definition_cpp()}",
            f"#ifndef {name.upper()}_H_",
            f"#define {name.upper()}_H_",
            "",
            f"namespace {namespace} {{",
            "",
            "#ifndef __SYNTHESIS__",
            f"const int64_t {name}_mantissas[{size}] = {{{', '.join(map(str, mantissas))}}};",
            f"static {declaration};",
            f"static const bool {name}_loaded = trigforge::load({name}, {name}_mantissas, {size});",
            "#else",
            f"{declaration} = {{{numbers}}};",
            "#endif",
            "",
            f"}} // namespace {namespace}",
            "",
            "#endif",
            "",
        ]
    )
