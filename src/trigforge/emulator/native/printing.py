"""Stages as C++: one function a stretch of work, the loop over the groups of a block inside."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import assert_never

from trigforge.emulator.native.dots import Dot
from trigforge.emulator.native.instructions import Instruction, Opcode
from trigforge.emulator.native.memory import Layout, layout
from trigforge.emulator.native.scope import Elements
from trigforge.emulator.native.stages import Copies, Loop, Program, Run
from trigforge.fixed import Rounding

_LONGEST_FUNCTION = 2000
_CLOSING = ("  TRIGFORGE_WRITTEN(ws);", "}")
_TYPES = {16: "lanes16", 32: "lanes32", 64: "lanes64"}


@dataclass
class Printer:
    """Collects functions; ``calls`` of a program are lines for the body of its caller."""

    functions: list[str] = field(default_factory=list[str])
    tables: int = 0

    def program(self, program: Program, bases: Mapping[str, str], first: int) -> tuple[list[str], int, Layout]:
        """The calls that run a program, the end of its workspace, which begins at ``first`` (bytes of one lane), and
        where its tensors stand.

        ``bases`` maps tensors that live elsewhere to the parameter that points to them.
        """
        place = layout(program, set(bases), first)
        calls: list[str] = []
        end = place.end
        parameters = "".join(f", char *{base}" for base in bases.values())
        arguments = "".join(f", {base}" for base in bases.values())
        for stage in program.stages:
            if isinstance(stage, Run):
                for loops in _functions(stage):
                    name = self._function(loops, program, place, bases, parameters)
                    calls.append(f"{name}(ws{arguments});")
            elif isinstance(stage, Dot):
                calls.append(f"{self._dot(stage, program, place, bases, parameters)}(ws{arguments});")
            else:
                name, inner_end = self._copies(stage, program, place, bases, parameters)
                calls.append(f"{name}(ws{arguments});")
                end = max(end, inner_end)
        return calls, end, place

    def _copies(
        self, stage: Copies, program: Program, place: Layout, bases: Mapping[str, str], parameters: str
    ) -> tuple[str, int]:
        bound = {inner: outer for inner, (outer, _) in stage.bound.items() if outer in bases or outer in place.offset}
        free = (base for n in count() if (base := f"t{n}") not in bases.values())
        own = dict(zip(bound, free, strict=False))
        calls, end, _ = self.program(stage.program, own, place.end)
        name = f"map{len(self.functions)}"
        lines = [f"// {stage.name}", f"TRIGFORGE_NOINLINE void {name}(char *ws{parameters}) {{"]
        lines.append(f"  for (int64_t copy = 0; copy < {stage.copies}; ++copy) {{")
        for inner, base in own.items():
            outer, stride = stage.bound[inner]
            size = program.stored[outer].size if outer in program.stored else 1
            step = _placed_stride(program, outer, stride)
            lines.append(f"    char *{base} = {_base(outer, bases, place)} + copy * {step * size} * BLOCK;")
        lines += [f"    {call}" for call in calls]
        self.functions.append("\n".join([*lines, "  }", *_CLOSING]))
        return name, end

    def _dot(self, stage: Dot, program: Program, place: Layout, bases: Mapping[str, str], parameters: str) -> str:
        name = f"dot{len(self.functions)}"

        def rows(tensor: Elements, elements: Sequence[int]) -> list[int]:
            where = program.placed.get(tensor.name)
            return [
                -1
                if e < 0
                else place.offset[tensor.name] + e * tensor.size
                if where is None
                else where[e] * tensor.size
                for e in elements
            ]

        arrays: dict[str, Sequence[Sequence[int]]] = {
            "rows": [rows(stage.operand, row) for row in stage.rows],
            "outs": [rows(stage.out, row) for row in stage.out_rows],
            "bias": stage.bias,
            "weights": [[w for column in block for w in column] for block in stage.weights],
            "block": [stage.block],
        }
        lines = [f"// {stage.name}"]
        for what, array in arrays.items():
            lines.append(f"const int32_t {name}_{what}[{len(array)}][{len(array[0])}] = {{")
            lines += ["  {" + ", ".join(map(str, row)) + "}," for row in array]
            lines.append("};")
        steps, sums = len(stage.weights[0][0]), len(stage.weights[0])
        flip = "static_cast<int>(0x80808080u)" if stage.signed else "0"
        quads = "true" if stage.quads else "false"
        lines += [
            f"TRIGFORGE_NOINLINE void {name}(char *ws{parameters}) {{",
            f"  lanes32 x[{steps} * DOT_TILE];",
            f"  for (int p = 0; p < {len(stage.rows)}; ++p)",
            f"    dot_position<{stage.operand.size}, {quads}, {stage.out.size}>("
            f"{bases.get(stage.operand.name, 'ws')}, {bases.get(stage.out.name, 'ws')}, x, {name}_rows[p], {steps},",
            f"        {name}_weights[{name}_block[0][p]], {name}_bias[p], {name}_outs[p], {sums}, {flip}, "
            f"{stage.places});",
            *_CLOSING,
        ]
        self.functions.append("\n".join(lines))
        return name

    def _function(
        self, loops: Sequence[Loop], program: Program, place: Layout, bases: Mapping[str, str], parameters: str
    ) -> str:
        name = f"stage{len(self.functions)}"
        lines: list[str] = []
        for loop in loops:
            placed = [[_placed(one, program, place) for one in unit.instructions] for unit in loop.units]
            lines += self._loop(placed, bases)
        opening = f"TRIGFORGE_NOINLINE void {name}(char *ws{parameters}) {{"
        self.functions.append("\n".join([opening, *lines, *_CLOSING]))
        return name

    def _loop(self, units: list[list[Instruction]], bases: Mapping[str, str]) -> Iterator[str]:
        literals = [[literal for one in unit for literal in one.literals] for unit in units]
        columns = list(zip(*literals, strict=True))
        varying = [n for n, column in enumerate(columns) if len(set(column)) > 1]
        spelt = {n: f"u[{k}]" for k, n in enumerate(varying)}
        groups = "for (int g = 0; g < BLOCK; g += GROUP) {"
        if varying or len(units) > 1:
            rows = ["{" + ", ".join(str(row[n]) for n in varying) + "}" for row in literals]
            yield f"  static const int64_t table{self.tables}[{len(rows)}][{max(1, len(varying))}] = {{"
            yield from (f"    {row}," for row in rows)
            yield "  };"
            yield f"  for (const auto &u : table{self.tables}) {groups}"
            self.tables += 1
        else:
            yield f"  {groups}"
        count = 0
        for number, one in enumerate(units[0]):
            words = [spelt.get(count + n, _literal(value)) for n, value in enumerate(one.literals)]
            count += len(one.literals)
            yield from (f"    {line}" for line in _lines(number, one, words, bases))
        yield "  }"


def _literal(value: int) -> str:
    return f"{value}" if -(2**31) < value < 2**31 else f"INT64_C({value})" if value > -(2**63) else "INT64_MIN"


def _functions(stage: Run) -> Iterator[list[Loop]]:
    """Loops of a stage, several short ones in one function."""
    loops: list[Loop] = []
    length = 0
    for loop in stage.loops:
        own = len(loop.units[0].instructions)
        if loops and length + own > _LONGEST_FUNCTION:
            yield loops
            loops, length = [], 0
        loops.append(loop)
        length += own
    if loops:
        yield loops


def _base(name: str, bases: Mapping[str, str], place: Layout) -> str:
    return bases.get(name) or f"ws + INT64_C({place.offset[name]}) * BLOCK"


def _placed_stride(program: Program, outer: str, stride: int) -> int:
    """A stride in elements of a body's tensor, in elements of the tensor in outer memory that holds it."""
    where = program.placed.get(outer)
    return stride if where is None else where[stride] - where[0] if stride in where else stride


def _placed(one: Instruction, program: Program, place: Layout) -> Instruction:
    """A load or store with its row counted from the base pointer on, not from the beginning of its tensor."""
    if one.opcode not in (Opcode.LOAD, Opcode.STORE):
        return one
    offset = one.literals[0]
    where = program.placed.get(one.base)
    if where is not None:
        offset = where[offset // one.size] * one.size
    else:
        offset += place.offset[one.base]
    return Instruction(one.opcode, one.bits, one.registers, (offset, *one.literals[1:]), one.base, one.size)


def _lines(number: int, one: Instruction, words: Sequence[str], bases: Mapping[str, str]) -> Iterator[str]:
    """One statement for each piece of the lanes, the width of a register of 16-bit lanes."""
    for k in range(one.bits // 16):
        expression = _expression(one, words, k, bases)
        if one.opcode is Opcode.STORE:
            yield f"{expression};"
        else:
            yield f"const {_TYPES[one.bits]} r{number}_{k} = {expression};"


def _expression(one: Instruction, words: Sequence[str], k: int, bases: Mapping[str, str]) -> str:
    """Piece ``k`` of the result of an instruction; ``words`` are its literals."""
    lanes = _TYPES[one.bits]
    a = [f"r{register}_{k}" for register in one.registers]
    match one.opcode:
        case Opcode.LOAD:
            return f"load<{one.size}, {lanes}>({_address(one, words, bases)}, {k})"
        case Opcode.STORE:
            return f"store<{one.size}>({_address(one, words, bases)}, {k}, {a[0]})"
        case Opcode.CONSTANT:
            return f"every<{lanes}>({words[0]})"
        case Opcode.WIDEN:
            return f"widened(r{one.registers[0]}_{k // 2}, {k % 2})"
        case Opcode.NARROW:
            return f"narrowed(r{one.registers[0]}_{2 * k}, r{one.registers[0]}_{2 * k + 1})"
        case Opcode.ADD:
            return f"{a[0]} + {a[1]}"
        case Opcode.SUBTRACT:
            return f"{a[0]} - {a[1]}"
        case Opcode.MULTIPLY:
            return f"{a[0]} * {a[1]}"
        case Opcode.ADD_CONSTANT:
            return f"{a[0]} + static_cast<int{one.bits}_t>({words[0]})"
        case Opcode.MULTIPLY_CONSTANT:
            return f"{a[0]} * static_cast<int{one.bits}_t>({words[0]})"
        case Opcode.AND:
            return f"{a[0]} & static_cast<int{one.bits}_t>({words[0]})"
        case Opcode.SHIFT_LEFT:
            return f"{a[0]} << static_cast<int>({words[0]})"
        case Opcode.SHIFT_RIGHT:
            return f"{a[0]} >> static_cast<int>({words[0]})"
        case Opcode.SHIFT_BY:
            return f"{a[0]} << {a[1]}"
        case Opcode.MAXIMUM:
            return f"maximum({a[0]}, {a[1]})"
        case Opcode.MINIMUM:
            return f"minimum({a[0]}, {a[1]})"
        case Opcode.MAXIMUM_CONSTANT:
            return f"maximum({a[0]}, every<{lanes}>({words[0]}))"
        case Opcode.MINIMUM_CONSTANT:
            return f"minimum({a[0]}, every<{lanes}>({words[0]}))"
        case Opcode.SELECT:
            return f"select({', '.join(a)}, {words[0]})"
        case Opcode.LEADING_ONE:
            return f"leading_one({a[0]}, {words[0]}, {words[1]})"
        case Opcode.LOOKUP16:
            return _lookup(one, words[0], lanes, k, 16)
        case Opcode.LOOKUP32:
            return _lookup(one, words[0], lanes, k, 32)
        case Rounding():
            return f"round_long<Rounding::{one.opcode.lower()}>({a[0]}, {words[0]})"
        case _:
            assert_never(one.opcode)


def _address(one: Instruction, words: Sequence[str], bases: Mapping[str, str]) -> str:
    return f"{bases.get(one.base, 'ws')} + static_cast<int64_t>({words[0]}) * BLOCK + g * {one.size}"


def _lookup(one: Instruction, offset: str, lanes: str, k: int, index_bits: int) -> str:
    """The piece ``k`` of the result: its lanes are a part of one piece of the index, or all of two."""
    table, index = f"entries{one.bits}", one.registers[0]
    if one.bits >= index_bits:
        ratio = one.bits // index_bits
        first = f"{k % ratio} * (GROUP / {one.bits // 16})"
        return f"lookup<{lanes}>({table}, r{index}_{k // ratio}, {first}, {offset})"
    return f"lookup<{lanes}>({table}, r{index}_{2 * k}, r{index}_{2 * k + 1}, {offset})"
