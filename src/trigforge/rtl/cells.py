"""Gates as Verilog statements: instances of the hand-written cells, and wires."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from trigforge.design import Multipliers, Redundancy
from trigforge.fixed import Overflow, Rounding
from trigforge.rtl.circuit import Circuit, Gate
from trigforge.rtl.gates import (
    Add,
    AddThree,
    AtLeast,
    Bits,
    Choose,
    Input,
    LeadingOne,
    Literal,
    Multiply,
    Positive,
    Rom,
    RoundUp,
    Saturate,
    ShiftLeft,
)

_SATURATIONS = (Overflow.SAT, Overflow.SAT_ZERO, Overflow.SAT_SYM)
_ROUNDINGS = (
    Rounding.TRN,
    Rounding.TRN_ZERO,
    Rounding.RND,
    Rounding.RND_ZERO,
    Rounding.RND_INF,
    Rounding.RND_MIN_INF,
    Rounding.RND_CONV,
)


@dataclass(frozen=True)
class Writing:
    """The surroundings of a statement: names of gates, modules of tables, kinds of multipliers and registers."""

    circuit: Circuit
    names: Mapping[int, str]
    tables: Mapping[Rom, str]
    multipliers: Multipliers
    redundancy: Redundancy = Redundancy.NONE

    def value(self, gate: int) -> str:
        """A gate as an operand: its name, or its value if it is a constant."""
        found = self.circuit.gates[gate]
        return constant_text(found.lo, found.width) if isinstance(found.op, Literal) else self.names[gate]


def constant_text(value: int, width: int) -> str:
    """A constant in two's complement, with its value beside it where it is negative.

    >>> constant_text(-3, 3), constant_text(5, 4)
    ("3'd5 /* -3 */", "4'd5")
    """
    bits = f"{width}'d{value % (1 << width)}"
    return f"{bits} /* {value} */" if value < 0 else bits


def vector(width: int) -> str:
    """The range of a declaration, empty for one bit.

    >>> vector(8), vector(1)
    ('[7:0] ', '')
    """
    return f"[{width - 1}:0] " if width > 1 else ""


def register_parameters(redundancy: Redundancy) -> dict[str, int]:
    """The parameter of a hand-written module that holds registers, where it is not their default.

    >>> register_parameters(Redundancy.TRIPLICATED), register_parameters(Redundancy.NONE)
    ({'TRIPLICATED': 1}, {})
    """
    return {} if redundancy is Redundancy.NONE else {"TRIPLICATED": 1}


def register_text(redundancy: Redundancy) -> str:
    """As ``register_parameters``, behind the other parameters of an instance.

    >>> register_text(Redundancy.TRIPLICATED), register_text(Redundancy.NONE)
    (', .TRIPLICATED(1)', '')
    """
    return "".join(f", .{name}({value})" for name, value in register_parameters(redundancy).items())


def statement(writing: Writing, number: int) -> list[str]:
    """The lines that make one gate, its declaration first."""
    gate, name = writing.circuit.gates[number], writing.names[number]
    operands = [writing.circuit.gates[operand] for operand in gate.operands]
    values = [writing.value(operand) for operand in gate.operands]
    declared = f"wire {vector(gate.width)}{name}"
    match gate.op:
        case Input() | Literal():
            return []
        case Bits(low):
            return [f"{declared} = {_bits(values[0], operands[0], low, gate.width)};"]
        case Rom():
            return [f"{declared};", f"{writing.tables[gate.op]} {name}_table (.x({values[0]}), .y({name}));"]
        case Saturate(width, signed, overflow):
            parameters = {
                **_one(operands[0]),
                "WY": width,
                "SIGNED_Y": int(signed),
                "MODE": _SATURATIONS.index(overflow),
            }
            if width == gate.width:
                return [f"{declared};", *_cell("tf_saturate", name, parameters, {"x": values[0], "y": name})]
            return [
                f"wire {vector(width)}{name}_wide;",
                *_cell("tf_saturate", name, parameters, {"x": values[0], "y": f"{name}_wide"}),
                f"{declared} = {name}_wide[{gate.width - 1}:0];",
            ]
        case _:
            module, parameters, ports = _instance(gate, operands, writing.multipliers)
            wired = dict(zip(ports, values, strict=True)) | {"y": name}
            return [f"{declared};", *_cell(module, name, parameters, wired)]


def _instance(
    gate: Gate, operands: list[Gate], multipliers: Multipliers
) -> tuple[str, dict[str, int], tuple[str, ...]]:
    """Module, parameters and input ports of a cell."""
    width = {"WY": gate.width}
    match gate.op:
        case Add(shift_a, shift_b, subtract):
            return "tf_add", {**_two(operands, shift_a, shift_b), "SUBTRACT": int(subtract), **width}, ("a", "b")
        case AddThree(subtracted=subtracted):
            sizes = _sizes(operands, gate.op.shifts)
            return "tf_add_three", {**sizes, "SUBTRACTED": subtracted, **width}, ("a", "b", "c")
        case Multiply():
            sizes = {k: v for k, v in _two(operands, 0, 0).items() if not k.startswith("SHIFT")}
            return "tf_multiply", {**sizes, **width, "USE_DSP": int(multipliers is Multipliers.DSP)}, ("a", "b")
        case AtLeast(shift_a, shift_b):
            return "tf_at_least", _two(operands, shift_a, shift_b), ("a", "b")
        case Choose(shift_a, shift_b):
            return "tf_select", {**_two(operands[1:], shift_a, shift_b), **width}, ("sel", "a", "b")
        case Positive():
            return "tf_relu", {"WX": operands[0].width, **width}, ("x",)
        case RoundUp(drop, rounding):
            return "tf_round_up", {**_one(operands[0]), "DROP": drop, "MODE": _ROUNDINGS.index(rounding)}, ("x",)
        case LeadingOne():
            return "tf_leading_one", {"WX": operands[0].width, **width}, ("x",)
        case ShiftLeft():
            return "tf_shift_left", {**_one(operands[0]), "WN": operands[1].width, **width}, ("x", "n")
        case Input() | Literal() | Bits() | Rom() | Saturate():
            raise ValueError(f"{gate.op} is no plain cell")
        case _:
            assert_never(gate.op)


def _one(x: Gate) -> dict[str, int]:
    return {"WX": x.width, "SIGNED_X": int(x.signed)}


def _two(operands: list[Gate], shift_a: int, shift_b: int) -> dict[str, int]:
    return _sizes(operands, (shift_a, shift_b))


def _sizes(operands: Sequence[Gate], shifts: Sequence[int]) -> dict[str, int]:
    """The parameters of operands ``a``, ``b`` and so on."""
    sizes: dict[str, int] = {}
    for letter, operand, places in zip("ABC", operands, shifts, strict=False):
        sizes |= {f"W{letter}": operand.width, f"SIGNED_{letter}": int(operand.signed), f"SHIFT_{letter}": places}
    return sizes


def _cell(module: str, name: str, parameters: Mapping[str, int], ports: Mapping[str, str]) -> list[str]:
    return [f"{module} #({_pairs(parameters)})", f"    {name}_cell ({_pairs(ports)});"]


def _pairs(entries: Mapping[str, int] | Mapping[str, str]) -> str:
    return ", ".join(f".{key}({value})" for key, value in entries.items())


def _bits(source: str, gate: Gate, low: int, width: int) -> str:
    """Bits ``low`` to ``low + width - 1`` of a value that goes on with its sign above, and with zeros below."""
    zeros = min(max(-low, 0), width)
    first, last = max(low, 0), low + width - 1
    inside = min(last, gate.width - 1)
    parts: list[str] = []
    above = width - zeros - max(inside - first + 1, 0)
    if above:
        top = f"{source}[{gate.width - 1}]" if gate.width > 1 else source
        parts.append(f"{{{above}{{{top}}}}}" if gate.signed else f"{above}'d0")
    if inside >= first:
        whole = first == 0 and inside == gate.width - 1
        parts.append(source if whole else f"{source}[{inside}]" if first == inside else f"{source}[{inside}:{first}]")
    if zeros:
        parts.append(f"{zeros}'d0")
    return parts[0] if len(parts) == 1 else f"{{{', '.join(parts)}}}"
