"""The hls4ml layer class behind every kernel of ours, registered through hls4ml's extension API.

hls4ml ships no types: it is reached through ``importlib`` so that its names are ``Any`` and nothing else is.
"""

from functools import cache
from importlib import import_module
from typing import Any

from trigforge.errors import ToolMissingError
from trigforge.hls.layers import KERNEL

BACKENDS = ("Vivado", "Vitis")


@cache
def register() -> None:
    """Make the kernel layer, its templates and our flows known to hls4ml; once a process.

    Raises ``ToolMissingError`` where hls4ml is not installed.
    """
    try:
        layers, backends = import_module("hls4ml.model.layers"), import_module("hls4ml.backends")
    except ModuleNotFoundError as error:
        raise ToolMissingError(
            f"hls4ml is missing ({error.name} is not installed): pip install 'trigforge[hls]'. "
            "Without it, reading models and emulation still work"
        ) from None
    kernel = _layer_class(layers)
    layers.register_layer(KERNEL, kernel)
    config_template, call_template = _templates(kernel)
    for name in BACKENDS:
        backend = backends.get_backend(name)
        backend.register_template(config_template)
        backend.register_template(call_template)
    _register_flows()


def flow_name(backend: str) -> str:
    """The flow that leaves the graph as it is and only prints it."""
    return f"trigforge:{backend.lower()}"


def _register_flows() -> None:
    """hls4ml's own flows rewrite the model (dense layers over several axes become convolutions, transpositions before a
    flatten go). Ours run its initializers, code generators and templates, and no optimizer."""
    flows = import_module("hls4ml.model.flow")
    for name in BACKENDS:
        passes = [
            *flows.get_flow("vivado:init_layers").optimizers,
            "vivado:inplace_parallel_reshape",
            "vivado:process_fixed_point_quantizer_layer",
            *flows.get_flow("vivado:specific_types").optimizers,
            *flows.get_flow(f"{name.lower()}:apply_templates").optimizers,
        ]
        if name != "Vivado":
            passes += [p for p in flows.get_flow("vivado:apply_templates").optimizers if p not in passes]
        flows.register_flow(name.lower(), passes, backend="trigforge")


def _layer_class(layers: Any) -> Any:
    class TrigforgeKernel(layers.Layer):
        """Calls ``trigforge::<function>``."""

        def initialize(self) -> None:
            self.add_output_variable(self.get_attr("out_shape"))
            for name in ("weight", "bias"):
                if self.get_attr(f"{name}_data") is not None:
                    self.add_weights_variable(name=name, var_name=f"{name[0]}{{index}}", type_name=f"{name}{{index}}_t")

    return TrigforgeKernel


def _templates(kernel: Any) -> tuple[Any, Any]:
    template = import_module("hls4ml.backends.template")
    config_base: Any = template.LayerConfigTemplate
    call_base: Any = template.FunctionCallTemplate

    class KernelConfig(config_base):
        """The configuration struct of one call."""

        def __init__(self) -> None:
            config_base.__init__(self, kernel)

        def format(self, node: Any) -> str:
            return config_struct(
                f"config{node.index}", node.get_attr("arrays"), node.get_attr("scalars"), node.get_attr("typedefs")
            )

    class KernelCall(call_base):
        """The call itself."""

        def __init__(self) -> None:
            call_base.__init__(self, kernel)

        def format(self, node: Any) -> str:
            inputs: list[str] = node.inputs if node.get_attr("takes_inputs") else []
            variables = [node.get_input_variable(name) for name in inputs]
            variables += [*node.get_weights(), node.get_output_variable()]
            types = ", ".join([*(variable.type.name for variable in variables), f"config{node.index}"])
            arguments = ", ".join(variable.name for variable in variables)
            return f"trigforge::{node.get_attr('function')}<{types}>({arguments});"

        def transform(self, model: Any, node: Any) -> bool:
            call_base.transform(self, model, node)
            node.set_attr("include_header", [node.get_attr("header")])
            return False

    return KernelConfig, KernelCall


def config_struct(name: str, arrays: dict[str, list[int]], scalars: dict[str, int], typedefs: dict[str, str]) -> str:
    """C++11 that Vivado HLS takes too: it cannot index ``constexpr`` arrays, but arrays behind a static pointer."""
    before = [f"const int {name}_{key}[{len(v)}] = {{{', '.join(map(str, v))}}};" for key, v in arrays.items()]
    inside = [f"    typedef {text} {key};" for key, text in typedefs.items()]
    inside += [
        f"    static const {'unsigned' if value >= 0 else 'int'} {key} = {value};" for key, value in scalars.items()
    ]
    inside += [f"    static const int *const {key};" for key in arrays]
    after = [f"const int *const {name}::{key} = {name}_{key};" for key in arrays]
    return "\n".join([*before, f"struct {name} {{", *inside, "};", *after, ""])
