"""``to_project``: graph and design point to the value that holds every file."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from trigforge.design import DesignPoint, IoType, check_layers
from trigforge.files import hand_written
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.ops import Reshape
from trigforge.hls.lower import Lowered, lower
from trigforge.hls.printer import Printed, Variable, library_files, print_model
from trigforge.hls.streams import StreamedPort, on_arrays, with_streams
from trigforge.project import HlsProject, Port, SimulationInterface

_BRIDGE = "csim/bridge.cpp"
_KERNEL_PRAGMA = "#pragma HLS INLINE // PIPELINE under DATAFLOW"


def to_project(graph: FixedPointGraph, design: DesignPoint) -> HlsProject:
    """The HLS C++ project of a graph without ``Map``, for the part, clock and strategies of ``design``.

    A pure function: the same graph and design point give the same files, byte for byte. Everything of the model lives
    in the namespace ``trigforge_<name>_v<version>``. Raises ``GraphError`` for a node that cannot be carried, by its
    name, ``DesignError`` for layers that the graph does not have or that cannot have their reuse factor, and
    ``ProjectError`` where hls4ml would change what was asked of it.

    With the strategy ``RESOURCE`` a kernel of ours reuses its multipliers as often as asked, and a layer of hls4ml's as
    often or the next smaller number of times that it can; ``multiplications`` of the project says so.
    """
    check_layers(graph, design)
    namespace = f"trigforge_{graph.name}_v{graph.version}"
    top = f"{graph.name}_v{graph.version}"
    lowered = lower(graph, design)
    printed = print_model(lowered, design, top, namespace)
    library = {**library_files(design.hls.backend), **_kernels(lowered.is_dataflow)}
    streamed = design.hls.io_type is IoType.IO_STREAM
    if streamed:
        printed = replace(printed, files=with_streams(printed.files, top, namespace, *_streamed_ports(graph, printed)))
    bridge = _bridge(printed, on_arrays(top) if streamed else top, top, namespace)
    return HlsProject(
        name=graph.name,
        namespace=namespace,
        top=top,
        files={**library, **printed.files, _BRIDGE: bridge},
        library=frozenset(library.keys() - printed.files.keys()),
        simulation=SimulationInterface(
            sources=(f"firmware/{top}.cpp", _BRIDGE),
            include_directories=(".", "firmware", "firmware/ap_types"),
            entry=f"{namespace}_run",
            inputs=tuple(Port(x.name, x.shape, n) for n, x in enumerate(graph.inputs)),
            outputs=tuple(
                Port(name, graph.tensors[name].shape, n) for n, name in enumerate(dict.fromkeys(graph.outputs))
            ),
            tensors=_traced(graph, lowered, printed),
        ),
        multiplications=lowered.multiplications,
    )


def _streamed_ports(graph: FixedPointGraph, printed: Printed) -> tuple[list[StreamedPort], list[StreamedPort]]:
    """Inputs and outputs. A tensor without axes is one word of one element."""
    names = dict.fromkeys(graph.outputs)

    def ports(kind: str, variables: Iterable[Variable], shapes: Iterable[tuple[int, ...]]) -> list[StreamedPort]:
        return [
            StreamedPort(v.name, v.type_name, v.size, f"{kind}_{n}_event", shape[-1] if shape else 1)
            for n, (v, shape) in enumerate(zip(variables, shapes, strict=True))
        ]

    return (
        ports("input", printed.inputs, (x.shape for x in graph.inputs)),
        ports("layer", printed.outputs, (graph.tensors[name].shape for name in names)),
    )


def _traced(graph: FixedPointGraph, lowered: Lowered, printed: Printed) -> tuple[Port, ...]:
    """Every node's tensor. A reshaped tensor is the array it was made from."""
    number = {layer: n for n, layer in enumerate(printed.traced)}
    arrays: dict[str, int] = {}
    for node in graph.nodes:
        layer = lowered.tensors[node.name]
        if layer in number:
            arrays[node.name] = number[layer]
        elif isinstance(node.op, Reshape) and node.operands[0] in arrays:
            arrays[node.name] = arrays[node.operands[0]]
    return tuple(Port(name, graph.tensors[name].shape, array) for name, array in arrays.items())


def _bridge(printed: Printed, called: str, top: str, namespace: str) -> str:
    """The C entry of the simulation, which gives the arrays of each event to the function ``called``."""
    ins = [(f"in_{n}", variable) for n, variable in enumerate(printed.inputs)]
    outs = [(f"out_{n}", variable) for n, variable in enumerate(printed.outputs)]
    lines = [f"{variable.type_name} {name}[{variable.size}];" for name, variable in [*ins, *outs]]
    lines += [f"trigforge::load({name}, inputs[{n}] + event * {v.size}, {v.size});" for n, (name, v) in enumerate(ins)]
    lines.append(f"{called}({', '.join(name for name, _ in [*ins, *outs])});")
    lines += [
        f"trigforge::store({name}, outputs[{n}] + event * {v.size}, {v.size});" for n, (name, v) in enumerate(outs)
    ]
    text = (hand_written("hls/bridge") / "bridge.cpp").read_text(encoding="utf-8")
    for marker, replacement in (("// @EVENT@", "\n        ".join(lines)), ("@TOP@", top), ("@NAMESPACE@", namespace)):
        text = text.replace(marker, replacement)
    return text


@cache
def _kernels(dataflow: bool) -> dict[str, str]:
    """The kernels by path. Inlined, their logic is shared out over the pipeline of the top; a ``DATAFLOW`` region wants
    functions instead, each pipelined."""
    headers = (entry for entry in hand_written("hls/kernels").iterdir() if entry.name.endswith(".h"))
    texts = {f"firmware/trigforge/{entry.name}": entry.read_text(encoding="utf-8") for entry in headers}
    pragma = "#pragma HLS PIPELINE" if dataflow else "#pragma HLS INLINE"
    return {path: texts[path].replace(_KERNEL_PRAGMA, pragma) for path in sorted(texts)}
