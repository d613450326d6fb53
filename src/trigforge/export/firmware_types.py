"""The types of the firmware's ports, for a package that takes and gives arrays of ``ap_fixed``."""

from collections.abc import Callable

from trigforge.export.tables import Side, sides
from trigforge.fixed import Interval
from trigforge.graph.graph import FixedPointGraph


def print_types_header(graph: FixedPointGraph) -> str:
    """``<model>_v<version>.h``: types and sizes of inputs and outputs, for callers of the emulator."""
    name = f"{graph.name}_v{graph.version}"
    lines = [
        f"// {name}: the types of its inputs and outputs, as the firmware has them. Written by trigforge.",
        f"#ifndef TRIGFORGE_{name}_TYPES_H",
        f"#define TRIGFORGE_{name}_TYPES_H",
        "",
        '#include "ap_fixed.h"',
        "",
        f"namespace {name} {{",
        "",
    ]
    for side, number, tensor, interval in sides(graph):
        lines.append(f"// {tensor!r}, shape {list(interval.shape)}")
        lines.append(f"typedef {interval.hull} {side}{number}_t;")
        lines.append(f"constexpr int {side}{number}_elements = {interval.lo.size};")
    lines += ["", f"}} // namespace {name}", "", "#endif", ""]
    return "\n".join(lines)


def print_firmware_types(graph: FixedPointGraph) -> str:
    """``firmware_types.h``: which arrays of ``ap_fixed`` each input takes and each output gives."""
    space = f"trigforge_{graph.name}_v{graph.version}"
    lines = [
        "// Arrays of ap_fixed that each input takes and each output gives. Written by trigforge.",
        '#include "ap_arrays.h"',
        "",
        f"namespace {space} {{",
    ]

    def switch(side: Side, signature: str, otherwise: str, result: Callable[[Interval], str]) -> None:
        cases = [f"    case {n}: return {result(interval)};" for kind, n, _, interval in sides(graph) if kind == side]
        lines.extend(["", f"inline {signature} {{", "    switch (number) {", *cases, "    }"])
        lines.extend([f"    return {otherwise};", "}"])

    def moved(function: str) -> Callable[[Interval], str]:
        return lambda interval: f"{function}<{interval.hull}, {_integer(interval)}>(any, {interval.lo.size}, mantissas)"

    def spelt(interval: Interval) -> str:
        return f'"{interval.hull}"'

    arguments = "int number, const std::any &any"
    switch("input", f"bool take_firmware({arguments}, int64_t *mantissas)", "false", moved("take_fixed"))
    switch("output", f"bool give_firmware({arguments}, const int64_t *mantissas)", "false", moved("give_fixed"))
    switch("input", "std::string firmware_input(int number)", '""', spelt)
    switch("output", "std::string firmware_output(int number)", '""', spelt)
    return "\n".join([*lines, "", f"}} // namespace {space}", ""])


def _integer(interval: Interval) -> str:
    """The ``ap_int`` or ``ap_uint`` with the bits of the hull."""
    hull = interval.hull
    return f"ap_{'' if hull.signed else 'u'}int<{hull.width}>"
